"""Follow-up of operations: the HEAD that clients poll, and the detail of the steps."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse

from ingest.models import Deposit
from ingest.selectors.deposits import find_deposit
from ingest.services.resuming import (
    NotAbandonableError,
    NotPausableError,
    NotResumableError,
    abandon_deposit,
    pause_deposit,
    resume_deposit,
)
from ingest.workflow.catalogue import WORKFLOWS
from sae.journal.models import Operation
from sae.journal.selectors import EventNode, event_tree, find_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope
from tenants.applications.answers import (
    CONTEXT,
    REQUEST_ID,
    STATE,
    STATUS,
    ApiError,
    results_response,
)
from tenants.applications.door import Caller, demand, external, method_of
from tenants.deposit_sights import deposit_sight_of_caller
from tenants.models import ReferentialImport
from tenants.permissions import Permission

SERVICE = "admin-external"
METER = ("UNKNOWN", "STARTED", "ALREADY_EXECUTED", "OK", "WARNING", "KO", "FATAL")
"""Order of the counters in a ``statusMeter``."""

_CONTEXT_OF_TYPE = {flow.identifier: flow.context for flow in WORKFLOWS.values()}


def _wanted(request: HttpRequest) -> tuple[Permission, ...]:
    """Acting is a right over deposits; what reading asks depends on what is read."""
    return (Permission.DEPOSIT_RESUME,) if method_of(request) in ("PUT", "DELETE") else ()


def _asked_to_read(found: Operation) -> Permission:
    """Return what the screens ask to show an operation."""
    if Deposit.objects.filter(id=found.id).exists():
        return Permission.DEPOSIT_VIEW
    if ReferentialImport.objects.filter(id=found.id).exists():
        return Permission.REFERENTIAL_VIEW
    return Permission.JOURNAL_VIEW


def _is_out_of_sight(operation_id: uuid.UUID, caller: Caller) -> bool:
    """Tell whether an operation is a deposit that the caller does not follow."""
    sight = deposit_sight_of_caller(caller)
    if sight.everything or not Deposit.objects.filter(id=operation_id).exists():
        return False
    return find_deposit(operation_id, sight) is None


@external(_wanted, service=SERVICE, methods=("GET", "HEAD", "PUT", "DELETE"))
def operation(request: HttpRequest, caller: Caller, operation_id: uuid.UUID) -> HttpResponse:
    """``HEAD``: 202 while the operation runs, 200 once over. ``GET``: the state of its steps.

    ``PUT`` steers a deposit by ``X-Action`` (see ``ACTIONS``), ``DELETE`` gives it up: 202, or 409
    when its state does not allow it.
    """
    method = method_of(request)
    if method in ("PUT", "DELETE"):
        return _act(request, caller, operation_id, steers=method == "PUT")
    with tenant_scope(caller.tenant.id):
        found = find_operation(operation_id)
        if found is None:
            raise ApiError(404, "Opération inconnue.")
        demand(caller, _asked_to_read(found))
        if _is_out_of_sight(found.id, caller):
            raise ApiError(404, "Opération inconnue.")
        if request.method == "HEAD":
            response = HttpResponse(status=200 if found.state == found.State.COMPLETED else 202)
        else:
            response = results_response([item_status(found, event_tree(found))])
    response[REQUEST_ID] = str(found.id)
    response[STATE] = found.state
    response[STATUS] = found.outcome
    if found.type in _CONTEXT_OF_TYPE:
        response[CONTEXT] = _CONTEXT_OF_TYPE[found.type]
    return response


ACTIONS: Mapping[str, Callable[..., Deposit]] = {
    "RESUME": resume_deposit,
    "NEXT": partial(resume_deposit, one_step=True),
    # What a pause leaves to be done is the step that failed, or the next one: both start it over.
    "REPLAY": resume_deposit,
    "PAUSE": pause_deposit,
}


def _act(
    request: HttpRequest, caller: Caller, operation_id: uuid.UUID, *, steers: bool
) -> HttpResponse:
    """Steer or abandon a deposit, and answer with where its operation then stands."""
    asked = request.headers.get("X-Action", "").strip().upper()
    if steers and asked not in ACTIONS:
        raise ApiError(400, f"L’en-tête X-Action doit valoir l’un de : {', '.join(ACTIONS)}.")
    try:
        with tenant_scope(caller.tenant.id):
            if _is_out_of_sight(operation_id, caller):
                raise Deposit.DoesNotExist
            if steers:
                ACTIONS[asked](deposit_id=operation_id, account_id=caller.token.id)
            else:
                abandon_deposit(
                    deposit_id=operation_id,
                    account_id=caller.token.id,
                    reason="Abandon demandé par l’application",
                )
            found = find_operation(operation_id)
    except Deposit.DoesNotExist:
        raise ApiError(404, "Opération inconnue.") from None
    except NotResumableError:
        raise ApiError(409, "L’opération n’est pas en pause.") from None
    except NotPausableError:
        raise ApiError(409, "L’opération est terminée.") from None
    except NotAbandonableError as error:
        raise ApiError(409, f"L’opération ne peut pas être abandonnée ({error.reason}).") from None
    response = HttpResponse(status=202)
    response[REQUEST_ID] = str(operation_id)
    if found is not None:
        response[STATE], response[STATUS] = found.state, found.outcome
    return response


def item_status(found: Operation, steps: Iterable[EventNode]) -> dict[str, Any]:
    """Return an operation in the shape of the peers' ``ItemStatus``."""
    nodes = list(steps)
    return {
        "itemId": str(found.id),
        "message": "",
        "globalStatus": found.outcome,
        "globalState": found.state,
        "statusMeter": _meter(nodes),
        "data": {},
        "processType": found.category,
        "itemsStatus": {node.code: _step_status(node) for node in nodes},
    }


def _step_status(node: EventNode) -> dict[str, Any]:
    return {
        "itemId": node.code,
        "globalStatus": node.outcome.name,
        "globalOutcomeDetailSubcode": _sub_code(node),
        "statusMeter": _meter(node.children),
        "itemsStatus": {child.code: _step_status(child) for child in node.children},
    }


def _sub_code(node: EventNode) -> str:
    """Return what the detailed outcome adds to the code: ``NOT_XSD_VALID``."""
    body = node.outcome_detail.removesuffix(f".{node.outcome.name}")
    return body.removeprefix(node.code).strip(".")


def _meter(nodes: Iterable[EventNode]) -> list[int]:
    counts = dict.fromkeys(METER, 0)
    for node in nodes:
        counts[Outcome(node.outcome).name] += 1
    return [counts[name] for name in METER]
