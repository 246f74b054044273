"""The whole platform on one machine: services, migrations, demonstration, web and workers.

What is given by the environment is used as it is: with SAE_DATABASE_URL no PostgreSQL is started,
with SAE_OFFERS no object store. Otherwise both come from their wheels; without the object store's
wheel, offers are folders. Everything lives under one data directory:

    platform.env  platform.lock  secret-key  postgres/  objects/ or offers/  staticfiles/  logs/
"""

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sae.embedded.errors import (
    AlreadyRunningError,
    BinariesMissingError,
    PortTakenError,
    StartFailedError,
)
from sae.embedded.objectstore import EmbeddedObjectStore
from sae.embedded.platform_env import FILE_NAME, read_environment, write_environment
from sae.embedded.postgres import EmbeddedPostgres
from sae.embedded.processes import (
    acquire_lock,
    dies_with_parent,
    free_ports,
    open_log,
    port_is_free,
    wait_until,
)
from sae.embedded.supervisor import Command, Supervisor

_HOST = "127.0.0.1"
_WEB_SECONDS = 60.0
_SERVICES, _APPLICATION = 0, 1


@dataclass(frozen=True, slots=True)
class RunningPlatform:
    """Where it answers and who may enter: `accounts` are {"role", "email", "password"}."""

    url: str
    accounts: list[dict[str, Any]]
    tenants: list[dict[str, Any]]


