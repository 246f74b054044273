"""The table of settings names every setting, and nothing else."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented() -> None:
    source = (ROOT / "sae/config/settings.py").read_text()
    read = {f"SAE_{name}" for name in re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source)}
    table = (ROOT / "docs/fr/exploitation.md").read_text()
    named = set(re.findall(r"`(SAE_[A-Z_]+)`", table))
    assert read - named == set(), "say what these settings do"
    assert named - read == set(), "these settings exist no more"


def test_pages_lead_to_pages_that_exist() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} → {target}"
