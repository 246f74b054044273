"""Addresses of the access contracts."""

from django.urls import path

from tenants.access import requires
from tenants.contracts_edit import views
from tenants.permissions import Permission
from tenants.positions.views import access_contract_positions

_list = requires(Permission.CONTRACT_MANAGE)

urlpatterns = [
    path("contrats-acces/", _list(views.AccessContractList.as_view()), name="access_contracts"),
    path("contrats-acces/nouveau/", views.access_contract_new, name="access_contract_new"),
    path("contrats-acces/apercu/", views.access_contract_preview, name="access_contract_preview"),
    path("contrats-acces/positions/", access_contract_positions, name="access_contract_positions"),
    path("contrats-acces/<uuid:row_id>/", views.access_contract, name="access_contract"),
    path(
        "contrats-acces/<uuid:row_id>/modifier/",
        views.access_contract_edit,
        name="access_contract_edit",
    ),
    path(
        "contrats-acces/<uuid:row_id>/statut/",
        views.access_contract_switch,
        name="access_contract_switch",
    ),
]
