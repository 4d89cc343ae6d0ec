"""JSON whose numbers are kept exactly as they were sent."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Never

import orjson

OPTIONS = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_NON_STR_KEYS


def _no_constant(name: str) -> Never:
    """NaN and Infinity, which the decoder would read otherwise."""
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)  # json.loads would make a decoder anew each time


def loads(text: str | bytes) -> Any:
    """Parses JSON; a number with a fraction or an exponent becomes a Decimal, any other an int.

    Raises:
        ValueError: it is not JSON.
    """
    text = text if isinstance(text, str) else text.decode()
    try:
        value, end = _decoder.raw_decode(text)
    except json.JSONDecodeError:
        return _decoder.decode(text)  # white space at its start, or really wrong
    return value if end == len(text) else _decoder.decode(text)


def loads_whole(text: str) -> Any:
    """Parses JSON whose numbers are whole and of at most 64 bits, as in what we keep for ourselves: several times faster."""
    return orjson.loads(text)


def dumps(value: Any, *, indented: bool = False) -> str:
    """Text of parsed JSON in which Decimals and large integers stand as the numbers they are; `indented`, for people to read."""
    options = OPTIONS | orjson.OPT_INDENT_2 if indented else OPTIONS
    try:
        return _dump(value, options)
    except orjson.JSONEncodeError:  # integers of more than 64 bits are beyond the encoder
        return _dump(_spelled_out(value), options)


def _dump(value: Any, options: int) -> str:
    return orjson.dumps(value, default=_number, option=options).decode()


def _number(value: Any) -> Any:
    if isinstance(value, Decimal | int):
        return orjson.Fragment(str(value).encode())
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _spelled_out(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spelled_out(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled_out(one) for one in value]
    return _number(value) if type(value) is int else value


class ExactDecoder(json.JSONDecoder):
    """For model fields."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


class ExactEncoder(json.JSONEncoder):
    """For model fields."""

    def encode(self, o: Any) -> str:
        return dumps(o)
