"""Settings, read from the environment. README.md has the table of variables.

With neither DATABASE_URL nor REDIS_URL this is *demo mode*: the servers are the embedded ones of the folder LEADSCORE_DATA.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from leadscore.launcher.folder import OWNER_ROLE, DataFolder
from leadscore.logs import configure_structlog, logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Mode -------------------------------------------------------------------------------------------------------------------------
DATA_FOLDER = DataFolder.at(os.environ.get("LEADSCORE_DATA") or BASE_DIR / ".data")
DEMO_MODE = not (env.str("DATABASE_URL", "") or env.str("REDIS_URL", ""))
if not DEMO_MODE and not (env.str("DATABASE_URL", "") and env.str("REDIS_URL", "")):
    raise ImproperlyConfigured("Set both DATABASE_URL and REDIS_URL, or neither for the embedded servers.")

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY and DEMO_MODE:
    SECRET_KEY = DATA_FOLDER.secret_key()
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith(("change-me", "django-insecure-")):
    raise ImproperlyConfigured("Set SECRET_KEY to a secret text of at least 50 characters, such as the output of `openssl rand -base64 48`.")

# --- Where it is served -----------------------------------------------------------------------------------------------------------
SITE_URL = (env.str("SITE_URL", "") or (DEMO_MODE and DATA_FOLDER.site_url) or "http://127.0.0.1:8000").rstrip("/")
SITE = urlsplit(SITE_URL)
IS_HTTPS = SITE.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[str(SITE.hostname), *(["localhost", "127.0.0.1", "[::1]"] if DEMO_MODE else [])])
CSRF_FAILURE_VIEW = "leadscore.refusals.csrf_failed"
CSRF_TRUSTED_ORIGINS = [f"{SITE.scheme}://{SITE.netloc}"]
# Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed (leadscore.proxies).
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 31_536_000 if IS_HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # Tabler's icons in CSS
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- Servers ----------------------------------------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", "") or DATA_FOLDER.database_url()
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", "") or (DATA_FOLDER.database_url(OWNER_ROLE) if DEMO_MODE else "")
REDIS_URL = env.str("REDIS_URL", "") or DATA_FOLDER.redis_url


def database(url: str) -> dict[str, Any]:
    """A connection that lives on between requests, and that a PgBouncer in transaction mode may hand around."""
    return {
        **environ.Env.db_url_config(url),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", 300),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


# "default" is the process role, which row-level security binds; "owner" owns the tables and is for migrations alone.
DATABASES = {"default": database(DATABASE_URL)}
if DATABASE_OWNER_URL:
    DATABASES["owner"] = {**database(DATABASE_OWNER_URL), "CONN_MAX_AGE": 0}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "leadscore"}}

# --- Celery (leadscore/celery.py has the queues and the schedule) -----------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or REDIS_URL.replace("unix://", "redis+socket://")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_connect_timeout": 2, "socket_keepalive": True}
# A wake-up that cannot be queued is found by a sweep: the caller is not kept waiting for the broker.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 220_000  # KiB: a child that grew is replaced after its task
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_FOLDER.path / "celerybeat-schedule")

# --- Applications -----------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "leadscore",
    "accounts",
    "contacts",
    "notifications",
    "scoring",
    "tracking",
    "insights",
    "demo",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "leadscore.apps.UsedStaticFilesConfig",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "anymail",
    "csp",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "leadscore.health.ProbeMiddleware",
    *(["leadscore.proxies.TrustedProxyMiddleware"] if TRUSTED_PROXIES else []),
    "tracking.middleware.CollectorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "leadscore.refusals.MethodPageMiddleware",
]
ROOT_URLCONF = "leadscore.urls"
WSGI_APPLICATION = "leadscore.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "leadscore.navigation.frame",
            ],
        },
    },
]
FORM_RENDERER = "leadscore.rendering.FormRenderer"

# --- Signing in -------------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none" if DEMO_MODE else "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE.scheme
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "accounts.signing_in.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.signing_in.SignInForm",
    "signup": "accounts.signing_in.SignUpForm",
    "reset_password": "accounts.signing_in.ResetPasswordForm",
    "reset_password_from_key": "accounts.signing_in.NewPasswordForm",
    "change_password": "accounts.signing_in.ChangePasswordForm",
    "set_password": "accounts.signing_in.SetPasswordForm",
    "add_email": "accounts.signing_in.AddEmailForm",
    "reauthenticate": "accounts.signing_in.ReauthenticateForm",
}

# --- Mail -------------------------------------------------------------------------------------------------------------------------
# EMAIL_URL, or ANYMAIL_PROVIDER (such as mailgun) with that provider's ANYMAIL_… variables.
ANYMAIL_PROVIDER = env.str("ANYMAIL_PROVIDER", "")
ANYMAIL = {name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_")}
# Messages are rendered and logged, and sent nowhere.
MAIL_IS_KEPT = DEMO_MODE and not (env.str("EMAIL_URL", "") or ANYMAIL_PROVIDER)
if ANYMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{ANYMAIL_PROVIDER}.EmailBackend"
else:  # the account's own mails, such as a password's reset, are printed where mail is kept
    globals().update(environ.Env.email_url_config(env.str("EMAIL_URL", "") or ("consolemail://" if MAIL_IS_KEPT else "smtp://localhost:25")))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "") or f"leadscore <leadscore@{'localhost' if DEMO_MODE else SITE.hostname}>"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Pages and files --------------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "build" / "assets"]
STATIC_ROOT = BASE_DIR / "build" / "static"
# Collected: hashed names, compressed, cached for ever. Not collected: as they lie in the checkout, for tests and single commands.
STATIC_IS_COLLECTED = env.bool("STATIC_IS_COLLECTED", not DEMO_MODE)
WHITENOISE_USE_FINDERS = not STATIC_IS_COLLECTED
WHITENOISE_AUTOREFRESH = False
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("png", "jpg", "gif", "webp", "woff", "woff2", "gz", "map")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_IS_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- REST -------------------------------------------------------------------------------------------------------------------------
# What resources share is theirs to say (leadscore.api.resources).
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "leadscore.api.schema.ResourceSchema",
    "DEFAULT_RENDERER_CLASSES": ["leadscore.api.media.ExactJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["leadscore.api.media.ExactJSONParser"],
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "leadscore",
    "VERSION": "v1",
    "DESCRIPTION": "The management API under /api/v1/, and the tracking API, which is compatible with Segment's HTTP Tracking API.",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "PREPROCESSING_HOOKS": [],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "leadscore.api.schema.add_what_is_described_by_hand"],
    "PATH_CONVERTER_OVERRIDES": {
        "id": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
        "key": {"type": "string", "pattern": "^[a-z0-9-]{1,50}$"},
    },
    "ENUM_NAME_OVERRIDES": {
        "KeyKind": "accounts.models.KeyKind",
        "ActivityKind": "contacts.models.ActivityKind",
        "JobState": "accounts.models.JobState",
        "MessageState": "notifications.models.MessageState",
        "VersionState": "scoring.models.VersionState",
    },
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "validatorUrl": None},
    "SERVE_INCLUDE_SCHEMA": False,
}

# --- Watching ---------------------------------------------------------------------------------------------------------------------
LOGGING = logging_settings(human=env.bool("LOG_FOR_PEOPLE", DEMO_MODE), level=env.str("LOG_LEVEL", "INFO"))
configure_structlog()
# /metrics answers whoever sends this as a bearer token; without one there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
