"""Settings as a new process reads them from its environment."""

from __future__ import annotations

import os
import subprocess
import sys

PRODUCTION = {
    "DATABASE_URL": "postgresql://leadscore_app:secret@db.example/leadscore",
    "DATABASE_OWNER_URL": "postgresql://leadscore_owner:secret@db.example/leadscore",
    "REDIS_URL": "redis://redis.example:6379/0",
    "SECRET_KEY": "Zm9yIHRlc3RzIG9ubHksIG5vdCBhIHNlY3JldCBvZiBhbnlib2R5LCAxMjM0NTY3ODkw",
    "SITE_URL": "https://leads.example",
    "ALLOWED_HOSTS": "leads.example",
    "EMAIL_URL": "smtp+tls://user:password@smtp.example:587",
}
# Set for the suite itself, the last for what runs beside a browser.
NAMES = {*PRODUCTION, "LEADSCORE_DATA", "STATIC_IS_COLLECTED", "ANYMAIL_PROVIDER", "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"}


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in NAMES}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env={**inherited, **environment}, capture_output=True, text=True, check=False)


def setting(environment: dict[str, str], expression: str) -> str:
    done = run(environment, "shell", "--no-imports", "-c", f"from django.conf import settings; print({expression})")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_deployment_check_is_clean_with_the_documented_settings():
    done = run(PRODUCTION, "check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "System check identified no issues (0 silenced).\n"


def test_it_refuses_to_run_without_a_secret_key_outside_demo_mode():
    without = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}
    for key in ({}, {"SECRET_KEY": ""}, {"SECRET_KEY": "change-me-" + "x1y2z3" * 10}, {"SECRET_KEY": "a" * 80}, {"SECRET_KEY": "short"}):
        done = run({**without, **key}, "check")
        assert done.returncode == 1
        assert "ImproperlyConfigured: Set SECRET_KEY" in done.stderr


def test_one_server_named_and_the_other_not_is_refused():
    for missing in ("DATABASE_URL", "REDIS_URL"):
        done = run({**PRODUCTION, missing: ""}, "check")
        assert "ImproperlyConfigured: Set both DATABASE_URL and REDIS_URL" in done.stderr


def test_demo_mode_makes_a_key_once_and_keeps_mail(tmp_path):
    demo = {"LEADSCORE_DATA": str(tmp_path / "data")}
    expression = "settings.DEMO_MODE, settings.MAIL_IS_KEPT, len(settings.SECRET_KEY) >= 50, hash(settings.SECRET_KEY)"
    first = setting({**demo, "PYTHONHASHSEED": "0"}, expression)
    assert first.startswith("True True True ")
    assert setting({**demo, "PYTHONHASHSEED": "0"}, expression) == first


def test_a_mail_server_named_in_demo_mode_is_used(tmp_path):
    demo = {"LEADSCORE_DATA": str(tmp_path / "data"), "EMAIL_URL": "smtp://127.0.0.1:2525"}
    assert setting(demo, "settings.MAIL_IS_KEPT, settings.EMAIL_HOST, settings.EMAIL_PORT") == "False 127.0.0.1 2525"


def test_a_provider_of_anymail_is_chosen_by_name():
    provider = {**PRODUCTION, "EMAIL_URL": "", "ANYMAIL_PROVIDER": "mailgun", "ANYMAIL_MAILGUN_API_KEY": "key"}
    assert setting(provider, "settings.EMAIL_BACKEND, settings.ANYMAIL['MAILGUN_API_KEY']") == "anymail.backends.mailgun.EmailBackend key"


def test_celery_speaks_to_the_same_redis_unless_told_otherwise(tmp_path):
    assert setting(PRODUCTION, "settings.CELERY_BROKER_URL") == "redis://redis.example:6379/0"
    assert setting({**PRODUCTION, "CELERY_BROKER_URL": "amqp://rabbit.example"}, "settings.CELERY_BROKER_URL") == "amqp://rabbit.example"
    assert setting({"LEADSCORE_DATA": str(tmp_path / "data")}, "settings.CELERY_BROKER_URL[:20]") == "redis+socket:///tmp/"
