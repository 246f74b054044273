"""The file of an archive profile is part of its notice: versions, differences, export, import."""

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from ingest.models import Deposit
from sae.journal.models import Event, Operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import ArchiveProfile, IngestContract, ProfileFile, ReferentialVersion
from tenants.models.rights import Profile
from tenants.referentials.archive_profiles import keep_file
from tenants.referentials.exports import export_kind
from tenants.referentials.file_differences import MOST_BYTES, Nature, file_differences
from tenants.referentials.profile_bundles import NOTICES, bundle_of, forget_unused_files
from tests.builders.people import Cast, grant, make_cast


def schema(*names: str) -> bytes:
    elements = "\n".join(f'  <xs:element name="{name}"/>' for name in names)
    return (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n{elements}\n</xs:schema>\n'
    ).encode()


FIRST, SECOND = schema("Actes"), schema("Actes", "Deliberations")


def digest(content: bytes) -> str:
    return hashlib.sha512(content).hexdigest()


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return made.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def people(db: None) -> Cast:
    cast = make_cast()
    for person in (cast.aline, cast.basile):
        grant(person, cast.coffre_a, "administrator")
    return cast


@pytest.fixture
def client(people: Cast) -> Client:
    return people.client(people.aline)


def prepare(client: Client, content: bytes, name: str = "profils.zip", **more: Any) -> Any:
    return client.post(
        reverse("referential_import", args=["archiveprofiles"]),
        {"file": SimpleUploadedFile(name, content), **more},
    )


def shown(client: Client, posted: HttpResponse) -> Any:
    assert posted.status_code == 302, posted.content.decode()
    return client.get(posted["Location"])


def apply(client: Client, posted: HttpResponse) -> None:
    seen = shown(client, posted).context["preview"].seen
    done = client.post(f"{posted['Location']}appliquer/", {"vu": seen}, follow=True)
    assert "est importé" in done.content.decode()


def notice(**more: Any) -> dict[str, Any]:
    return {"Identifier": "PR-1", "Name": "Actes", "Format": "XSD", "Status": "ACTIVE", **more}


def bundle(*notices: dict[str, Any], **files: bytes) -> bytes:
    named = {f"{name}.xsd": content for name, content in files.items()}
    return zipped({NOTICES: json.dumps(notices).encode(), **named})


def row(people: Cast) -> ArchiveProfile:
    with tenant_scope(people.coffre_a.id):
        return ArchiveProfile.objects.get(identifier="PR-1")


def file_of(people: Cast) -> bytes | None:
    file = row(people).file
    return None if file is None else bytes(file)


def choose(client: Client, people: Cast, content: bytes, name: str = "p.xsd") -> Any:
    """Choose the file of a profile; return the page of what it would change."""
    posted = client.post(
        reverse("profile_file", args=[row(people).id]),
        {"file": SimpleUploadedFile(name, content)},
    )
    assert posted.status_code == 302, posted.content.decode()
    return client.get(posted["Location"])


def confirm(client: Client, page: Any) -> Any:
    request = page.wsgi_request
    seen = {"vu": page.context["row"].version}
    return client.post(f"{request.path}?{request.META['QUERY_STRING']}", seen, follow=True)


def join(client: Client, people: Cast, content: bytes) -> None:
    done = confirm(client, choose(client, people, content))
    assert "Le fichier est joint au profil." in done.content.decode()


def exported(client: Client) -> bytes:
    return bytes(client.get(reverse("referential_export", args=["archiveprofiles"])).content)


def test_a_zip_of_notices_and_files_is_compared_then_applied_at_once(
    people: Cast, client: Client
) -> None:
    content = bundle(notice(File="a.xsd"), notice(Identifier="PR-2", Name="Sans fichier"), a=FIRST)
    posted = prepare(client, content)
    page = shown(client, posted).content.decode()
    assert "a.xsd" in page
    assert digest(FIRST)[:20] in page
    with tenant_scope(people.coffre_a.id):
        assert not ArchiveProfile.objects.exists()

    apply(client, posted)

    assert file_of(people) == FIRST
    with tenant_scope(people.coffre_a.id):
        assert ArchiveProfile.objects.get(identifier="PR-2").file is None
        versions = ReferentialVersion.objects.filter(identifier="PR-1")
        assert [one.document["File"]["Sha512"] for one in versions] == [digest(FIRST)]
        operation = Operation.objects.get(type="STP_IMPORT_PROFILE_JSON")
        assert Event.objects.filter(operation=operation).exists()


