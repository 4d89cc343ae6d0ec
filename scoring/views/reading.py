"""A scoring type document out of a file or of what was pasted: JSON or YAML, told apart by looking at it."""

from __future__ import annotations

import json
from typing import Any

from contacts.checking import Faulty, Problem
from leadscore import exact_yaml
from scoring.api.documents import READ_ONLY
from scoring.document import problems
from tracking import json_in

MOST_BYTES = 1024 * 1024


class Refused(Faulty):
    """It is not a valid document. `problems` has everything that is wrong, with its paths."""


def read(content: bytes) -> dict[str, Any]:
    """The document, without what the API's answers add to it, every number as it stands.

    Raises:
        Refused.
    """
    if len(content) > MOST_BYTES:
        raise Refused([Problem("", "too_large", f"This is larger than {MOST_BYTES // 1024**2} MB.")])
    value = _parsed(content)
    if isinstance(value, dict):
        value = {key: inner for key, inner in value.items() if key not in READ_ONLY}
    if found := problems(value):
        raise Refused(found)
    assert isinstance(value, dict), "nothing else is valid"
    return value


def _parsed(content: bytes) -> Any:
    """JSON where it begins like an object and is one, else YAML; of what is neither, the one that it looks like says what is wrong."""
    looks_like_json = content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    try:
        if looks_like_json:
            return _json(content)
        return exact_yaml.loads(content)
    except json_in.BadRequest as error:
        if error.code == "invalid_json" and (flow := _flow(content)) is not None:
            return flow
        raise Refused([Problem(error.path, error.code, error.message.replace("The body", "This"))]) from error
    except json_in.TooLarge as error:
        raise Refused([Problem("", error.code, error.message.replace("the body", "this"))]) from error
    except exact_yaml.Unreadable as error:
        raise Refused([Problem(error.path, error.code, error.message)]) from error


def _flow(content: bytes) -> Any:
    """YAML may begin with a brace too. None where it is no YAML either."""
    try:
        return exact_yaml.loads(content)
    except exact_yaml.Unreadable:
        return None


def _json(content: bytes) -> Any:
    value = json_in.parse_json(content)
    json.loads(json_in.decode(content), object_pairs_hook=_without_repeats, parse_int=str, parse_float=str)
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> None:
    """Of a key that is there twice, readers of JSON keep the last without a word."""
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise Refused([Problem("", "duplicate", f"“{key[:100]}” is there twice in one object.")])
        seen.add(key)
