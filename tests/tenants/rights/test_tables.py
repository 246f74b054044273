"""The tables of rights, and levels: pure facts."""

import pytest

from sae.tenancy.models import Organisation, Tenant
from tenants.permissions import TABLE, Permission, Reach
from tenants.rights import four_eyes
from tenants.rights.levels import any_may_act_on, is_level, may_act_on
from tenants.rights.ready import READY, ready_in
from tenants.rights.segregation import conflicts_among, known_conflicts


def test_names_of_permissions_derive_from_their_object_and_verb() -> None:
    for permission, entry in TABLE.items():
        assert permission.value == f"{entry.object}.{entry.verb}"
        assert permission.name == permission.value.upper().replace(".", "_")


def test_every_permission_has_its_line_with_words_of_its_own() -> None:
    assert set(TABLE) == set(Permission)
    labels = [str(entry.label) for entry in TABLE.values()]
    assert len(set(labels)) == len(labels)
    for entry in TABLE.values():
        assert len(str(entry.explanation)) > 25
        assert str(entry.explanation).endswith(".")


@pytest.mark.parametrize(
    ("own", "other", "acts"),
    [
        ("", "", True),
        ("", "A", True),
        ("", "A.1.B", True),
        ("A", "A", False),
        ("A", "AB", False),
        ("A", "AB.1", False),
        ("A", "A.1", True),
        ("A", "A.1.2", True),
        ("A.1", "A", False),
        ("A.1", "A.10", False),
        ("A.1", "A.1.0", True),
        ("A", "", False),
        ("A", "B.A.1", False),
    ],
)
def test_an_administrator_acts_strictly_below_their_level(own: str, other: str, acts: bool) -> None:
    assert may_act_on(own, other) is acts


def test_without_any_level_one_acts_on_nothing() -> None:
    assert not any_may_act_on([], "")
    assert not any_may_act_on([], "A")


@pytest.mark.parametrize("text", ["", "A", "A.1", "GESTION.SERVICES", "42"])
def test_what_is_a_level(text: str) -> None:
    assert is_level(text)


@pytest.mark.parametrize("text", ["a", ".A", "A.", "A..B", "A B", "É", "A\n", "A.1\n", "A-1", "."])
def test_what_is_not_a_level(text: str) -> None:
    assert not is_level(text)


def coffre(kind: str, *, is_platform: bool = False) -> Tenant:
    return Tenant(name="x", kind=kind, organisation=Organisation(name="o", is_platform=is_platform))


def test_ready_profiles_carry_acts_on_the_organisation_in_its_proof_alone() -> None:
    archives, proof = coffre(Tenant.Kind.ARCHIVES), coffre(Tenant.Kind.PROOF)
    for ready in READY.values():
        assert all(TABLE[one].reach is Reach.COFFRE for one in ready.permissions_in(archives)), (
            ready.key
        )
    assert Permission.RIGHT_MANAGE in READY["administrator"].permissions_in(proof)


def test_what_the_platform_alone_does_is_offered_to_no_other() -> None:
    town, platform = coffre(Tenant.Kind.PROOF), coffre(Tenant.Kind.PROOF, is_platform=True)
    assert "operator" not in {one.key for one in ready_in(town)}
    assert "operator" in {one.key for one in ready_in(platform)}
    assert Permission.PLATFORM_MANAGE not in READY["operator"].permissions_in(town)


def test_an_auditor_only_reads_and_for_a_time() -> None:
    for key in ("auditor", "state_control", "data_protection"):
        assert {one.value.rpartition(".")[2] for one in READY[key].permissions} <= {
            "view",
            "download",
        }, key
    assert READY["auditor"].months == READY["state_control"].months == 1


def test_conflicts_are_between_two_different_permissions_and_say_why() -> None:
    known = known_conflicts()
    for one in known:
        assert one.first != one.second
        assert len(str(one.why)) > 30
    pairs = [frozenset((one.first, one.second)) for one in known]
    assert len(set(pairs)) == len(pairs)


def test_every_act_approved_by_a_second_person_is_warned_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An act to come (an elimination) brings its warning when it names its permissions."""
    approvals = [one for one in Permission if one.value.endswith(".approve")]
    assert approvals
    warned = {frozenset((one.first, one.second)) for one in known_conflicts()}
    for approval in approvals:
        asking = Permission(approval.value.removesuffix(".approve"))
        assert frozenset((asking, approval)) in warned
    monkeypatch.setitem(
        four_eyes._actions,
        "essai",
        four_eyes.Action(
            "essai", "éliminer", "", lambda: True, Permission.UNIT_EDIT, Permission.UNIT_MOVE
        ),
    )
    (found,) = conflicts_among({Permission.UNIT_EDIT, Permission.UNIT_MOVE})
    assert found.sentence == "Peut demander et approuver : éliminer"
