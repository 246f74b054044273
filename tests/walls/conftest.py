"""Every address of the platform, and a coffre whose every text was written in bad faith."""

from pathlib import Path

import pytest
from django.core.cache import cache

from tests.architecture.test_permission_matrix import things
from tests.builders.people import Cast
from tests.walls.hostile import Hostile, make_hostile_coffre


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """Failed entries are counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def hostile(cast: Cast, tmp_path: Path) -> Hostile:
    """Coffre A, where titles, names, identifiers and labels are all written in bad faith."""
    return make_hostile_coffre(cast, tmp_path)


__all__ = ["fresh_counters", "hostile", "things"]
