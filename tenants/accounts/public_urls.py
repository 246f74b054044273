"""Addresses of accounts for who is not signed in yet."""

from django.urls import URLPattern, URLResolver, path

from tenants.accounts.views import links

urlpatterns: list[URLPattern | URLResolver] = [
    path("compte/mot-de-passe-oublie/", links.password_forgotten, name="password_forgotten"),
    path("compte/lien/<slug:identifier>/<str:secret>/", links.account_link, name="account_link"),
]
