"""The queue is served, and a browser opened, as for updates."""

from tests.access.updates.conftest import work_off
from tests.access.updates.test_in_browser import desk

__all__ = ["desk", "work_off"]
