"""Every outcome that a deposit can be refused for is said in French, with what to do."""

import re
from pathlib import Path

import pytest

import ingest
from ingest.sentences import explain, group_problems, has_sentence
from ingest.sentences.explanation import CATALOGUE, sentence_of
from ingest.sentences.keeping import OURS, THEIRS
from ingest.workflow.catalogue import WORKFLOWS
from ingest.workflow.labels import ACTION_LABELS, STEP_LABELS, WORKFLOW_LABELS
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Place, Problem
from sae.seda.reasons import REASONS

# The outcome codes of the reference system, steps in order; depositors and their tools know them.
KNOWN_CODES = """
SANITY_CHECK_SIP.KO SANITY_CHECK_SIP.FATAL CHECK_CONTAINER.KO MANIFEST_FILE_NAME_CHECK.KO
MANIFEST_DIGEST_CHECK.KO UPLOAD_SIP.KO CHECK_SEDA.NO_FILE.KO CHECK_SEDA.NOT_XML_FILE.KO
CHECK_SEDA.NOT_XSD_VALID.KO CHECK_SEDA.UNSUPPORTED_SEDA_VERSION.KO
CHECK_SEDA.CONTAINER_FORMAT.FILE.KO CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO
CHECK_HEADER.CHECK_AGENT.EMPTY_REQUIRED_FIELD.KO CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO
CHECK_HEADER.CHECK_AGENT.NOT_GIVEN.KO
CHECK_HEADER.CHECK_AGENT.KO CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_NOT_IN_MANIFEST.KO
CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_UNKNOWN.KO
CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_INACTIVE.KO
CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTEXT_UNKNOWN.KO
CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTEXT_INACTIVE.KO
CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_NOT_IN_CONTEXT.KO
CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_NOT_GIVEN.KO
CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTEXT_CHECK_ERROR.KO
CHECK_HEADER.CHECK_CONTRACT_INGEST.MANAGEMENT_CONTRACT_UNKNOWN.KO
CHECK_HEADER.CHECK_CONTRACT_INGEST.MANAGEMENT_CONTRACT_INACTIVE.KO
CHECK_HEADER.CHECK_CONTRACT_INGEST.MANAGEMENT_CONTRACT_INVALID.KO
CHECK_HEADER.CHECK_IC_AP_RELATION.UNKNOWN.KO CHECK_HEADER.CHECK_IC_AP_RELATION.INACTIVE.KO
CHECK_HEADER.CHECK_IC_AP_RELATION.DIFF.KO CHECK_HEADER.CHECK_ARCHIVEPROFILE.KO
PREPARE_STORAGE_INFO.KO PREPARE_STORAGE_INFO.FATAL CHECK_DATAOBJECTPACKAGE.CHECK_NO_OBJECT.KO
CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.INVALID_DATAOBJECTVERSION.KO
CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.BDO_DATAOBJECTIONVERSION_PHYSICALMASTER.KO
CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.PDO_DATAOBJECTIONVERSION_BINARYMASTER.KO
CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.EMPTY_REQUIRED_FIELD.KO
CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.INVALIDE_ALGO.KO
CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.MANIFEST_SUPERIOR_BDO.KO
CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.MANIFEST_INFERIOR_BDO.KO
CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.INVALID_URI.KO
CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.KO
CHECK_DATAOBJECTPACKAGE.CHECK_CONSISTENCY.CHECK_CONSISTENCY_ORPHAN_OBJECT.KO CHECK_ATTACHEMENT.KO
CHECK_DIGEST.KO CHECK_DIGEST.EMPTY.KO CHECK_DIGEST.INVALID.KO CHECK_OBJECT_SIZE.WARNING
OG_OBJECTS_FORMAT_CHECK.REJECTED_FORMAT.KO OG_OBJECTS_FORMAT_CHECK.FILE_FORMAT.REJECTED.KO
OG_OBJECTS_FORMAT_CHECK.UNKNOWN.KO OG_OBJECTS_FORMAT_CHECK.UNKNOWN.WARNING
OG_OBJECTS_FORMAT_CHECK.FILE_FORMAT.UNKNOWN.KO OG_OBJECTS_FORMAT_CHECK.UNCHARTED.KO
OG_OBJECTS_FORMAT_CHECK.FILE_FORMAT.UNCHARTED.KO OG_OBJECTS_FORMAT_CHECK.UPDATED_FORMAT.WARNING
OG_OBJECTS_FORMAT_CHECK.TOOL_DOES_NOT_ANSWER.FATAL OG_OBJECTS_FORMAT_CHECK.OBJECT_NOT_FOUND.FATAL
OG_OBJECTS_FORMAT_CHECK.REFERENTIAL_ERROR.FATAL CHECK_OBJECT_GROUP_SCHEMA.KO CHECK_UNIT_SCHEMA.KO
CHECK_UNIT_SCHEMA.INVALID_UNIT.KO CHECK_UNIT_SCHEMA.UNIT_SANITIZE.KO
CHECK_UNIT_SCHEMA.ONTOLOGY_VALIDATION.KO CHECK_UNIT_SCHEMA.DATE_FORMAT.KO
CHECK_UNIT_SCHEMA.CONSISTENCY.KO CHECK_UNIT_SCHEMA.RULE_DATE_THRESHOLD.KO
CHECK_UNIT_SCHEMA.EMPTY_REQUIRED_FIELD.KO CHECK_ARCHIVE_UNIT_PROFILE.NOT_FOUND.KO
CHECK_ARCHIVE_UNIT_PROFILE.INACTIVE_STATUS.KO CHECK_ARCHIVE_UNIT_PROFILE.EMPTY_CONTROL_SCHEMA.KO
CHECK_ARCHIVE_UNIT_PROFILE.NOT_AU_JSON_VALID.KO CHECK_CLASSIFICATION_LEVEL.KO
UNITS_RULES_COMPUTE.KO UNITS_RULES_COMPUTE.UNKNOWN.KO UNITS_RULES_COMPUTE.CONSISTENCY.KO
UNITS_RULES_COMPUTE.REF_INCONSISTENCY.KO STORAGE_AVAILABILITY_CHECK.KO
STORAGE_AVAILABILITY_CHECK.STORAGE_OFFER_SPACE_KO.KO
STORAGE_AVAILABILITY_CHECK.STORAGE_OFFER_KO_UNAVAILABLE.KO OBJ_STORAGE.FATAL
OG_METADATA_INDEXATION.FATAL UNIT_METADATA_INDEXATION.FATAL COMMIT_LIFE_CYCLE_UNIT.FATAL
COMMIT_LIFE_CYCLE_OBJECT_GROUP.FATAL OG_METADATA_STORAGE.FATAL UNIT_METADATA_STORAGE.FATAL
OBJECT_GROUP_UPDATE.FATAL ACCESSION_REGISTRATION.FATAL ATR_NOTIFICATION.FATAL ROLL_BACK.FATAL
""".split()  # noqa: SIM905

