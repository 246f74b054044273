"""The demonstration organisation: its people, its referentials, one small package."""
