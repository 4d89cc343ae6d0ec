"""Answers that took some work, kept for a while. Redis may be away or forget them; then they are worked out anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import redis
import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)


def recall(keys: Collection[str]) -> dict[str, Any]:
    """The answers that are there, by key."""
    if not keys:
        return {}
    try:
        return dict(cache.get_many(list(keys)))
    except redis.RedisError as error:
        log.warning("nothing_is_recalled", error=str(error))
        return {}


def is_first(key: str, seconds: int) -> bool:
    """Whether nobody asked this in the last so many seconds; never while Redis is away."""
    try:
        return bool(cache.add(key, 1, seconds))
    except redis.RedisError as error:
        log.warning("nobody_is_first", error=str(error))
        return False


def remember(answers: Mapping[str, Any], seconds: int) -> None:
    """Keeps answers, made of what JSON has and tuples."""
    try:
        cache.set_many(dict(answers), seconds)
    except redis.RedisError as error:
        log.warning("nothing_is_remembered", error=str(error))
