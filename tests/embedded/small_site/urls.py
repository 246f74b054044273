import os
from typing import Any

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

from tests.embedded.small_site.models import Visit


def health(request: HttpRequest) -> JsonResponse:
    """What the tests ask the web process about itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        user = cursor.fetchone()[0]
    told: dict[str, Any] = {
        "user": user,
        "visits": Visit.objects.count(),
        "variables": sorted(name for name in os.environ if name.startswith("SAE_")),
        "environment": os.environ["SAE_ENV"],
    }
    return JsonResponse(told)


urlpatterns = [path("sante/", health)]
