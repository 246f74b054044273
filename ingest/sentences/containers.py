"""Faults of the container: archives damaged, ambiguous, hostile or out of bounds."""

from django.utils.translation import gettext_lazy as _

from ingest.sentences.sentence import Catalogue, Sentence, Text

_WHY_WHOLE = _("Un paquet incomplet ou altéré ne peut pas servir de preuve : rien n’en est versé.")
_WHY_ONE_READING = _("Un paquet qui peut se lire de deux façons ne prouve pas ce qui a été versé.")
_WHY_SAFE = _(
    "Une telle entrée peut écrire hors du paquet ou cacher un contenu : elle est toujours refusée."
)
_WHY_NAME = _("Des noms simples restent lisibles sur tous les systèmes, et d’un site à l’autre.")
_WHY_LIMIT = _("Ces limites protègent la plateforme, partagée, d’un paquet démesuré.")

_AGAIN = _("Recréez le paquet, vérifiez qu’il s’ouvre, puis déposez-le de nouveau.")
_SEND_AGAIN = _("Vérifiez que le paquet d’origine s’ouvre, puis déposez-le de nouveau en entier.")
_PLAIN_TOOL = _("Recréez le paquet avec l’outil d’export ou un logiciel d’archivage courant.")
_RENAME = _(
    "Renommez le fichier (lettres sans accent, chiffres, - _ @ et points) "
    "et reportez le nouveau nom dans le bordereau."
)


def _whole(title: Text, text: Text, advice: Text = _AGAIN) -> Sentence:
    return Sentence(title, _WHY_WHOLE, text, advice)


def _ambiguous(title: Text, text: Text) -> Sentence:
    return Sentence(title, _WHY_ONE_READING, text, _PLAIN_TOOL)


