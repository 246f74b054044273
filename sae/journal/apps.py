from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "sae.journal"
    label = "journal"
    verbose_name = "Journaux"

    def ready(self) -> None:
        from sae.journal import platform

        platform.connect()