class SingleMachine:
    """Start it, watch it, stop it. `port` 0 takes a free one; `say` gets French lines.

    `project_dir` holds manage.py; `application` is its WSGI callable, `module:name`;
    `fingerprint` sums up the static sources, `migrations` are the (app, name) that the code has:
    collecting and migrating are skipped where they would find nothing to do, since each costs the
    boot of one more Django.
    Errors are `EmbeddedError`s, each one French line.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        project_dir: Path,
        port: int,
        with_demo: bool,
        fingerprint: str,
        migrations: frozenset[tuple[str, str]],
        application: str,
        say: Callable[[str], None],
    ) -> None:
        self.data_dir = data_dir
        self.port = port or free_ports(1)[0]
        self.supervisor = Supervisor(say=say)
        self._project_dir = project_dir
        self._with_demo = with_demo
        self._fingerprint = fingerprint
        self._migrations = migrations
        self._application = application
        self._say = say
        self._logs = data_dir / "logs"
        self._lock: int | None = None
        self._postgres: EmbeddedPostgres | None = None
        self._store: EmbeddedObjectStore | None = None
        self._collecting: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self.port}/"

    def start(self) -> RunningPlatform:
        """Return once the web answers; on any failure, `stop()` undoes what was started."""
        began = time.monotonic()
        self._take_place()
        self._begin_collecting_static()
        variables = self._start_services()
        environment = {**os.environ, **variables}
        self._migrate(environment)
        self._finish_collecting_static()
        # Booting the web takes longer than the store needs to be ready: side by side.
        self._start_web(environment)
        if self._store is not None:
            self._store.wait_ready()
        write_environment(self.data_dir, variables)
        self._start_workers(environment)
        demonstration = self._demonstrate(environment)
        self._wait_for_web()
        self._say(f"Prêt en {time.monotonic() - began:.1f} s.".replace(".", ",", 1))
        return RunningPlatform(
            url=self.url,
            accounts=demonstration.get("accounts", []),
            tenants=demonstration.get("tenants", []),
        )

    def watch(self) -> None:
        """Keep every child alive until interrupted."""
        self.supervisor.watch()

    def stop(self) -> None:
        """Leave nothing running, within ten seconds."""
        if self._collecting is not None and self._collecting.poll() is None:
            self._collecting.kill()
            self._collecting.wait()
        self.supervisor.stop()
        if self._lock is not None:
            (self.data_dir / FILE_NAME).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    # Steps of a start

    def _take_place(self) -> None:
        # It holds archives and passwords: nobody else on this machine has anything to read there.
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._lock = acquire_lock(self.data_dir / "platform.lock", what="SAE")
        except AlreadyRunningError as error:
            port = read_environment(self.data_dir).get("SAE_PORT")
            where = f" Adresse : http://{_HOST}:{port}/" if port else ""
            raise AlreadyRunningError(f"{error}{where}") from None
        if not port_is_free(self.port):
            raise PortTakenError(
                f"Le port {self.port} est déjà pris : choisissez-en un autre par --port."
            )

    def _start_services(self) -> dict[str, str]:
        """Start what the environment does not give; the SAE_* variables of the whole platform."""
        variables = {
            "SAE_ENV": os.environ.get("SAE_ENV", "embedded"),
            "SAE_DATA_DIR": str(self.data_dir),
            "SAE_STATIC_ROOT": str(self._static_root),
            "SAE_PORT": str(self.port),
            "SAE_SECRET_KEY": os.environ.get("SAE_SECRET_KEY") or self._kept_secret_key(),
        }
        # The store first: it takes 3 s, which the database and the migrations use.
        variables["SAE_OFFERS"] = os.environ.get("SAE_OFFERS") or json.dumps(self._make_offers())
        if "SAE_DATABASE_URL" in os.environ:
            self._say("Base de données : celle de SAE_DATABASE_URL.")
            for name in ("SAE_DATABASE_URL", "SAE_DATABASE_OWNER_URL"):
                if name in os.environ:
                    variables[name] = os.environ[name]
        else:
            self._postgres = EmbeddedPostgres(
                self.data_dir / "postgres",
                socket_dir=self.data_dir / "run",
                log_path=self._logs / "postgres.log",
            )
            self._postgres.start()
            self.supervisor.add(_SERVICES, self._postgres)
            variables["SAE_DATABASE_URL"] = self._postgres.app_url
            variables["SAE_DATABASE_OWNER_URL"] = self._postgres.owner_url
        return variables

    def _make_offers(self) -> list[dict[str, Any]]:
        store = EmbeddedObjectStore(
            self.data_dir / "objects", log_path=self._logs / "objectstore.log"
        )
        try:
            store.launch()
        except BinariesMissingError as error:
            self._say(str(error))
            return [
                {
                    "id": f"disk-{place}",
                    "label": f"Disque {place.upper()}",
                    "kind": "filesystem",
                    "path": str(self.data_dir / "offers" / f"disk-{place}"),
                    "create": True,
                }
                for place in ("a", "b")
            ]
        self._store = store
        self.supervisor.add(_SERVICES, store)
        return list(store.offers())

    def _kept_secret_key(self) -> str:
        path = self.data_dir / "secret-key"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(64))
        return path.read_text()

    @property
    def _static_root(self) -> Path:
        return self.data_dir / "staticfiles"

    def _begin_collecting_static(self) -> None:
        stamp = self.data_dir / "staticfiles.stamp"
        if stamp.exists() and stamp.read_text() == self._fingerprint:
            return
        stamp.unlink(missing_ok=True)
        with open_log(self._logs / "collectstatic.log") as log:
            self._collecting = subprocess.Popen(
                [*self._manage_command, "collectstatic", "--noinput", "--clear", "-v0"],
                env={**os.environ, "SAE_STATIC_ROOT": str(self._static_root)},
                cwd=self._project_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=dies_with_parent(signal.SIGKILL),
            )

    def _finish_collecting_static(self) -> None:
        if self._collecting is None:
            return
        if self._collecting.wait() != 0:
            raise StartFailedError(_failure("collectstatic", self._logs / "collectstatic.log"))
        (self.data_dir / "staticfiles.stamp").write_text(self._fingerprint)

    def _migrate(self, environment: Mapping[str, str]) -> None:
        if self._postgres is None or not self._migrations <= self._postgres.applied_migrations():
            self._manage("migrate", "--database", "owner", "--noinput", environment=environment)

    def _demonstrate(self, environment: Mapping[str, str]) -> dict[str, Any]:
        """What `manage.py demo` told, kept beside the very database where it made its accounts."""
        if not self._with_demo:
            return {}
        kept = self._postgres.data_dir / "demonstration.json" if self._postgres else None
        if kept is not None and kept.exists():
            told: dict[str, Any] = json.loads(kept.read_text())
            return told
        told = json.loads(self._manage("demo", environment=environment))
        if kept is not None:
            kept.touch(mode=0o600)
            kept.write_text(json.dumps(told, ensure_ascii=False))
        return told

    def _start_web(self, environment: Mapping[str, str]) -> None:
        self._add_command(
            "web",
            environment,
            *(sys.executable, "-m", "gunicorn", self._application),
            *("--bind", f"{_HOST}:{self.port}", "--workers", str(min(os.cpu_count() or 1, 2))),
            *("--worker-class", "gthread", "--threads", "8", "--timeout", "120"),
            *("--graceful-timeout", "3", "--no-control-socket"),
            "--preload",  # one boot for both processes: 2 s of a core less before the first page
        )

    def _start_workers(self, environment: Mapping[str, str]) -> None:
        for cluster in ("short", "long"):
            self._add_command(
                f"worker-{cluster}", environment, *self._manage_command, "worker", cluster
            )

    def _add_command(self, name: str, environment: Mapping[str, str], *arguments: str) -> None:
        # Web and workers are the application role: the owner's password is not theirs.
        own = {k: v for k, v in environment.items() if k != "SAE_DATABASE_OWNER_URL"}
        command = Command(
            name,
            arguments=arguments,
            environment={**own, "PYTHONUNBUFFERED": "1"},
            log_path=self._logs / f"{name}.log",
            working_dir=self._project_dir,
        )
        self.supervisor.add(_APPLICATION, command)

    def _wait_for_web(self) -> None:
        def answers() -> bool:
            self.supervisor.restart_fallen()
            connection = http.client.HTTPConnection(_HOST, self.port, timeout=5)
            try:
                connection.request("GET", "/sante/")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False
            finally:
                connection.close()

        if not wait_until(answers, seconds=_WEB_SECONDS, alive=lambda: True, pause=0.1):
            raise StartFailedError(
                f"Le serveur web ne répond pas après {_WEB_SECONDS:.0f} s."
                f" Journal : {self._logs / 'web.log'}"
            )

    # Management commands run apart: this process read its settings before any service existed

    @property
    def _manage_command(self) -> list[str]:
        return [sys.executable, str(self._project_dir / "manage.py")]

    def _manage(self, command: str, *arguments: str, environment: Mapping[str, str]) -> str:
        """Run it, its standard error in a log of its name, and return its standard output."""
        log_path = self._logs / f"{command}.log"
        with open_log(log_path) as log:
            done = subprocess.run(
                [*self._manage_command, command, *arguments],
                env=environment,
                cwd=self._project_dir,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=False,
                preexec_fn=dies_with_parent(signal.SIGTERM),
            )
        if done.returncode != 0:
            raise StartFailedError(_failure(command, log_path))
        return done.stdout


def _failure(command: str, log_path: Path) -> str:
    """The command, the last line it wrote, and where the rest is."""
    lines = log_path.read_text(errors="replace").strip().splitlines()
    reason = f" ({lines[-1][:200]})" if lines else ""
    return f"« manage.py {command} » a échoué{reason}. Journal : {log_path}"
