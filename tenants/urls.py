"""Addresses of accounts, coffres and referentials."""

from django.urls import path

from tenants.views import coffres

urlpatterns = [
    path("coffre/", coffres.switch, name="coffre_switch"),
]
