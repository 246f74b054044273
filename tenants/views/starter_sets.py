"""Sets of referentials to begin with: read, compared, then applied like any file."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tenants.access import account_of, requires
from tenants.models import ReferentialDraft
from tenants.permissions import Permission
from tenants.referentials.drafts import open_draft
from tenants.referentials.kinds import KINDS, Kind
from tenants.views.referential_places import HOME


@dataclass(frozen=True, slots=True)
class StarterSet:
    """A file shipped with the platform: what it holds, and where it comes from."""

    key: str
    kind_slug: str
    file_name: str
    label: str | Promise
    description: str | Promise
    source: str | Promise

    @property
    def kind(self) -> Kind:
        return KINDS[self.kind_slug]

    @property
    def content(self) -> bytes:
        return resources.files("tenants.starter").joinpath(self.file_name).read_bytes()

    @property
    def count(self) -> int:
        """Number of elements of a CSV set."""
        return self.content.count(b"\n") - 1


SETS: Sequence[StarterSet] = (
    StarterSet(
        "services-commune",
        "agencies",
        "agencies.csv",
        gettext_lazy("Services d’une ville et d’une métropole"),
        gettext_lazy("Les services les plus communs, à renommer selon votre organigramme."),
        gettext_lazy("Organisation habituelle des communes."),
    ),
    StarterSet(
        "regles-courantes",
        "rules",
        "rules.csv",
        gettext_lazy("Règles courantes"),
        gettext_lazy("Une règle ou deux par catégorie, de quoi commencer."),
        gettext_lazy("Code du patrimoine, code civil, code de la commande publique."),
    ),
    StarterSet(
        "communicabilite",
        "rules",
        "access_rules.csv",
        gettext_lazy("Délais de communicabilité AR038 à AR062"),
        gettext_lazy("Les codes de délais que portent les versements au format SEDA 1.0."),
        gettext_lazy("Code du patrimoine, articles L213-1 et L213-2 ; table du SEDA."),
    ),
    StarterSet(
        "conservation-communes",
        "rules",
        "retention_rules.csv",
        gettext_lazy("Durées de conservation des communes"),
        gettext_lazy("Les durées d’utilité administrative les plus fréquentes en mairie."),
        gettext_lazy(
            "Instructions de tri et de conservation des archives communales "
            "(DAF/DPACI/RES/2009/018, SIAF/2014/006) et textes qu’elles citent ; à vérifier "
            "avec les Archives départementales avant toute élimination."
        ),
    ),
)


@requires(Permission.REFERENTIAL_IMPORT)
@require_GET
def starter_sets(request: HttpRequest) -> HttpResponse:
    """The sets that can be loaded into this coffre."""
    context = {
        "sets": SETS,
        "breadcrumb": [(HOME, reverse("referentials")), (_("Jeux de départ"), "")],
    }
    return render(request, "tenants/starter_sets.html", context)


@requires(Permission.REFERENTIAL_IMPORT)
@require_POST
def starter_set_load(request: HttpRequest, key: str) -> HttpResponse:
    """Prepare a set as a change of its referential: nothing is written before it is applied."""
    chosen = next((one for one in SETS if one.key == key), None)
    if chosen is None:
        raise Http404
    draft = open_draft(
        chosen.kind,
        content=chosen.content,
        file_name=chosen.file_name,
        origin=ReferentialDraft.Origin.STARTER,
        account_id=account_of(request).id,
    )
    return redirect("referential_draft", draft.id)
