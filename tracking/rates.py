"""How many requests a second a key may make: a token bucket in Redis, or in this process while Redis is away."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from tracking.senders import Sender

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.1  # a Redis that does not answer within this is away
RETRY_SECONDS = 2.0  # between two attempts at a Redis that is away: one request waits for it, the others do not

# A process takes the tokens of this part of a second at once, so that a busy key asks Redis for few of its requests. It may use them late,
# by which a key can pass its rate by 2 % a process; where the rate is less than a hundred, it takes them one by one.
SHARE = 50

# A bucket holds one second's requests, and is forgotten when it must be full again. It goes by Redis' own clock, so that hosts need not
# agree on the time. Answers how many tokens it gives, or else, below zero, how many milliseconds to wait.
_TAKE = """
local rate, wanted = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(rate, (tonumber(bucket[1]) or rate) + math.max(0, now - (tonumber(bucket[2]) or now)) * rate / 1000)
if tokens < 1 then return -math.ceil((1 - tokens) * 1000 / rate) end
local given = math.min(wanted, math.floor(tokens))
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens - given), 'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], 2000)
return given
"""


@dataclass(slots=True)
class Bucket:
    """A token bucket of one process, for the time without Redis. `now` is in seconds of any steady clock.

    Threads may now and then take the same token; nothing depends on the exact number.
    """

    tokens: float
    at: float

    def take(self, rate: int, now: float) -> float:
        """Seconds to wait before the next attempt, 0 when a token was there."""
        self.tokens = min(rate, self.tokens + max(0.0, now - self.at) * rate)
        self.at = now
        if self.tokens < 1:
            return (1 - self.tokens) / rate
        self.tokens -= 1
        return 0.0


_buckets: dict[int, Bucket] = {}
_in_hand: dict[int, int] = {}  # key → tokens that this process has taken from Redis and not used
_next_attempt = 0.0  # while Redis is away: when somebody tries it again


def seconds_to_wait(sender: Sender) -> float:
    """0 where the key may make this request now; else how long until it may make one. Never fails."""
    if left := _in_hand.get(sender.key_id, 0):
        _in_hand[sender.key_id] = left - 1
        return 0.0
    now = time.monotonic()
    if now < _next_attempt:
        return _take_here(sender, now)
    return _take_from_redis(sender, now)


def _take_from_redis(sender: Sender, now: float) -> float:
    global _next_attempt
    if _next_attempt:
        _next_attempt = now + RETRY_SECONDS  # whoever comes while this request tries does not wait with it
    rate = sender.requests_per_second
    try:
        given = int(_script()(keys=[f"rate:{sender.key_id}"], args=[rate, max(1, rate // SHARE)]))
    except redis.RedisError as error:
        _next_attempt = now + RETRY_SECONDS
        log.warning("Redis is away; for now each process keeps the rates by itself: %s", error)
        return _take_here(sender, now)
    _next_attempt = 0.0
    if given < 0:
        return -given / 1000
    _in_hand[sender.key_id] = given - 1
    return 0.0


def _take_here(sender: Sender, now: float) -> float:
    bucket = _buckets.setdefault(sender.key_id, Bucket(sender.requests_per_second, now))
    return bucket.take(sender.requests_per_second, now)


@cache
def _script() -> Script:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return client.register_script(_TAKE)


def forget() -> None:
    """Starts anew: no tokens in hand, full buckets in this process, and a connection to the Redis that the settings name now."""
    global _next_attempt
    _next_attempt = 0.0
    _buckets.clear()
    _in_hand.clear()
    _script.cache_clear()
