"""A classification leaves as CSV, EAD 2002 and SEDA packages, and comes back as it was."""

import datetime as dt
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.editing import services
from access.editing.ead_description import make, read_description, write_description
from access.editing.positions import outline
from access.editing.streaming import PIECE, pieces_of
from access.editing.tree_csv import write_tree
from access.editing.tree_ead import read_ead, write_ead
from sae.holdings.models import ArchiveUnit
from sae.holdings.planting import Position
from sae.tenancy.models import Tenant
from tenants.models import Agency, IngestContract
from tests.builders.deposits import AGENCY, CONTRACT, deposit, make_referentials, problems_of
from tests.builders.people import Cast
from tests.builders.sights import seeing_all

pytestmark = pytest.mark.django_db

SERIES: dict[str, Any] = {
    "Title": "Délibérations & arrêtés",
    "DescriptionLevel": "Series",
    "OriginatingSystemId": ["1 D"],
    "FilePlanPosition": ["D/1"],
    "ArchivalAgencyArchiveUnitIdentifier": ["FR-1D"],
    "Description": "Registres.\nTables annuelles.",
    "CustodialHistory": {"CustodialHistoryItem": ["Mairie", "Archives en 1950"]},
    "Keyword": [
        {"KeywordContent": "Conseil municipal", "KeywordType": "corpname"},
        {"KeywordContent": "Lyon", "KeywordReference": "geo-1", "KeywordType": "geogname"},
    ],
    "Language": ["fra", "lat"],
    "DocumentType": "Registre",
    "OriginatingAgency": {
        "Identifier": "FRAN_NP_009913",
        "OrganizationDescriptiveMetadata": {"Name": ["Secrétariat général"]},
    },
    "Agent": [{"Corpname": "Conseil", "Identifier": ["C1"]}, {"FullName": "Jeanne Dupont"}],
    "Source": "Original aux Archives départementales",
    "StartDate": "1801-01-01",
    "EndDate": "1900-12-31",
    "DateLitteral": "XIXe siècle",
}
RULES = {
    "AccessRule": {"Rules": [{"Rule": "ACC-00002", "StartDate": "1900-01-01"}]},
    "AppraisalRule": {"Rules": [{"Rule": "APP-00001"}], "FinalAction": "Keep"},
}


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client(cast.aline)


@pytest.fixture
def forest(cast: Cast) -> dict[str, uuid.UUID]:
    """A tree with a plan under it, and a plan apart that has no identifier of its own."""
    make_referentials(cast.coffre_a)
    with seeing_all(cast.coffre_a.id):
        made = services.create_positions(
            [
                Position("town", "HOLDING_UNIT", _said("Commune", "0", level="Fonds")),
                Position("office", "HOLDING_UNIT", _said("Mairie", ""), "town"),
                Position("series", "FILING_UNIT", SERIES, "office", RULES),
                Position("below", "FILING_UNIT", _said("1801-1850", "1 D 1"), "series"),
                Position("apart", "FILING_UNIT", _said("Plan à part", "1 D")),
            ],
            actor=services.Actor(),
        )
    return {str(key): one for key, one in made.items()}


def _said(title: str, identifier: str, *, level: str = "RecordGrp") -> dict[str, Any]:
    own = {"OriginatingSystemId": [identifier]} if identifier else {}
    return {"Title": title, "DescriptionLevel": level, **own}


def _said_by(coffre: Tenant) -> dict[str, tuple[str, list[str], dict[str, Any], dict[str, Any]]]:
    """Return what every position of a coffre says, by title: nature, parents, fields, rules."""
    with seeing_all(coffre.id):
        rows = {row.id: row for row in ArchiveUnit.objects.all()}
        return {
            row.title: (
                row.unit_type,
                sorted(rows[one].title for one in row.parents),
                {key: value for key, value in row.content.items() if key != "OriginatingSystemId"},
                {key: _declared(value) for key, value in row.management.items()},
            )
            for row in rows.values()
        }


def _declared(category: dict[str, Any]) -> dict[str, Any]:
    rules = [
        {key: value for key, value in rule.items() if key != "EndDate"}
        for rule in category.get("Rules", ())
    ]
    return {**category, "Rules": rules}


def _as_ead(under: uuid.UUID | None = None) -> bytes:
    """Return the positions of the open coffre, or of a branch, as EAD."""
    return b"".join(
        pieces_of(lambda out: write_ead(lambda: outline(under), out, title="Classement"))
    )


def _package(client: Client, tmp_path: Path, unit_type: str, under: str = "") -> Path:
    asked = {"sip-unit_type": unit_type, "sip-contract": CONTRACT, "sip-agency": AGENCY}
    answer: Any = client.get(
        reverse("classification_sip"), {**asked, **({"sous": under} if under else {})}
    )
    assert answer.status_code == 200
    path = tmp_path / f"{unit_type}.zip"
    path.write_bytes(b"".join(answer.streaming_content))
    return path


