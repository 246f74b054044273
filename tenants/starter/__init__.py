"""What the platform ships: formats its identifier can name, vocabularies, a first coffre's rules."""
