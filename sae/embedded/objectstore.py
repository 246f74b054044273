"""A real S3 server for one machine: SeaweedFS from its wheel, on loopback, with two buckets.

    <data_dir>/s3.json       credentials made at first start, 0600 (the server's own format)
    <data_dir>/ports.json    ports of the last run, taken again when free
    <data_dir>/volumes/      the bytes
    <data_dir>/objectstore.log

Each bucket is one offer, versioned, with Object Lock available and no default retention.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sysconfig
import tempfile
from pathlib import Path

import psutil

from sae.embedded.errors import BinariesMissingError, PortTakenError, StartFailedError
from sae.embedded.processes import (
    acquire_lock,
    dies_with_parent,
    free_ports,
    open_log,
    port_is_free,
    stop_process,
    wait_until,
)
from sae.embedded.s3_request import S3Answer, send_request

REGION = "us-east-1"
# Bucket -> (offer identifier, label): two places in the eyes of the application.
BUCKETS = {
    "sae-site-a": ("site-a", "Site A"),
    "sae-site-b": ("site-b", "Site B"),
}
START_SECONDS = 90.0
# Left to itself it takes 15 to 26 s to leave. Every PUT answered is already with the kernel, so
# SIGKILL loses nothing but on a power cut: fit for one machine, never for production.
STOP_GRACE_SECONDS = 2.0
# Every port it can listen to. `-s3.port` is the only one the application talks to.
_PORTS = (
    "s3.port",
    "s3.port.grpc",
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
)
# Sockets need a short path; not TMPDIR, which may be deep.
_SHORT_DIR = Path("/tmp")  # noqa: S108
_PROBE_KEY = ".ready"


def find_weed() -> Path:
    """The wheel’s program, else the one on PATH. Raises `BinariesMissingError`."""
    beside_python = Path(sysconfig.get_path("scripts")) / "weed"
    if beside_python.exists():
        return beside_python
    if on_path := shutil.which("weed"):
        return Path(on_path)
    raise BinariesMissingError(
        "SeaweedFS n’est pas installé ici : les versements seront écrits dans des dossiers"
        " (offres « filesystem »), ou donnez SAE_OFFERS."
    )


class EmbeddedObjectStore:
    """One server over one data directory; `port` 0 takes the last run's port, else a free one.

    Errors are `EmbeddedError`s, each one French line.
    """

    def __init__(self, data_dir: Path, *, port: int = 0, log_path: Path | None = None) -> None:
        self.data_dir = data_dir.resolve()
        self.log_path = log_path or self.data_dir / "objectstore.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.access_key = ""
        self.secret_key = ""
        self._wanted_port = port
        self._ports: dict[str, int] = {}
        self._socket_dir: Path | None = None
        self._lock: int | None = None

    name = "objectstore"
    patience = STOP_GRACE_SECONDS

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports['s3.port']}"

    def offers(self) -> list[dict[str, str]]:
        """The value of SAE_OFFERS for the two buckets."""
        return [
            {
                "id": identifier,
                "label": label,
                "kind": "s3",
                "endpoint": self.endpoint,
                "bucket": bucket,
                "access_key": self.access_key,
                "secret_key": self.secret_key,
                "region": REGION,
            }
            for bucket, (identifier, label) in BUCKETS.items()
        ]

    def start(self) -> None:
        """Run the server and return once both buckets exist and take a PUT: about 3 s.

        Raises `AlreadyRunningError`, `BinariesMissingError`, `PortTakenError`, `StartFailedError`.
        """
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Run the server without waiting for it; after a crash, again at the same address.

        From a thread that lasts: on Linux the server dies with the thread that made it.
        """
        weed = find_weed()
        if self._lock is None:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self._lock = acquire_lock(self.data_dir / "lock", what="Stockage S3")
        try:
            self._stop_leftovers()
            self._load_credentials()
            if not self._ports:
                self._ports = self._choose_ports()
            self._run(weed)
        except BaseException:
            self.release()
            raise

    def wait_ready(self) -> None:
        """Return once both buckets exist and take a PUT; stop the server when it fails to."""
        process = self.process
        if process is None:
            raise RuntimeError("wait_ready() without launch()")
        started = wait_until(
            lambda: self._buckets_exist() and self.is_ready(),
            seconds=START_SECONDS,
            alive=lambda: process.poll() is None,
        )
        if not started:
            why = (
                f"ne répond pas après {START_SECONDS:.0f} s"
                if process.poll() is None
                else "s’est arrêté aussitôt"
            )
            self.stop()
            raise StartFailedError(f"Le stockage S3 {why}. Journal : {self.log_path}")

    def is_ready(self) -> bool:
        """Whether each bucket takes an object now and gives it up again."""
        return all(self._bucket_writes(bucket) for bucket in BUCKETS)

    def stop(self) -> None:
        if self.process is not None:
            stop_process(self.process, steps=[(signal.SIGTERM, STOP_GRACE_SECONDS)])
        self.release()

    def ask_to_leave(self) -> None:
        """Begin to stop without waiting for its end, which may take 26 s."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def release(self) -> None:
        """Give back what the stopped server held: its ports, its socket folder and the lock."""
        self.process = None
        for port in self._ports.values():
            # Their place cannot be chosen, and the server leaves them behind when killed.
            for left_behind in _SHORT_DIR.glob(f"seaweedfs-*-{port}.sock"):
                left_behind.unlink(missing_ok=True)
        self._ports = {}
        if self._socket_dir is not None:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
            self._socket_dir = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> "EmbeddedObjectStore":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Steps of a start

    def _stop_leftovers(self) -> None:
        """A server whose parent was killed: ours by its command line, since we hold the lock."""
        mark = f"-dir={self.data_dir / 'volumes'}"
        leftovers = [
            each
            for each in psutil.process_iter(["cmdline"])
            if mark in (each.info["cmdline"] or ())
        ]
        for each in leftovers:
            each.kill()
        psutil.wait_procs(leftovers, timeout=5)

    def _load_credentials(self) -> None:
        path = self.data_dir / "s3.json"
        if not path.exists():
            identity = {
                "name": "sae",
                "credentials": [
                    {"accessKey": secrets.token_hex(10), "secretKey": secrets.token_urlsafe(30)}
                ],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            }
            partial = path.with_suffix(".partial")
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump({"identities": [identity]}, file)
            partial.rename(path)
        pair = json.loads(path.read_text())["identities"][0]["credentials"][0]
        self.access_key, self.secret_key = pair["accessKey"], pair["secretKey"]

    def _choose_ports(self) -> dict[str, int]:
        path = self.data_dir / "ports.json"
        last: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        chosen = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
        chosen |= {name: port for name, port in last.items() if port_is_free(port)}
        if self._wanted_port:
            if not port_is_free(self._wanted_port):
                raise PortTakenError(f"Stockage S3 : le port {self._wanted_port} est déjà pris.")
            chosen["s3.port"] = self._wanted_port
        path.write_text(json.dumps(chosen))
        return chosen

    def _run(self, weed: Path) -> None:
        volumes = self.data_dir / "volumes"
        volumes.mkdir(exist_ok=True)
        # Its local sockets have fixed names under /tmp unless told, shared by every instance.
        if self._socket_dir is None:
            self._socket_dir = Path(tempfile.mkdtemp(prefix="sae-s3-", dir=_SHORT_DIR))
        for stale in self._socket_dir.iterdir():
            stale.unlink()
        options = {
            "dir": volumes,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            # As many volumes as the disk holds; the default of eight fills up with two buckets.
            "volume.max": 0,
            "master.volumeSizeLimitMB": 1024,
            "volume.preStopSeconds": 0,
            # Left to 10 s, a second start waits 20 s for its own election; and a volume server that
            # comes before the election ends tries again 5 s later only. So: 2.3 s, each time.
            "master.electionTimeout": "500ms",
            "master.heartbeatInterval": "100ms",
            # An archive tells nobody anything.
            "master.telemetry": "false",
            "s3": "true",
            "s3.config": self.data_dir / "s3.json",
            # A mistyped bucket is a mistake, not a wish.
            "s3.autoCreateBucket": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.localSocket": self._socket_dir / "s3.sock",
            "filer.localSocket": self._socket_dir / "filer.sock",
            **self._ports,
        }
        with open_log(self.log_path) as log:
            self.process = subprocess.Popen(
                [
                    weed,
                    "-logtostderr=true",
                    "server",
                    *(f"-{name}={value}" for name, value in options.items()),
                ],
                cwd=self.data_dir,
                # Two volumes made at a time per bucket instead of seven: enough for two cores.
                env={**os.environ, "WEED_MASTER_VOLUME_GROWTH_COPY_1": "2"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGKILL),
            )

    def _buckets_exist(self) -> bool:
        for bucket in BUCKETS:
            answer = self._request("HEAD", f"/{bucket}")
            if answer is not None and answer.status == 404:
                # Object Lock brings versioning with it; no default retention is set.
                answer = self._request(
                    "PUT", f"/{bucket}", headers={"x-amz-bucket-object-lock-enabled": "true"}
                )
            if answer is None or not answer.succeeded:
                return False
        return True

    def _bucket_writes(self, bucket: str) -> bool:
        path = f"/{bucket}/{_PROBE_KEY}"
        written = self._request("PUT", path, body=b"ready")
        if written is None or not written.succeeded:
            return False
        version = written.headers.get("x-amz-version-id", "")
        # By its version, else a delete marker would stay at every start.
        self._request("DELETE", path, query={"versionId": version})
        return True

    def _request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> S3Answer | None:
        try:
            return send_request(
                self.endpoint,
                method,
                path,
                access_key=self.access_key,
                secret_key=self.secret_key,
                query=query,
                headers=headers,
                body=body,
            )
        except OSError:
            return None
