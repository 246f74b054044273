"""Every address of the platform, and a coffre whose every text was written in bad faith."""

from pathlib import Path

import pytest

from tests.architecture.test_permission_matrix import things
from tests.builders.people import Cast
from tests.walls.hostile import Hostile, make_hostile_coffre


@pytest.fixture
def hostile(cast: Cast, tmp_path: Path) -> Hostile:
    """Coffre A, where titles, names, identifiers and labels are all written in bad faith."""
    return make_hostile_coffre(cast, tmp_path)


__all__ = ["hostile", "things"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long ones run when asked for (`make faults`)."""
    if "slow" in (config.getoption("-m") or ""):
        return
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="long: make faults"))
