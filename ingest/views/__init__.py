"""Screens of the way in."""
