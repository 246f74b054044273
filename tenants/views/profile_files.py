"""The schema of an archive profile: joined to its notice, given back, compared with another.

Joined in two moments, as any change of a referential: what it would change is shown first.
"""

import uuid
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sae.tenancy.middleware import tenant_of
from sae.ui import french
from sae.ui.correlation import correlation_id
from tenants.access import account_of, requires
from tenants.models import ArchiveProfile, ProfileFile, ReferentialVersion
from tenants.permissions import Permission
from tenants.referentials.archive_profiles import (
    ARCHIVE_PROFILES,
    attach_profile_file,
    keep_file,
)
from tenants.referentials.counting import count_uses
from tenants.referentials.file_differences import file_differences
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS
from tenants.referentials.profile_bundles import forget_unused_files
from tenants.referentials.sentences import sentence
from tenants.referentials.under_way import deposits_under_way
from tenants.views.referential_places import breadcrumb_of, element_url
from tenants.views.referential_users import users_of

MOST_BYTES = 10 * 1024 * 1024


class ProfileFileForm(forms.Form):
    """The schema, XSD or RNG as the notice says."""

    file = forms.FileField(label=gettext_lazy("Fichier"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("Ce fichier dépasse %(size)s.") % {"size": french.size(MOST_BYTES)}
            )
        return file


@requires(Permission.REFERENTIAL_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def profile_file(request: HttpRequest, row_id: uuid.UUID) -> HttpResponseBase:
    """Choose the schema of a profile; one that is not valid is refused with its fault."""
    kind, row = KINDS[ARCHIVE_PROFILES.slug], _profile(row_id)
    posted = request.method == "POST"
    form = ProfileFileForm(request.POST if posted else None, request.FILES if posted else None)
    if posted and form.is_valid():
        content, name = form.cleaned_data["file"].read(), form.cleaned_data["file"].name
        report = attach_profile_file(
            tenant=tenant_of(request), identifier=row.identifier, content=content, check=True
        )
        if report.is_accepted:
            forget_unused_files()
            place = reverse("profile_file_preview", args=[row.id, keep_file(content)])
            return redirect(f"{place}?{urlencode({'nom': name[-200:]})}")
        for found in report.problems:
            form.add_error("file", sentence(found))
    form.fields["file"].help_text = _("Un schéma %(format)s.") % {"format": row.format}
    context = {
        "form": form,
        "row": row,
        "back_url": element_url(kind, row.id),
        "breadcrumb": breadcrumb_of(
            kind, _("Fichier"), between=(row.identifier, element_url(kind, row.id))
        ),
    }
    return render(request, "tenants/profile_file.html", context)


@requires(Permission.REFERENTIAL_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def profile_file_preview(request: HttpRequest, row_id: uuid.UUID, sha512: str) -> HttpResponseBase:
    """What a schema would change and for whom, then its joining (``nom``: that of its file)."""
    kind, row = KINDS[ARCHIVE_PROFILES.slug], _profile(row_id)
    content = ProfileFile.content_of(sha512.replace("\x00", ""))
    if content is None:
        raise Http404
    name = request.GET.get("nom", "")[:200]
    judged = partial(
        attach_profile_file, tenant=tenant_of(request), identifier=row.identifier, content=content
    )
    report = judged(check=True)
    if request.method == "POST":
        seen = request.POST.get("vu", "")
        if seen == str(row.version) and report.is_accepted:
            agent = Agent(account_id=account_of(request).id, request_id=correlation_id())
            report = judged(agent=agent, file_name=name, over=row.version)
            if report.is_accepted:
                messages.success(request, _("Le fichier est joint au profil."))
                return redirect(element_url(kind, row.id))
        messages.warning(
            request, _("Le profil a changé entre-temps : relisez ce qui serait fait, puis joignez.")
        )
        return redirect(request.get_full_path())
    before = bytes(row.file) if row.file is not None else None
    place = element_url(kind, row.id)
    context = {
        "row": row,
        "name": name,
        "size": len(content),
        "sha512": sha512,
        "faults": [sentence(one) for one in report.problems],
        "is_same": before == content,
        "found": file_differences(before, content) if before is not None else None,
        "users": users_of(
            kind.slug,
            row.identifier,
            count_uses(kind.slug, [row.identifier]).get(row.identifier),
            reader=request,
        ),
        "under_way": deposits_under_way(kind.slug, [row.identifier]).get(row.identifier, []),
        "other_url": reverse("profile_file", args=[row.id]),
        "back_url": place,
        "breadcrumb": breadcrumb_of(kind, _("Fichier"), between=(row.identifier, place)),
    }
    return render(request, "tenants/profile_file_preview.html", context)


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def profile_file_download(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """The schema of a profile, as it was joined."""
    row = _profile(row_id)
    if not row.file:
        raise Http404
    return _download(bytes(row.file), row.path or f"{row.identifier}.{row.format.lower()}")


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def profile_version_file(request: HttpRequest, row_id: uuid.UUID, number: int) -> HttpResponse:
    """The schema that a version of a profile carried."""
    row = _profile(row_id)
    version = ReferentialVersion.objects.filter(
        kind=ARCHIVE_PROFILES.slug, identifier=row.identifier, number=number
    ).first()
    facts = version.document.get("File") if version is not None else None
    content = ProfileFile.content_of(facts["Sha512"]) if facts else None
    if facts is None or content is None:
        raise Http404
    return _download(content, facts["Name"])


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def profile_file_differences(request: HttpRequest) -> HttpResponse:
    """The differences between two schemas of the coffre (``de``, ``a``: their SHA-512)."""
    digests = [request.GET.get(name, "").replace("\x00", "") for name in ("de", "a")]
    before, after = (ProfileFile.content_of(one) for one in digests)
    if before is None or after is None:
        raise Http404
    kind = KINDS[ARCHIVE_PROFILES.slug]
    context = {
        "found": file_differences(before, after),
        "digests": digests,
        "breadcrumb": breadcrumb_of(kind, _("Différences du fichier")),
    }
    return render(request, "tenants/profile_file_differences.html", context)


def _download(content: bytes, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(
        content,
        content_type="application/xml",
        headers={"Content-Disposition": disposition},
    )


def _profile(row_id: uuid.UUID) -> ArchiveProfile:
    row = ArchiveProfile.objects.filter(id=row_id).first()
    if row is None:
        raise Http404
    return row
