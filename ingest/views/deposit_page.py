"""A deposit's page: outcome, problems, steps live, what it created, what can be done next."""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ingest.models import Deposit
from ingest.selectors.deposits import (
    Created,
    agency_names,
    attempts_of,
    created_by,
    is_live,
    kept_files,
    names_of,
    status_key,
)
from ingest.selectors.manifest import lines_around, manifest_chunks
from ingest.selectors.problems import groups_of, problems_of_kind
from ingest.selectors.queue import QueuePlace, place_of
from ingest.selectors.timeline import Timeline, timeline_of
from ingest.sentences import ProblemGroup
from ingest.views.access import deposit_or_404
from ingest.views.deposit_cancel_state import Undoing
from ingest.workspace import Workspace
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.storage.models import StoredObject
from sae.ui import french
from tenants.access import may, requires
from tenants.deposit_sights import deposit_sight_of_request
from tenants.permissions import Permission

KNOWN_LINES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Banner:
    """The first thing the page says: what happened, in a sentence, then what to do."""

    state: str
    lead: str
    rest: str = ""


class DepositPage:
    """Everything a deposit's page shows; each part is read when the template first asks."""

    def __init__(self, request: HttpRequest, deposit: Deposit) -> None:
        self.request = request
        self.deposit = deposit

    @property
    def title(self) -> str:
        return self.deposit.title or self.deposit.file_name

    @property
    def status(self) -> str:
        return status_key(self.deposit)

    @property
    def is_live(self) -> bool:
        return is_live(self.deposit)

    @property
    def is_stopping(self) -> bool:
        """A pause was asked; the step in hand ends first."""
        return self.is_live and bool(self.deposit.halts)

    @property
    def is_test(self) -> bool:
        return self.deposit.action == Deposit.Action.BLANK_TEST

    @property
    def has_failed(self) -> bool:
        return self.status in (Outcome.KO.name, Outcome.FATAL.name)

    @cached_property
    def depositor(self) -> str:
        names = names_of([self.deposit.account_id])
        return names.get(self.deposit.account_id, "") if self.deposit.account_id else ""

    @cached_property
    def agency(self) -> str:
        """Name of the originating agency, its identifier when the referential has none."""
        identifier = self.deposit.originating_agency
        return agency_names([identifier]).get(identifier, "")

    @cached_property
    def groups(self) -> list[ProblemGroup]:
        return groups_of(self.deposit)

    @cached_property
    def timeline(self) -> Timeline:
        return timeline_of(self.deposit)

    @cached_property
    def place(self) -> QueuePlace | None:
        return place_of(self.deposit) if self.is_live else None

    @cached_property
    def created(self) -> Created:
        return created_by(self.deposit)

    @cached_property
    def created_links(self) -> list[tuple[Any, str]]:
        """Top units created, each with the address of its page in the fonds."""
        if not may(self.request, Permission.HOLDINGS_VIEW):
            return [(unit, "") for unit in self.created.units]
        return [(unit, _unit_url(unit.id)) for unit in self.created.units]

    @cached_property
    def files(self) -> dict[str, StoredObject]:
        return kept_files(self.deposit)

    @property
    def reply(self) -> StoredObject | None:
        return self.files.get(StoredObject.Kind.REPLY)

    @cached_property
    def has_package(self) -> bool:
        """Whether the package is still in its workspace, to be checked or deposited again."""
        return (
            not self.is_live and Workspace(self.deposit.tenant_id, self.deposit.id).package.exists()
        )

    @cached_property
    def has_manifest(self) -> bool:
        return StoredObject.Kind.MANIFEST in self.files or self.has_package

    @cached_property
    def attempts(self) -> list[Deposit]:
        return attempts_of(self.deposit, deposit_sight_of_request(self.request))

    @property
    def attempts_shown(self) -> list[tuple[Deposit, str]]:
        return [(one, status_key(one)) for one in self.attempts]

    @property
    def may_deposit(self) -> bool:
        return bool(may(self.request, Permission.DEPOSIT_CREATE))

    @property
    def may_recheck(self) -> bool:
        return self.may_deposit and self.has_failed and self.deposit.action in RECHECKED

    @property
    def may_commit(self) -> bool:
        """A package that passed its blank test can be deposited as it is."""
        return self.may_deposit and self.is_test and not self.has_failed and self.has_package

    @cached_property
    def ticket(self) -> uuid.UUID:
        return new_id()

    @cached_property
    def undoing(self) -> Undoing:
        return Undoing(self.request, self.deposit)

    @property
    def breadcrumb(self) -> list[tuple[str, str]]:
        return [
            (_("Déposer"), reverse("deposit_new") if self.may_deposit else ""),
            (_("Versements"), reverse("deposits")),
            (self.deposit.reference, ""),
        ]

    @cached_property
    def banner(self) -> Banner | None:
        """Say the outcome first, with what was kept or lost, and whose turn it is."""
        deposit = self.deposit
        if self.status == Outcome.KO.name:
            return Banner(self.status, self._refused(), self._what_to_correct())
        if self.status == Outcome.FATAL.name:
            return Banner(
                self.status,
                _("Une erreur technique a arrêté ce versement. Rien n’a été perdu."),
                _(
                    "La faute vient de la plateforme, pas du paquet, qui est conservé : rien à "
                    "corriger. L’exploitant doit intervenir, puis le versement pourra reprendre."
                ),
            )
        if self.status == "WAITING":
            return Banner(
                self.status,
                _("Le versement attend : %s.") % deposit.waiting_reason.rstrip("."),
                _("Il reprendra de lui-même. Rien n’est perdu, rien n’est à refaire."),
            )
        if self.status == "PAUSED":
            return Banner(
                self.status,
                _("Le versement est en pause."),
                _("Il ne reprendra que sur demande. Rien n’est perdu, rien n’est à refaire."),
            )
        if self.is_live:
            return None
        return self._accepted()

    def _refused(self) -> str:
        count = self.deposit.problem_count
        if not count:
            words = _("Le paquet est refusé.")
        else:
            faults = french.count(count, _("anomalie"), _("anomalies"))
            kinds = french.count(len(self.groups), _("sorte"), _("sortes"))
            words = _("%(faults)s de %(kinds)s.") % {"faults": faults, "kinds": kinds}
        if self.is_test:
            return words + " " + _("C’était un contrôle à blanc : rien n’était à verser.")
        return words + " " + _("Rien n’a été versé, rien n’a été perdu.")

    def _what_to_correct(self) -> str:
        if self.has_package:
            return _(
                "Corrigez à la source et déposez le nouveau paquet ; « Revérifier » rejoue les "
                "seuls contrôles, par exemple après une mise à jour des référentiels."
            )
        return _("Corrigez à la source, puis déposez le nouveau paquet.")

    def _accepted(self) -> Banner:
        deposit = self.deposit
        if self.is_test:
            lead = _("Le paquet passe tous les contrôles. Rien n’a été versé.")
            if self.status == Outcome.WARNING.name:
                lead = _("Le paquet peut être versé, avec des avertissements. Rien n’a été versé.")
            return Banner(self.status, lead)
        units = french.count(deposit.unit_count, _("unité"), _("unités"))
        objects = french.count(deposit.object_count, _("objet"), _("objets"))
        lead = _("Versé : %(units)s, %(objects)s.") % {"units": units, "objects": objects}
        if self.status == Outcome.WARNING.name:
            return Banner(
                self.status,
                lead,
                _("Les avertissements ci-dessous n’ont rien empêché ; ils sont au journal."),
            )
        return Banner(self.status, lead, _("Chaque copie a été confirmée par son site."))

    @property
    def moment(self) -> str:
        """Where the deposit stands: sent back with each question, so that news are said once."""
        running = self.timeline.running
        return running.code if running else self.status

    @property
    def news(self) -> str:
        """What is said to readers who do not see the page change; nothing when nothing did."""
        if self.request.GET.get("vu") == self.moment:
            return ""
        running = self.timeline.running
        if running is not None:
            return _("Étape en cours : %s") % running.name
        banner = self.banner
        return banner.lead if banner else ""


