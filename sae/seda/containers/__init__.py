"""Containers of a deposit (zip, tar, tar.gz, tar.bz2), opened safely.

Each step of the ingest calls one function: ``detect_container`` (CHECK_CONTAINER),
``check_manifest_name`` over ``list_entries`` (MANIFEST_FILE_NAME_CHECK), ``unpack`` (UPLOAD_SIP),
``check_layout`` (CHECK_SEDA).
"""

from sae.seda.containers.detection import detect_container
from sae.seda.containers.model import (
    DEFAULT_LIMITS,
    ContainerFault,
    ContainerKind,
    ContainerLimits,
    ListedEntry,
    Unpacked,
    UnpackedEntry,
)
from sae.seda.containers.names import check_layout, check_manifest_name
from sae.seda.containers.unpacking import (
    list_entries,
    read_manifest_bytes,
    remove_unpacked,
    unpack,
)
from sae.seda.containers.walking import WalkedFile, walk_files

__all__ = [
    "DEFAULT_LIMITS",
    "ContainerFault",
    "ContainerKind",
    "ContainerLimits",
    "ListedEntry",
    "Unpacked",
    "UnpackedEntry",
    "WalkedFile",
    "check_layout",
    "check_manifest_name",
    "detect_container",
    "list_entries",
    "read_manifest_bytes",
    "remove_unpacked",
    "unpack",
    "walk_files",
]
