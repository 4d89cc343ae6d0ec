"""Log lines: coloured text for a person at a terminal, one JSON object each for a machine."""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied

# The links that are mailed: whoever reads a log line of one that is still good could use it. Allauth's reset leads on to `…-set-password`.
_MAILED = re.compile(r"(/invitations/|/addresses/|/password/reset/key/|/confirm-email/)[^/\s'\"?]+")
# A query may hold such a link, to go on to after signing in, or what was searched for, which is somebody's name or address.
_QUERY = re.compile(r"\?\S.*", re.DOTALL)


def without_secrets(logger: Any, method: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
    """A processor: takes the tokens out of mailed links, and the query out of a request."""
    if isinstance(request := line.get("request"), str):
        line["request"] = _QUERY.sub("?…", _MAILED.sub(r"\1…", request))
    if isinstance(event := line.get("event"), str):
        line["event"] = _MAILED.sub(r"\1…", event)
    return line


SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    without_secrets,
    structlog.processors.StackInfoRenderer(),
]


def without_trace_of_refusals(record: logging.LogRecord) -> bool:
    """A filter: somebody who asks for what they may not see is a line, not a fault of ours with a trace."""
    if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
        record.exc_info = None
    return True


def logging_settings(human: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING. Lines of the standard library's loggers get the same form as structlog's."""
    renderers: list[structlog.types.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback)]
        if human
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        "foreign_pre_chain": SHARED,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "filters": {"refusals": {"()": lambda: without_trace_of_refusals}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"filters": ["refusals"]},
            "django.server": {"handlers": [], "propagate": True},
            # Two lines a request are for a log store, not for a person watching.
            "django_structlog": {"level": "WARNING" if human else level},
            # A line for each sweep of each second; tasks log what they did themselves.
            "celery": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
        },
    }


def configure_structlog() -> None:
    """Send structlog's own lines through the standard library's handlers above."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
