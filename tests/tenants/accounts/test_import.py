"""Files of accounts: faults by line and column, differences, whole or in part, round trip."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sae.journal.models import Event, Operation
from sae.tenancy.scope import tenant_scope
from tenants.accounts import services
from tenants.accounts.identity import Identity
from tenants.accounts.importing import ChangedError, apply_file
from tenants.accounts.planning import Action, Plan, plan_accounts
from tenants.accounts.reach import RefusedError, groups_of_accounts
from tenants.accounts.telling import Actor
from tenants.models import Account, AccountImport
from tests.builders.people import Cast
from tests.tenants.accounts.mailbox import Mailbox, deliver
from tests.tenants.accounts.test_services import manager_of_level

pytestmark = pytest.mark.django_db

HEADER = "Identifiant;Nom;Prénom;Adresse électronique;Téléphone;Service;Groupes;Statut"


def content(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *lines, ""]).encode()


def plan(cast: Cast, *lines: str, header: str = HEADER) -> Plan:
    return plan_accounts(
        content=content(*lines, header=header),
        organisation=cast.coffre_a.organisation,
        actor=cast.administrator_a,
    )


def apply(cast: Cast, raw: bytes, **options: Any) -> Any:
    return apply_file(
        organisation=cast.coffre_a.organisation,
        content=raw,
        actor=Actor(cast.administrator_a),
        **options,
    )


def readers_group(cast: Cast) -> str:
    with tenant_scope(cast.proof_a.id):
        return groups_of_accounts([cast.basile.id])[cast.basile.id][0]


def accounts_of_a(cast: Cast) -> set[str]:
    found = Account.objects.filter(organisation=cast.coffre_a.organisation)
    return set(found.values_list("email", flat=True))


def test_faults_say_line_column_and_what_to_do(cast: Cast) -> None:
    found = plan(
        cast,
        ";Durand;Anne;anne@exemple.fr;;;;",
        ";;Luc;luc@exemple.fr;;;;",
        ";Petit;Zoé;zoé chez elle;au bureau;;;",
        "U0000000;Roux;Max;max@exemple.fr;;;;",
        ";Blanc;Léa;anne@exemple.fr;;;;",
        ";Noir;Jo;jo@exemple.fr;;;Inconnus;",
        ";Vert;Al;al@exemple.fr;;;;suspendu",
        ";Gris;Bo;bo@exemple.fr;;;;désactivé",
    )
    faults = {(fault.line, fault.letter): fault.sentence for fault in found.faults}
    assert set(faults) == {
        (2, "D"),
        (3, "B"),
        (4, "D"),
        (4, "E"),
        (5, "A"),
        (6, "D"),
        (7, "G"),
        (8, "H"),
        (9, "H"),
    }
    assert "plusieurs fois" in faults[2, "D"]
    assert "nom est obligatoire" in faults[3, "B"]
    assert "par exemple +33" in faults[4, "E"]
    assert "laissez la cellule vide" in faults[5, "A"]
    assert "« Inconnus »" in faults[7, "G"]
    assert found.of(Action.CREATE) == []
    assert len(accounts_of_a(cast)) == 4, "a dry run writes nothing"


def test_differences_are_told_before_anything_changes(cast: Cast) -> None:
    disabled = services.disable_account(account=cast.aline, actor=Actor(cast.administrator_a))
    group = readers_group(cast)
    found = plan(
        cast,
        f";Durand;Anne;anne@exemple.fr;;Finances;{group};",
        f"{cast.basile.identifier};Bonnet;Basile;basile@exemple.fr;;Culture;;désactivé",
        f"{disabled.identifier};Archambault;Aline;aline@exemple.fr;;;;",
        f"{cast.auditor_a.identifier};Dumas;Denise;d.dumas@exemple.fr;;;"
        + " | ".join(_groups(cast, cast.auditor_a))
        + ";",
    )
    assert found.faults == [] or [fault.sentence for fault in found.faults] == []
    assert [line.action for line in found.lines] == [
        Action.CREATE,
        Action.DISABLE,
        Action.CHANGE,
        Action.CHANGE,
    ]
    changes = [(change.label, change.after) for change in found.lines[1].changes]
    assert ("Service", "Culture") in changes
    assert ("Statut", "désactivé") in changes
    assert found.lines[1].leave == (group,)


def _groups(cast: Cast, account: Account) -> tuple[str, ...]:
    with tenant_scope(cast.proof_a.id):
        return tuple(groups_of_accounts([account.id]).get(account.id, ()))


def test_a_file_with_a_fault_is_applied_for_its_sound_lines_alone_or_not_at_all(
    cast: Cast,
) -> None:
    raw = content(";Durand;Anne;anne@exemple.fr;;;;", ";;Luc;luc@exemple.fr;;;;")
    before = accounts_of_a(cast)
    with pytest.raises(RefusedError, match="en défaut"):
        apply(cast, raw)
    assert accounts_of_a(cast) == before
    applied = apply(cast, raw, sound_lines_only=True)
    assert accounts_of_a(cast) == before | {"anne@exemple.fr"}
    assert applied.counts["create"] == 1
    with tenant_scope(cast.proof_a.id):
        operation = Operation.objects.get(id=applied.operation_id)
    assert (operation.type, operation.outcome) == ("ACCOUNT_IMPORT", "WARNING")


def test_an_import_is_one_operation_that_names_nobody(cast: Cast) -> None:
    group = readers_group(cast)
    raw = content(
        f";Durand;Anne;anne@exemple.fr;+33 1 22 33 44 55;Finances;{group};",
        f"{cast.basile.identifier};Bonnet;Basile;basile@exemple.fr;;;{group};désactivé",
    )
    applied = apply(cast, raw)
    made = Account.objects.get(email="anne@exemple.fr")
    assert (made.status, _groups(cast, made)) == ("invited", (group,))
    cast.basile.refresh_from_db()
    assert cast.basile.status == Account.Status.DISABLED
    with tenant_scope(cast.proof_a.id):
        events = Event.objects.filter(operation_id=applied.operation_id).order_by("sequence")
        told = [event for event in events if event.code != "ACCOUNT_IMPORT"]
    assert [event.code for event in told] == ["ACCOUNT_CREATE", "ACCOUNT_DISABLE"]
    assert told[0].detail["identifier"] == made.identifier
    text = str([event.detail for event in told]).lower()
    assert [one for one in ("durand", "anne@", "22 33") if one in text] == []
    page = cast.client(cast.administrator_a).get(reverse("account", args=[made.id]))
    assert "Création d’un compte" in page.content.decode()


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_what_is_exported_is_imported_without_any_change(cast: Cast, file_format: str) -> None:
    services.create_account(
        organisation=cast.coffre_a.organisation,
        identity=Identity(
            "odile@exemple.fr", "=Oudin", "'=Odile", phone="+33 1 23 45 67 89", service="-Finances"
        ),
        actor=Actor(cast.administrator_a),
    )
    services.disable_account(account=cast.basile, actor=Actor(cast.administrator_a))
    client = cast.client(cast.administrator_a)
    answer = client.get(reverse("accounts"), {"export": file_format})
    raw = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    found = plan_accounts(
        content=raw, organisation=cast.coffre_a.organisation, actor=cast.administrator_a
    )
    assert [fault.sentence for fault in found.faults] == []
    assert {line.action for line in found.lines} == {Action.NOTHING}
    assert len(found.lines) == len(accounts_of_a(cast))
    assert not found.does_something


def test_the_address_of_another_town_is_refused_without_saying_whose(cast: Cast) -> None:
    found = plan(cast, f";Carpentier;Chloé;{cast.chloe.email};;;;")
    assert [fault.sentence for fault in found.faults] == [
        f"L’adresse « {cast.chloe.email} » ne peut pas être utilisée ici."
    ]
    other = plan(cast, f"{cast.chloe.identifier};Carpentier;Chloé;c@exemple.fr;;;;")
    ghost = plan(cast, "U0000000;Carpentier;Chloé;c@exemple.fr;;;;")
    assert other.faults[0].sentence.replace(cast.chloe.identifier, "U0000000") == (
        ghost.faults[0].sentence
    )


def test_a_file_never_changes_its_own_author(cast: Cast) -> None:
    own = cast.administrator_a
    found = plan(cast, f"{own.identifier};Aubry;Autre;{own.email};;;;")
    assert "propre compte" in found.faults[0].sentence


def test_a_file_reaches_no_further_than_its_author(cast: Cast) -> None:
    """Aline manages at the level of Basile: neither he nor his group is below her."""
    author = manager_of_level(cast, "GESTION.SERVICES")
    group = readers_group(cast)
    found = plan_accounts(
        content=content(
            f"{cast.basile.identifier};Bonnet;Autre;{cast.basile.email};;;{group};",
            f";Durand;Anne;anne@exemple.fr;;;{group};",
            ";Blanc;Luc;luc@exemple.fr;;;;",
        ),
        organisation=cast.coffre_a.organisation,
        actor=author,
    )
    assert [line.action for line in found.lines] == [Action.FAULTY, Action.FAULTY, Action.CREATE]
    assert "sous votre niveau" in found.faults[0].sentence
    assert "sous votre niveau" in found.faults[1].sentence


def test_what_is_applied_is_what_was_shown(cast: Cast) -> None:
    raw = content(f"{cast.basile.identifier};Bonnet;Basile;basile@exemple.fr;;Culture;;")
    seen = plan_accounts(
        content=raw, organisation=cast.coffre_a.organisation, actor=cast.administrator_a
    ).fingerprint
    services.disable_account(account=cast.basile, actor=Actor(cast.administrator_a))
    services.update_account(
        account=cast.basile,
        identity=Identity("basile@exemple.fr", "Bonnet", "Basile", service="Culture"),
        actor=Actor(cast.administrator_a),
    )
    with pytest.raises(ChangedError, match="relisez"):
        apply(cast, raw, seen=seen)


def test_the_columns_that_the_file_lacks_change_nothing(cast: Cast) -> None:
    raw = content(f"Bonnet;{cast.basile.email};Culture", header="Nom;Courriel;Service")
    before = _groups(cast, cast.basile)
    apply(cast, raw)
    cast.basile.refresh_from_db()
    assert (cast.basile.service, cast.basile.first_name) == ("Culture", "Basile")
    assert _groups(cast, cast.basile) == before


@pytest.fixture
def administrator(cast: Cast) -> Client:
    return cast.client(cast.administrator_a)


def send(client: Client, raw: bytes, name: str = "comptes.csv") -> Any:
    return client.post(reverse("account_import"), {"file": SimpleUploadedFile(name, raw)})


def test_on_screen_a_file_is_checked_then_applied_then_erased(
    cast: Cast, administrator: Client
) -> None:
    raw = content(
        ";Durand;Anne;anne@exemple.fr;;;;",
        ";;Luc;luc@exemple.fr;;;;",
        ";Petit;Zoé;zoé chez elle;;;;",
    )
    shown = send(administrator, raw)
    page = administrator.get(shown.headers["Location"])
    text = page.content.decode()
    assert "2 lignes sont en défaut : 3, 4." in text
    assert "Anne Durand" in text
    assert "anne@exemple.fr" not in accounts_of_a(cast)
    faulty = administrator.get(shown.headers["Location"] + "lignes-a-corriger/")
    lines = b"".join(faulty.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0] == HEADER + ";Anomalies"
    assert [line.split(";")[2] for line in lines[1:]] == ["Luc", "Zoé"]
    assert "obligatoire" in lines[1]
    corrected = "\r\n".join([lines[0], lines[1].replace(";;Luc", ";Blanc;Luc", 1)]).encode()
    assert plan_accounts(
        content=corrected, organisation=cast.coffre_a.organisation, actor=cast.administrator_a
    ).of(Action.CREATE)
    seen = page.context["plan"].fingerprint
    done = administrator.post(
        shown.headers["Location"], {"seen": seen, "lines": "sound"}, follow=True
    )
    assert "Import appliqué" in done.content.decode()
    assert "anne@exemple.fr" in accounts_of_a(cast)
    with tenant_scope(cast.proof_a.id):
        kept = AccountImport.objects.get()
    assert bytes(kept.content) == b""
    again = administrator.post(shown.headers["Location"], {"seen": seen, "lines": "sound"})
    assert again.status_code == 200
    assert Account.objects.filter(email="anne@exemple.fr").count() == 1


def test_the_file_of_a_town_is_unknown_to_another(cast: Cast, administrator: Client) -> None:
    shown = send(administrator, content(";Durand;Anne;anne@exemple.fr;;;;"))
    stranger = cast.client(cast.administrator_b)
    for path in (shown.headers["Location"], shown.headers["Location"] + "lignes-a-corriger/"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(shown.headers["Location"]).status_code == 404


def test_created_people_are_invited_by_mail(cast: Cast, mailbox: Mailbox) -> None:
    raw = content(";Durand;Anne;anne@exemple.fr;;;;", ";Blanc;Luc;luc@exemple.fr;;;;")
    applied = apply(cast, raw, invite=True, site="https://sae.exemple.fr")
    assert applied.invited == 2
    deliver(cast.proof_a)
    assert sorted(mailbox.recipients) == [["anne@exemple.fr"], ["luc@exemple.fr"]]


@pytest.mark.parametrize("rows", [20])
def test_a_plan_asks_as_much_of_the_database_for_many_lines_as_for_one(
    cast: Cast, rows: int
) -> None:
    def queries(number: int) -> int:
        lines = [f";Nom{n};P;p{n}@exemple.fr;;;;" for n in range(number)]
        with CaptureQueriesContext(connection) as asked:
            plan(cast, *lines)
        return len(asked)

    assert queries(rows) == queries(1)


@pytest.fixture
def file(tmp_path: Any) -> Iterator[Any]:
    path = tmp_path / "comptes.csv"
    path.write_bytes(content(";Durand;Anne;anne@exemple.fr;;;;", ";;Luc;luc@exemple.fr;;;;"))
    return path


def test_the_command_line_imports_too(cast: Cast, file: Any) -> None:
    told = io.StringIO()
    name = cast.coffre_a.organisation.name
    with pytest.raises(CommandError, match="ligne 3, colonne B"):
        call_command("account", "import", "--organisation", name, str(file), stdout=told)
    call_command(
        "account",
        *("import", "--organisation", name, str(file), "--sound-lines", "--dry-run"),
        stdout=told,
    )
    assert "anne@exemple.fr" not in accounts_of_a(cast)
    call_command(
        "account", "import", "--organisation", name, str(file), "--sound-lines", stdout=told
    )
    assert "anne@exemple.fr" in accounts_of_a(cast)
    assert "1 créé" in told.getvalue()