def test_a_forest_goes_to_another_coffre_as_two_packages(
    cast: Cast, client: Client, forest: dict[str, uuid.UUID], tmp_path: Path
) -> None:
    make_referentials(cast.coffre_b)
    for unit_type, action in (
        ("HOLDING_UNIT", "holding_scheme"),
        ("FILING_UNIT", "filing_scheme"),
    ):
        package = _package(client, tmp_path, unit_type)
        assert zipfile.ZipFile(package).namelist() == ["manifest.xml"]
        done = deposit(cast.coffre_b, package, action=action)
        assert problems_of(cast.coffre_b, done) == []
        assert done.outcome == "OK", action
    assert _said_by(cast.coffre_b) == _said_by(cast.coffre_a)


def test_a_branch_alone_is_packed_without_what_is_above(
    cast: Cast, client: Client, forest: dict[str, uuid.UUID], tmp_path: Path
) -> None:
    make_referentials(cast.coffre_b)
    package = _package(client, tmp_path, "FILING_UNIT", str(forest["series"]))
    assert deposit(cast.coffre_b, package, action="filing_scheme").outcome == "OK"
    moved = _said_by(cast.coffre_b)
    assert set(moved) == {SERIES["Title"], "1801-1850"}
    assert moved[SERIES["Title"]][1] == []


def test_a_package_needs_a_contract_and_positions_of_its_nature(
    cast: Cast, client: Client, forest: dict[str, uuid.UUID]
) -> None:
    address = reverse("classification_sip")
    unnamed = client.get(address, {"sip-unit_type": "HOLDING_UNIT"})
    assert (unnamed.status_code, unnamed["Location"]) == (302, reverse("classification"))
    with seeing_all(cast.coffre_a.id):
        contract = IngestContract.objects.get().identifier
        agency = Agency.objects.get().identifier
    asked = {"sip-contract": contract, "sip-agency": agency, "sip-unit_type": "HOLDING_UNIT"}
    nothing = client.get(address, {**asked, "sous": str(forest["series"])}, follow=True)
    assert "aucune position de cette nature" in nothing.content.decode()
    page = client.get(reverse("classification_build"), {"sous": str(forest["series"])})
    assert "?action=filing_scheme" in page.content.decode()
    assert "Délibérations &amp; arrêtés" in page.content.decode()
    stranger = cast.client(cast.chloe)
    assert stranger.get(address, {**asked, "sous": str(forest["series"])}).status_code == 404


def test_a_forest_comes_back_from_ead_with_all_that_it_says(
    cast: Cast, forest: dict[str, uuid.UUID]
) -> None:
    with seeing_all(cast.coffre_a.id):
        written = _as_ead()
    make_referentials(cast.coffre_b)
    with seeing_all(cast.coffre_b.id):
        read = read_ead(written, under=None, unit_type="HOLDING_UNIT")
        assert read.faults == []
        services.create_positions(read.positions, actor=services.Actor())
        series = ArchiveUnit.objects.get(title=SERIES["Title"])
        assert series.start_date == dt.date(1801, 1, 1)
    assert _said_by(cast.coffre_b) == _said_by(cast.coffre_a)


def test_the_rules_of_a_finding_aid_are_those_of_the_coffre(
    cast: Cast, forest: dict[str, uuid.UUID]
) -> None:
    with seeing_all(cast.coffre_a.id):
        written = _as_ead(forest["series"])
    with seeing_all(cast.coffre_b.id):
        read = read_ead(written, under=None, unit_type="FILING_UNIT")
    assert ["ACC-00002" in read.faults[0].words, "APP-00001" in read.faults[1].words] == [
        True,
        True,
    ]
    assert all(fault.line for fault in read.faults)
    as_tree = written.replace(b'altrender="FILING_UNIT"', b"")
    with seeing_all(cast.coffre_a.id):
        read = read_ead(as_tree, under=None, unit_type="HOLDING_UNIT")
    assert [fault.words for fault in read.faults] == [
        "Un arbre de positionnement ne porte pas de règle."
    ]


FOREIGN = """<ead><eadheader><eadid>X</eadid><profiledesc><langusage>Rédigé en
<language langcode="fre">français</language></langusage></profiledesc></eadheader>
<archdesc level="fonds"><did><unittitle>Fonds</unittitle>
<unitdate normal="1901/1950">début du siècle</unitdate>
<origination><corpname>Mairie</corpname></origination>
<physdesc><extent>3 ml</extent>, <physfacet>registres reliés</physfacet></physdesc>
<langmaterial>En <language langcode="lat">latin</language></langmaterial>
<physloc>Magasin 2</physloc></did>
<scopecontent><head>Contenu</head><p>Registres</p><p>Tables</p></scopecontent>
<acqinfo><p>Versement de 1950</p></acqinfo>
<accessrestrict><head>Accès</head><p>Librement communicable</p></accessrestrict>
<controlaccess><head>Index</head><controlaccess><subject authfilenumber="T1">eau</subject>
<title>Le Progrès</title></controlaccess><persname>Hugo, Victor</persname></controlaccess>
<dsc><c level="otherlevel" otherlevel="carton"><did><unittitle>Carton</unittitle>
<unitdate normal="1904-02">février</unitdate></did></c></dsc></archdesc></ead>"""