def test_an_export_goes_out_with_its_files_and_comes_back_without_change(
    people: Cast, client: Client
) -> None:
    apply(client, prepare(client, bundle(notice(File="a.xsd"), a=FIRST)))
    join(client, people, SECOND)
    out = exported(client)
    files = unzipped(out)
    assert [content for path, content in files.items() if path != NOTICES] == [SECOND]
    assert (
        "Rien ne changerait" in shown(client, prepare(client, out, replace="on")).content.decode()
    )

    with tenant_scope(people.coffre_a.id):
        ArchiveProfile.objects.all().delete()
    apply(client, prepare(client, out, replace="on"))
    assert file_of(people) == SECOND
    assert exported(client) == out


def test_a_bundle_travels_to_another_coffre(people: Cast, client: Client) -> None:
    apply(client, prepare(client, bundle(notice(File="a.xsd"), a=FIRST)))
    out = exported(client)
    grant(people.chloe, people.coffre_b, "administrator")
    there = people.client(people.chloe)
    apply(there, prepare(there, out))
    with tenant_scope(people.coffre_b.id):
        assert bytes(ArchiveProfile.objects.get(identifier="PR-1").file or b"") == FIRST


def test_a_file_replaced_is_a_version_with_its_differences_and_the_way_back(
    people: Cast, client: Client
) -> None:
    apply(client, prepare(client, bundle(notice(File="a.xsd"), a=FIRST)))
    join(client, people, SECOND)
    profile = row(people)
    address = reverse("referential_element", args=["archiveprofiles", profile.id])
    page = client.get(address).content.decode()
    assert digest(FIRST) in page
    assert digest(SECOND) in page
    differences = reverse("profile_file_differences")
    assert f"{differences}?de={digest(FIRST)}&amp;a={digest(SECOND)}" in page
    compared = client.get(differences, {"de": digest(FIRST), "a": digest(SECOND)})
    assert compared.context["found"].added == 1
    assert "Deliberations" in compared.content.decode()

    one, two = (
        client.get(reverse("profile_version_file", args=[profile.id, number])) for number in (1, 2)
    )
    assert (one.content, two.content) == (FIRST, SECOND)
    assert one["Content-Disposition"] == 'attachment; filename="a.xsd"'

    client.post(reverse("referential_element_return", args=["archiveprofiles", profile.id, 1]))
    assert file_of(people) == FIRST
    with tenant_scope(people.coffre_a.id):
        last = ReferentialVersion.objects.filter(identifier="PR-1").order_by("-number")[0]
    assert (last.number, last.document["File"]["Sha512"]) == (3, digest(FIRST))


def test_a_return_to_a_version_without_file_takes_it_away(people: Cast, client: Client) -> None:
    apply(client, prepare(client, bundle(notice())))
    join(client, people, FIRST)
    client.post(reverse("referential_element_return", args=["archiveprofiles", row(people).id, 1]))
    assert file_of(people) is None


def test_the_whole_kind_returns_with_its_files(people: Cast, client: Client) -> None:
    apply(client, prepare(client, bundle(notice(File="a.xsd"), a=FIRST)))
    with tenant_scope(people.coffre_a.id):
        operation = ReferentialVersion.objects.get(identifier="PR-1").operation_id
    join(client, people, SECOND)
    posted = client.post(
        reverse("referential_return", args=["archiveprofiles"]), {"operation": operation}
    )
    page = shown(client, posted).content.decode()
    assert "Différences du fichier" in page
    apply(client, posted)
    assert file_of(people) == FIRST


def test_a_profile_taken_away_comes_back_with_its_file(people: Cast, client: Client) -> None:
    apply(client, prepare(client, bundle(notice(File="a.xsd"), a=FIRST)))
    with tenant_scope(people.coffre_a.id):
        operation = ReferentialVersion.objects.get(identifier="PR-1").operation_id
    other = notice(Identifier="PR-2", Name="Autre")
    apply(client, prepare(client, bundle(other), replace="on"))
    with tenant_scope(people.coffre_a.id):
        assert not ArchiveProfile.objects.filter(identifier="PR-1").exists()
    apply(
        client,
        client.post(
            reverse("referential_return", args=["archiveprofiles"]), {"operation": operation}
        ),
    )
    assert file_of(people) == FIRST


