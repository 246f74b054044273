"""Forms of rights: profiles, groups, members. Everything is chosen from lists, nothing pasted."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import Tenant
from sae.ui.forms import DayField
from tenants.models import Account
from tenants.models.rights import Group, Profile
from tenants.permissions import TABLE, Permission, Room
from tenants.rights.composing import GroupDraft, ProfileDraft
from tenants.rights.deposits import DepositGrant, Reach
from tenants.rights.levels import is_level
from tenants.rights.services import LONGEST_REASON

EVERYTHING, BY_CONTRACT = "tout", "contrats"


@dataclass(frozen=True, slots=True)
class Box:
    """One permission to tick."""

    value: str
    label: str
    explanation: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class ProfileChoices:
    """What may be ticked beside permissions: ``(identifier, words)`` of rows of the coffre."""

    access_contracts: list[tuple[str, str]]
    deposit_contracts: list[tuple[str, str]]
    deposit_agencies: list[tuple[str, str]]


def level_field() -> forms.CharField:
    return forms.CharField(
        label=_("Niveau"),
        required=False,
        max_length=100,
        help_text=_(
            "Vide : la racine. Un administrateur agit strictement sous son niveau : celui de "
            "« GESTION » administre « GESTION.SERVICES », ni « GESTION » ni « GESTION2 »."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class LevelMixin:
    cleaned_data: dict[str, Any]

    def clean_level(self) -> str:
        level = str(self.cleaned_data.get("level") or "").strip().upper()
        if not is_level(level):
            raise forms.ValidationError(
                _("Un niveau s’écrit en capitales et en chiffres, séparés par des points : A.1.")
            )
        return level


class ProfileForm(LevelMixin, forms.Form):
    """A profile of one coffre: its permissions, and which archives they apply to."""

    name = forms.CharField(
        label=_("Nom"), max_length=150, help_text=_("Exemple : « Archiviste des marchés ».")
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=1000,
        help_text=_("Elle entre au journal : n’y écrivez le nom d’aucune personne."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    level = level_field()
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"), widget=forms.CheckboxSelectMultiple
    )
    sight = forms.ChoiceField(
        label=_("Sur quelles archives"),
        choices=[
            (EVERYTHING, _("Toutes les archives du coffre")),
            (BY_CONTRACT, _("Celles que laissent voir des contrats d’accès")),
        ],
        widget=forms.RadioSelect,
    )
    access_contracts = forms.MultipleChoiceField(
        label=_("Contrats d’accès"),
        required=False,
        help_text=_("Ce que chacun laisse voir s’ajoute. Sans contrat coché, rien n’est vu."),
        widget=forms.CheckboxSelectMultiple,
    )

    deposit_reach = forms.ChoiceField(
        label=_("Sur quels versements"),
        choices=[
            (Reach.EVERY, _("Tous les versements du coffre")),
            (Reach.CHOSEN, _("Ceux des contrats d’entrée et des services cochés, et les siens")),
            (Reach.OWN, _("Les siens seulement")),
        ],
        help_text=_(
            "Qui suit un versement lit son bordereau, ses anomalies et son accusé, même d’archives "
            "que ses contrats d’accès ne montrent pas."
        ),
        widget=forms.RadioSelect,
    )
    deposit_contracts = forms.MultipleChoiceField(
        label=_("Contrats d’entrée"),
        required=False,
        help_text=_("Il ne suit et ne dépose que sous ceux-là. Aucun coché : sous tous."),
        widget=forms.CheckboxSelectMultiple,
    )
    deposit_agencies = forms.MultipleChoiceField(
        label=_("Services producteurs"),
        required=False,
        help_text=_("Il ne suit et ne dépose que pour ceux-là. Aucun coché : pour tous."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        *args: Any,
        coffre: Tenant,
        allowed: frozenset[Permission],
        choices: ProfileChoices,
        may_open_everything: bool = True,
        ready: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.coffre = coffre
        self.ready = ready
        self.allowed = allowed
        for name in ("access_contracts", "deposit_contracts", "deposit_agencies"):
            listed: Any = self.fields[name]
            listed.choices = getattr(choices, name)
        permissions: Any = self.fields["permissions"]
        permissions.choices = [(one.value, TABLE[one].label) for one in TABLE if one in allowed]
        if not may_open_everything:
            sight: Any = self.fields["sight"]
            sight.choices = [one for one in sight.choices if one[0] != EVERYTHING]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        bare = answers.get("sight") == BY_CONTRACT and not answers.get("access_contracts")
        if bare and Permission.HOLDINGS_VIEW in self.chosen():
            self.add_error(
                "access_contracts",
                _("Ce profil consulte des archives : cochez au moins un contrat d’accès."),
            )
        named = answers.get("deposit_contracts") or answers.get("deposit_agencies")
        if answers.get("deposit_reach") == Reach.CHOSEN and not named:
            self.add_error(
                "deposit_contracts",
                _("Cochez au moins un contrat d’entrée ou un service producteur."),
            )
        return answers

    def chosen(self) -> frozenset[Permission]:
        """Return the permissions ticked, or those proposed when nothing was answered yet."""
        values = self["permissions"].value() or []
        known = {one.value: one for one in self.allowed}
        return frozenset(known[one] for one in values if one in known)

    @property
    def rooms(self) -> list[tuple[str, list[Box]]]:
        """The permissions to tick, by room."""
        ticked = self.chosen()
        rooms: dict[Room, list[Box]] = {}
        for permission, entry in TABLE.items():
            if permission in self.allowed:
                rooms.setdefault(entry.room, []).append(
                    Box(
                        permission.value,
                        str(entry.label).capitalize(),
                        str(entry.explanation),
                        permission in ticked,
                    )
                )
        return [(str(room.value), boxes) for room, boxes in rooms.items()]

    def draft(self) -> ProfileDraft:
        answers = self.cleaned_data
        everything = answers["sight"] == EVERYTHING
        chosen = answers["deposit_reach"] == Reach.CHOSEN
        return ProfileDraft(
            name=answers["name"],
            coffre=self.coffre,
            permissions=frozenset(map(Permission, answers["permissions"])),
            description=answers["description"],
            level=answers["level"],
            sees_everything=everything,
            access_contracts=() if everything else tuple(answers["access_contracts"]),
            deposits=DepositGrant(
                answers["deposit_reach"],
                tuple(answers["deposit_contracts"]) if chosen else (),
                tuple(answers["deposit_agencies"]) if chosen else (),
            ),
            ready=self.ready,
        )


class GroupForm(LevelMixin, forms.Form):
    """A group: its level, and the profiles its members have."""

    name = forms.CharField(
        label=_("Nom"), max_length=150, help_text=_("Exemple : « Service des marchés ».")
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=1000,
        help_text=_("Elle entre au journal : n’y écrivez le nom d’aucune personne."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    level = level_field()
    profiles = forms.MultipleChoiceField(
        label=_("Profils"),
        help_text=_("Les membres du groupe ont les droits de tous les profils cochés."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, profiles: Iterable[Profile], coffres: Iterable[Tenant], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        names = {one.id: one.name for one in coffres}
        field: Any = self.fields["profiles"]
        field.choices = [
            (str(one.id), f"{one.name} — {names.get(one.coffre_id, '')}") for one in profiles
        ]

    def draft(self) -> GroupDraft:
        answers = self.cleaned_data
        return GroupDraft(
            name=answers["name"],
            profiles=tuple(map(uuid.UUID, answers["profiles"])),
            description=answers["description"],
            level=answers["level"],
        )


def end_of(day: dt.date | None) -> dt.datetime | None:
    """Return the last second of a day, where the platform stands: rights end with it."""
    if day is None:
        return None
    return timezone.make_aware(dt.datetime.combine(day, dt.time(23, 59, 59)))


class PlacingForm(forms.Form):
    """Who enters a group, until when, why."""

    account = forms.ChoiceField(label=_("Compte"))
    until = DayField(
        label=_("Jusqu’au"),
        required=False,
        help_text=_("Ce jour compris. Vide : sans fin."),
    )
    reason = forms.CharField(
        label=_("Motif"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=_(
            "Exemple : « remplacement d’été ». Il entre au journal : n’y écrivez le nom d’aucune "
            "personne."
        ),
    )

    def __init__(
        self, *args: Any, accounts: Iterable[Account], end_needed: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["account"]
        field.choices = [
            ("", _("Choisir un compte")),
            *((str(one.id), f"{one.name} — {one.email}") for one in accounts),
        ]
        if end_needed:
            self.fields["until"].required = True
            self.fields["until"].help_text = _(
                "Ce jour compris. Une délégation a toujours une fin."
            )


class DelegationForm(PlacingForm):
    """The same, the group being chosen too: a delegation always ends."""

    group = forms.ChoiceField(label=_("Groupe confié"))
    field_order = ("group", "account", "until", "reason")

    def __init__(self, *args: Any, groups: Iterable[Group], **kwargs: Any) -> None:
        super().__init__(*args, end_needed=True, **kwargs)
        field: Any = self.fields["group"]
        field.choices = [
            ("", _("Choisir un groupe")),
            *((str(one.id), f"{one.name} (niveau {one.level or 'racine'})") for one in groups),
        ]


class EndForm(forms.Form):
    """Another end for a membership."""

    until = DayField(
        label=_("Jusqu’au"), required=False, help_text=_("Ce jour compris. Vide : sans fin.")
    )
    reason = forms.CharField(
        label=_("Motif"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=_(
            "Exigé pour une date plus tardive : une seconde personne doit l’approuver, et le lira."
        ),
    )

    def __init__(self, *args: Any, says_why: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not says_why:
            del self.fields["reason"]
