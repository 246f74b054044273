"""Reception: antivirus, container, name and digest of the manifest, unpacking."""

from django.utils.translation import gettext_lazy as _

from ingest.sentences.sentence import Catalogue, Sentence

_BROKEN_ARCHIVE = _("Recréez le paquet avec un outil à jour et déposez-le de nouveau.")

SENTENCES: Catalogue = {
    ("SANITY_CHECK_SIP", ""): Sentence(
        _("Virus dans le paquet"),
        _("Un fichier infecté mettrait en danger le coffre et ceux qui consultent les archives."),
        _("L’antivirus reconnaît « {seen} » dans {file}."),
        _("Faites désinfecter ou retirer ce fichier à la source, puis régénérez le paquet."),
    ),
    ("SANITY_CHECK_SIP.FATAL", ""): Sentence(
        _("Contrôle antivirus impossible"),
        _("Sans réponse de l’antivirus, un paquet n’est jamais tenu pour sain."),
        _("L’antivirus n’a pas répondu : {seen}."),
        _("Rien à corriger dans le paquet. Le versement reprendra quand l’antivirus répondra."),
    ),
    ("CHECK_CONTAINER", ""): Sentence(
        _("Format du paquet non reconnu"),
        _(
            "Un paquet est un fichier ZIP, TAR, TAR.GZ ou TAR.BZ2 ; rien d’autre ne peut être "
            "ouvert."
        ),
        _("Le fichier reçu n’est pas une archive admise ({seen})."),
        _("Vérifiez que le fichier déposé est bien le paquet, puis exportez-le en ZIP ou en TAR."),
    ),
    ("MANIFEST_FILE_NAME_CHECK", ""): Sentence(
        _("Bordereau introuvable"),
        _("Le bordereau décrit tout le contenu du paquet : sans lui, rien ne peut être contrôlé."),
        _("Aucun fichier « manifest.xml » à la racine du paquet."),
        _(
            "Placez à la racine du paquet, hors de tout dossier, un fichier nommé manifest.xml "
            "ou finissant par _manifest.xml ou -manifest.xml (lettres sans accent, chiffres, "
            "tirets)."
        ),
    ),
    ("MANIFEST_DIGEST_CHECK", ""): Sentence(
        _("Empreinte du bordereau inexacte"),
        _(
            "L’application versante annonce une empreinte : elle prouve que le bordereau n’a pas "
            "changé en route."
        ),
        _("L’empreinte annoncée du bordereau ne peut pas être confirmée."),
        _("Relancez le versement depuis l’application, qui recalculera l’empreinte."),
    ),
    ("UPLOAD_SIP", ""): Sentence(
        _("Paquet impossible à ouvrir"),
        _("Un paquet qui ne s’ouvre pas entièrement n’est pas versé, même en partie."),
        _("Le contenu du paquet ne peut pas être extrait : {file}."),
        _BROKEN_ARCHIVE,
    ),
    ("UPLOAD_SIP.FATAL", ""): Sentence(
        _("Ouverture du paquet interrompue"),
        _("La faute vient de la plateforme, pas du paquet, qui est conservé."),
        _("La plateforme n’a pas pu ouvrir le paquet : {seen}."),
        _("Rien à corriger. L’exploitant est prévenu ; le versement pourra reprendre."),
    ),
    ("", "digest_half_given"): Sentence(
        _("Empreinte du bordereau incomplète"),
        _("Une empreinte ne peut être vérifiée qu’avec son algorithme."),
        _("L’application n’a donné que l’empreinte ou que l’algorithme : {seen}."),
        _("Faites envoyer par l’application les deux en-têtes, ou aucun."),
    ),
    ("", "digest_algorithm"): Sentence(
        _("Algorithme d’empreinte inconnu"),
        _("Une empreinte ne peut être vérifiée qu’avec un algorithme connu."),
        _("L’algorithme « {seen} » n’est pas admis : {expected}."),
        _("Faites calculer l’empreinte du bordereau en SHA-512."),
    ),
    ("", "digest_mismatch"): Sentence(
        _("Empreinte du bordereau inexacte"),
        _("L’empreinte annoncée prouve que le bordereau n’a pas changé en route."),
        _("L’empreinte calculée est {seen} ; l’application annonce {expected}."),
        _("Relancez le versement depuis l’application, qui recalculera l’empreinte."),
    ),
    ("", "technical_failure"): Sentence(
        _("Erreur technique de la plateforme"),
        _("La faute vient de la plateforme, pas du paquet, qui est conservé."),
        _("L’étape s’est arrêtée plusieurs fois : {reason}."),
        _("Rien à corriger. L’exploitant est prévenu ; le versement pourra reprendre."),
    ),
}