def test_what_others_write_is_kept_where_it_can_be_found(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        read = read_ead(FOREIGN.encode(), under=None, unit_type="FILING_UNIT")
    assert read.faults == []
    fonds, box = (one.content for one in read.positions)
    assert fonds == {
        "DescriptionLevel": "Fonds",
        "Title": "Fonds",
        "StartDate": "1901-01-01",
        "EndDate": "1950-12-31",
        "DateLitteral": "début du siècle",
        "OriginatingAgency": {"Identifier": "Mairie"},
        "Language": ["lat"],
        "DescriptionLanguage": "fre",
        "CustodialHistory": {"CustodialHistoryItem": ["Versement de 1950"]},
        "Keyword": [
            {"KeywordContent": "eau", "KeywordReference": "T1", "KeywordType": "subject"},
            {"KeywordContent": "Le Progrès", "KeywordType": "subject"},
            {"KeywordContent": "Hugo, Victor", "KeywordType": "persname"},
        ],
        "Description": (
            "Description matérielle : 3 ml, registres reliés\nLocalisation : Magasin 2\n"
            "Registres\nTables\nConditions d’accès : Librement communicable"
        ),
    }
    assert (box["DescriptionLevel"], box["StartDate"], box["EndDate"]) == (
        "OtherLevel",
        "1904-02-01",
        "1904-02-29",
    )


_WORDS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=20
)
_DAYS = st.dates(dt.date(1000, 1, 1), dt.date(2999, 12, 31)).map(str)
_CONTENTS = st.fixed_dictionaries(
    {"DescriptionLevel": st.sampled_from(["Fonds", "Series", "OtherLevel"]), "Title": _WORDS},
    optional={
        "OriginatingSystemId": st.lists(_WORDS, min_size=1, max_size=2),
        "TransferringAgencyArchiveUnitIdentifier": st.lists(_WORDS, min_size=1, max_size=2),
        "Description": st.lists(_WORDS, min_size=1, max_size=3).map("\n".join),
        "CustodialHistory": st.fixed_dictionaries(
            {"CustodialHistoryItem": st.lists(_WORDS, min_size=1, max_size=2)}
        ),
        "Keyword": st.lists(
            st.fixed_dictionaries(
                {
                    "KeywordContent": _WORDS,
                    "KeywordType": st.sampled_from(["subject", "persname", "function"]),
                },
                optional={"KeywordReference": _WORDS},
            ),
            min_size=1,
            max_size=3,
        ),
        "Language": st.lists(st.sampled_from(["fra", "lat"]), min_size=1, max_size=2),
        "DocumentType": _WORDS,
        "Source": _WORDS,
        "OriginatingAgency": st.fixed_dictionaries({"Identifier": _WORDS}),
        "StartDate": _DAYS,
        "EndDate": _DAYS,
    },
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=_CONTENTS)
def test_any_description_comes_back_from_ead(content: dict[str, Any]) -> None:
    component = make("c")
    component.set(
        "level",
        {"Fonds": "fonds", "Series": "series"}.get(content["DescriptionLevel"], "otherlevel"),
    )
    component.extend(write_description(content, {}, title=content["Title"]))
    assert read_description(component).content == content


def test_exports_read_a_thousand_positions_at_a_time(cast: Cast) -> None:
    """The number of queries does not follow the number of positions."""
    counts = []
    for total in (40, 80):
        with seeing_all(cast.coffre_a.id):
            positions = [
                Position(n, "HOLDING_UNIT", _said(f"{total}-{n}", ""), 0 if n else None)
                for n in range(total)
            ]
            services.create_positions(positions, actor=services.Actor())
            with CaptureQueriesContext(
                connection,
            ) as queries:
                list(write_tree(outline))
                _as_ead()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_large_export_leaves_at_once_and_by_small_pieces(cast: Cast) -> None:
    """The first bytes leave before the tree is read; none waits for the whole."""
    with seeing_all(cast.coffre_a.id):
        services.create_positions(
            [
                Position(
                    n, "HOLDING_UNIT", _said(f"Position {n} {'x' * 200}", ""), 0 if n else None
                )
                for n in range(3_000)
            ],
            actor=services.Actor(),
        )

        def unread() -> Any:
            raise AssertionError("the tree is read before anything is sent")

        assert next(write_tree(unread)).startswith(b"Identifier,")
        first = next(pieces_of(lambda out: write_ead(unread, out, title="x")))
        assert first.startswith(b"<?xml")
    client = cast.client(cast.aline)
    for address in ("classification_csv", "classification_ead"):
        answer: Any = client.get(reverse(address))
        pieces = list(answer.streaming_content)
        assert len(pieces) > 3, address
        assert max(map(len, pieces)) < 8 * PIECE, address
        assert b"".join(pieces).count(b"Position 2999") == 1
