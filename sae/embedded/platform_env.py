"""`<data-dir>/platform.env`: how a running platform is reached by the next command.

`manage.py up` writes it once its services run and removes it when they stop. The format is the
shell's (`set -a; . var/platform.env`), 0600 since it holds passwords.
"""

import os
import shlex
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

FILE_NAME = "platform.env"


def chosen_data_dir(environment: Mapping[str, str], *, project_dir: Path) -> Path:
    """SAE_DATA_DIR, else `var/` beside manage.py."""
    return Path(environment.get("SAE_DATA_DIR") or project_dir / "var").resolve()


def prepare_environment(
    environment: MutableMapping[str, str], arguments: Sequence[str], *, project_dir: Path
) -> None:
    """Complete `environment` before settings are read: for `manage.py`, called once.

    `up` makes its own services. Any other command joins the platform that runs in the data
    directory, unless SAE_DATABASE_URL already names another.
    """
    if arguments[1:2] == ["up"]:
        environment.setdefault("SAE_ENV", "embedded")
        return
    if "SAE_DATABASE_URL" in environment:
        return
    known = read_environment(chosen_data_dir(environment, project_dir=project_dir))
    for name, value in known.items():
        environment.setdefault(name, value)


def read_environment(data_dir: Path) -> dict[str, str]:
    """The variables of the platform running there; empty when none does."""
    try:
        text = (data_dir / FILE_NAME).read_text()
    except (FileNotFoundError, PermissionError):
        return {}
    return dict(part.split("=", 1) for part in shlex.split(text) if "=" in part)


def write_environment(data_dir: Path, variables: Mapping[str, str]) -> Path:
    """Write them at once (a reader never sees half of them) and return the path."""
    path = data_dir / FILE_NAME
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        for name, value in variables.items():
            file.write(f"{name}={shlex.quote(value)}\n")
    partial.rename(path)
    return path
