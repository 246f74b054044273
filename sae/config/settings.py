"""Settings, read from SAE_* environment variables alone; a wrong value refuses to start."""

from pathlib import Path
from typing import Any

from environs import Env, validate

from sae.config.database import database_from_url

env = Env(prefix="SAE_")

BASE_DIR = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = env.str(
    "ENV",
    "development",
    validate=validate.OneOf(["production", "embedded", "development", "test"]),
)
IN_PRODUCTION = ENVIRONMENT == "production"

DEBUG = env.bool("DEBUG", False)
if IN_PRODUCTION and DEBUG:
    raise SystemExit("SAE_DEBUG est refusé quand SAE_ENV vaut « production ».")
SECRET_KEY = env.str("SECRET_KEY", "" if IN_PRODUCTION else "clef-de-developpement-sans-valeur" * 2)
if len(SECRET_KEY) < 50:
    raise SystemExit("SAE_SECRET_KEY doit être donnée (50 caractères au moins).")

DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
WORKSPACE_DIR = Path(env.str("WORKSPACE_DIR", str(DATA_DIR / "workspace"))).resolve()

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
BEHIND_TLS = env.bool("BEHIND_TLS", IN_PRODUCTION)

INSTALLED_APPS = [
    "sae.config.apps.ConfigConfig",
    "access.apps.AccessConfig",
    "ingest.apps.IngestConfig",
    "tenants.apps.TenantsConfig",
    "sae.ui.apps.UiConfig",
    "sae.holdings.apps.HoldingsConfig",
    "sae.jobs.apps.JobsConfig",
    "sae.journal.apps.JournalConfig",
    "sae.storage.apps.StorageConfig",
    "sae.tenancy.apps.TenancyConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_q",
]
if ENVIRONMENT != "production":
    INSTALLED_APPS.append("sae.embedded.apps.EmbeddedConfig")

MIDDLEWARE = [
    "sae.config.slow_clients.SlowClientsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "sae.ui.security.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "sae.ui.correlation.CorrelationMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tenants.security.gate.SessionGateMiddleware",
    "tenants.organisations.suspension.SuspensionMiddleware",
    "tenants.middleware.LoginRequiredMiddleware",
    "sae.tenancy.middleware.TenantScopeMiddleware",
    "tenants.organisations.support_session.SupportMiddleware",
    "tenants.middleware.SightMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "sae.config.urls"
WSGI_APPLICATION = "sae.config.wsgi.application"
# A POST redirected to its address with a slash becomes a GET in several clients.
APPEND_SLASH = False

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sae.ui.context.layout",
            ],
        },
    },
]
FORM_RENDERER = "sae.ui.forms.FormRenderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FILTERS_EMPTY_CHOICE_LABEL = "Tous"

DATABASE_URL = env.str("DATABASE_URL", "postgresql://sae_app@/sae")
DATABASES = {
    "default": {
        **database_from_url(DATABASE_URL),
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
    },
    "owner": database_from_url(env.str("DATABASE_OWNER_URL", DATABASE_URL)),
}
DATABASE_ROUTERS = ["sae.tenancy.router.OwnerMigratesRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The address is unique whatever its case (constraint account_email).
# X-Frame-Options is set by SecurityHeadersMiddleware, with the policy.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "security.W002"]

# In the database, where every web process sees it: attempts are counted there. Made by a migration.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "sae_cache",
        # Past that, a quarter goes: far above what one address may write before it waits.
        "OPTIONS": {"MAX_ENTRIES": 50_000, "CULL_FREQUENCY": 4},
    }
}

