"""Fields of the form of one element of a table: agency, rule, format, vocabulary."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from tenants.models import ManagementRule, OntologyTerm
from tenants.referentials import labels
from tenants.referentials.kinds import Kind
from tenants.referentials.rules import COLUMNS, UNLIMITED
from tenants.views.referential_field_kinds import LinesField

_LONG = ("Description", "RuleDescription", "Comment")


def table_fields(kind: Kind) -> dict[str, forms.Field]:
    """Return the fields of an element of a kind kept as a table, by their names in its file."""
    return {
        "agencies": _agency_fields,
        "rules": _rule_fields,
        "formats": _format_fields,
        "ontologies": _term_fields,
    }[kind.slug](kind)


def _text(kind: Kind, name: str, **more: Any) -> forms.Field:
    widget = forms.Textarea({"rows": 3}) if name in _LONG else forms.TextInput
    return forms.CharField(label=str(labels.field_label(kind, name)), widget=widget, **more)


def _choice(kind: Kind, name: str, choices: Any, **more: Any) -> forms.Field:
    return forms.ChoiceField(label=str(labels.field_label(kind, name)), choices=choices, **more)


def _agency_fields(kind: Kind) -> dict[str, forms.Field]:
    return {
        "Identifier": _text(kind, "Identifier"),
        "Name": _text(kind, "Name"),
        "Description": _text(kind, "Description", required=False),
    }


def _rule_fields(kind: Kind) -> dict[str, forms.Field]:
    made = {name: _text(kind, name, required=False) for name in COLUMNS}
    made["RuleId"] = _text(
        kind,
        "RuleId",
        help_text=_("Lettres sans accent, chiffres, tiret : APP-00012, par exemple."),
    )
    made["RuleValue"] = _text(kind, "RuleValue")
    made["RuleType"] = _choice(kind, "RuleType", ManagementRule.Category.choices)
    made["RuleDuration"] = _text(
        kind,
        "RuleDuration",
        required=False,
        help_text=_("Un nombre entier, ou « %s » pour une durée illimitée.") % UNLIMITED,
    )
    made["RuleMeasurement"] = _choice(
        kind,
        "RuleMeasurement",
        [("", "—"), *ManagementRule.Measurement.choices[:3]],
        required=False,
    )
    return made


def _format_fields(kind: Kind) -> dict[str, forms.Field]:
    return {
        "PUID": _text(
            kind,
            "PUID",
            help_text=_(
                "Un format que PRONOM ne connaît pas s’appelle EXTERNAL_ suivi de son nom."
            ),
        ),
        "Name": _text(kind, "Name"),
        "Version": _text(kind, "Version", required=False),
        "MIMEType": _text(kind, "MIMEType", required=False, help_text="application/x-plan"),
        "Extension": LinesField(
            label=str(labels.field_label(kind, "Extension")),
            required=False,
            help_text=_("Une extension par ligne, sans point."),
        ),
        "Alert": forms.BooleanField(
            label=str(labels.field_label(kind, "Alert")),
            required=False,
            help_text=_("Format à migrer, ou dont la lecture deviendra difficile."),
        ),
        "Comment": _text(kind, "Comment", required=False),
    }


def _term_fields(kind: Kind) -> dict[str, forms.Field]:
    return {
        "Identifier": _text(
            kind, "Identifier", help_text=_("Sans espace, et sans _ ni # au début : NumeroDossier.")
        ),
        "SedaField": _text(kind, "SedaField", required=False),
        "ApiField": _text(kind, "ApiField", required=False),
        "ShortName": _text(kind, "ShortName", required=False),
        "Description": _text(kind, "Description", required=False),
        "Type": _choice(kind, "Type", OntologyTerm.Type.choices),
        "Collections": forms.MultipleChoiceField(
            label=str(labels.field_label(kind, "Collections")),
            choices=[("Unit", _("unités d’archives")), ("ObjectGroup", _("groupes d’objets"))],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        ),
    }
