"""Settings of the workers that these tests start: the whole product, traps, and quick times."""

from sae.config.settings import *  # noqa: F403
from sae.config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.apps.FaultsConfig"]
JOBS = {
    "lease": 3.0,
    "heartbeat": 0.5,
    "reap": 0.1,
    "slice": 3.0,
    "silence": 30.0,
    "stuck": 4.0,
    "presence": 1.0,
    "backoff": 0.2,
}
