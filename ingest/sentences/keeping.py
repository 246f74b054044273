"""Storing, indexing, register, reply: what the platform does itself, so its own faults."""

from django.utils.translation import gettext_lazy as _

from ingest.sentences.sentence import Catalogue, Sentence

_OURS = _("La faute vient de la plateforme, pas du paquet, qui est conservé.")
_WAIT = _("Rien à corriger. L’exploitant est prévenu ; le versement pourra reprendre.")
_WHY_COPIES = _("Un objet n’est accepté qu’avec toutes ses copies, confirmées par chaque site.")
_SPACE = Sentence(
    _("Place insuffisante sur un site"),
    _WHY_COPIES,
    _("Le site « {file} » n’a plus que {seen} octets libres ; le versement en demande {expected}."),
    _("Rien à corriger dans le paquet : l’exploitant doit agrandir ce site, puis revérifiez."),
)
_WHY_QUOTA = _("L’administrateur de l’organisation a fixé ce que le coffre peut contenir.")
_RAISE_QUOTA = _(
    "Rien à corriger dans le paquet : l’administrateur doit relever le quota du coffre, ou une "
    "élimination libérer de la place ; puis revérifiez."
)
_UNAVAILABLE = Sentence(
    _("Site de conservation injoignable"),
    _WHY_COPIES,
    _("Le site « {seen} » ne répond pas."),
    _("Rien à corriger. Le versement reprendra quand le site répondra."),
)


def _ours(title: object, text: object) -> Sentence:
    return Sentence(title, _OURS, text, _WAIT)  # type: ignore[arg-type]


_INDEXING = _ours(
    _("Inscription au fonds interrompue"), _("Les archives n’ont pas pu être inscrites : {seen}.")
)
_BACKUP = _ours(
    _("Sauvegarde des métadonnées interrompue"),
    _("Les métadonnées n’ont pas pu être écrites sur les sites : {seen}."),
)

_CHANGED = _("Un versement ne s’accroche qu’à ce qui est encore au fonds, tel que contrôlé.")

