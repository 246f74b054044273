"""Tables read and written: what spreadsheets make of them, formulas, hostile workbooks."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from sae.ui import exports
from tenants.accounts.sheets import UnreadableError, protected, protected_rows, read_sheet, restored

NAMES = {"nom": "last_name", "prenom": "first_name", "adresse electronique": "email"}
REQUIRED = ("last_name",)


def read(content: bytes | str) -> list[dict[str, str]]:
    raw = content.encode() if isinstance(content, str) else content
    return [dict(row.cells) for row in read_sheet(raw, names=NAMES, required=REQUIRED).rows]


def book(*rows: list[object]) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        "Nom;Prénom\r\nDurand;Éloïse\r\n".encode(),
        "\ufeffNom;Prénom\nDurand;Éloïse\n".encode(),
        "Nom;Prénom\r\nDurand;Éloïse\r\n".encode("cp1252"),
        "NOM *,prenom\nDurand,Éloïse\n".encode(),
        "\nNom;Prénom\n;\nDurand;Éloïse\n;;\n".encode(),
        'Nom;Prénom\n"Durand";"Éloïse"\n'.encode(),
        book(["Nom", "Prénom"], ["Durand", "Éloïse"], [None, None]),
    ],
)
def test_one_table_however_it_is_saved(content: bytes) -> None:
    assert read(content) == [{"last_name": "Durand", "first_name": "Éloïse"}]


def test_lines_are_numbered_as_a_spreadsheet_shows_them() -> None:
    sheet = read_sheet(
        'Nom;Prénom\n\n"Du\nrand";A\nMartin;B\n'.encode(), names=NAMES, required=REQUIRED
    )
    assert [row.line for row in sheet.rows] == [3, 5]
    assert sheet.letter("first_name") == "B"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "vide"),
        ("Nom;Prénom\n".encode(), "en-tête"),
        (b"Nom Prenom\nDurand\n", "points-virgules"),
        (b"Prenom;Adresse electronique\nA;b@c.fr\n", "manque"),
        (b"Nom;Secret\nA;b\n", "Colonne B"),
        (b"Nom;Nom\nA;b\n", "deux fois"),
        (b"Nom;Prenom\nA;b;c\n", "Ligne 2"),
        (b'Nom;Prenom\n"A;b\n', "guillemet"),
        (b"Nom;Prenom\nA;\x00\n", "ni un CSV"),
        (b"PK\x03\x04 rien", "classeur"),
        (b"x" * (2 * 1024 * 1024 + 1), "2 Mo"),
        ("Nom;Prénom\n" + "A;b\n" * 2001, "2000 lignes"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(content: bytes | str, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read(content)


def test_a_workbook_that_unpacks_without_end_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\x00" * (61 * 1024 * 1024))
    assert len(target.getvalue()) < 100_000
    with pytest.raises(UnreadableError, match="trop grand"):
        read(target.getvalue())


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "-cmd|'/c calc'!A0", "'=1+1", "''=x", "+33 1 23", "'Tis", "\t=1"]
)
def test_a_formula_is_harmless_in_the_file_and_comes_back_exactly(text: str) -> None:
    written = protected(text)
    assert exports.neutralise(written) == written
    assert restored(written) == text


@given(st.text(alphabet="=+-@'|%a1 .é", max_size=8))
def test_any_text_comes_back_exactly(text: str) -> None:
    assert restored(protected(text)) == text
    assert exports.neutralise(protected(text)) == protected(text)


def test_a_workbook_of_ours_holds_no_formula() -> None:
    target = io.BytesIO()
    exports.write_xlsx(protected_rows([["Nom"], ["=HYPERLINK(1)"]]), target, title="Comptes")
    cell = load_workbook(target).active["A2"]
    assert cell.data_type == "s"
    assert read(target.getvalue()) == [{"last_name": "=HYPERLINK(1)"}]
