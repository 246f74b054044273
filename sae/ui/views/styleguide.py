"""Every component with sample data, and whole sample screens. Never routed in production.

The browser tests look at these pages; whoever builds a screen copies their markup.
"""

import dataclasses
import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from sae.kernel.outcomes import Outcome
from sae.ui import preferences, shell
from sae.ui.filters import Chip
from sae.ui.forms import DayField
from sae.ui.lists import Empty, ListView
from sae.ui.menu import TASKS, MenuItem
from sae.ui.pagination import pager_of
from sae.ui.statuses import STATUSES
from sae.ui.tables import (
    Column,
    DayColumn,
    DigestColumn,
    NumberColumn,
    SelectColumn,
    SizeColumn,
    StatusColumn,
    Table,
    TitleColumn,
)

SCREENS = {
    "a-faire": "À faire",
    "versement": "Versement refusé",
    "recherche": "Rechercher",
    "unite": "Unité",
    "elimination": "Élimination",
    "droits": "Droits effectifs",
}
_BADGES = {"a-faire": 14, "eliminer": 1}
_CURRENT = {
    "versement": "deposer",
    "recherche": "rechercher",
    "unite": "classement",
    "elimination": "eliminer",
    "droits": "administration",
}


class SampleShell:
    """A frame filled with sample data, in the place of the one providers fill."""

    home_url = "/_styleguide/"
    search_url = "/_styleguide/recherche/"

    def __init__(self, request: HttpRequest, *, current: str = "a-faire") -> None:
        self.preferences = preferences.read(request)
        # Tests choose the theme by the address.
        self.preferences = self.preferences.with_choices(request.GET.dict())
        organisation = "Val-Fleury Agglomération"
        coffres = (
            shell.Coffre("Saint-Aubin, intermédiaires", "1", "brique", "ici", is_current=True),
            shell.Coffre("Saint-Aubin, définitives", "2", "olive", "2 à faire"),
            shell.Coffre("Val-Fleury, intermédiaires", "3", "#3d5566", "3 à faire"),
            shell.Coffre("Val-Fleury, marchés publics", "4", "#7a1f4d", "lecture seule"),
        )
        self.band = shell.Band(
            label="Saint-Aubin-la-Rivière — Archives intermédiaires",
            colour="brique",
            note="Contrat d’accès : Archivistes Saint-Aubin · toutes les données",
            organisation=organisation,
            coffres=coffres,
            switch_url="/_styleguide/",
        )
        self.account = shell.AccountBadge(
            name="Hélène Marchand",
            detail="h.marchand@val-fleury.example",
            initials="HM",
            links=(shell.Link("Changer de mot de passe", "#", "key"),),
            logout_url="#",
        )
        self.menu = [
            MenuItem(
                key=task.key,
                label=task.label,
                icon=task.icon,
                url=f"/_styleguide/{task.key}/" if task.key in SCREENS else "/_styleguide/",
                badge=_BADGES.get(task.key),
                is_current=task.key == current,
                shortcut=task.shortcut,
                pages=_deposit_pages() if task.key == current == "deposer" else (),
            )
            for task in TASKS
        ]
        self.running = shell.Running(
            count=3,
            operations=(
                shell.RunningOperation(
                    "Versement : plans du réseau d’eau", "#", 3412, 5480, remaining=_minutes(4)
                ),
                shell.RunningOperation(
                    "Vérification des empreintes, site B",
                    "#",
                    128_900,
                    415_000,
                    remaining=_minutes(130),
                ),
                shell.RunningOperation(
                    "Export de 1 248 résultats", "#", state="QUEUED", note="2e position"
                ),
            ),
            url="#",
        )
        self.notifications = shell.Notifications(count=2, url="#")
        self.platform = shell.PlatformState(
            "OK", "Tout fonctionne", "3 copies sur 3, vues à 06 h 12", "#"
        )
        self.saved_searches = (
            shell.Link("Échéances 2026", "#", "bookmark"),
            shell.Link("Factures de l’eau", "#", "bookmark"),
            shell.Link("Marchés en garantie", "#", "bookmark"),
        )


def _minutes(number: int) -> dt.timedelta:
    return dt.timedelta(minutes=number)


def _deposit_pages() -> tuple[MenuItem, ...]:
    names = (("Nouveau dépôt", False), ("Mes dépôts", True), ("Tous les dépôts", False))
    return tuple(
        MenuItem(name, name, "", "#", 3 if current else None, current, "")
        for name, current in names
    )


class SampleForm(forms.Form):
    """One field of each kind, with help, an option and an error."""

    title = forms.CharField(
        label="Intitulé", help_text="Ce que contient le dossier. Exemple : Marché 2014-021, toiture"
    )
    agency = forms.ChoiceField(
        label="Service producteur",
        choices=[("", "Choisir un service"), ("dg", "Direction générale"), ("fi", "Finances")],
        required=False,
    )
    start = DayField(label="Date de départ", help_text="Exemple : 31/12/2024", required=False)
    note = forms.CharField(label="Présentation", widget=forms.Textarea, required=False)
    level = forms.ChoiceField(
        label="Niveau", choices=[("1", "Dossier"), ("2", "Pièce")], widget=forms.RadioSelect
    )
    hold = forms.BooleanField(label="Prévenir le service producteur", required=False)
    sip = forms.FileField(label="Paquet", help_text="ZIP ou TAR, 20 Go au plus", required=False)


