"""PostgreSQL for one machine: made on first use, started, proved ready, stopped.

The server listens on a unix socket only. Its data, its passwords and its log live under one folder:

    <data_dir>/cluster/        what initdb makes
    <data_dir>/secrets.json    passwords, 0600, made at first start
    <data_dir>/postgres.log
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
import psycopg

from sae.embedded.errors import StartFailedError
from sae.embedded.postgres_binaries import (
    PostgresBinaries,
    find_binaries,
    readable_by,
    server_account,
)
from sae.embedded.postgres_roles import (
    ADMIN_ROLE,
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    load_passwords,
    provision,
)
from sae.embedded.processes import (
    acquire_lock,
    dies_with_parent,
    open_log,
    stop_process,
    wait_until,
)

# sockaddr_un holds 108 bytes with its final zero; the name is `.s.PGSQL.5432`, its lock is longer.
_LONGEST_SOCKET_DIR = 107 - len("/.s.PGSQL.5432.lock")
_SOCKET_NUMBER = "5432"
# A recovery after SIGKILL under load took 18 s; a slow disk may need several times that.
START_SECONDS = 120.0
_LINUX_CWD = Path("/proc/self/cwd")
# Not TMPDIR, which may itself be deep or closed to the account of the server.
_SHORT_DIR = Path("/tmp")  # noqa: S108


def tuned_settings() -> dict[str, str]:
    """Settings for a machine shared with the application, by its memory; durability untouched."""
    memory_mb = psutil.virtual_memory().total // 2**20
    return {
        "shared_buffers": f"{min(max(memory_mb // 8, 128), 1024)}MB",
        "effective_cache_size": f"{max(memory_mb // 2, 512)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "synchronous_commit": "on",
        "random_page_cost": "1.1",
        "jit": "off",  # compiling costs more than the short queries of a screen
        "max_connections": "100",
    }


class EmbeddedPostgres:
    """One server over one data directory.

    Start it from a thread that lasts: on Linux the server stops with the thread that made it.
    `settings` are added over `tuned_settings()`. Not for production: no TCP, no replication, no
    backup. Errors are `EmbeddedError`s, each one French line.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        socket_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
        binaries: PostgresBinaries | None = None,
        log_path: Path | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.cluster = self.data_dir / "cluster"
        self.log_path = log_path or self.data_dir / "postgres.log"
        self.settings = {**tuned_settings(), **(settings or {})}
        self.process: subprocess.Popen[bytes] | None = None
        self._account = server_account()
        self._chosen_binaries = binaries
        self._wanted_socket_dir = socket_dir
        self._socket_dir: Path | None = None
        self._lock: int | None = None
        self._secrets: dict[str, str] = {}

    # What others connect with

    def url(self, role: str, *, database: str = DATABASE) -> str:
        """`postgresql://role:password@/database?host=<socket dir>`; known once started."""
        query = urlencode({"host": str(self._socket_dir), "port": _SOCKET_NUMBER}, quote_via=quote)
        return f"postgresql://{role}:{self._secrets[role]}@/{database}?{query}"

    @property
    def app_url(self) -> str:
        return self.url(APP_ROLE)

    @property
    def owner_url(self) -> str:
        return self.url(OWNER_ROLE)

    @property
    def admin_url(self) -> str:
        """The superuser, for maintenance; the application never sees it."""
        return self.url(ADMIN_ROLE, database="postgres")

    # Life

    name = "postgres"
    # A shutdown checkpoint on a slow disk; killed, it would cost a recovery at the next start.
    patience = 8.0

    def start(self) -> None:
        """Make the cluster if there is none, run the server, return once it answers a query.

        Raises `AlreadyRunningError`, `BinariesMissingError`, `StartFailedError`.
        """
        try:
            self.launch()
            self.wait_ready()
            provision(self.admin_url, self._secrets)
        except BaseException:
            self.stop()
            raise

    def launch(self) -> None:
        """Run the server without waiting for it; after a crash, again at the same address."""
        if self._lock is None:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self._lock = acquire_lock(self.data_dir / "lock", what="PostgreSQL")
        binaries = readable_by(
            self._account, self._chosen_binaries or find_binaries(self._cluster_major())
        )
        self._stop_leftovers()
        self._secrets = load_passwords(self.data_dir)
        if self._socket_dir is None:
            self._socket_dir = self._make_socket_dir()
        if not (self.cluster / "PG_VERSION").exists():
            self._initialise(binaries, self._socket_dir)
        self._run(binaries)

    def wait_ready(self) -> None:
        """Return once a query is answered; raise `StartFailedError` when that cannot come."""
        process = self.process
        if process is None:
            raise RuntimeError("wait_ready() without launch()")
        started = wait_until(
            self.is_ready,
            seconds=START_SECONDS,
            alive=lambda: process.poll() is None,
            pause=0.03,
        )
        if not started:
            why = (
                f"ne répond pas après {START_SECONDS:.0f} s"
                if process.poll() is None
                else "s’est arrêté aussitôt"
            )
            raise StartFailedError(f"PostgreSQL {why}. Journal : {self.log_path}")

    def is_ready(self) -> bool:
        """Whether a real connection succeeds now: a pid or an open socket proves nothing."""
        try:
            with psycopg.connect(self.admin_url, connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def applied_migrations(self) -> set[tuple[str, str]]:
        """The (app, name) that Django noted as applied; none in a new database."""
        with psycopg.connect(self.owner_url) as connection:
            try:
                rows = connection.execute("SELECT app, name FROM django_migrations").fetchall()
            except psycopg.errors.UndefinedTable:
                return set()
        return {(app, name) for app, name in rows}

    def stop(self) -> None:
        """Fast shutdown (sessions are cut, data is written), then immediate, then SIGKILL.

        The last two lose nothing committed: the next start recovers.
        """
        if self.process is not None:
            stop_process(self.process, steps=[(signal.SIGINT, 6.0), (signal.SIGQUIT, 2.0)])
        self.release()

    def ask_to_leave(self) -> None:
        """Begin a fast shutdown without waiting for its end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def release(self) -> None:
        """Give back what the stopped server held: its socket folder and the lock."""
        self.process = None
        if self._socket_dir is not None and self._socket_dir != self._wanted_socket_dir:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
        self._socket_dir = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> "EmbeddedPostgres":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Steps of a start

    def _cluster_major(self) -> int | None:
        try:
            return int((self.cluster / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None

    def _stop_leftovers(self) -> None:
        """Stop servers of a killed parent, known by their working directory, never by a pid file.

        We hold the lock, so whatever still runs in the cluster belongs to nobody. A pid file whose
        number was since given to another program would keep PostgreSQL from starting: it goes.
        """
        if not self.cluster.exists():
            return
        for sent in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            leftovers = self._servers_in_cluster()
            if not leftovers:
                break
            for each in leftovers:
                # The postmaster has no postgres parent; its backends leave with it.
                with suppress(psutil.NoSuchProcess):
                    if each.parent() not in leftovers or sent is signal.SIGKILL:
                        each.send_signal(sent)
            psutil.wait_procs(leftovers, timeout=5)
        pid_file = self.cluster / "postmaster.pid"
        try:
            told = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if psutil.pid_exists(told):
            pid_file.unlink()

    def _servers_in_cluster(self) -> list[psutil.Process]:
        found = []
        for each in psutil.process_iter(["name"]):
            if each.info["name"] != "postgres":
                continue
            try:
                if Path(each.cwd()) == self.cluster:
                    found.append(each)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def _make_socket_dir(self) -> Path:
        """The wished folder when its path is short and enterable enough, else a temporary one."""
        wanted = self._wanted_socket_dir
        if wanted is not None and len(os.fsencode(wanted)) <= _LONGEST_SOCKET_DIR:
            wanted.parent.mkdir(parents=True, exist_ok=True)
            if self._account.can_enter(wanted):
                wanted.mkdir(exist_ok=True)
                self._give(wanted)
                return wanted
        # A start that was killed could not remove its own.
        note = self.data_dir / "socket-dir"
        if note.exists():
            shutil.rmtree(_SHORT_DIR / Path(note.read_text()).name, ignore_errors=True)
        made = Path(tempfile.mkdtemp(prefix="sae-pg-", dir=_SHORT_DIR))
        note.write_text(str(made))
        made.chmod(0o755)
        self._give(made)
        return made

    def _give(self, path: Path) -> None:
        if self._account.uid is not None and self._account.gid is not None:
            os.chown(path, self._account.uid, self._account.gid)

    def _initialise(self, binaries: PostgresBinaries, socket_dir: Path) -> None:
        """initdb beside, then rename: a start killed half-way leaves no half cluster."""
        partial = self.data_dir / "cluster.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        self._give(partial)
        password_file = socket_dir / "password"
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(self._secrets[ADMIN_ROLE])
        self._give(password_file)
        command = [
            binaries.program("initdb"),
            *("--pgdata", str(self._seen_by_server(partial))),
            *("--username", ADMIN_ROLE, "--pwfile", str(password_file)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
            *("--data-checksums", "--no-instructions"),
        ]
        if self.settings.get("fsync") == "off":
            command.append("--no-sync")
        try:
            done = subprocess.run(
                command,
                cwd=partial,
                user=self._account.uid,
                group=self._account.gid,
                extra_groups=[] if self._account.is_other else None,
                env=_server_environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        finally:
            password_file.unlink()
        if done.returncode != 0:
            self.log_path.write_text(done.stdout)
            last_line = done.stdout.strip().rpartition("\n")[2]
            raise StartFailedError(
                f"PostgreSQL : création impossible ({last_line}). Journal : {self.log_path}"
            )
        partial.rename(self.cluster)

    def _run(self, binaries: PostgresBinaries) -> None:
        settings = {
            **self.settings,
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket_dir),
            "port": _SOCKET_NUMBER,
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with open_log(self.log_path) as log:
            self.process = subprocess.Popen(
                [binaries.program("postgres"), "-D", self._seen_by_server(self.cluster), *options],
                cwd=self.cluster,
                user=self._account.uid,
                group=self._account.gid,
                extra_groups=[] if self._account.is_other else None,
                env=_server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A Ctrl-C reaches the whole terminal group: only the supervisor may act on it.
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGINT),
            )

    def _seen_by_server(self, folder: Path) -> Path:
        """`folder` by its name, or by the server's working directory when its path is closed to it.

        `/proc/self/cwd` leads there without crossing the folders above, and every process of the
        server keeps its data directory as working directory.
        """
        if self._account.can_enter(folder) or not _LINUX_CWD.exists():
            return folder
        return _LINUX_CWD


def _server_environment() -> dict[str, str]:
    """No PG* variable of the caller leaks into the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def wait_for_database(url: str, *, seconds: float) -> bool:
    """Whether a connection to `url` succeeds within `seconds`."""

    def ready() -> bool:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    deadline = time.monotonic() + seconds
    return wait_until(ready, seconds=seconds, alive=lambda: time.monotonic() < deadline, pause=0.2)
