"""Settings of the workers that these tests start: the rooms under the queue, and quick times."""

from sae.config.settings import *  # noqa: F403

INSTALLED_APPS = [
    "tests.jobs.apps.PlaygroundConfig",
    "sae.jobs.apps.JobsConfig",
    "sae.journal.apps.JournalConfig",
    "sae.tenancy.apps.TenancyConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_q",
]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.jobs.no_urls"
AUTH_USER_MODEL = "auth.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
JOBS = {
    "lease": 2.0,
    "heartbeat": 0.4,
    "reap": 0.2,
    "slice": 3.0,
    "silence": 4.0,
    "stuck": 4.0,
    "presence": 1.0,
    "backoff": 0.05,
}
