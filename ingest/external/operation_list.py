"""``GET /operations``: the deposits of a coffre as the peers list their processes."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from ingest.models import Deposit
from ingest.selectors.deposits import deposits
from ingest.workflow.catalogue import ACTION_OF_CONTEXT, WORKFLOWS
from sae.journal.models import Operation
from sae.journal.selectors import operations as operations_matching
from sae.kernel.identifiers import parse_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope
from tenants.applications.answers import ApiError, results_response
from tenants.applications.door import Caller, external
from tenants.deposit_sights import deposit_sight_of_caller
from tenants.permissions import Permission

MOST = 1_000
"""Operations told at once, the latest; a client that wants others narrows its query by dates."""

_TYPES = tuple(flow.identifier for flow in WORKFLOWS.values())
_TYPE_OF_CONTEXT = {flow.context: flow.identifier for flow in WORKFLOWS.values()}


def listing(service: str) -> Callable[..., HttpResponseBase]:
    """Return the view of one of the peers' services: they list the same operations."""

    @external(Permission.DEPOSIT_VIEW, service=service, methods=("GET",))
    def operation_list(request: HttpRequest, caller: Caller) -> HttpResponse:
        """The deposits that the query in the body asks for, latest first; all without a body.

        ``{"id", "states", "statuses", "workflows", "steps", "startDateMin", "startDateMax"}``;
        dates as ``2026-03-31`` or ``31/03/2026``, both included.
        """
        query = _query(request)
        with tenant_scope(caller.tenant.id):
            found = operations_matching(
                types=_types(query),
                states=_names(query, "states", set(Operation.State.values)),
                outcomes=_names(query, "statuses", {one.name for one in Outcome} | {"UNKNOWN"}),
                since=_day(query, "startDateMin"),
                until=_day(query, "startDateMax", after=True),
            )
            identifier = query.get("id")
            if identifier is not None:
                found = found.filter(id=parse_id(str(identifier)) or uuid.UUID(int=0))
            seen = deposits(deposit_sight_of_caller(caller))
            rows = list(found.filter(id__in=seen.values("id"))[:MOST])
            described = seen.in_bulk([one.id for one in rows])
            details = [
                process_detail(one, described[one.id]) for one in rows if one.id in described
            ]
        steps = set(_names(query, "steps", None))
        if steps:
            details = [one for one in details if steps & {one["previousStep"], one["nextStep"]}]
        return results_response(details)

    return operation_list


def process_detail(operation: Operation, deposit: Deposit) -> dict[str, Any]:
    """Return a deposit in the shape of the peers' ``ProcessDetail``."""
    steps = [step.code for step in WORKFLOWS[deposit.action].steps]
    at = deposit.next_step
    return {
        "operationId": str(operation.id),
        "processType": operation.category,
        "stepByStep": deposit.halts,
        "globalState": operation.state,
        "previousStep": steps[at - 1] if at else "",
        "nextStep": steps[at] if at < len(steps) else "",
        "stepStatus": operation.outcome,
        "processDate": operation.started_at.strftime("%d/%m/%Y"),
    }


def _query(request: HttpRequest) -> dict[str, Any]:
    try:
        query = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "Le corps de la demande n’est pas du JSON.") from error
    if not isinstance(query, dict):
        raise ApiError(400, "Le corps de la demande doit être un objet JSON.")
    return query


def _names(query: dict[str, Any], name: str, known: set[str] | None) -> list[str]:
    values = query.get(name) or []
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ApiError(400, f"« {name} » doit être une liste de textes.")
    unknown = sorted(set(values) - known) if known is not None else []
    if unknown:
        raise ApiError(400, f"« {name} » : {unknown[0]} est inconnu.")
    return values


def _types(query: dict[str, Any]) -> list[str]:
    """Return the types of operations asked, by workflow (identifier or context); all by default."""
    asked = _names(query, "workflows", {*_TYPES, *ACTION_OF_CONTEXT})
    return [_TYPE_OF_CONTEXT.get(one, one) for one in asked] or list(_TYPES)


def _day(query: dict[str, Any], name: str, *, after: bool = False) -> dt.datetime | None:
    """Return midnight of a day, of the day after with ``after``; ``None`` when it is not given."""
    text = query.get(name)
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = dt.datetime.strptime(str(text)[:10], form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
        return day + dt.timedelta(days=1) if after else day
    raise ApiError(400, f"« {name} » n’est pas une date (2026-03-31 ou 31/03/2026).")
