"""Management: rules by category, in units and in the header's ManagementMetadata."""

from __future__ import annotations

from typing import Any

from sae.seda import reasons
from sae.seda.grammar.elements import (
    ID,
    AnyOrder,
    Attributes,
    Item,
    OneOf,
    Place,
    Repeated,
    Value,
    group,
    leaf,
    words,
)
from sae.seda.grammar.events import event
from sae.seda.grammar.texts import (
    TextFault,
    boolean,
    boolean_or_false,
    date,
    filled,
    one_of,
    string,
)

APPRAISAL_ACTIONS = ("Keep", "Destroy")
STORAGE_ACTIONS = ("RestrictAccess", "Transfer", "Copy")


def _put_rule(category: Value, rule: str, _: Attributes) -> None:
    category.setdefault("Rules", []).append({"Rule": rule})


def _of_rule(key: str) -> Any:
    def put(category: Value, value: Any, _: Attributes) -> None:
        rules = category.get("Rules")
        if not rules:
            raise TextFault(reasons.ELEMENT_MISSING, "Rule")
        rules[-1][key] = value

    return put


def _put_prevent_inheritance(category: Value, value: bool, _: Attributes) -> None:
    inheritance = category.setdefault("Inheritance", {})
    if "PreventInheritance" in inheritance:
        raise TextFault(reasons.ELEMENT_REPEATED)
    inheritance["PreventInheritance"] = value


def _put_prevented_rule(category: Value, rule: str, _: Attributes) -> None:
    category.setdefault("Inheritance", {}).setdefault("PreventRulesId", []).append(rule)


def _rule(*fields: Place) -> Repeated:
    """Rule, then what is said of this rule; as many times as there are rules."""
    return Repeated(
        [
            leaf("Rule", filled, put=_put_rule, attributes=ID, identifier="id"),
            leaf("StartDate", date, put=_of_rule("StartDate"), nillable=True),
            *fields,
        ]
    )


def _inheritance() -> AnyOrder:
    return AnyOrder(
        [
            leaf("PreventInheritance", boolean_or_false, put=_put_prevent_inheritance),
            leaf(
                "RefNonRuleId",
                filled,
                put=_put_prevented_rule,
                many=True,
                attributes=ID,
                identifier="id",
            ),
        ]
    )


def categories(namespace: str) -> list[Place]:
    """The categories whose order the standard sets, in that order."""

    def category(name: str, *more: Item, required: tuple[str, ...] = ()) -> Place:
        return group(name, _rule(), *more, namespace=namespace, required=required)

    def final_action(values: tuple[str, ...]) -> Place:
        return leaf("FinalAction", one_of(values))

    return [
        category(
            "StorageRule", _inheritance(), final_action(STORAGE_ACTIONS), required=("FinalAction",)
        ),
        category(
            "AppraisalRule",
            _inheritance(),
            final_action(APPRAISAL_ACTIONS),
            required=("FinalAction",),
        ),
        category("AccessRule", _inheritance()),
        category("DisseminationRule", _inheritance()),
        category("ReuseRule", _inheritance()),
        category(
            "ClassificationRule",
            words("ClassificationAudience"),
            _inheritance(),
            words("ClassificationLevel"),
            words("ClassificationOwner"),
            leaf("ClassificationReassessingDate", date),
            leaf("NeedReassessingAuthorization", boolean),
            required=("ClassificationLevel", "ClassificationOwner"),
        ),
    ]


def _hold(namespace: str) -> Place:
    fields = [
        leaf("HoldEndDate", date, put=_of_rule("HoldEndDate"), nillable=True),
        words("HoldOwner", put=_of_rule("HoldOwner")),
        leaf("HoldReassessingDate", date, put=_of_rule("HoldReassessingDate"), nillable=True),
        words("HoldReason", put=_of_rule("HoldReason")),
        leaf("PreventRearrangement", boolean, put=_of_rule("PreventRearrangement")),
    ]
    return group("HoldRule", _rule(*fields), _inheritance(), namespace=namespace)


def _update_operation(namespace: str) -> Place:
    """Attachment to a unit of the fonds. Empty values are judged when the attachment is."""
    key = group(
        "ArchiveUnitIdentifierKey",
        leaf("MetadataName", string),
        leaf("MetadataValue", string),
        namespace=namespace,
        required=("MetadataName", "MetadataValue"),
    )
    return group(
        "UpdateOperation",
        OneOf([leaf("SystemId", string), key]),
        namespace=namespace,
        required=(("SystemId", "ArchiveUnitIdentifierKey"),),
        free=True,
        finish=lambda _build, value, _attributes, line: {**value, "line": line},
    )


def after_categories(namespace: str) -> AnyOrder:
    """What follows the categories, in any order: versions and producers do not agree on it."""
    return AnyOrder(
        [
            group(
                "LogBook",
                event(namespace, many=True),
                namespace=namespace,
            ),
            leaf("NeedAuthorization", boolean),
            _hold(namespace),
            _update_operation(namespace),
        ]
    )


def management(namespace: str) -> Place:
    """The Management of a unit."""
    return group(
        "Management",
        *categories(namespace),
        after_categories(namespace),
        namespace=namespace,
        free=True,
    )
