"""Settings for looking at pages and components alone: no account, no coffre, no database."""

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]
ENVIRONMENT = "test"
SECRET_KEY = "of-no-value" * 6
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "sae.ui.apps.UiConfig",
    "django.forms",
    "django.contrib.staticfiles",
    "django.contrib.messages",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
]
MIDDLEWARE = [
    "sae.ui.correlation.CorrelationMiddleware",
    "sae.ui.security.SecurityHeadersMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "tests.ui.urls_without_database"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "sae.ui.context.layout",
            ]
        },
    }
]
FORM_RENDERER = "sae.ui.forms.FormRenderer"
LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
