import os
from pathlib import Path

from sae.config.database import database_from_url

BASE_DIR = Path(os.environ["SMALL_SITE_DIR"])
DATA_DIR = Path(os.environ.get("SAE_DATA_DIR", BASE_DIR / "var"))
SECRET_KEY = os.environ.get("SAE_SECRET_KEY", "unused")
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "sae.embedded.apps.EmbeddedConfig",
    "tests.embedded.small_site",
    "django.contrib.staticfiles",
]
ROOT_URLCONF = "tests.embedded.small_site.urls"
WSGI_APPLICATION = "tests.embedded.small_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("SAE_STATIC_ROOT", BASE_DIR / "staticfiles")
_app = os.environ.get("SAE_DATABASE_URL", "postgresql://nobody@/nowhere?host=/nowhere")
DATABASES = {
    "default": database_from_url(_app),
    "owner": database_from_url(os.environ.get("SAE_DATABASE_OWNER_URL", _app)),
}