SENTENCES: Catalogue = {
    ("", "empty_file"): _whole(
        _("Fichier vide"), _("Le fichier reçu ne contient rien."), _SEND_AGAIN
    ),
    ("", "not_a_container"): Sentence(
        _("Format du paquet non reconnu"),
        _(
            "Un paquet est un fichier ZIP, TAR, TAR.GZ ou TAR.BZ2 ; rien d’autre ne peut être "
            "ouvert."
        ),
        _("Le fichier reçu n’est aucune de ces archives (premiers octets : {seen})."),
        _("Vérifiez que le fichier déposé est bien le paquet, puis exportez-le en ZIP ou en TAR."),
    ),
    ("", "compressed_not_tar"): Sentence(
        _("Fichier compressé sans archive TAR"),
        _(
            "Un fichier GZIP ou BZIP2 doit renfermer une archive TAR pour porter plusieurs "
            "fichiers."
        ),
        _("Le fichier est bien compressé ({seen}) mais ne contient pas d’archive TAR."),
        _("Recréez le paquet en TAR.GZ, en TAR.BZ2 ou en ZIP."),
    ),
    ("", "truncated"): _whole(
        _("Paquet incomplet"),
        _("Le fichier s’arrête avant la fin de l’archive : le transfert ou la copie a été coupé."),
        _SEND_AGAIN,
    ),
    ("", "corrupted"): _whole(
        _("Paquet endommagé"), _("La structure de l’archive est fausse : {seen}.")
    ),
    ("", "trailing_bytes"): _ambiguous(
        _("Octets après la fin de l’archive"),
        _("{count} octets suivent la fin de l’archive, sans appartenir à aucun fichier."),
    ),
    ("", "leading_bytes"): _ambiguous(
        _("Octets avant le début de l’archive"),
        _("{count} octets précèdent le premier fichier de l’archive."),
    ),
    ("", "hidden_bytes"): _ambiguous(
        _("Octets cachés dans l’archive"),
        _("{count} octets, entre deux fichiers, n’appartiennent à aucun d’eux."),
    ),
    ("", "overlapping_entries"): _ambiguous(
        _("Fichiers superposés dans l’archive"),
        _("« {file} » et « {other} » occupent les mêmes octets de l’archive."),
    ),
    ("", "headers_disagree"): _ambiguous(
        _("Fichier décrit de deux façons"),
        _("Les deux descriptions de « {file} » dans l’archive diffèrent ({field})."),
    ),
    ("", "ambiguous_directory"): _ambiguous(
        _("Archive à double fond"), _("L’archive a deux sommaires et peut se lire de deux façons.")
    ),
    ("", "several_disks"): Sentence(
        _("Archive en plusieurs morceaux"),
        _WHY_WHOLE,
        _("Le fichier n’est qu’une partie d’une archive découpée."),
        _("Recréez le paquet en un seul fichier."),
    ),
    ("", "entry_encrypted"): Sentence(
        _("Fichier protégé par un mot de passe"),
        _("Un contenu chiffré ne peut être ni contrôlé, ni conservé dans la durée."),
        _("« {file} » est chiffré dans l’archive."),
        _("Recréez le paquet sans mot de passe ; le transfert lui-même est déjà chiffré."),
    ),
    ("", "entry_compression"): Sentence(
        _("Méthode de compression non admise"),
        _("Une méthode de compression rare rendrait le paquet illisible ailleurs."),
        _("« {file} » emploie la méthode de compression n° {seen}."),
        _("Recréez le ZIP avec la compression ordinaire (deflate) ou sans compression."),
    ),
    ("", "entry_kind"): Sentence(
        _("Entrée qui n’est ni un fichier, ni un dossier"),
        _WHY_SAFE,
        _("« {file} » est un lien ou une entrée spéciale ({seen})."),
        _("Remplacez le lien par le fichier lui-même, puis recréez le paquet."),
    ),
    ("", "entry_special_mode"): Sentence(
        _("Fichier à droits d’exécution privilégiés"),
        _WHY_SAFE,
        _("« {file} » porte le mode {seen}."),
        _("Recréez le paquet sans conserver les droits du système d’origine."),
    ),
    ("", "entry_checksum"): _whole(
        _("Fichier altéré dans l’archive"),
        _("La somme de contrôle de « {file} » est fausse : ses octets ont changé."),
    ),
    ("", "entry_size"): _whole(
        _("Taille fausse dans l’archive"),
        _("« {file} » compte {seen} octets ; l’archive en annonce {expected}."),
    ),
    ("", "entry_data"): _whole(
        _("Fichier impossible à décompresser"),
        _("Les données compressées de « {file} » sont illisibles."),
    ),
    ("", "name_duplicated"): Sentence(
        _("Deux fichiers de même nom"),
        _WHY_ONE_READING,
        _("« {file} » et « {other} » ont le même nom, à la casse ou aux accents près."),
        _("Renommez l’un des deux et reportez son nom dans le bordereau."),
    ),
    ("", "name_file_and_folder"): Sentence(
        _("Même nom pour un fichier et un dossier"),
        _WHY_ONE_READING,
        _("« {file} » est à la fois un fichier et un dossier."),
        _("Renommez l’un des deux et reportez son nom dans le bordereau."),
    ),
    ("", "name_leaves_package"): Sentence(
        _("Chemin qui sort du paquet"),
        _WHY_SAFE,
        _("L’entrée « {file} » désigne un emplacement hors du paquet."),
        _("Recréez le paquet avec des chemins relatifs, sans « .. » ni lecteur."),
    ),
    ("", "name_characters"): Sentence(
        _("Nom de fichier avec des caractères non admis"),
        _WHY_NAME,
        _("« {file} » contient « {seen} »."),
        _RENAME,
    ),
    ("", "name_too_long"): Sentence(
        _("Nom de fichier trop long"),
        _WHY_NAME,
        _("Le chemin « {file} » dépasse {limit} octets."),
        _("Raccourcissez le nom ou la profondeur, et reportez le chemin dans le bordereau."),
    ),
    ("", "too_many_entries"): Sentence(
        _("Trop de fichiers dans le paquet"),
        _WHY_LIMIT,
        _("Le paquet compte plus de {limit} entrées."),
        _("Répartissez le versement en plusieurs paquets."),
    ),
    ("", "too_deep"): Sentence(
        _("Dossiers trop profonds"),
        _WHY_LIMIT,
        _("« {file} » est à plus de {limit} niveaux de dossiers."),
        _("Rangez les fichiers à plat dans content : le classement est porté par le bordereau."),
    ),
    ("", "entry_too_large"): Sentence(
        _("Fichier trop volumineux"),
        _WHY_LIMIT,
        _("« {file} » dépasse {limit} octets."),
        _("Versez ce fichier à part, ou demandez à l’exploitant de relever la limite."),
    ),
    ("", "too_large"): Sentence(
        _("Paquet démesuré une fois ouvert"),
        _WHY_LIMIT,
        _("Ouvert, le paquet dépasse {limit} octets : sa compression est anormale."),
        _("Recréez le paquet avec des fichiers réels, ou répartissez-le en plusieurs versements."),
    ),
    ("", "manifest_missing"): Sentence(
        _("Bordereau introuvable"),
        _("Le bordereau décrit tout le contenu du paquet : sans lui, rien ne peut être contrôlé."),
        _("Aucun bordereau à la racine du paquet, qui contient : {seen}."),
        _(
            "Placez à la racine du paquet, hors de tout dossier, un fichier nommé manifest.xml "
            "ou finissant par _manifest.xml ou -manifest.xml (lettres sans accent, chiffres, "
            "tirets)."
        ),
    ),
    ("", "several_root_files"): Sentence(
        _("Fichier en trop à la racine du paquet"),
        _("Un fichier que le bordereau ne décrit pas ne peut être ni versé, ni ignoré en silence."),
        _("La racine du paquet contient « {seen} » en plus du bordereau."),
        _("Ne laissez à la racine que le bordereau ; les objets vont dans le dossier content."),
    ),
    ("", "root_folder"): Sentence(
        _("Dossier inattendu à la racine du paquet"),
        _("Les objets sont cherchés dans le seul dossier content."),
        _("La racine du paquet contient le dossier « {file} »."),
        _("Gardez un seul dossier à la racine, nommé content, et rangez-y tous les objets."),
    ),
    ("", "several_content_folders"): Sentence(
        _("Plusieurs dossiers content"),
        _WHY_ONE_READING,
        _("La racine du paquet a plusieurs dossiers nommés content, en casses différentes."),
        _("Réunissez les objets dans un seul dossier content."),
    ),
}
