"""Reading the fonds. Every function reads the coffre in scope; strangers' rows do not exist."""
