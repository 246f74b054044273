"""What a Pastell sends: a slip beside its archive, in SEDA 1.0 or in the as@lae profile of 2.x.

Facts of shape only (element order, attribute names, digest URIs); every value is ours.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from xml.sax.saxutils import escape, quoteattr

V1 = "fr:gouv:culture:archivesdefrance:seda:v1.0"
V2 = "fr:gouv:culture:archivesdefrance:seda:v{version}"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


@dataclass(frozen=True)
class File:
    """A file of a deposit, under its own name; ``digest`` overrides the true one."""

    name: str
    payload: bytes = b"Contenu.\n"
    title: str = ""
    mime: str = "text/plain"
    format: str = ""
    digest: str | None = None
    with_digest: bool = True

    @property
    def sha256(self) -> str:
        return self.digest or hashlib.sha256(self.payload).hexdigest()


ACT = File("deliberation.txt", b"Le conseil approuve.\n", "Acte")
RECEIPT = File("aractes.xml", b"<?xml version='1.0'?><AR/>\n", "Accuse", "application/xml")


@dataclass(frozen=True)
class Slip:
    """A slip (bordereau) and its files. Every element that a flow may leave out can be ``""``."""

    files: Sequence[File] = (ACT, RECEIPT)
    identifier: str = "c0ffee-2026-0001"
    transferring: str = "LS_PASTELL"
    archival: str = "FRAD000"
    originating: str = "FRAN_NP_009913"
    agreement: str = "ArchivalAgreement0"
    profile: str = ""
    title: str = "Délibération du 12 mars 2026"
    comment: str = "Versement d’un acte"
    duration: str = "P10Y"
    final_action: str = "conserver"
    access: str = "AR038"
    start: str = "2026-03-12"
    raw: dict[str, str] = field(default_factory=dict)

    def but(self, **changes: object) -> Slip:
        return replace(self, **changes)  # type: ignore[arg-type]

    # -- SEDA 1.0 -------------------------------------------------------------------------------

    def v1(self) -> bytes:
        """The slip in SEDA 1.0: one ArchiveObject per file."""
        objects = "".join(
            f"<ArchiveObject><Name>{escape(one.title or one.name)}</Name>"
            f"{_document(one)}</ArchiveObject>"
            for one in self.files
        )
        return self.v1_around(objects)

    def v1_flat(self) -> bytes:
        """The slip in SEDA 1.0 as generic flows write it: the documents right in the archive."""
        return self.v1_around("".join(map(_document, self.files)))

    def v1_around(self, inside: str) -> bytes:
        """The slip in SEDA 1.0 around what its archive holds."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<ArchiveTransfer xmlns="{V1}">\n'
            f"{_leaf('Comment', self.comment)}"
            "<Date>2026-03-12T16:20:18+01:00</Date>\n"
            f"<TransferIdentifier>{escape(self.identifier)}</TransferIdentifier>\n"
            f"<ArchivalAgency><Identification>{self.archival}</Identification>"
            "<Name>Archives départementales</Name></ArchivalAgency>\n"
            f"<TransferringAgency><Identification>{escape(self.transferring)}</Identification>"
            "</TransferringAgency>\n"
            "<Archive>\n"
            f"{_leaf('ArchivalAgreement', self.agreement)}"
            f"{_leaf('ArchivalProfile', self.profile)}"
            '<DescriptionLanguage listVersionID="edition 2009">fra</DescriptionLanguage>\n'
            f"<Name>{escape(self.title)}</Name>\n"
            "<ContentDescription>\n"
            '<DescriptionLevel listVersionID="edition 2009">file</DescriptionLevel>\n'
            '<Language listVersionID="edition 2009">fra</Language>\n'
            "<LatestDate>2026-03-12</LatestDate><OldestDate>2026-03-01</OldestDate>\n"
            "<Keyword><KeywordContent>Commande publique</KeywordContent>"
            '<KeywordType listVersionID="edition 2009">subject</KeywordType></Keyword>\n'
            + (
                f"<OriginatingAgency><Identification>{self.originating}</Identification>"
                "<Name>Service de la commande publique</Name></OriginatingAgency>\n"
                if self.originating
                else ""
            )
            + f"</ContentDescription>\n{_access(self.access, self.start)}"
            f"{_appraisal(self.final_action, self.duration, self.start)}"
            f"{self.raw.get('archive', '')}{inside}</Archive>\n</ArchiveTransfer>\n"
        ).encode()

    # -- SEDA 2.x, as@lae profile ---------------------------------------------------------------

    def v2(self, version: str = "2.1") -> bytes:
        """The slip in the profile that as@lae reads."""
        objects = "".join(_binary(one, rank) for rank, one in enumerate(self.files))
        units = "".join(
            f'<ArchiveUnit id="archive_file_id_{rank}"><Content>'
            f"<DescriptionLevel>File</DescriptionLevel><Title>{escape(one.title or one.name)}"
            "</Title></Content><DataObjectReference>"
            f"<DataObjectReferenceId>id_{rank}</DataObjectReferenceId>"
            "</DataObjectReference></ArchiveUnit>\n"
            for rank, one in enumerate(self.files)
        )
        described = (
            f'<OrganizationDescriptiveMetadata><Agency xmlns="{V1}"><Name>Un service</Name>'
            "</Agency></OrganizationDescriptiveMetadata>"
        )
        final = {"conserver": "Keep", "detruire": "Destroy"}[self.final_action]
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<ArchiveTransfer xmlns="{V2.format(version=version)}" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
            f"{_leaf('Comment', self.comment)}"
            "<Date>2026-03-12T16:20:18+00:00</Date>\n"
            f"<MessageIdentifier>{escape(self.identifier)}</MessageIdentifier>\n"
            f"{_leaf('ArchivalAgreement', self.agreement)}"
            '<CodeListVersions xml:id="ID005">'
            "<ReplyCodeListVersion>ReplyCodeListVersion0</ReplyCodeListVersion>"
            "</CodeListVersions>\n<DataObjectPackage>\n"
            f"{objects}<DescriptiveMetadata>\n"
            '<ArchiveUnit id="id22c2c40b-d2ff-4e45-a573-358edbc175a7"><Content>'
            f"<DescriptionLevel>RecordGrp</DescriptionLevel><Title>{escape(self.title)}</Title>"
            "<Language>fra</Language><DescriptionLanguage>fra</DescriptionLanguage>"
            + (
                f"<OriginatingAgency><Identifier>{self.originating}</Identifier>{described}"
                "</OriginatingAgency>"
                if self.originating
                else ""
            )
            + f"<StartDate>{self.start}</StartDate><EndDate>{self.start}</EndDate></Content>\n"
            f"{units}</ArchiveUnit>\n{self.raw.get('units', '')}"
            "</DescriptiveMetadata>\n<ManagementMetadata>\n"
            f"<AppraisalRule><Rule>{self.duration}</Rule><StartDate>{self.start}</StartDate>"
            f"<FinalAction>{final}</FinalAction></AppraisalRule>\n"
            f"<AccessRule><Rule>{self.access}</Rule><StartDate>{self.start}</StartDate>"
            "</AccessRule>\n"
            "</ManagementMetadata>\n</DataObjectPackage>\n"
            f"<ArchivalAgency><Identifier>{self.archival}</Identifier>{described}"
            "</ArchivalAgency>\n"
            f"<TransferringAgency><Identifier>{escape(self.transferring)}</Identifier>{described}"
            "</TransferringAgency>\n</ArchiveTransfer>\n"
        ).encode()

    # -- the archive ----------------------------------------------------------------------------

    def tar_gz(self, *, level: int = 6) -> bytes:
        """The archive of the files, at paths that are their names."""
        return tar_gz(self.files, level=level)

    def zip(self) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in self.files:
                archive.writestr(one.name, one.payload)
        return buffer.getvalue()


