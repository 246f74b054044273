from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "access"
    verbose_name = "Consultation"

    def ready(self) -> None:
        from access import wiring

        wiring.connect()
