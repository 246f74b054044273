"""Every package of the corpus gets the verdict that the reference system gives it."""

import re
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Deposit
from sae.holdings.models import ArchiveUnit
from sae.journal.models import Event
from sae.storage.models import StoredObject
from sae.storage.reader import open_stored
from sae.tenancy.scope import tenant_scope
from tests.acceptance.corpus import (
    cases,
    fill_template,
    make_context_without_contract,
    needs_corpus,
    path_of,
    prepare,
)
from tests.builders.deposits import deposit, problems_of
from tests.builders.people import Cast

pytestmark = [pytest.mark.acceptance, pytest.mark.django_db, needs_corpus]

CASES = cases("sip-verdicts.json")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_verdict(case: dict[str, Any], cast: Cast, tmp_path: Path, record_property: Any) -> None:
    record_property("tally", f"packages/{case['category']}")
    coffre = cast.coffre_a
    prepare(coffre, case)
    package = path_of(case["file"])
    earlier: Deposit | None = None
    for number, name in enumerate(case["requires"].get("other_SIPs_first") or ()):
        earlier = deposit(coffre, _filled(case, path_of(name), tmp_path, number, coffre, earlier))
        assert earlier.outcome in ("OK", "WARNING"), name
    context = ""
    if case.get("failing_outcome", "") and "CONTRACT_NOT_IN_CONTEXT" in case["failing_outcome"]:
        context = make_context_without_contract(coffre)
    made = deposit(
        coffre,
        _filled(case, package, tmp_path, 99, coffre, earlier),
        action=case["action"],
        context_id=context,
    )
    problems = [(p.code, p.reason, p.line, p.seen) for p in problems_of(coffre, made)][:10]
    with tenant_scope(coffre.id):
        events = list(
            Event.objects.filter(operation_id=made.id).values_list(
                "code", "outcome_detail", "outcome"
            )
        )
        units = ArchiveUnit.objects.filter(operation_id=made.id).count()
    details = {detail for _code, detail, _outcome in events}
    assert made.outcome in (case.get("accept") or [case["expected_status"]]), problems
    if case.get("failing_outcome"):
        assert case["failing_outcome"] in details, (problems, details)
    outcomes = {code: outcome for code, _detail, outcome in events if outcome != "STARTED"}
    for code, outcome in (case.get("expected_events") or {}).items():
        assert outcomes.get(code) == outcome, (code, outcomes, problems)
    if made.outcome in ("OK", "WARNING") and case.get("created_units") is not None:
        assert (
            units == case["created_units"] - (case.get("existing_unit_nodes") or 0)
            or units == case["created_units"]
        )
    check_reply(case, reply_of(coffre, made))


def reply_of(coffre: Any, made: Deposit) -> str:
    with tenant_scope(coffre.id):
        stored = StoredObject.objects.get(operation_id=made.id, kind=StoredObject.Kind.REPLY)
        return b"".join(open_stored(stored_object=stored)).decode()


def check_reply(case: dict[str, Any], reply: str) -> None:
    """The reply has the code, the tags, the values and the pieces of text that it must have."""
    expected = case.get("expected_atr") or {}
    for key, value in expected.items():
        if key == "reply":
            assert f"<ReplyCode>{value}</ReplyCode>" in reply
        elif key == "strings":
            assert [one for one in value if one not in reply] == []
        elif key == "values":
            assert [one for one in value if f"{one}</" not in reply] == [], reply
        elif key.startswith("balise"):
            tag = key.rpartition(" ")[2]
            assert len(re.findall(f"<{tag}[ />]", reply)) == value, (tag, reply)
        elif key == "objets binaires":
            assert reply.count("<BinaryDataObject ") == value
        elif key == "unités archivistiques":
            assert reply.count("<ArchiveUnit ") == value


def _filled(
    case: dict[str, Any],
    package: Path,
    tmp_path: Path,
    number: int,
    coffre: Any,
    earlier: Deposit | None,
) -> Path:
    """Attach a template to the first unit of the earlier deposit."""
    template = case.get("template")
    if not template or earlier is None:
        return package
    with tenant_scope(coffre.id):
        top = ArchiveUnit.objects.filter(operation_id=earlier.id).order_by("depth", "id").first()
    assert top is not None
    return fill_template(package, tmp_path / f"{number}.zip", template["placeholder"], str(top.id))
