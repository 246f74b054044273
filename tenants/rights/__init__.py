"""Profiles, groups, levels: who may do what, on which archives, until when, and why."""
