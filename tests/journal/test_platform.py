"""Work across tenants leaves its line, unless it is the platform's own routine."""

import contextlib
import secrets

import pytest

from sae.journal.models import Operation
from sae.journal.platform import ROUTINE
from sae.journal.verification import verify_tenant
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope


@pytest.fixture
def home(committed_db):
    with platform_scope(reason="naissance de la plateforme"):
        organisation = Organisation.objects.create(name=secrets.token_hex(8), is_platform=True)
        return Tenant.objects.create(
            organisation=organisation, number=1, name="Preuve", kind=Tenant.Kind.PROOF
        )


def reasons(home):
    with tenant_scope(home.id):
        return [told["reason"] for told in Operation.objects.values_list("detail", flat=True)]


def test_work_across_tenants_is_journalled_with_its_reason(home):
    with platform_scope(reason="créer une organisation"):
        Organisation.objects.create(name="Bourg-Neuf")
    assert reasons(home) == ["créer une organisation"]
    assert verify_tenant(home.id).broken is None


def test_work_that_is_undone_leaves_no_line(home):
    with contextlib.suppress(ZeroDivisionError), platform_scope(reason="essai"):
        1 / 0  # noqa: B018
    assert reasons(home) == []


def test_the_platform_s_routine_leaves_no_line(home):
    with platform_scope(reason=f"{ROUTINE} file des travaux"):
        pass
    assert reasons(home) == []
