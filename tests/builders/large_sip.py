"""Streams out a package of any number of units, for speed and memory tests."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.builders.sip_xml import CODE_LISTS, NAMESPACE


def write_large_sip(
    path: Path | str,
    *,
    units: int,
    objects: int = 0,
    object_size: int = 100,
    distinct: bool = True,
    version: str = "2.2",
    fan_out: int = 100,
    agreement: str = "ArchivalAgreement0",
    agency: str = "FRAN_NP_009913",
) -> Path:
    """Write a zip of ``units`` units and ``objects`` binary objects of ``object_size`` bytes.

    One root; each of its sub-folders holds ``fan_out`` items; the first ``objects`` items hold one
    object each (``objects`` must be lower than the number of items). Payloads differ unless
    ``distinct`` is False. Nothing is held in memory: a million units take about ten seconds.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("manifest.xml", "w", force_zip64=True) as manifest:
            for piece in large_manifest(
                units=units,
                objects=objects,
                object_size=object_size,
                distinct=distinct,
                version=version,
                fan_out=fan_out,
                agreement=agreement,
                agency=agency,
            ):
                manifest.write(piece.encode())
        for number in range(1, objects + 1):
            payload = _payload(number, object_size, distinct=distinct)
            archive.writestr(
                zipfile.ZipInfo(f"Content/BDO{number}.txt"), payload, zipfile.ZIP_STORED
            )
    return Path(path)


def large_manifest(
    *,
    units: int,
    objects: int = 0,
    object_size: int = 100,
    distinct: bool = True,
    version: str = "2.2",
    fan_out: int = 100,
    agreement: str = "ArchivalAgreement0",
    agency: str = "FRAN_NP_009913",
) -> Iterator[str]:
    """Pieces of the manifest of :func:`write_large_sip`, in order."""
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ArchiveTransfer xmlns="{NAMESPACE}{version}">'
        f"<Comment>{units} unités</Comment><Date>2024-03-01T10:00:00</Date>"
        f"<MessageIdentifier>MSG-{units}-{objects}</MessageIdentifier>"
        f"<ArchivalAgreement>{agreement}</ArchivalAgreement>{CODE_LISTS}<DataObjectPackage>\n"
    )
    same = hashlib.sha512(_payload(1, object_size, distinct=False)).hexdigest()
    for number in range(1, objects + 1):
        digest = (
            hashlib.sha512(_payload(number, object_size, distinct=True)).hexdigest()
            if distinct
            else same
        )
        yield (
            f'<DataObjectGroup id="GOT{number}"><BinaryDataObject id="BDO{number}">'
            "<DataObjectVersion>BinaryMaster_1</DataObjectVersion>"
            f"<Uri>Content/BDO{number}.txt</Uri>"
            f'<MessageDigest algorithm="SHA-512">{digest}</MessageDigest>'
            f"<Size>{object_size}</Size><FormatIdentification>"
            "<FormatLitteral>Plain Text File</FormatLitteral><MimeType>text/plain</MimeType>"
            "<FormatId>x-fmt/111</FormatId></FormatIdentification>"
            f"<FileInfo><Filename>piece-{number}.txt</Filename></FileInfo>"
            "</BinaryDataObject></DataObjectGroup>\n"
        )
    yield "<DescriptiveMetadata>\n"
    yield (
        '<ArchiveUnit id="AU1"><Content><DescriptionLevel>Fonds</DescriptionLevel>'
        "<Title>Fonds d’essai</Title></Content>\n"
    )
    written, item, folder_open = 1, 0, 0
    while written < units:
        written += 1
        if folder_open == 0:
            if written > 2:
                yield "</ArchiveUnit>\n"
            yield (
                f'<ArchiveUnit id="AU{written}"><Content>'
                "<DescriptionLevel>File</DescriptionLevel>"
                f"<Title>Dossier {written} de la commune</Title></Content>\n"
            )
            folder_open = fan_out
            continue
        folder_open -= 1
        item += 1
        reference = (
            "<DataObjectReference><DataObjectGroupReferenceId>"
            f"GOT{item}</DataObjectGroupReferenceId></DataObjectReference>"
            if item <= objects
            else ""
        )
        yield (
            f'<ArchiveUnit id="AU{written}"><Management><AppraisalRule><Rule>APP-00002</Rule>'
            "<StartDate>2010-01-01</StartDate><FinalAction>Keep</FinalAction></AppraisalRule>"
            "</Management><Content><DescriptionLevel>Item</DescriptionLevel>"
            f"<Title>Délibération n° {item} du conseil municipal</Title>"
            f"<Description>Acte numéro {item}, séance ordinaire.</Description>"
            "<StartDate>2009-05-04</StartDate><EndDate>2009-06-30</EndDate></Content>"
            f"{reference}</ArchiveUnit>\n"
        )
    if item < objects:
        raise ValueError(f"{objects} objects need more than {units} units")
    if written > 1:
        yield "</ArchiveUnit>\n"
    yield (
        "</ArchiveUnit>\n</DescriptiveMetadata><ManagementMetadata>"
        f"<OriginatingAgencyIdentifier>{agency}</OriginatingAgencyIdentifier>"
        "</ManagementMetadata></DataObjectPackage>"
        "<ArchivalAgency><Identifier>ArchivalAgencyIdentifier0</Identifier></ArchivalAgency>"
        "<TransferringAgency><Identifier>TransferringAgencyIdentifier0</Identifier>"
        "</TransferringAgency></ArchiveTransfer>\n"
    )


def _payload(number: int, size: int, *, distinct: bool) -> bytes:
    """``size`` bytes of text, beginning with the number when they must differ."""
    start = f"{number:012d} " if distinct else ""
    line = "Texte d'une piece du fonds d'essai, en ASCII pour que sa taille soit connue.\n"
    return (start + line * (size // len(line) + 1)).encode()[:size]
