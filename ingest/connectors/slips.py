"""The names in a slip: what a transfer is called, read before anything in it is judged."""

from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from sae.seda.dialects import SUPPORTED_VERSIONS, version_of

_CHUNK = 1 << 18
_MAX_TAG = 1 << 20
_MAX_NAME = 300
_OLD = "fr:gouv:ae:archive:draft:standard_echange_v0.2"
_WANTED = {
    ("TransferIdentifier",): "message_identifier",
    ("MessageIdentifier",): "message_identifier",
    ("ArchivalAgency", "Identification"): "archival_agency",
    ("ArchivalAgency", "Identifier"): "archival_agency",
    ("TransferringAgency", "Identification"): "transferring_agency",
    ("TransferringAgency", "Identifier"): "transferring_agency",
}


class SlipRefused(ValueError):  # noqa: N818 — told to people as is
    """The slip cannot be named: there is no telling which transfer it is."""


@dataclass(frozen=True, slots=True)
class SlipHead:
    """The names of a transfer, white space collapsed."""

    seda_version: str
    message_identifier: str
    transferring_agency: str
    archival_agency: str = ""


def read_head(path: Path) -> SlipHead:
    """Read the names of a slip, in flat memory. Raises ``SlipRefused``, in French."""
    scan = _Scan()
    try:
        with path.open("rb") as file:
            scan.read(file)
    except expat.ExpatError as error:
        raise SlipRefused(
            f"Le bordereau n’est pas un XML lisible (ligne {error.lineno}) : générez-le de nouveau."
        ) from error
    for field, what in (
        ("message_identifier", "d’identifiant de transfert"),
        ("transferring_agency", "d’identifiant de service versant"),
    ):
        if not scan.found.get(field):
            raise SlipRefused(f"Le bordereau n’a pas {what}.")
        if len(scan.found[field]) > _MAX_NAME:
            raise SlipRefused(f"Le bordereau a plus de {_MAX_NAME} caractères {what}.")
    return SlipHead(seda_version=scan.version, **scan.found)


class _Scan:
    """One pass over the slip: only what stands right under its root is looked at."""

    def __init__(self) -> None:
        self.version = ""
        self.found: dict[str, str] = {}
        self._path: list[str] = []
        self._depth = 0
        self._text: list[str] = []
        self._parser = parser = expat.ParserCreate(None, " ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def read(self, file: object) -> None:
        fed = 0
        while chunk := file.read(_CHUNK):  # type: ignore[attr-defined]
            self._parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - self._parser.CurrentByteIndex > _MAX_TAG:
                raise SlipRefused("Le bordereau contient une balise démesurée.")
        self._parser.Parse(b"", True)

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > 3:
            return
        namespace, _space, local = name.rpartition(" ")
        if self._depth == 1:
            self._root(namespace, local)
            return
        self._path[self._depth - 2 :] = [local]
        if tuple(self._path) in _WANTED:
            self._text = []
            self._parser.CharacterDataHandler = self._text.append

    def _end(self, _name: str) -> None:
        if 1 < self._depth <= 3 and self._parser.CharacterDataHandler is not None:
            field = _WANTED.get(tuple(self._path[: self._depth - 1]))
            if field:
                self.found.setdefault(field, " ".join("".join(self._text).split()))
                self._parser.CharacterDataHandler = None
        self._depth -= 1

    def _root(self, namespace: str, local: str) -> None:
        if namespace == _OLD:
            raise SlipRefused(
                "Le SEDA 0.2 n’est plus reçu : réglez la génération du bordereau en SEDA 1.0 ou 2."
            )
        self.version = version_of(namespace)
        if self.version not in SUPPORTED_VERSIONS:
            known = ", ".join(SUPPORTED_VERSIONS)
            raise SlipRefused(f"Le bordereau n’est pas du SEDA de version {known}.")
        if local != "ArchiveTransfer":
            raise SlipRefused(f"Le bordereau est un message {local}, pas un transfert d’archives.")

    def _doctype(self, *_: object) -> None:
        raise SlipRefused("Le bordereau déclare un type de document (DOCTYPE) : retirez-le.")
