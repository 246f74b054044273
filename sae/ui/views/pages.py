"""Accessibility, glossary, shortcuts, preferences, and the fragments the frame asks for."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from sae.ui import colours, preferences
from sae.ui.glossary import GLOSSARY
from sae.ui.shell import Shell

# A page holds one list of coffres; more colours than this is not a page of ours.
MOST_COLOURS = 64


@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    """The honest state of accessibility, and whom to tell."""
    return render(request, "ui/accessibility.html")


@require_GET
def glossary(request: HttpRequest) -> HttpResponse:
    """Archivist's French, SEDA element, legal reference."""
    return render(request, "ui/glossary.html", {"entries": GLOSSARY})


@require_GET
def shortcuts(request: HttpRequest) -> HttpResponse:
    """The keys, and the switch that turns the single ones off (WCAG 2.1, 2.1.4)."""
    partial = request.headers.get("X-Fragment") == "shortcuts"
    template = "ui/shortcuts_list.html" if partial else "ui/shortcuts.html"
    return render(request, template)


@require_POST
def change_preferences(request: HttpRequest) -> HttpResponse:
    """Keep theme, density, keys or lines per page in the browser, and come back."""
    chosen = preferences.read(request).with_choices(request.POST.dict())
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = Shell(request).home_url
    response = redirect(back)
    preferences.write(response, chosen, secure=request.is_secure())
    return response


@require_GET
def running(request: HttpRequest) -> HttpResponse:
    """The operations under way, for the top bar; the fragment stops asking when none is left."""
    return render(request, "ui/components/running_fragment.html", {"shell": Shell(request)})


@require_GET
def coffre_colours(request: HttpRequest) -> HttpResponse:
    """The stylesheet of coffre colours outside the palette; 404 for one that is illegible."""
    digits = [one for one in request.GET.get("c", "").split(",") if one]
    if not digits or len(digits) > MOST_COLOURS:
        raise Http404
    try:
        sheet = colours.stylesheet(digits)
    except ValueError as malformed:
        raise Http404 from malformed
    response = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    # The address says the content: it never changes.
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
