"""The Chromium that end-to-end tests drive: found, else installed; its absence is an error.

`chromium_path()` is for fixtures. `python -m tests.chromium` prints the path of one that really
starts, installing it first when the machine has none (`make test` does so).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium_path() -> str:
    """SAE_CHROMIUM, else one on PATH, else Playwright's own. Raises `FileNotFoundError`."""
    named = os.environ.get("SAE_CHROMIUM")
    for candidate in (named, *_on_path(), _of_playwright()):
        if candidate and Path(candidate).exists():
            return candidate
    raise FileNotFoundError("No Chromium: run `python -m tests.chromium` (or `make test`) once.")


def ensure_chromium() -> str:
    """The path of a Chromium that starts: found, else from Playwright, else from apt as root.

    Raises `SystemExit` telling what to do when none of the three works.
    """
    for candidate in (os.environ.get("SAE_CHROMIUM"), *_on_path(), _of_playwright()):
        if candidate and _starts(candidate):
            return candidate
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], stdout=sys.stderr, check=False
    )
    if (installed := _of_playwright()) and _starts(installed):
        return installed
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", "-q", *arguments], env=quietly, stdout=sys.stderr, check=False
            )
        for candidate in _on_path():
            if _starts(candidate):
                return candidate
    raise SystemExit(
        "No Chromium starts here, and none could be installed: the end-to-end tests need one."
        " As root: apt-get install chromium; or name it in SAE_CHROMIUM."
    )


def _on_path() -> list[str]:
    return [found for name in _NAMES if (found := shutil.which(name))]


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _starts(program: str) -> bool:
    """A browser may be there and lack a shared library: only a page rendered proves it."""
    with tempfile.TemporaryDirectory() as profile:
        try:
            done = subprocess.run(
                [
                    program,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    f"--user-data-dir={profile}",
                    "--dump-dom",
                    "data:text/html,<p>ready",
                ],
                capture_output=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return b"ready" in done.stdout


if __name__ == "__main__":
    sys.stdout.write(f"{ensure_chromium()}\n")
