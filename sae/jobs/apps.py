import logging

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "sae.jobs"
    label = "jobs"
    verbose_name = "Travaux"

    def ready(self) -> None:
        # The library tells each message at INFO; our jobs tell themselves in the journal.
        logging.getLogger("django-q").setLevel(logging.WARNING)
