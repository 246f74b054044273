from django.db import models


class Visit(models.Model):
    """One row for each time the demonstration was asked for."""

    class Meta:
        app_label = "small_site"

    def __str__(self) -> str:
        return f"visit {self.pk}"