RECHECKED = (Deposit.Action.INGEST, Deposit.Action.BLANK_TEST)
"""The blank test runs the controls of a deposit of archives, not those of a plan or a tree."""


def _unit_url(unit_id: uuid.UUID) -> str:
    """Return the address of a unit's page, empty while the room of the fonds has none."""
    try:
        return reverse("unit", args=[unit_id])
    except NoReverseMatch:
        return ""


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def deposit_page(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """The page of one deposit."""
    page = DepositPage(request, deposit_or_404(request, deposit_id))
    return render(request, "ingest/deposit.html", {"page": page, "deposit": page.deposit})


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def deposit_live(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """The moving part of the page; the fragment stops asking once the deposit has settled."""
    page = DepositPage(request, deposit_or_404(request, deposit_id))
    return render(request, "ingest/deposit_live.html", {"page": page, "deposit": page.deposit})


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def deposit_problems(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """Every problem of one kind: ``?code=…&motif=…``."""
    deposit = deposit_or_404(request, deposit_id)
    code, reason = (request.GET.get(name, "").replace("\x00", "") for name in ("code", "motif"))
    problems = problems_of_kind(deposit, code, reason)
    if not problems:
        raise Http404
    page = DepositPage(request, deposit)
    return render(
        request,
        "ingest/deposit_problems.html",
        {"page": page, "deposit": deposit, "problems": problems, "first": problems[0]},
    )


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def manifest_line(request: HttpRequest, deposit_id: uuid.UUID, line: int) -> HttpResponse:
    """The lines of the manifest around one of them, as plain text in a page."""
    deposit = deposit_or_404(request, deposit_id)
    chunks = manifest_chunks(deposit) if 1 <= line < KNOWN_LINES else None
    if chunks is None:
        raise Http404
    lines = lines_around(chunks, line)
    if not lines:
        raise Http404
    page = DepositPage(request, deposit)
    context = {"page": page, "deposit": deposit, "lines": lines, "line": line}
    return render(request, "ingest/manifest_line.html", context)
