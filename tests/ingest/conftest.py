"""Each test of the ingest room has workspaces of its own."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def own_workspaces(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test leaves there is never counted by the next."""
    folder = tmp_path / "workspaces"
    settings.WORKSPACE_DIR = folder
    monkeypatch.setenv("SAE_WORKSPACE_DIR", str(folder))  # the processes that it starts