MANIFEST_CODES = """
CHECK_MANIFEST_LOOP CHECK_MANIFEST_MALFORMED_DATA ARCHIVEUNIT_REFERENCES_MULTIPLE_OBJECTGROUP
EXISTING_OG_NOT_DECLARED TOO_MANY_VERSION_BY_USAGE EXPECTED_MANDATORY_VERSION_1
MASTER_MANDATORY_REQUIRED ATTACHMENT_REQUIRED UNAUTHORIZED_ATTACHMENT_BY_CONTRACT
INVALID_GUID_ATTACHMENT EMPTY_KEY_ATTACHMENT ERROR_PARSE_ATTACHMENT NULL_LINK_PARENT_ID_ATTACHMENT
NOT_FOUND_ATTACHMENT TOO_MANY_FOUND_ATTACHMENT UNAUTHORIZED_ATTACHMENT
MODIFY_PARENT_EXISTING_UNIT_UNAUTHORIZED ATTACHMENT_OBJECTGROUP
SUBTASK_UNAUTHORIZED_ATTACHMENT_BY_BAD_SP
""".split()  # noqa: SIM905


@pytest.mark.parametrize(
    "code",
    [*KNOWN_CODES, *(f"CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.{one}.KO" for one in MANIFEST_CODES)],
)
def test_every_known_code_has_words_of_its_own(code: str) -> None:
    assert has_sentence(code)
    assert sentence_of(code) not in (OURS, THEIRS)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_of_the_exchange_format_has_words(reason: str) -> None:
    assert ("", reason) in CATALOGUE or any(key[1] == reason for key in CATALOGUE)


def reasons_written_in_the_controls() -> set[tuple[str, str]]:
    """Pairs (file, reason) read from the sources: ``reason="x"`` or a code beside a reason."""
    root = Path(ingest.__file__).parent
    found = set()
    for folder in ("control", "steps", "workflow"):
        for path in (root / folder).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            for pattern in (
                r'reason="([a-z]+(?:_[a-z0-9]+)*)"',
                r'"[A-Z]+(?:_[A-Z0-9]+)*(?:\.KO)?",\s*"([a-z]+(?:_[a-z0-9]+)+)"',
                r'\.KO",\s*"([a-z]+(?:_[a-z0-9]+)+)"',
                r'invalid\("([a-z]+(?:_[a-z0-9]+)+)"',
                r'_Fault\("([a-z]+(?:_[a-z0-9]+)+)"',
            ):
                found |= {(path.name, reason) for reason in re.findall(pattern, text)}
    return found


