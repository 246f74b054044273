"""Documents to print and to keep: one compiler, one letterhead for every room."""
