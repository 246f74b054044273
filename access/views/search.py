"""The search screen, its exports."""

import re
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from access.holdings_seen import no_sight
from access.search_page import SearchScreen, with_form_filters
from sae.holdings.sight import current_sight
from sae.ui import errors, exports, french
from tenants.access import may, requires
from tenants.permissions import Permission

DEPOSIT_NUMBER = re.compile(r"VERS-\d{4}-\d{1,9}\Z", re.IGNORECASE)
"""The number by which people name a deposit: typed alone, it is that deposit that is sought."""


@requires(Permission.HOLDINGS_VIEW)
@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    """Results of the box; the same address with ``export=csv`` or ``xlsx`` gives them all."""
    if current_sight().is_empty:
        return no_sight(request, _("Rechercher"))
    number = request.GET.get("q", "").strip()
    is_fragment = request.headers.get("HX-Target") == "recherche-resultats"
    # Not while one types in the page itself: the results alone are asked for then.
    is_number = not is_fragment and DEPOSIT_NUMBER.match(number)
    if is_number and may(request, Permission.DEPOSIT_VIEW):
        return redirect(f"{reverse('deposits')}?{urlencode({'q': number.upper()})}")
    screen = SearchScreen(request)
    asked = with_form_filters(screen.query, request.GET)
    if asked is not None:
        # A form without script rewrites the box: one address for one search.
        return redirect(screen.url_of(asked))
    file_format = request.GET.get("export", "")
    if file_format in exports.FORMATS:
        try:
            return exports.export_response(
                screen.export_rows(), title=_("Résultats"), file_format=file_format
            )
        except exports.TooManyLinesError:
            sentence = _("Cette recherche dépasse %s résultats : précisez-la avant de l’exporter.")
            return errors.refusal(request, sentence % french.number(exports.MOST_LINES))
    template = "access/search_results.html" if is_fragment else "access/search.html"
    response = render(request, template, {"screen": screen, "hides_top_search": True})
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


search.menu = "rechercher"  # type: ignore[attr-defined]
