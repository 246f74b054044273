"""Packages as the services of a town hall would send them, good and bad.

They name the agencies, rules and contract of the starter referentials.
"""

import hashlib
import random

import typst

from tests.builders.sip import SipBuilder

CONTRACT = "CE-VERSEMENTS"
PROCUREMENT = "VILLE-COMMANDE-PUBLIQUE"
_MASTER = "BinaryMaster_1"


def package(message: str, comment: str, *, agency: str = PROCUREMENT) -> SipBuilder:
    """An empty package of one agency under the demonstration's contract."""
    return (
        SipBuilder(message_identifier=message)
        .comment(comment)
        .agreement(CONTRACT)
        .agency(agency)
        .archival_agency("VILLE-ARCHIVES")
        .transferring_agency(agency)
    )


def filing_plan() -> SipBuilder:
    """The filing plan of the town: two levels of folders, without any file."""
    sip = package("PLAN-DE-CLASSEMENT", "Plan de classement de la ville", agency="VILLE-ARCHIVES")
    sip.agreement("CE-PLANS")
    root = "Plan de classement de la ville"
    sip.unit(root, level="Fonds", Description="Plan commun à tous les services, adopté en 2020.")
    for series, folders in _FILING_PLAN.items():
        sip.unit(series, level="Series", parent=root)
        for folder in folders:
            sip.unit(folder, level="Subseries", parent=series)
    return sip


_FILING_PLAN = {
    "1 Administration générale": ("1.1 Assemblées", "1.2 Arrêtés du maire", "1.3 Courrier"),
    "2 Finances": ("2.1 Budget", "2.2 Comptabilité"),
    "3 Commande publique": ("3.1 Marchés de travaux", "3.2 Marchés de services"),
    "4 Urbanisme": ("4.1 Documents d’urbanisme", "4.2 Permis de construire"),
    "5 Population": ("5.1 État civil", "5.2 Élections", "5.3 Recensement"),
}


def procurement_file(
    *,
    number: str = "2021-07",
    works: str = "réfection de la toiture du gymnase Jean-Moulin",
    under: str = "",
) -> SipBuilder:
    """A file of public works: fourteen units on three levels, ten files, three formats.

    ``under`` is the title of a unit of the fonds that receives it.
    """
    title = f"Marché {number} : {works}"
    year = int(number[:4])
    sip = package(f"MARCHE-{number}", title)
    _under(sip, under)
    sip.unit(
        title,
        level="File",
        parent=under or None,
        OriginatingAgencyArchiveUnitIdentifier=f"CP-{number}",
        Description="Passation, exécution et réception des trois lots du marché.",
        StartDate=f"{year}-02-01",
        EndDate=f"{year + 2}-11-30",
    )
    sip.rule("AppraisalRule", "APP-00005", start_date=f"{year + 2}-11-30", FinalAction="Keep")
    sip.rule("AccessRule", "ACC-00002", start_date=f"{year + 2}-11-30")
    for part, pieces in _PROCUREMENT.items():
        part_id = f"P{len(sip.units)}"
        sip.unit(part, level="RecordGrp", parent=title, identifier=part_id)
        for piece, file_name, years, day in pieces:
            date = f"{year + years}-{day}"
            sip.unit(piece, parent=part_id, StartDate=date, EndDate=date)
            with_file(sip, file_name, title=piece)
    return sip


def _under(sip: SipBuilder, title: str) -> None:
    """Let a unit of the package stand for one of the fonds."""
    if title:
        sip.unit(title, level="Subseries").attach_by_key("Title", title)


_PROCUREMENT = {
    "Consultation des entreprises": (
        ("Règlement de consultation", "reglement-de-consultation.pdf", 0, "02-15"),
        ("Cahier des clauses techniques particulières", "cctp.pdf", 0, "02-15"),
        ("Rapport d’analyse des offres", "rapport-analyse-offres.pdf", 0, "04-02"),
        ("Délibération d’attribution du marché", "deliberation-attribution.pdf", 0, "04-19"),
    ),
    "Exécution des travaux": (
        ("Ordre de service n° 1", "ordre-de-service-1.pdf", 0, "06-01"),
        ("Comptes rendus de chantier", "comptes-rendus.txt", 1, "01-14"),
        ("Tableau des situations de travaux", "situations.csv", 1, "05-31"),
        ("Avenant n° 1 : isolation des combles", "avenant-1.pdf", 1, "03-08"),
    ),
    "Réception et garanties": (
        ("Procès-verbal de réception sans réserve", "pv-reception.pdf", 1, "11-25"),
        ("Décompte général et définitif", "decompte-general.csv", 2, "01-20"),
    ),
}


