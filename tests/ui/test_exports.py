"""Exports open in a spreadsheet as text, whatever was deposited."""

import csv
import datetime as dt
import io
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from sae.ui import exports
from sae.ui.tables import exported_rows
from sae.ui.views.styleguide import SampleDepositTable, sample_deposits

DANGEROUS = [
    '=HYPERLINK("http://x")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "＝1+1",
    "\ufeff=1+1",
    "%0A=1",
    "|calc",
]
HARMLESS = ["Délibérations", "2015-031/004", "-12,5", "+3", "- 3", "", "l’eau = 3 m³"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_formula_is_neutralised(text: str) -> None:
    assert exports.neutralise(text) == f"'{text}"


@pytest.mark.parametrize("text", [one for one in HARMLESS if one != "- 3"])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert exports.neutralise(text) == text


def test_csv_opens_in_a_french_spreadsheet() -> None:
    target = io.BytesIO()
    moment = dt.datetime(2026, 3, 12, 7, 41, tzinfo=dt.UTC)
    rows = [["Titre", "Nombre"], ["=1+1", 12.5], [None, True], [moment, dt.date(2026, 3, 1)]]
    assert exports.write_csv(rows, target) == 4
    text = target.getvalue()
    assert text.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=";"))
    assert read[1] == ["'=1+1", "12,5"]
    assert read[2] == ["", "oui"]
    assert read[3] == ["2026-03-12 08:41:00+01:00", "2026-03-01"]


@pytest.mark.parametrize("text", [*DANGEROUS, "control \x0b character"])
def test_xlsx_holds_no_formula(text: str) -> None:
    target = io.BytesIO()
    exports.write_xlsx([["Titre"], [text]], target, title="Liste: [essai]/2026 avec un long titre")
    sheet = openpyxl.load_workbook(target).active
    assert sheet["A2"].data_type == "s"
    # Excel itself drops some control characters; the rest of the text is there.
    assert "1+1" not in text or "1+1" in sheet["A2"].value


def test_exported_rows_are_values_and_not_markup() -> None:
    rows = list(exported_rows(SampleDepositTable, iter(sample_deposits(5)), chunk=2))
    assert len(rows) == 6
    assert rows[0][0] == "Versement"
    assert rows[1] == [
        "Arrêtés du maire, janvier 2026",
        "Secrétariat général",
        dt.date(2026, 3, 12),
        186,
        412_000_000,
        "00009f2c41aa77e0b07e" * 6,
        "Succès",
    ]


def test_an_export_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_LINES", 3)
    with pytest.raises(exports.TooManyLinesError):
        exports.write_csv([["x"]] * 5, io.BytesIO())


# An answer that is closed ends a request: what connections there are get looked at.
@pytest.mark.django_db
def test_an_export_given_up_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(exports, "MOST_LINES", 3)

    def broken() -> Iterator[list[str]]:
        yield ["x"]
        raise ConnectionError

    for rows, error in (([["x"]] * 5, exports.TooManyLinesError), (broken(), ConnectionError)):
        for file_format in exports.FORMATS:
            with pytest.raises(error):
                exports.export_response(rows, title="Liste", file_format=file_format)
            rows = [["x"]] * 5 if error is exports.TooManyLinesError else broken()
    response = exports.export_response([["x"]], title="Liste", file_format="xlsx")
    b"".join(response)
    response.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", exports.FORMATS)
def test_memory_does_not_grow_with_the_list(file_format: str) -> None:
    """Twenty times the lines: the file grows on the disk, the memory does not."""

    def peak(lines: int) -> int:
        rows = ([f"Dossier {number}", "x" * 200, number] for number in range(lines))
        tracemalloc.start()
        try:
            response = exports.export_response(rows, title="Liste", file_format=file_format)
            _now, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        response.close()
        return most

    short = peak(1_000)
    assert peak(20_000) < short + exports._IN_MEMORY + 2_000_000
