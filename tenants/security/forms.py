"""Forms of the second factor, in the words of the house."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

_CODE = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "autocapitalize": "off",
    "spellcheck": "false",
    "maxlength": "12",
}


class _FrenchCode(forms.Form):
    hides_optional = True
    help_of_code = _("Les six chiffres que montre votre téléphone, ou un code de secours.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code")
        field.help_text = self.help_of_code
        field.widget.attrs = dict(_CODE)


class CodeForm(_FrenchCode, AuthenticateForm):
    """The code asked for after the password."""


class ConfirmCodeForm(_FrenchCode, ReauthenticateForm):
    """The code that confirms who one is."""


class ActivateTotpForm(_FrenchCode, ActivateTOTPForm):
    """The first code: it proves that the telephone took the secret."""

    help_of_code = _("Les six chiffres que montre maintenant l’application.")


class AddPasskeyForm(AddWebAuthnForm):
    """A new passkey: its name, and what the browser made of it."""

    hides_optional = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Nom de la clef")
        self.fields["name"].help_text = _("Pour la reconnaître : « Téléphone », « Clef bleue »…")
        self.fields["name"].widget.attrs["maxlength"] = "60"
        passwordless = self.fields["passwordless"]
        passwordless.label = _("Me connecter avec cette clef sans mot de passe")
        passwordless.help_text = _(
            "La clef demande alors une empreinte, un visage ou un code à son propriétaire. "
            "Décochez pour une clef simple, utilisée après le mot de passe."
        )
        passwordless.initial = True


class PasskeyNameForm(forms.Form):
    """Another name for a passkey."""

    name = forms.CharField(label=_("Nom de la clef"), max_length=60)


class ConfirmWordForm(forms.Form):
    """A typed word before an act that cannot be taken back."""

    word = forms.CharField(label=_("Pour confirmer, recopiez l’adresse du compte"))

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._expected = expected
        self.fields["word"].widget.attrs.update({"autocomplete": "off", "spellcheck": "false"})

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"].strip()
        if word.lower() != self._expected.lower():
            raise forms.ValidationError(_("Ce n’est pas l’adresse du compte."))
        return word
