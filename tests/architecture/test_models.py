"""Every table has its tenant, its wall, and the manager that fails closed, or a written reason."""

import inspect

from django.apps import apps
from django.db import models

from sae.tenancy.checks import ROW_LEVEL_SECURITY_EXEMPT, tenant_models
from sae.tenancy.models import TenantForeignKey, TenantManager, TenantModel

OUR_APPS = {
    "tenancy",
    "storage",
    "journal",
    "jobs",
    "holdings",
    "tenants",
    "ingest",
    "access",
    "ui",
}

WITHOUT_TENANT = {
    "tenancy.Organisation": "the directory: who exists, before any coffre is chosen",
    "tenancy.Tenant": "the directory of coffres itself",
    "tenants.Account": "signing in precedes the choice of a coffre",
    "tenants.AccountSession": "signing in precedes the choice of a coffre",
    "tenants.SignOnDomain": "which organisation an address belongs to, before anyone is in",
    "tenants.AccountSecurity": "part of the account, which signing in reads first",
    "jobs.Turn": "whose turn it is among tenants: no data of theirs",
    "jobs.WorkerPresence": "the worker processes of the platform",
}


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in OUR_APPS]


def test_every_table_belongs_to_a_tenant_or_says_why_not() -> None:
    bare = {
        f"{model._meta.app_label}.{model.__name__}"
        for model in our_models()
        if not issubclass(model, TenantModel) and model._meta.managed
    }
    assert bare <= set(WITHOUT_TENANT), bare - set(WITHOUT_TENANT)


def test_no_manager_lets_rows_of_other_tenants_through() -> None:
    for model in tenant_models():
        for manager in model._meta.managers:
            assert isinstance(manager, TenantManager), f"{model.__name__}.{manager.name}"
        assert isinstance(model._base_manager, TenantManager), model.__name__


def test_keys_between_tables_of_tenants_are_composite() -> None:
    for model in tenant_models():
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey) and field.name != "tenant":
                assert isinstance(field, TenantForeignKey), f"{model.__name__}.{field.name}"


def test_unique_constraints_begin_with_the_tenant() -> None:
    for model in tenant_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
                assert constraint.fields[0] == "tenant", f"{model.__name__}: {constraint.name}"


def test_tables_without_policy_have_a_reason() -> None:
    assert all(len(reason) > 20 for reason in ROW_LEVEL_SECURITY_EXEMPT.values())


def test_every_model_says_what_it_is() -> None:
    for model in our_models():
        assert inspect.getdoc(model), model.__name__