AUTH_USER_MODEL = "tenants.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "tenants.security.passwords.OrganisationPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "first_name", "last_name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "tenants.signing_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
# Wrong passwords are counted by tenants.security.throttle; « login_failed » remains for codes.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "5/300s/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
MFA_ADAPTER = "tenants.security.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "tenants.security.forms.CodeForm",
    "reauthenticate": "tenants.security.forms.ConfirmCodeForm",
    "activate_totp": "tenants.security.forms.ActivateTotpForm",
    "add_webauthn": "tenants.security.forms.AddPasskeyForm",
}
# Identity providers on a private network are called only where this is chosen.
OIDC_ALLOW_PRIVATE = env.bool("OIDC_ALLOW_PRIVATE", False)
# Whose address counts wrong passwords: behind one proxy, the last that X-Forwarded-For names.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 1 if BEHIND_TLS else 0)
# Certificates of applications: told by a proxy in this header, believed from these addresses.
CLIENT_CERT_HEADER = env.str("CLIENT_CERT_HEADER", "")
CLIENT_CERT_PROXIES: list[str] = env.list("CLIENT_CERT_PROXIES", ["127.0.0.1", "::1"])

# Mails: none leaves without a server. Their links never come from a host that a visitor chose.
EMAIL_URL = env.str("EMAIL_URL", "", validate=validate.Regexp(r"\A(?:smtp(?:s|\+tls)?://.+)?\Z"))
EMAIL_FROM = env.str("EMAIL_FROM", "SAE <ne-pas-repondre@localhost>")
PUBLIC_URL = env.str("PUBLIC_URL", "", validate=validate.Regexp(r"\A(?:https?://[^/]+/?)?\Z"))

SESSION_ENGINE = "tenants.security.session_store"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = False
CSRF_FAILURE_VIEW = "sae.ui.errors.csrf_failure"
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", BEHIND_TLS)
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS
SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
TIME_ZONE = env.str("TIME_ZONE", "Europe/Paris")
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or ENVIRONMENT == "test"
        else "sae.ui.static_storage.HashedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or ENVIRONMENT == "test"

# Deposits come as raw bodies streamed to disk; forms stay small.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = env.str("UPLOAD_TEMP_DIR", None)

# Without an object store: two folders, which only a trial can call two sites.
_DISKS = [
    {"id": f"disk-{letter}", "label": f"Disque {letter.upper()}", "kind": "filesystem"}
    | {"path": str(DATA_DIR / "offers" / letter), "create": True}
    for letter in "ab"
]
OFFERS: Any = env.json("OFFERS", [] if IN_PRODUCTION else _DISKS)
ANTIVIRUS_URL = env.str("ANTIVIRUS_URL", "")
TSA_URL = env.str("TSA_URL", "")
CLASSIFICATION_LEVELS = env.list(
    "CLASSIFICATION_LEVELS", ["Non protégé", "Secret Défense", "Confidentiel Défense"]
)
CLASSIFICATION_LEVEL_OPTIONAL = env.bool("CLASSIFICATION_LEVEL_OPTIONAL", True)
TUS_MAX_SIZE = env.int("UPLOAD_MAX_BYTES", 100 * 1024**3)
CLIENT_SILENCE_SECONDS = env.int("CLIENT_SILENCE_SECONDS", 60)
CANCELLATION_DELAY_DAYS = env.int("CANCELLATION_DELAY_DAYS", 7)
CANCELLATION_FOUR_EYES = env.bool("CANCELLATION_FOUR_EYES", False)

Q_CLUSTER = {
    "name": "short",
    "orm": "default",
    "workers": env.int("WORKERS", 1),
    "bulk": 1,
    "timeout": 600,
    "retry": 900,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "poll": 0.2,
    "catch_up": False,
    "label": "Travaux",
    "ALT_CLUSTERS": {"long": {"workers": env.int("LONG_WORKERS", 1), "timeout": 600, "retry": 900}},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"correlation": {"()": "sae.ui.correlation.CorrelationFilter"}},
    "formatters": {
        "line": {
            "()": "sae.config.logs.LineFormatter",
            "format": "{asctime} {levelname} {correlation} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["correlation"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}

env.seal()
