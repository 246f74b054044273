"""Places that keep bytes. Nothing here knows of Django models, tenants or operations."""
