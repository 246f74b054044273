"""The queue is served as for updates."""

from tests.access.updates.conftest import work_off

__all__ = ["work_off"]
