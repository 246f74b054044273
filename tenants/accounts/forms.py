"""Forms of accounts."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.tenancy.models import Organisation
from sae.ui import french
from tenants.accounts.identity import LABELS, Identity, faults_of
from tenants.accounts.sheets import MOST_BYTES
from tenants.models import Account
from tenants.organisations.policy import policy_of
from tenants.rights.proposals import LONGEST_REASON


class AccountForm(forms.Form):
    """Who an account stands for. ``account`` is the one edited, ``None`` for a new one."""

    last_name = forms.CharField(label=LABELS["last_name"], max_length=79)
    first_name = forms.CharField(label=LABELS["first_name"], max_length=70, required=False)
    email = forms.CharField(
        label=LABELS["email"],
        max_length=254,
        widget=forms.EmailInput,
        help_text=gettext_lazy("Pour se connecter et recevoir les courriels du système."),
    )
    kind = forms.ChoiceField(
        label=LABELS["kind"],
        choices=[(value, str(label).capitalize()) for value, label in Account.Kind.choices],
        widget=forms.RadioSelect,
        initial=Account.Kind.NOMINATIVE,
        help_text=gettext_lazy(
            "Nominatif : une personne, qui se connecte. Générique : une fonction, par exemple"
            " « Accueil des archives » ; personne ne se connecte avec."
        ),
    )
    service = forms.CharField(
        label=LABELS["service"],
        max_length=150,
        required=False,
        help_text=gettext_lazy("Par exemple : Ressources humaines."),
    )
    internal_code = forms.CharField(
        label=LABELS["internal_code"],
        max_length=50,
        required=False,
        help_text=gettext_lazy("Matricule ou code de votre annuaire."),
    )
    phone = forms.CharField(
        label=LABELS["phone"],
        max_length=30,
        required=False,
        help_text=gettext_lazy("Par exemple : +33 1 23 45 67 89."),
    )
    language = forms.ChoiceField(
        label=LABELS["language"],
        choices=[(value, str(label).capitalize()) for value, label in Account.Language.choices],
        initial=Account.Language.FRENCH,
    )

    def __init__(
        self, *args: Any, organisation: Organisation, account: Account | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        self.account = account
        domains = policy_of(organisation).mail_domains
        if domains:
            self.fields["email"].help_text = _("Domaines admis : %s.") % ", ".join(domains)
        if account is not None:
            del self.fields["kind"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return given
        identity = self.identity
        domains = policy_of(self.organisation).mail_domains
        for fault in faults_of(identity, mail_domains=domains):
            self.add_error(fault.field if fault.field in self.fields else None, fault.sentence)
        holder = Account.objects.filter(email__iexact=identity.email).first()
        if holder is not None and (self.account is None or holder.id != self.account.id):
            if holder.organisation_id == self.organisation.id:
                words = _("Un compte utilise déjà cette adresse.")
            else:
                words = _("Cette adresse ne peut pas être utilisée ici.")
            self.add_error("email", words)
        return given

    @property
    def identity(self) -> Identity:
        """The identity asked for, once the form is clean."""
        given = dict(self.cleaned_data)
        kind = given.pop("kind", None) or (
            self.account.kind if self.account else Account.Kind.NOMINATIVE
        )
        wanted = {one: given.get(one, "") for one in Identity.__dataclass_fields__ if one != "kind"}
        return Identity(**wanted, kind=kind).tidied()


class NewAccountForm(AccountForm):
    """The same, with the groups to join at once and whether to invite."""

    groups = forms.MultipleChoiceField(
        label=LABELS["groups"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Sans groupe, le compte ne voit rien."),
    )
    invite = forms.BooleanField(
        label=gettext_lazy("Inviter tout de suite"),
        required=False,
        initial=True,
        help_text=gettext_lazy("La personne reçoit un lien pour choisir son mot de passe."),
    )

    def __init__(self, *args: Any, group_names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, name) for name in group_names]
        self.fields["groups"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["groups"]


class MoveForm(forms.Form):
    """To another group, another service: what is unticked is left."""

    service = forms.CharField(label=LABELS["service"], max_length=150, required=False)
    groups = forms.MultipleChoiceField(
        label=LABELS["groups"], required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, group_names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].choices = [  # type: ignore[attr-defined]
            (name, name) for name in group_names
        ]


class FileForm(forms.Form):
    """A file of accounts."""

    file = forms.FileField(
        label=gettext_lazy("Fichier CSV ou XLSX"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("Ce fichier dépasse %s : découpez-le.") % french.size(MOST_BYTES)
            )
        return file


class AnonymiseForm(forms.Form):
    """The identifier, typed again; the reason, for the second person who has to approve."""

    identifier = forms.CharField(
        label=gettext_lazy("Identifiant technique du compte"), max_length=12
    )

    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("La personne qui approuve le lira ; il s’efface avec le reste."),
    )

    def __init__(self, *args: Any, account: Account, says_why: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        if not says_why:
            del self.fields["reason"]

    def clean_identifier(self) -> str:
        typed: str = self.cleaned_data["identifier"].strip().upper()
        if typed != self.account.identifier:
            raise forms.ValidationError(
                _("Ce n’est pas l’identifiant de ce compte : %s.") % self.account.identifier
            )
        return typed
