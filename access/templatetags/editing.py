"""What one may do to the classification: ``{% load editing %}``."""

from typing import Any

from django import template
from django.template.context import RequestContext

from tenants.access import may
from tenants.permissions import Permission

register = template.Library()


@register.simple_tag(takes_context=True)
def editing_allowed(context: RequestContext) -> dict[str, Any]:
    """Return whether the reader may move units, describe them, and build the classification."""
    request: Any = context["request"]
    return {
        "describe": bool(may(request, Permission.UNIT_EDIT)),
        "move": bool(may(request, Permission.UNIT_MOVE)),
        "edit": bool(may(request, Permission.CLASSIFICATION_EDIT)),
    }