def tar_gz(files: Sequence[File], *, level: int = 6) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=level) as archive:
        for one in files:
            info = tarfile.TarInfo(one.name)
            info.size = len(one.payload)
            archive.addfile(info, io.BytesIO(one.payload))
    return buffer.getvalue()


def _leaf(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>\n" if text else ""


def _access(code: str, start: str) -> str:
    if not code:
        return ""
    return (
        f'<AccessRestrictionRule><Code listVersionID="edition 2009">{code}</Code>'
        f"<StartDate>{start}</StartDate></AccessRestrictionRule>\n"
    )


def _appraisal(action: str, duration: str, start: str) -> str:
    if not duration:
        return ""
    return (
        f'<AppraisalRule><Code listVersionID="edition 2009">{action}</Code>'
        f"<Duration>{duration}</Duration><StartDate>{start}</StartDate></AppraisalRule>\n"
    )


def _document(one: File) -> str:
    shape = f" format={quoteattr(one.format)}" if one.format else ""
    digest = f'<Integrity algorithme="{SHA256}">{one.sha256}</Integrity>' if one.with_digest else ""
    return (
        f"<Document><Attachment{shape} mimeCode={quoteattr(one.mime)} "
        f"filename={quoteattr(one.name)}/>{digest}"
        f'<Size unitCode="AD">{len(one.payload)}</Size>'
        '<Type listVersionID="edition 2009">CDO</Type></Document>\n'
    )


def _binary(one: File, rank: int) -> str:
    return (
        f'<BinaryDataObject id="id_{rank}"><Uri>{escape(one.name)}</Uri>'
        f'<MessageDigest algorithm="{SHA256}">{one.sha256}</MessageDigest>'
        f"<Size>{len(one.payload)}</Size><FormatIdentification><MimeType>{one.mime}</MimeType>"
        f"</FormatIdentification><FileInfo><Filename>{escape(one.name)}</Filename></FileInfo>"
        "</BinaryDataObject>\n"
    )
