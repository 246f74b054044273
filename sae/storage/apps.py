from django.apps import AppConfig


class StorageConfig(AppConfig):
    name = "sae.storage"
    label = "storage"
    verbose_name = "Stockage"

    def ready(self) -> None:
        from sae.storage import checks  # noqa: F401
