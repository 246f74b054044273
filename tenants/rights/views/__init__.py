"""Screens of rights: profiles, groups, effective rights, check-up."""
