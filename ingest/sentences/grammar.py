"""Grammar of the manifest: version, form of the package, elements, identifiers and references."""

from django.utils.translation import gettext_lazy as _

from ingest.sentences.sentence import Catalogue, Sentence

SENTENCES: Catalogue = {
    ("CHECK_SEDA.NO_FILE", ""): Sentence(
        _("Bordereau illisible"),
        _("Le bordereau décrit tout le contenu du paquet : sans lui, rien ne peut être contrôlé."),
        _("Le fichier du bordereau manque ou ne peut pas être lu."),
        _("Vérifiez que manifest.xml est bien à la racine du paquet et s’ouvre."),
    ),
    ("CHECK_SEDA.NOT_XML_FILE", ""): Sentence(
        _("Bordereau mal formé"),
        _("Un fichier XML mal formé ne peut pas être lu au-delà de la faute."),
        _("La lecture du bordereau s’arrête à la ligne {line} : {seen}."),
        _("Corrigez cette ligne, ou régénérez le bordereau avec l’outil qui l’a produit."),
    ),
    ("CHECK_SEDA.NOT_XSD_VALID", ""): Sentence(
        _("Bordereau non conforme au SEDA"),
        _(
            "Un bordereau qui ne suit pas la norme serait mal compris, ici et dans tout autre "
            "système."
        ),
        _("L’élément {element} ne suit pas la norme : {seen}."),
        _("Corrigez cet élément selon la version du SEDA annoncée par le bordereau."),
    ),
    ("CHECK_SEDA.UNSUPPORTED_SEDA_VERSION", ""): Sentence(
        _("Version du SEDA non prise en charge"),
        _("La version annoncée par le bordereau décide de la façon de le lire."),
        _("L’espace de noms « {seen} » n’est pas reconnu."),
        _("Exportez le bordereau en SEDA 2.1, 2.2 ou 2.3."),
    ),
    ("CHECK_SEDA.CONTAINER_FORMAT.FILE", ""): Sentence(
        _("Fichier en trop à la racine du paquet"),
        _("Un fichier que le bordereau ne décrit pas ne peut être ni versé, ni ignoré en silence."),
        _("La racine du paquet contient « {file} » en plus du bordereau."),
        _("Ne laissez à la racine que le bordereau ; les objets vont dans le dossier content."),
    ),
    ("CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY", ""): Sentence(
        _("Dossier inattendu dans le paquet"),
        _("Les objets sont cherchés dans le seul dossier content."),
        _("La racine du paquet contient le dossier « {file} »."),
        _("Gardez un seul dossier à la racine, nommé content, et rangez-y tous les objets."),
    ),
    ("CHECK_SEDA", ""): Sentence(
        _("Bordereau refusé"),
        _("Le bordereau doit suivre la norme SEDA pour être versé."),
        _("Le bordereau ne peut pas être accepté : {seen}."),
        _("Régénérez le bordereau avec l’outil qui l’a produit."),
    ),
}
