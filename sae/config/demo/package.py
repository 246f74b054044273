"""A small package as a town hall would deposit: a session of its council, in SEDA 2.2."""

import hashlib
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import typst

NAMESPACE = "fr:gouv:culture:archivesdefrance:seda:v2.2"

DOCUMENTS = (
    (
        "Délibération n° 2024-017 : réfection de la toiture du gymnase Jean-Moulin",
        "Le conseil municipal approuve le marché de réfection de la toiture du gymnase Jean-Moulin "
        "et autorise le maire à signer les trois lots correspondants.",
    ),
    (
        "Délibération n° 2024-018 : tarifs de la restauration scolaire",
        "Le conseil municipal fixe les tarifs de la restauration scolaire applicables à la rentrée "
        "de septembre 2024, selon le quotient familial.",
    ),
    (
        "Délibération n° 2024-019 : convention avec le syndicat des eaux",
        "Le conseil municipal approuve la convention d’entretien des réseaux d’eau potable avec le "
        "syndicat intercommunal.",
    ),
)


def write_demonstration_package(path: Path, *, agreement: str, agency: str) -> None:
    """Write a zip of one file, three pieces and their PDFs, under a communicability rule."""
    pdfs = [_pdf(title, text) for title, text in DOCUMENTS]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.xml", _manifest(pdfs, agreement=agreement, agency=agency))
        for number, content in enumerate(pdfs, start=1):
            archive.writestr(f"content/ID{number}.pdf", content)


def _pdf(title: str, text: str) -> bytes:
    """Return a one-page PDF/A; texts are passed as values, never pasted in the source."""
    source = (
        "#set document(title: sys.inputs.title)\n"
        '#set text(lang: "fr")\n= #sys.inputs.title\n\n#sys.inputs.body\n'
    )
    compiled = typst.compile(
        source.encode(),
        sys_inputs={"title": title, "body": text},
        pdf_standards=["a-2b"],
    )
    if not isinstance(compiled, bytes):
        raise TypeError("a single PDF was expected")
    return compiled


def _manifest(pdfs: list[bytes], *, agreement: str, agency: str) -> str:
    objects = "".join(
        f'<DataObjectGroup id="GOT{number}"><BinaryDataObject id="BDO{number}">'
        "<DataObjectVersion>BinaryMaster_1</DataObjectVersion>"
        f"<Uri>content/ID{number}.pdf</Uri>"
        f'<MessageDigest algorithm="SHA-512">{hashlib.sha512(content).hexdigest()}</MessageDigest>'
        f"<Size>{len(content)}</Size>"
        f"<FileInfo><Filename>deliberation-2024-{16 + number:03d}.pdf</Filename></FileInfo>"
        "</BinaryDataObject></DataObjectGroup>"
        for number, content in enumerate(pdfs, start=1)
    )
    pieces = "".join(
        f'<ArchiveUnit id="AU{number}"><Content><DescriptionLevel>Item</DescriptionLevel>'
        f"<Title>{escape(title)}</Title><Description>{escape(text)}</Description>"
        "<StartDate>2024-03-28</StartDate><EndDate>2024-03-28</EndDate></Content>"
        "<DataObjectReference>"
        f"<DataObjectGroupReferenceId>GOT{number}</DataObjectGroupReferenceId>"
        "</DataObjectReference></ArchiveUnit>"
        for number, (title, text) in enumerate(DOCUMENTS, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<ArchiveTransfer xmlns="{NAMESPACE}">'
        "<Comment>Délibérations du conseil municipal du 28 mars 2024</Comment>"
        "<Date>2024-04-02T09:30:00</Date>"
        "<MessageIdentifier>CM-2024-03-28</MessageIdentifier>"
        f"<ArchivalAgreement>{escape(agreement)}</ArchivalAgreement>"
        "<CodeListVersions/>"
        f"<DataObjectPackage>{objects}<DescriptiveMetadata>"
        '<ArchiveUnit id="AU0"><Content><DescriptionLevel>File</DescriptionLevel>'
        "<Title>Conseil municipal, séance du 28 mars 2024</Title>"
        "<Description>Délibérations adoptées en séance publique.</Description>"
        "<StartDate>2024-03-28</StartDate><EndDate>2024-03-28</EndDate></Content>"
        f"{pieces}</ArchiveUnit></DescriptiveMetadata>"
        "<ManagementMetadata>"
        f"<OriginatingAgencyIdentifier>{escape(agency)}</OriginatingAgencyIdentifier>"
        "</ManagementMetadata></DataObjectPackage>"
        "<ArchivalAgency><Identifier>ARCHIVES</Identifier></ArchivalAgency>"
        "<TransferringAgency><Identifier>SECRETARIAT</Identifier></TransferringAgency>"
        "</ArchiveTransfer>"
    )
