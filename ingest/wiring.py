"""What the room tells the rooms below: its jobs, its labels, its menu."""


def connect() -> None:
    """Called once the applications are loaded."""
