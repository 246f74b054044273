"""Readies Django outside pytest: steps shared with the tests name permissions and profiles."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sae.config.settings")
django.setup()
