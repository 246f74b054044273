from django.apps import AppConfig


class PlaygroundConfig(AppConfig):
    """The handlers of the tests, as a room above the queue would bring its own."""

    name = "tests.jobs"
    label = "playground"

    def ready(self) -> None:
        from tests.jobs.playground import register_all

        register_all()
