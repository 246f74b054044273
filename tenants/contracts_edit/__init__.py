"""Access contracts on screen: what each opens, written, tried on the fonds, activated."""