def building_permits(*, message: str = "PC-2022", under: str = "") -> SipBuilder:
    """A series of six permits, one file each."""
    title = "Permis de construire de 2022, secteur des Coteaux"
    sip = package(message, title, agency="VILLE-URBANISME")
    _under(sip, under)
    sip.unit(
        title, level="Series", parent=under or None, StartDate="2022-01-01", EndDate="2022-12-31"
    )
    for number in range(1, 7):
        piece = f"Permis n° PC 022 {number:04d}"
        sip.unit(piece, parent=title, StartDate="2022-03-01", EndDate="2022-09-30")
        with_file(sip, f"pc-{number:04d}.pdf", title=piece)
    return sip


def permits_against_the_standard() -> SipBuilder:
    """The permits, in a manifest wrong in six places of four kinds."""
    faults = (
        ("<EndDate>2022-12-31</EndDate>", "<EndDate>31/12/2022</EndDate>"),
        *(
            (
                f"<DescriptionLevel>Item</DescriptionLevel><Title>Permis n° PC 022 {number:04d}<",
                f"<DescriptionLevel>Pièce</DescriptionLevel><Title>Permis n° PC 022 {number:04d}<",
            )
            for number in (2, 3, 5)
        ),
        ("<ArchivalAgency>", "<ServiceArchives>oui</ServiceArchives><ArchivalAgency>"),
        ('<ArchiveUnit id="AU7">', '<ArchiveUnit id="AU6">'),
    )

    def spoil(manifest: str) -> str:
        for right, wrong in faults:
            assert right in manifest, right
            manifest = manifest.replace(right, wrong, 1)
        return manifest

    return building_permits().edit_manifest(spoil)


def permits_changed_on_the_way() -> SipBuilder:
    """The permits, two of their files being other than what the manifest says."""
    sip = building_permits()
    for item in (sip.objects[1], sip.objects[4]):
        item.digest = hashlib.sha512(item.payload + b"!").hexdigest()
    return sip


def heavy_file(size: int) -> SipBuilder:
    """One unit with one file that does not compress."""
    sip = package("RECOLEMENT-VIDEO", "Captation vidéo du conseil municipal", agency="VILLE-DGS")
    sip.unit("Captation vidéo du conseil municipal du 27 mai 2024", StartDate="2024-05-27")
    payload = random.Random(2024).randbytes(size)
    return sip.binary(
        payload, name="seance.bin", format_id=None, mime_type=None, format_litteral=None
    )


def with_file(sip: SipBuilder, name: str, *, title: str) -> SipBuilder:
    """Give the current unit a file whose content suits its extension."""
    suffix = name.rpartition(".")[2]
    content, puid, mime_type, words = _WRITERS[suffix](title)
    return sip.binary(
        content,
        name=name,
        usage=_MASTER,
        format_id=puid,
        mime_type=mime_type,
        format_litteral=words,
    )


def _pdf(title: str) -> tuple[bytes, str, str, str]:
    content = typst.compile(
        b'#set document(title: sys.inputs.title)\n#set text(lang: "fr")\n= #sys.inputs.title\n',
        sys_inputs={"title": title},
        pdf_standards=["a-2b"],
    )
    assert isinstance(content, bytes)
    return content, "fmt/477", "application/pdf", "Acrobat PDF/A - Portable Document Format"


def _csv(title: str) -> tuple[bytes, str, str, str]:
    lines = ["lot,entreprise,montant", f"1,{title},184250.00", "2,Couverture,76310.40"]
    return "\n".join(lines).encode(), "x-fmt/18", "text/csv", "Comma Separated Values"


def _text(title: str) -> tuple[bytes, str, str, str]:
    return (
        f"{title}\nSemaine 2 : pose de l’écran.\n".encode(),
        "x-fmt/111",
        "text/plain",
        ("Plain Text File"),
    )


_WRITERS = {"pdf": _pdf, "csv": _csv, "txt": _text}
