"""Every reason key that this room puts in a problem, with its meaning and its arguments.

A :class:`~sae.kernel.problems.Problem` has a stable outcome code (``CHECK_SEDA.NOT_XSD_VALID.KO``)
and one of these keys, which chooses the sentence. ``seen`` and ``expected`` of the problem hold
what was found and what was due; the arguments listed here complete the sentence.
"""

from dataclasses import dataclass

REASONS: dict[str, "Reason"] = {}


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason key, what it means, and the names of the arguments that come with it."""

    key: str
    meaning: str
    arguments: tuple[str, ...] = ()


def _reason(key: str, meaning: str, *arguments: str) -> str:
    REASONS[key] = Reason(key, meaning, arguments)
    return key


# -- The container as a whole (place.file is the entry's name when there is one) -----------------

EMPTY_FILE = _reason("empty_file", "The file received has no byte.")
NOT_A_CONTAINER = _reason(
    "not_a_container",
    "The first bytes are not those of a zip, tar, tar.gz or tar.bz2; seen: these bytes in hex.",
)
COMPRESSED_NOT_TAR = _reason(
    "compressed_not_tar",
    "A gzip or bzip2 file whose content is not a tar archive; seen: gzip or bzip2.",
)
TRUNCATED = _reason(
    "truncated", "The container stops before its end: the upload or the copy was cut."
)
CORRUPTED = _reason(
    "corrupted",
    "The bytes do not follow the container's format; seen: which structure is wrong.",
)
TRAILING_BYTES = _reason(
    "trailing_bytes", "Bytes follow the end of the container; seen: how many.", "count"
)
LEADING_BYTES = _reason(
    "leading_bytes", "Bytes precede the first entry of a zip; seen: how many.", "count"
)
HIDDEN_BYTES = _reason(
    "hidden_bytes",
    "Bytes between entries that belong to no declared entry; seen: how many.",
    "count",
)
OVERLAPPING_ENTRIES = _reason(
    "overlapping_entries", "Two entries of a zip share the same bytes.", "other"
)
HEADERS_DISAGREE = _reason(
    "headers_disagree",
    "A zip entry is described in two ways, in the directory and before its data.",
    "field",
)
SEVERAL_DISKS = _reason("several_disks", "The zip is one part of a split archive.")
AMBIGUOUS_DIRECTORY = _reason(
    "ambiguous_directory", "The zip can be read in two ways: it holds two end records."
)

# -- One entry ---------------------------------------------------------------------------------

ENTRY_ENCRYPTED = _reason("entry_encrypted", "The entry is protected by a password.")
ENTRY_COMPRESSION = _reason(
    "entry_compression",
    "The entry uses a compression other than none or deflate; seen: the method's number.",
)
ENTRY_KIND = _reason(
    "entry_kind",
    "The entry is neither a file nor a folder; seen: symbolic_link, hard_link, character_device, "
    "block_device, fifo, socket, sparse_file, unknown.",
)
ENTRY_SPECIAL_MODE = _reason(
    "entry_special_mode", "A file carries setuid or setgid; seen: its mode in octal."
)
ENTRY_CHECKSUM = _reason("entry_checksum", "The entry's CRC is not the one declared.")
ENTRY_SIZE = _reason(
    "entry_size", "The entry's bytes are more or fewer than declared; seen and expected: sizes."
)
ENTRY_DATA = _reason("entry_data", "The entry's compressed data cannot be decompressed.")
NAME_DUPLICATED = _reason(
    "name_duplicated",
    "Two entries have the same name, or names that differ only by case or accents' form.",
    "other",
)
NAME_FILE_AND_FOLDER = _reason(
    "name_file_and_folder", "The same name is a file and a folder.", "other"
)
NAME_LEAVES_PACKAGE = _reason(
    "name_leaves_package", "The name is absolute or climbs out of the package."
)
NAME_CHARACTERS = _reason(
    "name_characters",
    "The name has a part outside letters, digits, - _ @ separated by single dots; seen: that part.",
    "characters",
)
NAME_TOO_LONG = _reason("name_too_long", "The name is longer than the limit.", "limit")

# -- Limits ------------------------------------------------------------------------------------

TOO_MANY_ENTRIES = _reason("too_many_entries", "More entries than the limit.", "limit")
TOO_DEEP = _reason("too_deep", "More levels of folders than the limit.", "limit")
ENTRY_TOO_LARGE = _reason("entry_too_large", "One entry is larger than the limit.", "limit")
TOO_LARGE = _reason(
    "too_large",
    "The unpacked package is larger than what its size justifies, or than the limit.",
    "limit",
)

# -- Layout of the package ---------------------------------------------------------------------

MANIFEST_MISSING = _reason(
    "manifest_missing",
    "No file at the root has the name of a manifest; seen: the names at the root.",
    "pattern",
)
SEVERAL_ROOT_FILES = _reason(
    "several_root_files", "More than one file at the root; seen: one that is too many."
)
ROOT_FOLDER = _reason("root_folder", "A folder at the root is not the one named content.")
SEVERAL_CONTENT_FOLDERS = _reason(
    "several_content_folders", "Several root folders are named content, in different cases."
)

# -- The manifest (place.line, place.element as a path, place.identifier of the nearest) ----------

MANIFEST_NOT_FOUND = _reason("manifest_not_found", "There is no manifest to read.")
XML_MALFORMED = _reason(
    "xml_malformed", "The manifest is not well-formed XML; seen: the parser's message."
)
DOCTYPE_FORBIDDEN = _reason(
    "doctype_forbidden", "The manifest has a document type or declares entities."
)
ENCODING_UNSUPPORTED = _reason(
    "encoding_unsupported", "The manifest declares an encoding that is not read; seen: its name."
)
VERSION_UNSUPPORTED = _reason(
    "version_unsupported",
    "The root's namespace is not that of a supported version; seen: the namespace; expected: the "
    "versions.",
)
ROOT_UNEXPECTED = _reason(
    "root_unexpected", "The root element is not ArchiveTransfer; seen: its name."
)
ELEMENT_UNEXPECTED = _reason(
    "element_unexpected",
    "The element is not known there; seen: its name; expected: names that may come, the first ten.",
)
ELEMENT_MISPLACED = _reason(
    "element_misplaced",
    "The element comes after another that must follow it; seen: its name; expected: before which.",
    "after",
)
ELEMENT_REPEATED = _reason("element_repeated", "The element may come once and comes again.")
ELEMENT_MISSING = _reason(
    "element_missing", "A mandatory element is missing; expected: its name, or names by choice."
)
TEXT_UNEXPECTED = _reason(
    "text_unexpected", "Text stands among elements where none is allowed; seen: its beginning."
)
VALUE_EMPTY = _reason("value_empty", "The element or attribute must not be empty.")
VALUE_NOT_IN_LIST = _reason(
    "value_not_in_list", "The value is not among those allowed; expected: the list."
)
VALUE_TYPE = _reason(
    "value_type",
    "The value is not of its type; expected: date, dateTime, boolean, integer, positiveInteger, "
    "decimal, duration, language, identifier; or several, of which one will do.",
)
ATTRIBUTE_MISSING = _reason(
    "attribute_missing", "A mandatory attribute is missing; expected: its name."
)
ATTRIBUTE_UNEXPECTED = _reason(
    "attribute_unexpected", "The attribute is not known there; seen: its name."
)
IDENTIFIER_DUPLICATED = _reason(
    "identifier_duplicated",
    "The identifier was already declared; seen: the identifier.",
    "first_line",
)
GROUP_EMPTY = _reason("group_empty", "A DataObjectGroup holds no object.")
NESTING_TOO_DEEP = _reason("nesting_too_deep", "Elements are nested beyond the limit.", "limit")
TEXT_TOO_LONG = _reason("text_too_long", "A text is longer than the limit, in characters.", "limit")
TAG_TOO_LONG = _reason(
    "tag_too_long",
    "A tag, a comment or an instruction is longer than the limit, in bytes.",
    "limit",
)
TOO_MANY_NAMES = _reason(
    "too_many_names", "More different names of elements and attributes than the limit.", "limit"
)
MANIFEST_TOO_LARGE = _reason(
    "manifest_too_large", "The manifest is larger than the limit, in bytes.", "limit"
)
