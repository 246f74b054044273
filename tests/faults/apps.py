from django.apps import AppConfig


class FaultsConfig(AppConfig):
    """Traps around the steps, in the workers that these tests start and nowhere else."""

    name = "tests.faults"
    label = "faults"

    def ready(self) -> None:
        from tests.faults import cancellation_traps, traps

        traps.install()
        cancellation_traps.install()
