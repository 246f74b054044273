"""Screens of updates."""
