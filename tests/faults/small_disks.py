"""Disks of a chosen size, which fill up, lose their inodes, and become read-only."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A file system of its own, mounted for the time of a test."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def ballast(self) -> Path:
        return self.path / "ballast"

    def change(self, options: str) -> None:
        """Remount with other options: ``size=64m``, ``nr_inodes=0``, ``ro``, ``rw``."""
        _mount("-o", f"remount,{options}", str(self.path))

    def fill(self, *, but: int = 0) -> None:
        """Take all the room that is left, but for some bytes."""
        with self.ballast.open("wb") as file:
            free = os.statvfs(self.path)
            size = free.f_bavail * free.f_frsize - but
            os.posix_fallocate(file.fileno(), 0, max(size, 1))

    def empty(self) -> None:
        """Give the room back."""
        self.ballast.unlink()


@contextmanager
def small_disk(path: Path, options: str) -> Iterator[SmallDisk]:
    """Mount a disk in memory; skip the test where that is not allowed."""
    path.mkdir(parents=True, exist_ok=True)
    try:
        _mount("-t", "tmpfs", "-o", options, "tmpfs", str(path))
    except (subprocess.CalledProcessError, OSError) as error:
        pytest.skip(f"a disk of a chosen size cannot be mounted here: {error}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
