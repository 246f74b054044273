"""Writing in a coffre's journal what an application says that it did elsewhere.

The operation and its events carry codes of ours, dates of ours (when the journal wrote them) and
the application's technical identifier; all that the application says, its own codes and dates
included, stands in the details of events under the peers' names. An application's code is written
behind one of ours alone (``EXTERNAL_EVENT.EXT_CREATE_USER.OK``): none is taken for our own act.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from ingest.told_operations import ToldOperation
from sae.journal.labels import Label
from sae.journal.models import Operation
from sae.journal.selectors import operations
from sae.journal.services import EventDraft, append_events, close_operation, open_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope
from tenants.models import ApiToken

CATEGORY = "EXTERNAL_LOGBOOK"
OPERATION = "EXTERNAL_OPERATION"
TOLD, EVENT = "EXTERNAL_STATEMENT", "EXTERNAL_EVENT"

LABELS: dict[str, Label] = {
    OPERATION: _("Opération d’une application externe"),
    TOLD: _("Ce que dit l’application"),
    EVENT: _("Événement dit par l’application"),
}


class OtherwiseToldError(ValueError):
    """The application told something else under this identifier before."""


def record_told_operation(
    told: ToldOperation, *, tenant_id: uuid.UUID, token: ApiToken, request_id: str = ""
) -> Operation:
    """Write a told operation, closed, in the journal of a coffre; return it.

    Told again by the same application, the operation already written is returned. Raises
    ``OtherwiseToldError`` when what is told differs: a journal is not corrected, and to answer that
    the new words were kept would be false.
    """
    with tenant_scope(tenant_id):
        application = application_of(token)
        # Two that come at once: the second waits here, then finds the first.
        _lock(f"external operation {tenant_id} {application} {told.identifier}")
        earlier = operations(
            types=[OPERATION], message_identifier=told.identifier, application_id=application
        ).first()
        if earlier is not None:
            if earlier.detail.get("sha512") != told.digest:
                raise OtherwiseToldError(told.identifier)
            return earlier
        operation = open_operation(
            type=OPERATION,
            category=CATEGORY,
            agent_id=token.id,
            application_id=application,
            request_id=request_id,
            message_identifier=told.identifier,
            detail={"sha512": told.digest},
        )
        drafts = [_draft(TOLD, told.texts), *(_draft(EVENT, one.texts) for one in told.events)]
        append_events(drafts, operation=operation)
        outcome, detail = _ending(told)
        close_operation(operation=operation, outcome=outcome, detail=detail)
    return operation


def application_of(token: ApiToken) -> str:
    """Return what names an application, whichever key it shows; in the scope of its coffre.

    Its context, else the first of the keys that took each other's place.
    """
    if token.context_id:
        return str(token.context_id)
    first, replaced = token.id, token.replaces
    while replaced is not None:
        first = replaced
        replaced = ApiToken.objects.filter(id=first).values_list("replaces", flat=True).first()
    return str(first)


def _draft(code: str, texts: Mapping[str, str]) -> EventDraft:
    """Two beginnings told are two events: none of ours waits for an end of its own."""
    outcome, detailed = Outcome[texts["outcome"]], f"{code}.{texts['eventType']}"
    if outcome is Outcome.STARTED:
        return EventDraft(code, Outcome.OK, f"{detailed}.STARTED.OK", detail=texts)
    return EventDraft(code, outcome, f"{detailed}.{outcome.name}", detail=texts)


def _ending(told: ToldOperation) -> tuple[Outcome, Mapping[str, Any]]:
    """An operation of which only the beginning is told ends here all the same, with a warning."""
    if told.outcome is Outcome.STARTED:
        return Outcome.WARNING, {"reason": "end_not_told"}
    return told.outcome, {}


def _lock(name: str) -> None:
    """Hold a name until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
