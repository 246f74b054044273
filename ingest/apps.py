from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "ingest"
    verbose_name = "Versements"

    def ready(self) -> None:
        from ingest import checks, wiring  # noqa: F401

        wiring.connect()
