"""What the platform ships: formats it can name, vocabularies, a first coffre."""
