"""Addresses of second factor, sessions, sign-on."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
