"""Names and values of the fields of referentials, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.ui import french
from tenants.models import ManagementRule, OntologyTerm, Status
from tenants.referentials.kinds import Kind

Text = str | Promise

_TABLES: Mapping[str, Mapping[str, Text]] = {
    "rules": {
        "RuleId": gettext_lazy("Identifiant"),
        "RuleType": gettext_lazy("Type"),
        "RuleValue": gettext_lazy("Intitulé"),
        "RuleDescription": gettext_lazy("Description"),
        "RuleDuration": gettext_lazy("Durée"),
        "RuleMeasurement": gettext_lazy("Unité"),
    },
    "archiveprofiles": {"File": gettext_lazy("Fichier")},
    "agencies": {
        "Identifier": gettext_lazy("Identifiant"),
        "Name": gettext_lazy("Nom"),
        "Description": gettext_lazy("Description"),
        "EntityType": gettext_lazy("Type d’entité"),
        "EntityId": gettext_lazy("Identifiant de l’entité"),
        "BiogHist": gettext_lazy("Histoire"),
        "StructureOrGenealogy": gettext_lazy("Organisation interne"),
        "GeneralContext": gettext_lazy("Contexte général"),
        "MaintenanceStatus": gettext_lazy("Niveau d’élaboration"),
        "LocalStatus": gettext_lazy("Statut local"),
        "EventDescription": gettext_lazy("Description de l’événement"),
        "NameEntryParallel": gettext_lazy("Formes parallèles du nom"),
        "AuthorizedForm": gettext_lazy("Formes du nom selon d’autres conventions"),
        "AlternativeForm": gettext_lazy("Autres formes du nom"),
        "Functions": gettext_lazy("Fonctions"),
        "Places": gettext_lazy("Lieux"),
        "LegalStatuses": gettext_lazy("Statuts juridiques"),
        "Mandates": gettext_lazy("Textes de référence"),
        "Sources": gettext_lazy("Sources"),
        "FromDate": gettext_lazy("Depuis le"),
        "ToDate": gettext_lazy("Jusqu’au"),
    },
    "formats": {
        "PUID": gettext_lazy("Identifiant PRONOM"),
        "Name": gettext_lazy("Nom"),
        "Version": gettext_lazy("Version"),
        "MIMEType": gettext_lazy("Type MIME"),
        "Extension": gettext_lazy("Extensions"),
        "HasPriorityOverFileFormatID": gettext_lazy("Prioritaire sur"),
        "Alert": gettext_lazy("À surveiller"),
        "Comment": gettext_lazy("Note de l’organisation"),
    },
    "ontologies": {
        "Identifier": gettext_lazy("Identifiant"),
        "SedaField": gettext_lazy("Élément SEDA"),
        "ApiField": gettext_lazy("Champ"),
        "ShortName": gettext_lazy("Intitulé"),
        "Description": gettext_lazy("Description"),
        "Type": gettext_lazy("Type"),
        "TypeDetail": gettext_lazy("Détail du type"),
        "StringSize": gettext_lazy("Taille"),
        "Origin": gettext_lazy("Origine"),
        "Collections": gettext_lazy("S’applique à"),
    },
}
_INNER: Mapping[str, Text] = {
    "SignedDocument": gettext_lazy("document signé"),
    "DeclaredSignature": gettext_lazy("signature déclarée"),
    "DeclaredTimestamp": gettext_lazy("horodatage déclaré"),
    "DeclaredAdditionalProof": gettext_lazy("preuve complémentaire déclarée"),
    "UnitStrategy": gettext_lazy("unités"),
    "ObjectGroupStrategy": gettext_lazy("groupes d’objets"),
    "ObjectStrategy": gettext_lazy("objets"),
    "InitialVersion": gettext_lazy("version initiale"),
    "IntermediaryVersion": gettext_lazy("versions intermédiaires"),
    "Usages": gettext_lazy("par usage"),
}
_WORDS: Mapping[str, Text] = {
    "PhysicalMaster": gettext_lazy("original papier"),
    "BinaryMaster": gettext_lazy("original numérique"),
    "Dissemination": gettext_lazy("copie de diffusion"),
    "Thumbnail": gettext_lazy("vignette"),
    "TextContent": gettext_lazy("contenu textuel"),
    "AUTHORIZED": gettext_lazy("autorisé"),
    "REQUIRED": gettext_lazy("obligatoire"),
    "UNAUTHORIZED": gettext_lazy("interdit"),
    "FORBIDDEN": gettext_lazy("interdit"),
    "ALLOWED": gettext_lazy("permis"),
    "MANDATORY": gettext_lazy("obligatoire"),
    "ALL": gettext_lazy("toutes"),
    "LAST": gettext_lazy("la dernière"),
    "NONE": gettext_lazy("aucune"),
    **{str(value): label for value, label in ManagementRule.Category.choices},
    **{str(value): label for value, label in ManagementRule.Measurement.choices},
    **{str(value): label for value, label in Status.choices},
    **{str(value): label for value, label in OntologyTerm.Type.choices},
    **{str(value): label for value, label in OntologyTerm.Origin.choices},
    "unlimited": gettext_lazy("illimitée"),
}


def field_label(kind: Kind, name: str) -> Text:
    """Return the name of a field of a kind's file, in words; the field itself when it has none."""
    if name in _TABLES.get(kind.slug, {}):
        return _TABLES[kind.slug][name]
    field = kind.documents.field_named(name) if kind.documents else None
    if field is None:
        return name
    label: Text = kind.model._meta.get_field(field.column).verbose_name  # type: ignore[union-attr]
    return f"{str(label)[:1].upper()}{str(label)[1:]}"


def inner_label(name: str) -> Text:
    """Return the name of a field inside a structure, in words; itself when it has none."""
    return _INNER.get(name, name)


def value_in_words(value: Any) -> str:
    """Return a value of a document as one reads it."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, list):
        return ", ".join(value_in_words(one) for one in value)
    if isinstance(value, dict) and value.keys() == {"Name", "Sha512", "Size"}:
        return f"{value['Name']} ({french.size(value['Size'])}, SHA-512 {value['Sha512']})"
    if isinstance(value, dict):
        return ", ".join(f"{name} : {value_in_words(one)}" for name, one in value.items())
    return str(_WORDS.get(str(value), value))
