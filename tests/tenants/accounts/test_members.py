"""Groups and their members as a file: round trip, who comes, who leaves, what is refused."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sae.tenancy.scope import tenant_scope
from tenants.accounts.importing import apply_members
from tenants.accounts.members import MembersPlan, plan_members
from tenants.accounts.planning import Action
from tenants.accounts.reach import RefusedError, groups_of_accounts
from tenants.accounts.telling import Actor
from tenants.models import Account
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db

HEADER = "Groupe;Identifiant;Adresse électronique;Jusqu’au"


def content(*lines: str) -> bytes:
    return "\r\n".join([HEADER, *lines, ""]).encode()


def plan(cast: Cast, *lines: str) -> MembersPlan:
    return plan_members(
        content=content(*lines),
        organisation=cast.coffre_a.organisation,
        actor=cast.administrator_a,
    )


def groups(cast: Cast, account: Account) -> tuple[str, ...]:
    with tenant_scope(cast.proof_a.id):
        return groups_of_accounts([account.id]).get(account.id, ())


def exported(cast: Cast, file_format: str) -> bytes:
    client = cast.client(cast.administrator_a)
    answer: Any = client.get(reverse("group_members_export", args=[file_format]))
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_what_is_exported_is_imported_without_any_change(cast: Cast, file_format: str) -> None:
    raw = exported(cast, file_format)
    found = plan_members(
        content=raw, organisation=cast.coffre_a.organisation, actor=cast.administrator_a
    )
    assert [fault.sentence for fault in found.faults] == []
    assert {line.action for line in found.lines} == {Action.NOTHING}
    assert not found.does_something
    assert "Chloé" not in exported(cast, "csv").decode()


def test_a_named_group_has_exactly_the_members_it_is_given(cast: Cast) -> None:
    (group,) = groups(cast, cast.basile)
    raw = content(f"{group};{cast.aline.identifier};;31/12/2099")
    found = plan(cast, f"{group};{cast.aline.identifier};;31/12/2099")
    assert [one.account for one in found.of(Action.CREATE)] == [cast.aline]
    assert [one.account for one in found.leaving] == [cast.basile]
    apply_members(
        organisation=cast.coffre_a.organisation, content=raw, actor=Actor(cast.administrator_a)
    )
    assert groups(cast, cast.basile) == ()
    assert group in groups(cast, cast.aline)
    assert groups(cast, cast.auditor_a), "groups that the file does not name stay as they are"
    assert not plan(cast, f"{group};{cast.aline.identifier};;31/12/2099").does_something
    later = plan(cast, f"{group};;{cast.aline.email.upper()};01/01/2100")
    assert [one.account for one in later.of(Action.CHANGE)] == [cast.aline]


@pytest.mark.parametrize(
    ("line", "letter", "words"),
    [
        ("Inconnu;{basile};;", "A", "Groupe inconnu"),
        ("{group};U0000000;;", "B", "Aucun compte"),
        ("{group};;personne@exemple.fr;", "C", "Aucun compte"),
        ("{group};;{chloe};", "C", "Aucun compte"),
        ("{group};{aline};;hier", "D", "n’est pas une date"),
        ("{group};{aline};;31/12/2001", "D", "déjà passée"),
    ],
)
def test_faults_say_line_and_column_and_nobody_leaves(
    cast: Cast, line: str, letter: str, words: str
) -> None:
    (group,) = groups(cast, cast.basile)
    written = line.format(
        group=group,
        basile=cast.basile.identifier,
        aline=cast.aline.identifier,
        chloe=cast.chloe.email,
    )
    found = plan(cast, written)
    assert [(fault.line, fault.letter) for fault in found.faults] == [(2, letter)]
    assert words in found.faults[0].sentence
    assert found.leaving == ()
    with pytest.raises(RefusedError, match="en défaut"):
        apply_members(
            organisation=cast.coffre_a.organisation,
            content=content(written),
            actor=Actor(cast.administrator_a),
        )


def test_one_is_not_taken_out_by_ones_own_file(cast: Cast) -> None:
    (first, *_others) = groups(cast, cast.administrator_a)
    found = plan(cast, f"{first};;;")
    assert "ne peut pas en sortir" in found.faults[0].sentence
    assert found.leaving == ()


def test_on_screen_a_file_of_members_is_checked_then_applied(cast: Cast) -> None:
    (group,) = groups(cast, cast.basile)
    client = cast.client(cast.administrator_a)
    raw = content(f"{group};{cast.aline.identifier};;")
    sent = client.post(
        reverse("group_members_import"), {"file": SimpleUploadedFile("membres.csv", raw)}
    )
    page = client.get(sent.headers["Location"])
    assert f"Aline Archambault → {group}" in page.content.decode()
    assert groups(cast, cast.basile) == (group,)
    done = client.post(
        sent.headers["Location"], {"seen": page.context["plan"].fingerprint}, follow=True
    )
    assert "Import appliqué" in done.content.decode()
    assert groups(cast, cast.basile) == ()
    assert cast.client(cast.administrator_b).get(sent.headers["Location"]).status_code == 404