def test_a_notice_that_says_nothing_of_its_file_keeps_it(people: Cast, client: Client) -> None:
    apply(client, prepare(client, bundle(notice(File="a.xsd"), a=FIRST)))
    content = json.dumps([notice(Description="Revue")]).encode()
    apply(client, prepare(client, content, "profils.json"))
    assert (row(people).description, file_of(people)) == ("Revue", FIRST)
    apply(client, prepare(client, json.dumps([notice(File={})]).encode(), "profils.json"))
    assert file_of(people) is None


def test_every_fault_of_a_bundle_is_told_and_the_rest_may_be_taken(
    people: Cast, client: Client
) -> None:
    content = bundle(
        notice(File="absent.xsd"),
        notice(Identifier="PR-2", Name="Faux", File="faux.xsd"),
        notice(Identifier="PR-3", Name="Bon", File="bon.xsd"),
        faux=b"<a/>",
        bon=FIRST,
        seul=SECOND,
    )
    posted = prepare(client, content)
    page = shown(client, posted)
    reasons = [one.reason for one in page.context["report"].problems]
    assert sorted(reasons) == ["file_not_brought", "not_schema"]
    assert "ne sont nommés par aucune notice" in page.content.decode()
    assert page.context["preview"].sound.left_out == 2
    apply(client, posted)
    with tenant_scope(people.coffre_a.id):
        assert [one.identifier for one in ArchiveProfile.objects.all()] == ["PR-3"]


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 cut",
        zipped({"lisez-moi.txt": b"rien"}),
        zipped({"a.json": b"[]", "b.json": b"[]"}),
        zipped({NOTICES: b"[]", "gros.xsd": b" " * (10 * 1024 * 1024 + 1)}),
    ],
    ids=["damaged", "no notices", "two lists", "too large"],
)
def test_a_zip_that_cannot_be_read_says_why(client: Client, content: bytes) -> None:
    posted = prepare(client, content)
    assert posted.status_code == 200
    assert "Ce ZIP" in posted.content.decode() or "du ZIP" in posted.content.decode()


def test_what_a_contract_names_is_not_removed_and_the_contract_is_named(
    people: Cast, client: Client
) -> None:
    apply(client, prepare(client, bundle(notice(File="a.xsd"), a=FIRST)))
    with tenant_scope(people.coffre_a.id):
        now = clock.now()
        IngestContract.objects.create(
            tenant_id=people.coffre_a.id,
            identifier="CE-1",
            name="Actes",
            archive_profiles=["PR-1"],
            created_at=now,
            updated_at=now,
        )
    posted = prepare(client, bundle(notice(Identifier="PR-9")), replace="on")
    page = shown(client, posted)
    assert not page.context["report"].is_accepted
    assert "CE-1" in page.content.decode()
    apply(client, posted)
    assert file_of(people) == FIRST


