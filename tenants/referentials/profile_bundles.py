"""Archive profiles with their files, as one ZIP: ``profils.json`` and each file by its path.

A notice names its file (``"File": {"Name", "Sha512", "Size"}``, or the mere path of a file of the
ZIP). What is read becomes the JSON of the notices, its files kept by their SHA-512: from there on
archive profiles are compared, applied and brought back as any other referential.
"""

import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext_lazy as _

from sae.kernel import clock
from tenants.models import ArchiveProfile, ProfileFile, ReferentialDraft, ReferentialVersion
from tenants.referentials.archive_profiles import ARCHIVE_PROFILES, keep_file

NOTICES = "profils.json"
FOLDER = "fichiers"
MOST_ENTRIES = 1000
MOST_BYTES = 10 * 1024 * 1024
"""Of one file of profile, once inflated."""
MOST_BYTES_IN_ALL = 200 * 1024 * 1024
KEPT_FOR = dt.timedelta(days=8)
"""Longer than a draft is."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


class UnreadableBundleError(ValueError):
    """The ZIP cannot be read as notices and files; the message says why, in French."""


def is_bundle(content: bytes) -> bool:
    """Tell whether a file is a ZIP."""
    return content.startswith(b"PK\x03\x04")


def bundle_of(documents: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the notices and their files as the ZIP that would import them again.

    A notice without file says so (``"File": {}``): brought back, it has none.
    """
    made = io.BytesIO()
    notices = [{**document, "File": document.get("File", {})} for document in documents]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        _write(archive, NOTICES, json.dumps(notices, ensure_ascii=False, indent=2).encode())
        written = set()
        for notice in notices:
            facts = notice["File"]
            content = ProfileFile.content_of(facts["Sha512"]) if facts else None
            if content is None:
                continue
            path = f"{FOLDER}/{facts['Name']}"
            if path not in written:
                written.add(path)
                _write(archive, path, content)
    return made.getvalue()


def _write(archive: zipfile.ZipFile, path: str, content: bytes) -> None:
    """Write an entry whose bytes depend on its content alone."""
    entry = zipfile.ZipInfo(path, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def read_bundle(content: bytes) -> tuple[bytes, list[str]]:
    """Return the JSON of the notices of a ZIP, and keys of what is to be told of its reading.

    The files that notices name are kept in the coffre: nothing carries them until the JSON is
    applied. Raises ``UnreadableBundleError``.
    """
    files = _entries(content)
    notices_at = _place_of_notices(files)
    raw = files.pop(notices_at)
    try:
        documents = json.loads(raw.decode("utf-8-sig"))
    except ValueError:
        return raw, []  # what is wrong with it is told with its line, as for any JSON
    if isinstance(documents, dict):
        documents = [documents]
    if not isinstance(documents, list):
        return raw, []
    forget_unused_files()
    taken: set[str] = set()
    changed = [_with_its_file(one, files, taken) for one in documents]
    notes = ["zip"] if taken == files.keys() else ["zip", "zip_unnamed"]
    return json.dumps(changed, ensure_ascii=False, indent=2).encode(), notes


def _entries(content: bytes) -> dict[str, bytes]:
    """Return the files of a ZIP by their path, inflated under the limits."""
    found: dict[str, bytes] = {}
    in_all = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir()]
            if len(entries) > MOST_ENTRIES:
                raise UnreadableBundleError(_("Ce ZIP a trop de fichiers."))
            for entry in entries:
                with archive.open(entry) as stream:
                    inflated = stream.read(MOST_BYTES + 1)
                in_all += len(inflated)
                if len(inflated) > MOST_BYTES or in_all > MOST_BYTES_IN_ALL:
                    message = _("Le fichier « %s » du ZIP est trop grand.") % entry.filename
                    raise UnreadableBundleError(message)
                found[entry.filename] = inflated
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as broken:
        raise UnreadableBundleError(_("Ce ZIP est abîmé ou chiffré.")) from broken
    return found


def _place_of_notices(files: Mapping[str, bytes]) -> str:
    """Return the path of the JSON of the notices: ``profils.json``, else the only JSON."""
    if NOTICES in files:
        return NOTICES
    written_so = [path for path in files if path.lower().endswith(".json")]
    if len(written_so) != 1:
        raise UnreadableBundleError(_("Ce ZIP n’a pas de fichier « %s ».") % NOTICES)
    return written_so[0]


def _with_its_file(document: Any, files: Mapping[str, bytes], taken: set[str]) -> Any:
    """Return a notice whose file, when it is in the ZIP, is kept and named by its content."""
    said = document.get("File") if isinstance(document, dict) else None
    name = said.get("Name") if isinstance(said, dict) else said
    if not isinstance(name, str) or not name:
        return document
    path = next((one for one in (f"{FOLDER}/{name}", name) if one in files), None)
    if path is None:
        return document
    taken.add(path)
    content = files[path]
    facts = {
        "Name": PurePosixPath(path).name,
        "Sha512": keep_file(content),
        "Size": len(content),
    }
    return {**document, "File": _as_it_is(document.get("Identifier"), facts)}


def _as_it_is(identifier: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the name that the notice already gives to the same content, so that nothing changes
    where nothing but the name of a file in an archive differs.
    """
    row = ArchiveProfile.objects.filter(identifier=str(identifier or "")).first()
    present = row.file_facts if row is not None else {}
    return present if present.get("Sha512") == facts["Sha512"] else facts


def forget_unused_files() -> None:
    """Forget the files of drafts long given up, that nothing carries: no version, no notice."""
    kind = ARCHIVE_PROFILES.slug
    if ReferentialDraft.objects.filter(kind=kind).exists():
        return
    carried = set(
        ReferentialVersion.objects.filter(kind=kind, document__File__has_key="Sha512").values_list(
            "document__File__Sha512", flat=True
        )
    )
    carried |= {
        hashlib.sha512(bytes(content)).hexdigest()
        for content in ArchiveProfile.objects.exclude(file=None).values_list("file", flat=True)
    }
    ProfileFile.objects.filter(created_at__lt=clock.now() - KEPT_FOR).exclude(
        sha512__in=carried
    ).delete()
