"""Why a unit is left aside: faults of a description or of its rules, in French."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.description import label_of
from sae.kernel.problems import Problem

REASONS: dict[str, str | Promise] = {
    "bad_date": _("« {seen} » n’est pas une date : écrivez AAAA-MM-JJ"),
    "bad_integer": _("« {seen} » n’est pas un nombre entier"),
    "bad_number": _("« {seen} » n’est pas un nombre"),
    "bad_boolean": _("« {seen} » : attendu oui ou non"),
    "too_long": _("le texte dépasse {expected} octets"),
    "dangerous_text": _("balise ou script refusé : {seen}"),
    "missing_level": _("le niveau de description est obligatoire"),
    "unknown_level": _("« {seen} » n’est pas un niveau de description"),
    "missing_title": _("l’intitulé est obligatoire"),
    "empty_title": _("l’intitulé est vide"),
    "empty_description": _("la présentation est vide"),
    "bad_language": _("« {seen} » n’est pas un code de langue"),
    "end_before_start": _("la date de fin ({seen}) précède la date de début ({expected})"),
    "signature_twice": _("deux façons de décrire la signature"),
    "missing_field": _("il manque"),
    "unknown_value": _("« {seen} » n’est pas admis : {expected}"),
    "year_too_far": _("la date {seen} dépasse l’an 8999"),
    "unknown_rule": _("la règle {seen} n’est pas au référentiel"),
    "wrong_category": _("la règle {seen} est d’une autre catégorie ({expected})"),
    "refused_rule": _("la règle exclue {seen} est inconnue ou d’une autre catégorie"),
    "hold_end_before_start": _("la fin du gel ({seen}) précède son début ({expected})"),
    "hold_end_with_duration": _(
        "la règle a une durée : la fin du gel ({seen}) se calcule et ne se donne pas"
    ),
    "end_date_too_far": _("l’échéance dépasse l’an 9999"),
    "unit_profile_fault": _("ne suit pas le profil d’unité {expected} : {seen}"),
    "unit_profile_unknown": _("le profil d’unité {seen} n’existe pas"),
    "unit_profile_inactive": _("le profil d’unité {seen} n’est pas actif"),
    "unit_profile_empty": _("le profil d’unité {seen} n’a pas de schéma"),
}


def sentence_of(problem: Problem) -> str:
    """Return « Date de fin : la date de fin (2013) précède… »."""
    element = problem.place.element.removeprefix("Content/").removeprefix("Management/")
    reason = str(REASONS.get(problem.reason, problem.reason))
    words = reason.format(seen=problem.seen[:200], expected=problem.expected)
    label = " › ".join(label_of(part) for part in element.split("/") if part)
    return f"{label} : {words}" if label else words[:1].upper() + words[1:]


def sentences_of(problems: Iterable[Problem]) -> str:
    """Return what is wrong with one unit, in one line; a full stop at the end."""
    told = list(dict.fromkeys(map(sentence_of, problems)))
    words = " ; ".join(told[:5])
    return f"{words}." if words else ""
