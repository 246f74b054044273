"""Addresses of the way out: home, classification, units, search, objects, journals."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
