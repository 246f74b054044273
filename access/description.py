"""The description of a unit as an archivist reads it: French labels over SEDA elements.

The metadata are kept under their SEDA names (``ArchiveUnit.content``); here they become facts, in
the order of the standard, what lies inside an element under it. An element without a label (the
standard lets producers add theirs) is shown under its own name: nothing is hidden.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.ui import french

Text = str | Promise

LABELS: dict[str, Text] = {
    "Title_": gettext_lazy("Intitulé dans d’autres langues"),
    "Description": gettext_lazy("Présentation"),
    "Description_": gettext_lazy("Présentation dans d’autres langues"),
    "OriginatingAgencyArchiveUnitIdentifier": gettext_lazy("Cote du service producteur"),
    "ArchivalAgencyArchiveUnitIdentifier": gettext_lazy("Cote du service d’archives"),
    "TransferringAgencyArchiveUnitIdentifier": gettext_lazy("Cote du service versant"),
    "FilePlanPosition": gettext_lazy("Position dans le plan de classement"),
    "SystemId": gettext_lazy("Identifiant attribué"),
    "OriginatingSystemId": gettext_lazy("Identifiant d’origine"),
    "OriginatingSystemIdReplyTo": gettext_lazy("En réponse à"),
    "PersistentIdentifier": gettext_lazy("Identifiant pérenne"),
    "PersistentIdentifierType": gettext_lazy("Type"),
    "PersistentIdentifierOrigin": gettext_lazy("Origine"),
    "PersistentIdentifierReference": gettext_lazy("Référence"),
    "PersistentIdentifierContent": gettext_lazy("Valeur"),
    "StartDate": gettext_lazy("Date de début"),
    "EndDate": gettext_lazy("Date de fin"),
    "CreatedDate": gettext_lazy("Créé le"),
    "TransactedDate": gettext_lazy("Transaction du"),
    "AcquiredDate": gettext_lazy("Numérisé ou acquis le"),
    "SentDate": gettext_lazy("Envoyé le"),
    "ReceivedDate": gettext_lazy("Reçu le"),
    "RegisteredDate": gettext_lazy("Enregistré le"),
    "DateLitteral": gettext_lazy("Date en toutes lettres"),
    "CustodialHistory": gettext_lazy("Historique de conservation"),
    "CustodialHistoryItem": gettext_lazy("Étape"),
    "CustodialHistoryFile": gettext_lazy("Fichier de l’historique"),
    "Type": gettext_lazy("Type d’information"),
    "DocumentType": gettext_lazy("Type de document"),
    "Language": gettext_lazy("Langue"),
    "DescriptionLanguage": gettext_lazy("Langue de la description"),
    "Status": gettext_lazy("État du document"),
    "Version": gettext_lazy("Version"),
    "Tag": gettext_lazy("Étiquette"),
    "Keyword": gettext_lazy("Mot-clé"),
    "KeywordContent": gettext_lazy("Valeur"),
    "KeywordReference": gettext_lazy("Référence"),
    "KeywordType": gettext_lazy("Nature"),
    "Coverage": gettext_lazy("Couverture"),
    "Spatial": gettext_lazy("Géographique"),
    "Temporal": gettext_lazy("Chronologique"),
    "Juridictional": gettext_lazy("Administrative"),
    "OriginatingAgency": gettext_lazy("Service producteur"),
    "SubmissionAgency": gettext_lazy("Service versant"),
    "Agent": gettext_lazy("Agent"),
    "AuthorizedAgent": gettext_lazy("Titulaire des droits"),
    "Writer": gettext_lazy("Auteur"),
    "Addressee": gettext_lazy("Destinataire"),
    "Recipient": gettext_lazy("En copie"),
    "Transmitter": gettext_lazy("Émetteur"),
    "Sender": gettext_lazy("Expéditeur"),
    "FirstName": gettext_lazy("Prénom"),
    "BirthName": gettext_lazy("Nom de naissance"),
    "FullName": gettext_lazy("Nom complet"),
    "GivenName": gettext_lazy("Nom d’usage"),
    "Gender": gettext_lazy("Genre"),
    "BirthDate": gettext_lazy("Né le"),
    "BirthPlace": gettext_lazy("Lieu de naissance"),
    "DeathDate": gettext_lazy("Décédé le"),
    "DeathPlace": gettext_lazy("Lieu de décès"),
    "Nationality": gettext_lazy("Nationalité"),
    "Corpname": gettext_lazy("Nom de l’entité"),
    "Identifier": gettext_lazy("Identifiant"),
    "OrganizationDescriptiveMetadata": gettext_lazy("Description de l’organisation"),
    "Function": gettext_lazy("Fonction"),
    "Activity": gettext_lazy("Activité"),
    "Position": gettext_lazy("Poste"),
    "Role": gettext_lazy("Rôle"),
    "Mandate": gettext_lazy("Mandat"),
    "Geogname": gettext_lazy("Lieu"),
    "Address": gettext_lazy("Adresse"),
    "PostalCode": gettext_lazy("Code postal"),
    "City": gettext_lazy("Ville"),
    "Region": gettext_lazy("Région"),
    "Country": gettext_lazy("Pays"),
    "Source": gettext_lazy("Référence papier"),
    "RelatedObjectReference": gettext_lazy("Objets liés"),
    "IsVersionOf": gettext_lazy("Version de"),
    "Replaces": gettext_lazy("Remplace"),
    "Requires": gettext_lazy("Requiert"),
    "IsPartOf": gettext_lazy("Fait partie de"),
    "References": gettext_lazy("Fait référence à"),
    "ArchiveUnitRefId": gettext_lazy("Unité"),
    "DataObjectReference": gettext_lazy("Objet"),
    "DataObjectReferenceId": gettext_lazy("Objet"),
    "DataObjectGroupReferenceId": gettext_lazy("Groupe d’objets"),
    "RepositoryArchiveUnitPID": gettext_lazy("Unité conservée"),
    "RepositoryObjectPID": gettext_lazy("Objet conservé"),
    "ExternalReference": gettext_lazy("Référence externe"),
    "Event": gettext_lazy("Événement"),
    "evId": gettext_lazy("Identifiant"),
    "evTypeProc": gettext_lazy("Nature"),
    "evType": gettext_lazy("Type"),
    "evDateTime": gettext_lazy("Date"),
    "evTypeDetail": gettext_lazy("Détail"),
    "outcome": gettext_lazy("Résultat"),
    "outDetail": gettext_lazy("Détail du résultat"),
    "outMessg": gettext_lazy("Message"),
    "evDetData": gettext_lazy("Informations"),
    "linkingAgentIdentifier": gettext_lazy("Agent"),
    "LinkingAgentIdentifierType": gettext_lazy("Nature de l’agent"),
    "LinkingAgentIdentifierValue": gettext_lazy("Identifiant de l’agent"),
    "LinkingAgentRole": gettext_lazy("Rôle de l’agent"),
    "Signature": gettext_lazy("Signature"),
    "SigningInformation": gettext_lazy("Signature"),
    "SigningRole": gettext_lazy("Rôle dans la signature"),
    "DetachedSigningRole": gettext_lazy("Rôle détaché"),
    "SignedDocumentReferenceId": gettext_lazy("Document signé"),
    "SignatureDescription": gettext_lazy("Description de la signature"),
    "SigningType": gettext_lazy("Type de signature"),
    "Signer": gettext_lazy("Signataire"),
    "SigningTime": gettext_lazy("Signé le"),
    "Validator": gettext_lazy("Validateur"),
    "ValidationTime": gettext_lazy("Validé le"),
    "Masterdata": gettext_lazy("Référentiel"),
    "ReferencedObject": gettext_lazy("Objet signé"),
    "SignedObjectId": gettext_lazy("Identifiant de l’objet"),
    "SignedObjectDigest": gettext_lazy("Empreinte de l’objet"),
    "Algorithm": gettext_lazy("Algorithme"),
    "MessageDigest": gettext_lazy("Empreinte"),
    "TimestampingInformation": gettext_lazy("Horodatage"),
    "TimeStamp": gettext_lazy("Horodaté le"),
    "AdditionalTimestampingInformation": gettext_lazy("Complément"),
    "AdditionalProof": gettext_lazy("Preuve complémentaire"),
    "AdditionalProofInformation": gettext_lazy("Complément"),
    "Extended": gettext_lazy("Complément"),
    "Gps": gettext_lazy("Position géographique"),
    "GpsVersionID": gettext_lazy("Version"),
    "GpsAltitude": gettext_lazy("Altitude"),
    "GpsAltitudeRef": gettext_lazy("Référence d’altitude"),
    "GpsLatitude": gettext_lazy("Latitude"),
    "GpsLatitudeRef": gettext_lazy("Nord ou sud"),
    "GpsLongitude": gettext_lazy("Longitude"),
    "GpsLongitudeRef": gettext_lazy("Est ou ouest"),
    "GpsDateStamp": gettext_lazy("Relevé le"),
    "TextContent": gettext_lazy("Texte du document"),
    # Technical description of objects, kept beside them.
    "FileInfo": gettext_lazy("Fichier"),
    "Filename": gettext_lazy("Nom du fichier"),
    "CreatingApplicationName": gettext_lazy("Application"),
    "CreatingApplicationVersion": gettext_lazy("Version de l’application"),
    "CreatingOs": gettext_lazy("Système"),
    "CreatingOsVersion": gettext_lazy("Version du système"),
    "LastModified": gettext_lazy("Modifié le"),
    "DateCreatedByApplication": gettext_lazy("Créé par l’application le"),
    "PhysicalDimensions": gettext_lazy("Dimensions"),
    "Width": gettext_lazy("Largeur"),
    "Height": gettext_lazy("Hauteur"),
    "Depth": gettext_lazy("Profondeur"),
    "Diameter": gettext_lazy("Diamètre"),
    "Length": gettext_lazy("Longueur"),
    "Thickness": gettext_lazy("Épaisseur"),
    "Weight": gettext_lazy("Poids"),
    "Shape": gettext_lazy("Forme"),
    "NumberOfPage": gettext_lazy("Nombre de pages"),
    "Extent": gettext_lazy("Étendue"),
    "dValue": gettext_lazy("Valeur"),
    "unit": gettext_lazy("Unité de mesure"),
    "Compressed": gettext_lazy("Compression"),
    "OtherMetadata": gettext_lazy("Autres métadonnées techniques"),
}
"""French label of each SEDA element, in the order in which facts are shown."""

_RANKS = {name: rank for rank, name in enumerate(LABELS)}
# Told elsewhere on the page: its title, and its facts.
_NOT_HERE = frozenset({"Title", "DescriptionLevel"})
_DATES = frozenset(
    {name for name in LABELS if name.endswith(("Date", "DateTime", "Time"))} | {"LastModified"}
)
COTES = (
    "OriginatingAgencyArchiveUnitIdentifier",
    "ArchivalAgencyArchiveUnitIdentifier",
    "FilePlanPosition",
    "TransferringAgencyArchiveUnitIdentifier",
)
MOST_VALUES = 50


@dataclass(frozen=True, slots=True)
class Fact:
    """One element: its values in words, or what lies inside it (one list per occurrence)."""

    element: str
    label: str
    values: tuple[str, ...] = ()
    blocks: tuple[tuple["Fact", ...], ...] = ()
    left_out: int = 0
    """Occurrences beyond ``MOST_VALUES``, in the whole metadata alone."""


def facts_of(content: Mapping[str, Any]) -> list[Fact]:
    """Return the facts of a unit's metadata, in the order of the labels, free elements last."""
    names = [name for name in content if name not in _NOT_HERE]
    names.sort(key=lambda name: _RANKS.get(name, len(_RANKS)))
    return [fact for name in names if (fact := _fact(name, content[name])) is not None]