SENTENCES: Catalogue = {
    ("", "target_gone"): Sentence(
        _("Unité de rattachement sortie du fonds entre-temps"),
        _CHANGED,
        _(
            "L’unité « {seen} », à laquelle ce versement se rattache, a quitté le fonds pendant "
            "les contrôles : son versement a été annulé, ou elle a été éliminée."
        ),
        _(
            "Choisissez une autre unité de rattachement, puis déposez de nouveau. Rien de ce "
            "versement n’est resté."
        ),
    ),
    ("", "rule_gone"): Sentence(
        _("Règle de gestion sortie du référentiel entre-temps"),
        _("Une unité ne se dépose que sous des règles qui existent, dans leur catégorie."),
        _(
            "La règle « {seen} », que nomme le bordereau, a été retirée du référentiel, ou a "
            "changé de catégorie, pendant les contrôles."
        ),
        _(
            "Remettez la règle au référentiel, ou nommez-en une autre, puis déposez de nouveau. "
            "Rien de ce versement n’est resté."
        ),
    ),
    ("", "group_gone"): Sentence(
        _("Groupe d’objets sorti du fonds entre-temps"),
        _CHANGED,
        _(
            "Le groupe d’objets « {seen} », que ce versement complète, a quitté le fonds pendant "
            "les contrôles."
        ),
        _("Choisissez une autre unité, puis déposez de nouveau. Rien de ce versement n’est resté."),
    ),
    ("", "group_changed"): Sentence(
        _("Groupe d’objets complété entre-temps par un autre versement"),
        _CHANGED,
        _("Un autre versement vient d’ajouter « {seen} » au même groupe d’objets."),
        _(
            "Vérifiez ce que l’autre versement a ajouté ; s’il le faut, déposez de nouveau sous un "
            "autre numéro de version. Rien de ce versement n’est resté."
        ),
    ),
    ("STORAGE_AVAILABILITY_CHECK", ""): _SPACE,
    ("STORAGE_AVAILABILITY_CHECK.STORAGE_OFFER_SPACE_KO", ""): _SPACE,
    ("STORAGE_AVAILABILITY_CHECK.STORAGE_OFFER_KO_UNAVAILABLE", ""): _UNAVAILABLE,
    ("STORAGE_AVAILABILITY_CHECK.COFFRE_QUOTA_KO", "quota_bytes"): Sentence(
        _("Quota de volume du coffre dépassé"),
        _WHY_QUOTA,
        _(
            "Une fois ouvert, le paquet contient {expected} octets ; il n’en reste que {seen} au "
            "coffre, les versements en cours comptés."
        ),
        _RAISE_QUOTA,
    ),
    ("STORAGE_AVAILABILITY_CHECK.COFFRE_QUOTA_KO", "quota_units"): Sentence(
        _("Quota d’unités du coffre dépassé"),
        _WHY_QUOTA,
        _(
            "Le paquet contient {expected} unités ; il n’en reste que {seen} au coffre, les "
            "versements en cours comptés."
        ),
        _RAISE_QUOTA,
    ),
    ("OBJ_STORAGE", ""): _ours(
        _("Écriture des objets interrompue"),
        _("Un objet n’a pas pu être écrit sur tous les sites : {seen}."),
    ),
    ("OG_METADATA_INDEXATION", ""): _INDEXING,
    ("UNIT_METADATA_INDEXATION", ""): _INDEXING,
    ("COMMIT_LIFE_CYCLE_OBJECT_GROUP", ""): _INDEXING,
    ("COMMIT_LIFE_CYCLE_UNIT", ""): _INDEXING,
    ("OG_METADATA_STORAGE", ""): _BACKUP,
    ("UNIT_METADATA_STORAGE", ""): _BACKUP,
    ("OBJECT_GROUP_UPDATE", ""): _ours(
        _("Mise à jour d’un groupe d’objets interrompue"),
        _("Le groupe d’objets « {identifier} » n’a pas pu être complété : {seen}."),
    ),
    ("ACCESSION_REGISTRATION", ""): _ours(
        _("Inscription au registre des fonds interrompue"),
        _("Le registre des fonds n’a pas pu être mis à jour : {seen}."),
    ),
    ("ATR_NOTIFICATION", ""): _ours(
        _("Accusé de réponse impossible à écrire"),
        _("La réponse au versement n’a pas pu être écrite : {seen}."),
    ),
    ("ROLL_BACK", ""): _ours(
        _("Ménage de fin interrompu"), _("L’espace de travail n’a pas pu être nettoyé : {seen}.")
    ),
    ("INGEST_ABANDON", "abandoned"): Sentence(
        _("Versement abandonné"),
        _("Le versement était arrêté ou en attente ; il a été abandonné à la demande."),
        _("Motif donné : {seen}."),
        _("Rien n’a été gardé de ce qui avait commencé. Le paquet peut être déposé de nouveau."),
    ),
    ("", "offer_full"): Sentence(
        _("Place insuffisante sur un site"),
        _WHY_COPIES,
        _(
            "Le site « {offer} » n’a plus que {seen} octets libres ; le versement en demande "
            "{expected}."
        ),
        _("Rien à corriger dans le paquet : l’exploitant doit agrandir ce site, puis revérifiez."),
    ),
}

OURS = _ours(_("Erreur technique de la plateforme"), _("Une étape s’est arrêtée : {seen}."))
"""Said of any FATAL without words of its own."""

THEIRS = Sentence(
    _("Contrôle non satisfait"),
    _("Ce contrôle est exigé pour que le versement soit accepté."),
    _("L’élément {element} n’est pas accepté : {seen}."),
    _("Corrigez le paquet à l’endroit indiqué. Attendu : {expected}."),
)
"""Said of any KO without words of its own."""
