"""The Celery application: three queues, and what beat starts."""

from __future__ import annotations

import gc
import os
from typing import Any

import redis
import structlog
from celery import Celery, signals
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")

app = Celery("leadscore")
app.config_from_object("django.conf:settings", namespace="CELERY")

# What a visitor waits for comes first, then what a salesperson waits for, then what may take minutes.
QUEUES = ("drain", "deliver", "background")

# name → {"task", "schedule" (seconds), "options"}. `expires` keeps a sweep that nobody took from piling up.
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "scoring.sweep_due": {"task": "scoring.tasks.sweep_due", "schedule": 10.0, "options": {"expires": 10}},
    "scoring.sweep_jobs": {"task": "scoring.tasks.sweep_jobs", "schedule": 10.0, "options": {"expires": 10}},
    "tracking.sweep": {"task": "tracking.tasks.sweep", "schedule": 1.0, "options": {"expires": 10}},
    "tracking.catalogue": {"task": "tracking.tasks.catalogue", "schedule": 10.0, "options": {"expires": 10, "queue": "background"}},
    "notifications.sweep": {"task": "notifications.tasks.sweep", "schedule": 3.0, "options": {"expires": 10}},
    "scoring.forget_merges": {"task": "scoring.tasks.forget_merges", "schedule": 86_400.0},
    "scoring.purge_imports": {"task": "scoring.tasks.purge_imports", "schedule": 86_400.0, "options": {"queue": "background"}},
    "tracking.purge_rejected": {"task": "tracking.tasks.purge_rejected", "schedule": 86_400.0, "options": {"queue": "background"}},
}

app.conf.task_queues = [Queue(name) for name in QUEUES]
app.conf.task_default_queue = "background"
app.conf.task_routes = {"tracking.tasks.*": {"queue": "drain"}, "notifications.tasks.*": {"queue": "deliver"}}
app.conf.beat_schedule = BEAT_SCHEDULE
app.autodiscover_tasks()

# Redis key that a worker renews while it takes work: how long ago is told by the time it has left.
WORKER_SEEN = "leadscore:worker-seen"
WORKER_SEEN_SECONDS = 3600


@signals.setup_logging.connect
def leave_logging_to_settings(**kwargs: Any) -> None:
    """Celery sets up its own unless somebody answers this signal."""


@signals.celeryd_init.connect
def refuse_to_start_unbound(**kwargs: Any) -> None:
    from leadscore.roles import refuse_privileged_role

    refuse_privileged_role()


# Objects made, less those freed, before the collector looks for cycles. A batch makes some hundred thousand that hold none, and reference
# counts free them at its end; Python's default of 700 would have the collector walk through them all, many times a batch.
COLLECT_AFTER = 100_000


@signals.worker_process_init.connect
def leave_what_never_changes_to_itself(**kwargs: Any) -> None:
    """The collector need not walk through the code and the models again and again while a batch makes its many objects: a fifth of a drain's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


@signals.worker_ready.connect
@signals.heartbeat_sent.connect
def say_that_a_worker_is_there(**kwargs: Any) -> None:
    """A mark that the status page shows. It is no work: a broker that is away is the worker's own affair."""
    from django.conf import settings

    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        client.set(WORKER_SEEN, 1, ex=WORKER_SEEN_SECONDS)
    except redis.RedisError as error:
        structlog.get_logger(__name__).warning("worker_seen_not_noted", error=str(error))
    finally:
        client.close()
