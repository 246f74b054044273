"""Documents to keep or send, in PDF: the slip of a deposit, the list of its problems."""