def cote_of(content: Mapping[str, Any]) -> str:
    """Return the reference by which people name the unit, or ``""``."""
    for name in COTES:
        value = content.get(name)
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, str) and first:
            return first
    return ""


def extreme_dates(start: dt.date | None, end: dt.date | None) -> str:
    """Return ``3 mars 2014 au 30 juin 2016``, ``depuis le …``, ``jusqu’au …``, or ``""``."""
    if start and end:
        return french.day(start) if start == end else f"{french.day(start)} au {french.day(end)}"
    if start:
        return _("depuis le %s") % french.day(start)
    return _("jusqu’au %s") % french.day(end) if end else ""


def years(start: dt.date | None, end: dt.date | None) -> str:
    """Return ``2014``, ``2014-2016`` or ``""``: what a line of results has room for."""
    known = [day.year for day in (start, end) if day]
    if not known:
        return ""
    first, last = min(known), max(known)
    return str(first) if first == last else f"{first}-{last}"


def label_of(name: str) -> str:
    """Return the French label of a SEDA element, or its own name."""
    return str(LABELS.get(name, name))


def _fact(name: str, value: Any) -> Fact | None:
    label = label_of(name)
    if isinstance(value, Mapping) and name.endswith("_"):
        translations = tuple(f"{text} ({language})" for language, text in value.items())
        return Fact(name, label, translations) if translations else None
    occurrences: Sequence[Any] = value if isinstance(value, list) else [value]
    shown = occurrences[:MOST_VALUES]
    values = tuple(words for one in shown if (words := _words(name, one)))
    blocks = tuple(
        block for one in shown if isinstance(one, Mapping) and (block := tuple(_inside(one)))
    )
    if not values and not blocks:
        return None
    return Fact(name, label, values, blocks, len(occurrences) - len(shown))


def _inside(value: Mapping[str, Any]) -> list[Fact]:
    names = sorted(value, key=lambda name: _RANKS.get(name, len(_RANKS)))
    return [fact for name in names if (fact := _fact(name, value[name])) is not None]


def _words(name: str, value: Any) -> str:
    if isinstance(value, Mapping | list) or value in (None, ""):
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    text = str(value)
    return _date_words(text) if name in _DATES else text


def _date_words(text: str) -> str:
    """Return a date or a moment in French; what the producer wrote otherwise (« 2014-03 »)."""
    try:
        if len(text) == len("2014-03-01"):
            return french.day(dt.date.fromisoformat(text))
        if "T" in text:
            moment = dt.datetime.fromisoformat(text)
            return french.moment(moment)
    except ValueError:
        pass
    return text
