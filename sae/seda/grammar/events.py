"""Events: of units, of object groups, of their log books."""

from __future__ import annotations

from sae.seda.grammar.elements import Item, Place, group, leaf, reference, text, words
from sae.seda.grammar.texts import any_date


def event(
    namespace: str, *, key: str = "Event", many: bool = True, of_group: bool = False
) -> Place:
    """An event, under the names that journals use (``evType``, ``outcome``…)."""
    more: list[Item] = [reference("DataObjectReferenceId")] if of_group else []
    return group(
        "Event",
        words("EventIdentifier", key="evId"),
        words("EventTypeCode", key="evTypeProc"),
        words("EventType", key="evType"),
        leaf("EventDateTime", any_date, key="evDateTime"),
        text("EventDetail", key="evTypeDetail"),
        words("Outcome", key="outcome"),
        words("OutcomeDetail", key="outDetail"),
        words("OutcomeDetailMessage", key="outMessg"),
        words("EventDetailData", key="evDetData"),
        group(
            "LinkingAgentIdentifier",
            words("LinkingAgentIdentifierType"),
            words("LinkingAgentIdentifierValue"),
            words("LinkingAgentRole"),
            namespace=namespace,
            key="linkingAgentIdentifier",
            many=True,
        ),
        *more,
        namespace=namespace,
        key=key,
        many=many,
        required=("evDateTime",),
        free=True,
    )
