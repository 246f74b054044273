"""A coffre in which every text that someone else wrote is written in bad faith."""

import uuid
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson

from ingest.models import Deposit
from sae.holdings.models import ArchiveUnit, DataObject
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.models import Agency, IngestContract, ManagementRule
from tests.builders.deposits import AGENCY, CONTRACT, deposit, make_referentials, problems_of
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

MARK = "zqxmark"
"""A word that no page of ours holds: where it stands as markup, somebody's text has become ours."""

NAUGHTY = (
    f"<script>{MARK}()</script>",
    f'"><img src=x onerror={MARK}()>',
    f"'><svg/onload={MARK}()>",
    f"</title></textarea></style></script><{MARK}>",
    f"{{{{ {MARK} }}}}{{% debug %}}<{MARK} a='b'>",
    f"javascript:{MARK}()//<a href=javascript:{MARK}()>",
    f"<!--{MARK}--><{MARK} x=`y`>&lt;{MARK}&gt;&#60;{MARK}&#62;",
    f"]]><{MARK}/>\\u003c{MARK}\\x3c\u2028\u2029<{MARK}",
)
"""What is put wherever a person may write."""

FORMULAS = (
    f'=HYPERLINK("http://{MARK}.example")',
    f"+{MARK}|' /C calc'!A0",
    f"-2+{MARK}!A1",
    f"@SUM({MARK})",
    f" ={MARK}",
    f"\uff1d{MARK}",
)


class Watcher(HTMLParser):
    """Reads a page as a browser does and notes each piece of hostile text that became markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.seen = 0
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        if MARK in tag:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if MARK in name or name.startswith("on"):
                self.found.append(f"<{tag} {name}={value}>")
            if value and MARK in value:
                self.seen += 1
                address = name in ("href", "src", "action", "formaction", "xlink:href")
                if address and value.strip().lower().startswith(("javascript:", "data:")):
                    self.found.append(f"<{tag} {name}={value}>")
                if name in ("style", "srcdoc") or name.startswith("hx-on"):
                    self.found.append(f"<{tag} {name}={value}>")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_comment(self, data: str) -> None:
        if MARK in data:
            self.found.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        if MARK in decl:
            self.found.append(f"<!{decl}>")

    def handle_data(self, data: str) -> None:
        if MARK in data:
            self.seen += 1
            if self._inside in ("script", "style"):
                self.found.append(f"<{self._inside}>{data}")


def watched(page: str) -> Watcher:
    """Return what a browser would make of a page."""
    watcher = Watcher()
    watcher.feed(page)
    watcher.close()
    return watcher


@dataclass(frozen=True)
class Hostile:
    """Coffre A, and the identifiers of what it holds, by the sorts of the permission matrix."""

    cast: Cast
    accepted: Deposit
    refused: Deposit
    ids: dict[str, tuple[uuid.UUID, ...]]


def make_hostile_coffre(cast: Cast, folder: Path, *, texts: tuple[str, ...] = NAUGHTY) -> Hostile:
    """Deposit packages and write referentials whose texts are all among ``texts``."""
    make_referentials(cast.coffre_a)
    moment = clock.now()
    dated = {"created_at": moment, "updated_at": moment}
    with tenant_scope(cast.coffre_a.id):
        for text in texts:
            Agency.objects.create(identifier=text, name=text, description=text, **dated)
            IngestContract.objects.create(
                identifier=text, name=text, description=text, status="ACTIVE", **dated
            )
            ManagementRule.objects.create(
                identifier=text, category="AppraisalRule", value=text, description=text,
                duration=1, measurement="YEAR", **dated,
            )  # fmt: skip
        Agency.objects.filter(identifier=AGENCY).update(name=texts[0], description=texts[1])
        IngestContract.objects.filter(identifier=CONTRACT).update(name=texts[1])
    # Units with markup are refused; those of the fonds are written behind the controls' back.
    head = _head(texts).unit("Dossier").binary(b"texte", name="texte.txt")
    accepted = deposit(cast.coffre_a, head.zip(folder / "accepted.zip"))
    assert accepted.outcome in ("OK", "WARNING"), problems_of(cast.coffre_a, accepted)
    # Faults quote what they were found in: codes, names and digests that nobody knows.
    bad = _package(texts).agreement(f"{texts[2]}?").agency(f"{texts[3]}?")
    bad.rule("AppraisalRule", f"{texts[0]}?").break_digest()
    refused = deposit(cast.coffre_a, bad.zip(folder / "refused.zip"))
    assert refused.outcome == "KO"
    with tenant_scope(cast.coffre_a.id):
        Deposit.objects.filter(id=refused.id).update(file_name=texts[4])
        Deposit.objects.filter(id=accepted.id).update(file_name=texts[1])
        _load_fonds(texts)
        objects = list(DataObject.objects.exclude(operation_id=accepted.id).order_by("id"))
        for thing, text in zip(objects, texts, strict=False):
            DataObject.objects.filter(id=thing.id).update(
                filename=text, format_litteral=text, mime_type=text
            )
        return Hostile(
            cast,
            accepted,
            refused,
            {
                "unit": _ids(ArchiveUnit),
                "object": tuple(thing.id for thing in objects),
                "agency": _ids(Agency),
                "rule": _ids(ManagementRule),
                "contract": _ids(IngestContract),
                "deposit": (accepted.id, refused.id),
                "operation": (accepted.id, refused.id),
                "upload": (new_id(),),
                "import": (new_id(),),
            },
        )


def _head(texts: tuple[str, ...]) -> SipBuilder:
    package = SipBuilder(message_identifier=texts[0]).comment(texts[0])
    return package.transferring_agency(texts[1]).submission_agency(texts[2])


def _package(texts: tuple[str, ...]) -> SipBuilder:
    package = _head(texts).unit(texts[0], level="RecordGrp", Description=texts[1])
    for text in texts:
        package.unit(
            text,
            parent="AU1",
            Description=text,
            OriginatingAgencyArchiveUnitIdentifier=text,
            Tag=text,
            Writer={"FullName": text},
        )
        package.rule("AppraisalRule", "APP-00001", start_date="2020-01-01")
        package.binary(text.encode(), name="texte.txt")
    return package


def _load_fonds(texts: tuple[str, ...]) -> None:
    fonds = FondsBuilder(agency=texts[3], bytes_kept="apart")
    plan = fonds.unit(texts[0], level="Series", unit_type="FILING_UNIT")
    for text in texts:
        management = {"AppraisalRule": {"Rules": [{"Rule": text}], "FinalAction": text}}
        fonds.unit(
            text,
            under=plan,
            file=text.encode(),
            description=text,
            content={
                "OriginatingAgencyArchiveUnitIdentifier": [text],
                "Writer": [{"FullName": text, "Identifier": [text]}],
                "Tag": [text],
                "Champ" + text: [text, {text: text}],
            },
            management=orjson.dumps(management),
        )
    fonds.load()


def _ids(model: Any) -> tuple[uuid.UUID, ...]:
    return tuple(model.objects.order_by("id").values_list("id", flat=True))
