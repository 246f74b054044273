"""What a deposit hangs from changes between its controls and its loading: KO, never FATAL."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from ingest.cancellation import execution
from ingest.models import Deposit
from ingest.sentences import explain
from ingest.services.cancelling import request_cancellation
from ingest.steps import STEPS
from ingest.workflow.catalogue import WORKFLOWS
from ingest.workflow.runner import advance
from sae.holdings.models import ArchiveUnit, DataObject, ObjectGroup
from sae.journal.models import Operation
from sae.journal.verification import verify_tenant
from sae.storage.strategies import offers
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import IngestContract
from tenants.referentials.imports import Agent
from tenants.referentials.rules import import_rules
from tests.builders.deposits import (
    deposit,
    make_referentials,
    problems_of,
    receive,
    run_to_end,
)
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db

BEGUN = "2020-01-01"
EVIDENCE = {"manifest.xml", "reply.xml"}


@pytest.fixture
def coffre(cast: Cast, settings: Any) -> Tenant:
    settings.CANCELLATION_DELAY_DAYS = 0
    settings.CANCELLATION_FOUR_EYES = False
    make_referentials(cast.coffre_a)
    with tenant_scope(cast.coffre_a.id):
        IngestContract.objects.update(every_data_object_version=True)
    return cast.coffre_a


@pytest.fixture
def base(coffre: Tenant, tmp_path: Path) -> Deposit:
    package = SipBuilder().unit("Registre").binary(b"registre\n", name="registre.txt")
    made = deposit(coffre, package.zip(tmp_path / "base.zip"))
    assert made.outcome == "OK"
    return made


@pytest.fixture
def register(coffre: Tenant, base: Deposit) -> ArchiveUnit:
    with tenant_scope(coffre.id):
        return ArchiveUnit.objects.get(operation_id=base.id)


def until(coffre: Tenant, made: Deposit, step: str) -> None:
    """Run a deposit until ``step`` is the next."""
    for _step in range(20):
        with tenant_scope(coffre.id):
            now = Deposit.objects.get(id=made.id)
        if WORKFLOWS[now.action].steps[now.next_step].code == step:
            return
        advance(
            tenant=coffre,
            deposit_id=made.id,
            steps=STEPS,
            assert_current=lambda: None,
            progress=lambda done, total, label: None,
        )
    raise AssertionError(step)


class Hand:
    """A job held by nobody else."""

    def __init__(self, coffre: Tenant, subject_id: uuid.UUID) -> None:
        self.tenant_id, self.subject_id = coffre.id, subject_id

    def assert_current(self) -> None:
        pass


def cancel(coffre: Tenant, made: Deposit) -> None:
    with tenant_scope(coffre.id):
        request = request_cancellation(
            deposit_id=made.id, account_id=None, reason="erreur", unit_count=made.unit_count
        )
    execution.carry_out(Hand(coffre, request.id))  # type: ignore[arg-type]
    with tenant_scope(coffre.id):
        assert not ArchiveUnit.objects.filter(operation_id=made.id).exists()


def held(coffre: Tenant, made: Deposit) -> set[str]:
    prefix = f"{coffre.id}/{made.id}/"
    return {
        one.key.removeprefix(prefix) for offer in offers().values() for one in offer.list(prefix)
    }


def attached(unit: ArchiveUnit) -> SipBuilder:
    package = SipBuilder(message_identifier="ARRIVEE").unit("Place").attach_to(str(unit.id))
    return package.unit("Pièce", parent="Place").binary(b"piece\n", name="piece.txt")


def addition(unit: ArchiveUnit, *, text: bytes) -> SipBuilder:
    package = SipBuilder(message_identifier=text.decode()).unit("P").attach_to(str(unit.id))
    return package.binary(text, name="texte.txt", usage="TextContent_1")


def assert_nothing_stays(coffre: Tenant, made: Deposit) -> None:
    with tenant_scope(coffre.id):
        for model in (ArchiveUnit, DataObject, ObjectGroup):
            assert not model.objects.filter(operation_id=made.id).exists()
        operation = Operation.objects.get(id=made.id)
    assert (operation.state, operation.outcome) == ("COMPLETED", "KO")
    assert held(coffre, made) <= EVIDENCE
    assert "reply.xml" in held(coffre, made)
    assert verify_tenant(coffre.id).broken is None


@pytest.mark.parametrize("step", ["STP_OBJ_STORING", "STP_UNIT_METADATA"])
def test_a_unit_cancelled_meanwhile_refuses_what_was_to_hang_from_it(
    coffre: Tenant, base: Deposit, register: ArchiveUnit, tmp_path: Path, step: str
) -> None:
    made = receive(coffre, attached(register).zip(tmp_path / "a.zip"))
    until(coffre, made, step)
    cancel(coffre, base)
    ended = run_to_end(coffre, made.id)
    assert (ended.state, ended.outcome) == ("completed", "KO")
    (problem,) = problems_of(coffre, ended)
    assert (problem.code, problem.reason) == ("UNIT_METADATA_INDEXATION.KO", "target_gone")
    assert str(register.id) in explain(problem).sentence
    assert_nothing_stays(coffre, ended)


def rules_file(*lines: str) -> bytes:
    header = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement"
    return "\n".join((header, *lines, "")).encode()


OTHER_RULE = "ACC-00002,AccessRule,ACC-00002,,25,Year"


@pytest.mark.parametrize(
    "lines",
    [(OTHER_RULE,), (OTHER_RULE, "APP-00001,StorageRule,APP-00001,,10,Year")],
    ids=["removed", "of another category"],
)
@pytest.mark.parametrize("step", ["STP_OBJ_STORING", "STP_UNIT_METADATA"])
def test_a_rule_that_leaves_meanwhile_refuses_what_was_to_be_under_it(
    coffre: Tenant, tmp_path: Path, step: str, lines: tuple[str, ...]
) -> None:
    package = SipBuilder().unit("Registre").rule("AppraisalRule", "APP-00001", start_date=BEGUN)
    package.binary(b"registre\n", name="registre.txt")
    package.unit("Pièce", parent="Registre").rule("AccessRule", "ACC-00002", start_date=BEGUN)
    made = receive(coffre, package.zip(tmp_path / "a.zip"))
    until(coffre, made, step)
    assert import_rules(tenant=coffre, content=rules_file(*lines), agent=Agent()).is_accepted
    ended = run_to_end(coffre, made.id)
    assert (ended.state, ended.outcome) == ("completed", "KO")
    (problem,) = problems_of(coffre, ended)
    assert (problem.code, problem.reason) == ("UNIT_METADATA_INDEXATION.KO", "rule_gone")
    assert "APP-00001" in explain(problem).sentence
    assert_nothing_stays(coffre, ended)


def test_a_rule_that_leaves_and_is_named_by_nothing_changes_nothing(
    coffre: Tenant, tmp_path: Path
) -> None:
    package = SipBuilder().unit("Registre").rule("AccessRule", "ACC-00002", start_date=BEGUN)
    package.binary(b"registre\n", name="registre.txt")
    made = receive(coffre, package.zip(tmp_path / "a.zip"))
    until(coffre, made, "STP_UNIT_METADATA")
    content = rules_file(OTHER_RULE)
    assert import_rules(tenant=coffre, content=content, agent=Agent()).deleted == ("APP-00001",)
    assert run_to_end(coffre, made.id).outcome == "OK"


def test_a_group_cancelled_meanwhile_refuses_what_was_to_join_it(
    coffre: Tenant, base: Deposit, register: ArchiveUnit, tmp_path: Path
) -> None:
    made = receive(coffre, addition(register, text=b"texte").zip(tmp_path / "a.zip"))
    until(coffre, made, "STP_OBJ_STORING")
    cancel(coffre, base)
    ended = run_to_end(coffre, made.id)
    assert (ended.state, ended.outcome) == ("completed", "KO")
    assert {one.reason for one in problems_of(coffre, ended)} == {"group_gone"}
    assert_nothing_stays(coffre, ended)


def test_of_two_deposits_that_add_the_same_to_a_group_the_second_is_refused(
    coffre: Tenant, register: ArchiveUnit, tmp_path: Path
) -> None:
    first = receive(coffre, addition(register, text=b"un").zip(tmp_path / "a.zip"))
    second = receive(coffre, addition(register, text=b"deux").zip(tmp_path / "b.zip"))
    for one in (first, second):
        until(coffre, one, "STP_OBJ_STORING")
    assert run_to_end(coffre, first.id).outcome in ("OK", "WARNING")
    refused = run_to_end(coffre, second.id)
    assert (refused.state, refused.outcome) == ("completed", "KO")
    (problem,) = problems_of(coffre, refused)
    assert (problem.reason, problem.seen) == ("group_changed", "TextContent_1")
    assert_nothing_stays(coffre, refused)
    with tenant_scope(coffre.id):
        group = ObjectGroup.objects.get(id=register.object_group_id)
        assert group.object_count == DataObject.objects.filter(object_group=group).count() == 2


def test_a_group_that_a_deposit_is_still_adding_to_receives_nothing_else(
    coffre: Tenant, register: ArchiveUnit, tmp_path: Path
) -> None:
    first = receive(coffre, addition(register, text=b"un").zip(tmp_path / "a.zip"))
    until(coffre, first, "STP_UNIT_METADATA")
    second = deposit(coffre, addition(register, text=b"deux").zip(tmp_path / "b.zip"))
    assert second.outcome == "KO"
    assert {one.code for one in problems_of(coffre, second) if not one.further} == {
        "CHECK_ATTACHEMENT.KO"
    }
    assert run_to_end(coffre, first.id).outcome in ("OK", "WARNING")
