"""The workers of these tests answer no address."""

urlpatterns: list[object] = []
