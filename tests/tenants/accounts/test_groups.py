"""Groups themselves as a file: round trip, made and changed, refused by line and column."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sae.journal.models import Event
from sae.tenancy.scope import tenant_scope
from tenants.accounts.groups import GroupsPlan, plan_groups
from tenants.accounts.importing import apply_groups
from tenants.accounts.planning import Action
from tenants.accounts.reach import RefusedError
from tenants.accounts.sheets import UnreadableError
from tenants.accounts.telling import Actor
from tenants.models import Account
from tenants.models.rights import Group, Profile
from tenants.rights.composing import GroupDraft, create_group
from tenants.rights.services import add_member
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db

HEADER = "Groupe;Description;Niveau;Profils"


def content(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *lines, ""]).encode()


def plan(cast: Cast, raw: bytes, actor: Account | None = None) -> GroupsPlan:
    return plan_groups(
        content=raw,
        organisation=cast.coffre_a.organisation,
        actor=actor or cast.administrator_a,
    )


def apply(cast: Cast, raw: bytes, **others: Any) -> None:
    apply_groups(
        organisation=cast.coffre_a.organisation,
        content=raw,
        actor=Actor(cast.administrator_a),
        **others,
    )


def profile(cast: Cast) -> str:
    """Return how a file names a profile of the archives of A."""
    with tenant_scope(cast.proof_a.id):
        found = Profile.objects.filter(coffre_id=cast.coffre_a.id).order_by("name").first()
    assert found is not None
    return f"{cast.coffre_a.number} · {found.name}"


def group(cast: Cast, name: str) -> Group | None:
    with tenant_scope(cast.proof_a.id):
        found: Group | None = Group.objects.filter(name=name).first()
        return found


def carried(cast: Cast, name: str) -> list[str]:
    with tenant_scope(cast.proof_a.id):
        return list(
            Profile.objects.filter(carriers__group__name=name).values_list("name", flat=True)
        )


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_what_is_exported_is_imported_without_any_change(cast: Cast, file_format: str) -> None:
    client = cast.client(cast.administrator_a)
    answer: Any = client.get(reverse("groups_export", args=[file_format]))
    found = plan(cast, b"".join(answer.streaming_content))
    assert [fault.sentence for fault in found.faults] == []
    assert len(found.lines) > 2
    assert {line.action for line in found.lines} == {Action.NOTHING}


def test_groups_are_made_and_changed_and_nothing_before(cast: Cast) -> None:
    label = profile(cast)
    raw = content(f"Stagiaires;Pour l’été;A.1;{label}")
    found = plan(cast, raw)
    assert [(one.name, one.action) for one in found.lines] == [("Stagiaires", Action.CREATE)]
    assert group(cast, "Stagiaires") is None, "a dry run leaves nothing"
    apply(cast, raw, seen=found.fingerprint)
    made = group(cast, "Stagiaires")
    assert made is not None
    assert (made.description, made.level) == ("Pour l’été", "A.1")
    assert carried(cast, "Stagiaires") == [label.partition(" · ")[2]]
    assert not plan(cast, raw).does_something
    renamed = content(f"{made.id};Saisonniers;{label.upper()}", header="Identifiant;Groupe;Profils")
    changes = plan(cast, renamed).lines[0].changes
    assert [(one.before, one.after) for one in changes] == [("Stagiaires", "Saisonniers")]
    apply(cast, renamed)
    kept = group(cast, "Saisonniers")
    assert kept is not None
    assert (kept.id, kept.level) == (made.id, "A.1"), "a column that lacks changes nothing"
    with tenant_scope(cast.proof_a.id):
        told = list(Event.objects.order_by("sequence").values_list("code", flat=True))
    for code in ("GROUP_CREATE", "GROUP_UPDATE", "GROUPS_IMPORT"):
        assert code in told


@pytest.mark.parametrize(
    ("line", "letter", "words"),
    [
        ("Stagiaires;;A.1;99 · Inconnu", "D", "Profil inconnu"),
        ("Stagiaires;;A.1;", "D", "au moins un profil"),
        ("Stagiaires;;a 1;{profile}", "C", "capitales"),
        (";;A.1;{profile}", "A", "nom"),
        ("{long};;A.1;{profile}", "A", "150 caractères"),
    ],
)
def test_faults_say_line_and_column(cast: Cast, line: str, letter: str, words: str) -> None:
    label = profile(cast)
    raw = content(line.format(profile=label, long="x" * 151), f"Bon;;A.1;{label}")
    found = plan(cast, raw)
    assert [(fault.line, fault.letter) for fault in found.faults] == [(2, letter)]
    assert words in found.faults[0].sentence
    with pytest.raises(RefusedError, match="en défaut"):
        apply(cast, raw)
    assert group(cast, "Bon") is None
    apply(cast, raw, sound_lines_only=True)
    assert group(cast, "Bon") is not None


def test_a_group_twice_or_of_elsewhere_is_refused(cast: Cast) -> None:
    label = profile(cast)
    doubled = plan(cast, content(f"Deux;;A;{label}", f"Deux;;B;{label}"))
    assert [fault.sentence for fault in doubled.faults] == ["Déjà à la ligne 2."]
    with tenant_scope(cast.proof_b.id):
        stranger = Group.objects.first()
        assert stranger is not None
    elsewhere = content(f"{stranger.id};Pris;{label}", header="Identifiant;Groupe;Profils")
    assert "Aucun groupe" in plan(cast, elsewhere).faults[0].sentence
    with pytest.raises(UnreadableError, match="profils"):
        plan(cast, b"Groupe\r\nSeul\r\n")


def test_nobody_makes_a_group_at_their_own_level(cast: Cast) -> None:
    """A delegated administrator acts strictly below their own level, by file as on screen."""
    with tenant_scope(cast.proof_a.id):
        manager = Profile.objects.filter(permissions__contains=["right.manage"]).first()
        assert manager is not None
    made = create_group(
        organisation=cast.coffre_a.organisation,
        draft=GroupDraft("Relais", (manager.id,), level="A"),
        by=None,
    )
    add_member(group=made, account=cast.basile)
    label = profile(cast)
    found = plan(cast, content(f"Frère;;B;{label}", f"Pair;;A;{label}"), actor=cast.basile)
    assert found.faulty_lines == [2, 3]
    assert all("niveau" in fault.sentence for fault in found.faults)


def test_on_screen_a_file_of_groups_is_checked_then_applied(cast: Cast) -> None:
    client = cast.client(cast.administrator_a)
    assert reverse("groups_import") in client.get(reverse("groups")).content.decode()
    raw = content(f"Stagiaires;;A.1;{profile(cast)}")
    sent = client.post(reverse("groups_import"), {"file": SimpleUploadedFile("groupes.csv", raw)})
    page = client.get(sent.headers["Location"])
    assert "Groupes créés" in page.content.decode()
    done = client.post(
        sent.headers["Location"], {"seen": page.context["plan"].fingerprint}, follow=True
    )
    assert "Import appliqué" in done.content.decode()
    assert group(cast, "Stagiaires") is not None
    assert cast.client(cast.administrator_b).get(sent.headers["Location"]).status_code == 404
