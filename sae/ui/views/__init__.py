"""Pages that belong to no room: help, preferences, fragments of the frame."""