def test_files_of_drafts_given_up_are_forgotten_and_carried_ones_stay(
    people: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(client, prepare(client, bundle(notice(File="a.xsd"), a=FIRST)))
    posted = prepare(client, bundle(notice(File="b.xsd"), b=SECOND))
    client.post(f"{posted['Location']}abandonner/")
    with tenant_scope(people.coffre_a.id):
        forget_unused_files()
        assert ProfileFile.objects.count() == 2
        ProfileFile.objects.update(created_at="2020-01-01T00:00:00Z")
        forget_unused_files()
        assert [one.sha512 for one in ProfileFile.objects.all()] == [digest(FIRST)]


def test_the_files_of_a_coffre_are_no_one_elses(people: Cast, client: Client) -> None:
    apply(client, prepare(client, bundle(notice(File="a.xsd"), a=FIRST)))
    grant(people.chloe, people.coffre_b, "administrator")
    stranger = people.client(people.chloe)
    address = reverse("profile_version_file", args=[row(people).id, 1])
    assert client.get(address).status_code == 200
    assert stranger.get(address).status_code == 404
    query = {"de": digest(FIRST), "a": digest(FIRST)}
    assert client.get(reverse("profile_file_differences"), query).status_code == 200
    assert stranger.get(reverse("profile_file_differences"), query).status_code == 404
    with tenant_scope(people.coffre_b.id):
        assert unzipped(export_kind("archiveprofiles").content) == {NOTICES: b"[]"}
        assert unzipped(bundle_of([])) == {NOTICES: b"[]"}


def test_differences_are_cut_at_elements_and_bounded() -> None:
    found = file_differences(b"<a>" + b"<b/>" * 200 + b"</a>", b"<a>" + b"<b/>" * 199 + b"<c/></a>")
    assert (found.added, found.removed) == (1, 1)
    assert [one.text for one in found.lines if one.nature is Nature.ADDED] == ["<c/>"]
    assert file_differences(b"a", b"b" * (MOST_BYTES + 1)).refused
    assert file_differences(b"a", b"\x00").refused
    assert not file_differences(FIRST, FIRST).lines


class TestJoinedInTwoMoments:
    """Chosen, shown, confirmed: nothing changes before."""

    @pytest.fixture(autouse=True)
    def first(self, people: Cast, client: Client) -> None:
        apply(client, prepare(client, bundle(notice(File="a.xsd"), a=FIRST)))

    def test_what_it_would_change_is_shown_and_nothing_is_written(
        self, people: Cast, client: Client
    ) -> None:
        before = row(people)
        page = choose(client, people, SECOND, "actes-2027.xsd")
        words = page.content.decode()
        assert "Deliberations" in words
        assert (page.context["found"].added, page.context["found"].removed) == (1, 0)
        assert "actes-2027.xsd" in words
        assert "Remplacer le fichier" in words
        assert (file_of(people), row(people).version) == (FIRST, before.version)
        with tenant_scope(people.coffre_a.id):
            assert not Operation.objects.filter(type="STP_IMPORT_PROFILE_FILE").exists()

        confirm(client, page)
        assert file_of(people) == SECOND
        with tenant_scope(people.coffre_a.id):
            assert Operation.objects.filter(type="STP_IMPORT_PROFILE_FILE").count() == 1

    def test_whoever_uses_the_profile_is_named_deposits_under_way_too(
        self, people: Cast, client: Client
    ) -> None:
        moment = clock.now()
        with tenant_scope(people.coffre_a.id):
            IngestContract.objects.create(
                identifier="CE-1", name="Actes", status="ACTIVE", archive_profiles=["PR-1"],
                created_at=moment, updated_at=moment,
            )  # fmt: skip
        alone = choose(client, people, SECOND)
        assert "CE-1" in alone.content.decode()
        assert "suit ce profil" not in alone.content.decode()
        with tenant_scope(people.coffre_a.id):
            Deposit.objects.create(
                number=42, year=2027, source="api", state="running", file_name="p.zip",
                file_size=1, archival_profile="PR-1", received_at=moment,
            )  # fmt: skip
        words = choose(client, people, SECOND).content.decode()
        assert "VERS-2027-0042, en cours" in words
        assert "1 versement en cours suit ce profil." in words
        with tenant_scope(people.proof_a.id):
            Profile.objects.filter(coffre_id=people.coffre_a.id).update(deposit_reach="own")
        words = choose(client, people, SECOND).content.decode()
        assert "VERS-2027-0042" not in words
        assert "1 en cours, que vous ne suivez pas" in words

    def test_a_profile_that_changed_meanwhile_is_shown_again(
        self, people: Cast, client: Client
    ) -> None:
        page = choose(client, people, SECOND)
        join(client, people, schema("Autre"))
        again = confirm(client, page)
        assert "Le profil a changé entre-temps" in again.content.decode()
        assert file_of(people) == schema("Autre")
        confirm(client, again)
        assert file_of(people) == SECOND

    def test_the_file_in_force_changes_nothing(self, people: Cast, client: Client) -> None:
        words = choose(client, people, FIRST).content.decode()
        assert "Rien ne changerait" in words
        assert "Remplacer le fichier" not in words

    def test_one_that_is_no_schema_is_refused_at_once(self, people: Cast, client: Client) -> None:
        posted = client.post(
            reverse("profile_file", args=[row(people).id]),
            {"file": SimpleUploadedFile("p.xsd", b"<a/>")},
        )
        assert "n’est pas un schéma XSD valide" in posted.content.decode()
        with tenant_scope(people.coffre_a.id):
            assert not ProfileFile.objects.filter(sha512=digest(b"<a/>")).exists()

    def test_a_file_of_another_coffre_is_unknown(self, people: Cast, client: Client) -> None:
        with tenant_scope(people.coffre_b.id):
            theirs = keep_file(schema("Secret"))
        place = reverse("profile_file_preview", args=[row(people).id, theirs])
        assert client.get(place).status_code == 404
        assert client.post(place, {"vu": row(people).version}).status_code == 404