# Reasons that say no more than the code they come with.
SAID_BY_THE_CODE = {
    "virus", "no_originating_agency", "unknown_agency", "no_contract", "unknown_contract",
    "inactive_contract", "unknown_context", "inactive_context", "contract_not_in_context",
    "unknown_management_contract", "inactive_management_contract", "unknown_profile",
    "management_contract_strategy", "agency_not_given", "contract_not_given",
    "inactive_profile", "profile_not_in_contract", "object_forbidden", "unknown_algorithm",
    "unknown_usage", "physical_usage_on_file", "binary_usage_on_physical",
    "object_belongs_to_group", "several_groups", "usage_version_twice", "master_missing", "cycle",
    "orphan_group", "attachment_required", "attachment_refused_by_contract",
    "empty_attachment_key", "bad_attachment_key", "attachment_key_ambiguous", "bad_system_id",
    "attachment_not_found",
    "existing_unit_moved", "group_of_another_agency", "attachment_unfinished",
    "unit_profile_fault", "unit_profile_unknown", "unit_profile_inactive", "unit_profile_empty",
}  # fmt: skip


def test_every_reason_of_the_controls_has_words_or_is_said_by_its_code() -> None:
    reasons = {reason for _file, reason in reasons_written_in_the_controls()}
    worded = {reason for _code, reason in CATALOGUE}
    assert reasons - worded - SAID_BY_THE_CODE == set()
    assert not SAID_BY_THE_CODE & worded


def test_every_step_and_action_has_a_french_name() -> None:
    for workflow in WORKFLOWS.values():
        assert workflow.identifier in WORKFLOW_LABELS
        for step in workflow.steps:
            assert step.code in STEP_LABELS
            assert all(action.code in ACTION_LABELS for action in step.actions)


@pytest.mark.parametrize("key", sorted(CATALOGUE), ids=lambda key: f"{key[0]}-{key[1]}")
def test_sentences_are_complete_and_fill_in(key: tuple[str, str]) -> None:
    words = CATALOGUE[key]
    for part in (words.title, words.why):
        assert str(part).strip()
        assert "{" not in str(part)
    assert not str(words.title).endswith(".")
    for part in (words.why, words.text, words.advice):
        assert str(part).rstrip().endswith(".")
    code, reason = key
    told = explain(Problem(f"{code or 'CHECK_SEDA'}.KO", reason=reason, seen="vu"))
    assert "{" not in told.sentence + told.advice


def test_arguments_of_a_reason_exist() -> None:
    """A sentence asks for nothing that the exchange format does not give with that reason."""
    common = {"file", "line", "column", "element", "identifier", "seen", "expected", "suggestion"}
    for (_code, reason), words in CATALOGUE.items():
        if reason in REASONS:
            asked = set(re.findall(r"{(\w+)}", f"{words.text}{words.advice}{words.hint}"))
            assert asked <= common | set(REASONS[reason].arguments), reason


def test_a_problem_is_explained_with_its_place_and_values() -> None:
    told = explain(
        Problem(
            "UNITS_RULES_COMPUTE.UNKNOWN.KO",
            reason="unknown_rule",
            place=Place(line=2208, element="AppraisalRule/Rule"),
            seen="APP-00112",
            arguments={"category": "AppraisalRule", "suggestion": "APP-00012"},
        )
    )
    assert told.title == "Règle absente du référentiel"
    assert told.sentence == "La règle « APP-00112 » (AppraisalRule) n’existe pas."
    assert told.advice.startswith("Sans doute APP-00012.")
    assert (told.line, told.outcome) == (2208, "KO")


def test_a_value_that_looks_like_a_template_is_shown_as_it_is() -> None:
    told = explain(Problem("CHECK_SEDA.NOT_XML_FILE.KO", seen="{0.__class__} {line} 100 %"))
    assert "{0.__class__} {line} 100 %" in told.sentence


def test_an_unknown_code_is_still_explained_and_tells_whose_fault_it_is() -> None:
    theirs = explain(Problem("SOMETHING_NEW.BROKEN.KO", seen="x"))
    ours = explain(Problem("CHECK_SEDA.FATAL", outcome=Outcome.FATAL))
    assert theirs.title == str(THEIRS.title)
    assert ours.title == str(OURS.title)


def test_problems_are_grouped_by_kind_gravest_first() -> None:
    problems = [
        Problem("CHECK_OBJECT_SIZE.WARNING", outcome=Outcome.WARNING, seen="1", expected="2"),
        Problem("CHECK_DIGEST.INVALID.KO", place=Place(line=3)),
        Problem("CHECK_OBJECT_SIZE.WARNING", outcome=Outcome.WARNING, seen="3", expected="4"),
    ]
    first, second = group_problems(problems)
    assert (first.code, first.count, first.left) == ("CHECK_DIGEST.INVALID.KO", 1, 0)
    assert (second.code, second.count) == ("CHECK_OBJECT_SIZE.WARNING", 2)
    counted = group_problems(
        problems,
        counts={
            ("CHECK_OBJECT_SIZE.WARNING", "", False): 40,
            ("CHECK_DIGEST.INVALID.KO", "", False): 1,
        },
    )
    assert (counted[1].count, counted[1].left) == (40, 38)