class SignInForm(forms.Form):
    login = forms.EmailField(label="Adresse électronique")
    password = forms.CharField(label="Mot de passe", widget=forms.PasswordInput)


@dataclasses.dataclass(frozen=True, slots=True)
class SampleDeposit:
    pk: int
    title: str
    agency: str
    units: int
    size: int
    deposited_on: dt.date
    digest: str
    outcome: Outcome

    def get_absolute_url(self) -> str:
        return "/_styleguide/versement/"

    @property
    def note(self) -> str:
        return f"VERS-2026-{self.pk:04d}"

    def __str__(self) -> str:
        return self.title


def sample_deposits(number: int = 147) -> list[SampleDeposit]:
    """Return deposits with every outcome, a long title among them."""
    kinds = [
        ("Arrêtés du maire, janvier 2026", "Secrétariat général", 186, 412_000_000, Outcome.OK),
        (
            "Actes d’état civil 2025, annexes",
            "État civil",
            1204,
            3_100_000_000,
            Outcome.WARNING,
        ),
        ("Paie, décembre 2025", "Ressources humaines", 689, 1_900_000_000, Outcome.KO),
        (
            "Photographies du service communication",
            "Communication",
            2310,
            48_200_000_000,
            Outcome.FATAL,
        ),
        ("Délibérations du conseil municipal 2024", "Secrétariat général", 412, 0, Outcome.STARTED),
    ]
    first = dt.date(2026, 3, 12)
    return [
        SampleDeposit(
            pk=number - index,
            title=title,
            agency=agency,
            units=units,
            size=size,
            deposited_on=first - dt.timedelta(days=index),
            digest=f"{index:04x}9f2c41aa77e0b07e" * 6,
            outcome=outcome,
        )
        for index in range(number)
        for title, agency, units, size, outcome in [kinds[index % len(kinds)]]
    ]


class SampleDepositTable(Table):
    caption = "Versements de 2026"

    choice = SelectColumn()
    title = TitleColumn(verbose_name="Versement", note="note")
    agency = Column(verbose_name="Service producteur")
    deposited_on = DayColumn(verbose_name="Déposé le")
    units = NumberColumn(verbose_name="Unités")
    size = SizeColumn(verbose_name="Volume")
    digest = DigestColumn(verbose_name="Empreinte", orderable=False)
    outcome = StatusColumn()


class SampleList(ListView):
    """The list of every room, over rows that are not in a database."""

    menu = "deposer"
    title = "Tous les versements"
    facts = "Du plus récent au plus ancien."
    noun = ("versement", "versements")
    table_class = SampleDepositTable
    empty = Empty("Aucun versement dans ce coffre.", "Déposer un paquet", "ui:styleguide")
    breadcrumb = (("Déposer", "/_styleguide/"), ("Tous les versements", ""))
    selection_template_name = "ui/styleguide/selection.html"

    def get_queryset(self) -> Any:
        return [] if "vide" in self.request.GET else sample_deposits()

    def get_context(self, **context: Any) -> dict[str, Any]:
        return context | {"shell": SampleShell(self.request, current="deposer")}


def components(request: HttpRequest) -> HttpResponse:
    """Every component, one after the other."""
    form = SampleForm(QueryDict("title=&level=1"))
    form.is_valid()
    crispy_form = SampleForm(QueryDict("c-title=&c-level=1"), prefix="c")
    page = Paginator(range(1248), 25).page(2)
    context = {
        "shell": SampleShell(request),
        "form": form,
        "crispy_form": crispy_form,
        "statuses": STATUSES.values(),
        "pager": pager_of(request, page),
        "chips": [
            Chip("agency", "Service producteur", "Direction des finances", "?"),
            Chip("action", "Sort final", "Détruire", "?"),
            Chip("due", "Échéance de DUA", "avant 2027", "?"),
        ],
        "digest": "9f2c41d8aa77e0b07e" * 7,
        "moment": dt.datetime(2026, 3, 12, 7, 41, 7, tzinfo=dt.UTC),
        "day": dt.date(2026, 3, 1),
        "remaining": _minutes(4),
        "screens": SCREENS,
        "messages": [
            Message(messages.SUCCESS, "Le dépôt est reçu."),
            Message(messages.ERROR, "Ce fichier n’est pas un paquet : il n’a pas été gardé."),
        ],
        "breadcrumb": [("Aide", "#"), ("Composants", "")],
    }
    return render(request, "ui/styleguide/components.html", context)


def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, refused once."""
    form = SignInForm(
        {"login": "h.marchand@val-fleury.example"} if "refus" in request.GET else None
    )
    shell_of_theme = {"preferences": SampleShell(request).preferences}
    context = {"form": form, "shell": shell_of_theme}
    return render(request, "account/login.html", context)


def sample_screen(request: HttpRequest, screen: str) -> HttpResponse:
    """A whole screen made of the components."""
    if screen not in SCREENS:
        raise Http404
    context = {
        "shell": SampleShell(request, current=_CURRENT.get(screen, screen)),
        "screen_title": SCREENS[screen],
        "hides_top_search": screen == "recherche",
    }
    return render(request, f"ui/styleguide/{screen}.html", context)
