"""Addresses under ``connecteurs/asalae/<number of the coffre>/restservices``.

Clients append their paths to the address that an administrator typed, with or without a slash at
its end: both are answered, neither redirected.
"""

from django.urls import re_path

from ingest.connectors.asalae import views

app_name = "asalae"

BASE = r"^connecteurs/asalae/(?P<number>[0-9]{1,9})/restservices/+"

urlpatterns = [
    re_path(rf"{BASE}ping/?$", views.ping, name="ping"),
    re_path(rf"{BASE}versions/?$", views.versions, name="versions"),
    re_path(rf"{BASE}sedaMessages/?$", views.messages, name="messages"),
    re_path(rf"{BASE}sedaMessages/(?P<rest>.+)$", views.message, name="message"),
    re_path(rf"{BASE}sedaAttachmentsChunkFiles/?$", views.pieces, name="pieces"),
]
