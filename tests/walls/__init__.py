"""The walls: what people and programs of bad faith try at the door."""
