"""JSON whose numbers are kept exactly as they were sent."""
from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson

PLAIN_INTEGER_LIMIT = 1 << 53


def loads(text: str | bytes) -> Any:
    """Parses JSON; a number with a fraction or an exponent becomes a Decimal, any other an int."""
    return json.loads(text, parse_float=Decimal)


def dumps(value: Any) -> str:
    """Text of parsed JSON in which Decimals and large integers stand as the numbers they are."""
    return orjson.dumps(value, default=_number, option=orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_NON_STR_KEYS).decode()


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value).encode())
    raise TypeError(f"{type(value).__name__} is not JSON")


class ExactDecoder(json.JSONDecoder):
    """For model fields."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


class ExactEncoder(json.JSONEncoder):
    """For model fields."""

    def encode(self, o: Any) -> str:
        return dumps(o)
