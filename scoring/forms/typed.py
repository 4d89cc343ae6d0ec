"""What was typed, as JSON values. What does not fit is kept as the text it is, so that it can be shown with what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from contacts.values import WHITE_SPACE, number_of, plain
from leadscore.exact_json import loads

_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")


def text(typed: str) -> str:
    """Trimmed, without the one character that the database cannot hold."""
    return typed.replace("\x00", "").strip(WHITE_SPACE)


def whole(typed: str) -> int | str:
    """A whole number; `+5`, `−5` and `1,000` are numbers too."""
    plainly = _plainly(typed)
    return int(plainly) if _WHOLE.fullmatch(plainly) else text(typed)


def number(typed: str) -> int | Decimal | str:
    """A whole or a decimal number, exactly as typed."""
    plainly = _plainly(typed)
    if _WHOLE.fullmatch(plainly):
        return int(plainly)
    return Decimal(plainly) if _NUMBER.fullmatch(plainly) else text(typed)


def _plainly(typed: str) -> str:
    bare = text(typed).replace("\u2212", "-")
    return bare.replace(",", "") if re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+", bare) else bare


def given(**values: Any) -> dict[str, Any]:
    """The values that are there: nothing typed is no key."""
    return {key: value for key, value in values.items() if value != ""}


def shown(value: object) -> str:
    """A stored value as it stands in a field."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    exact = None if isinstance(value, str) else number_of(value)
    return str(value) if exact is None else plain(exact)


def originals(was: str) -> Mapping[str, Any]:
    """By what a field shows, the value that it was made from: `30` that stood as a number stays one, though it is typed as a text.

    Args:
        was: that value, or a list of such values, as JSON; anything else is as good as nothing.
    """
    try:
        value = loads(was)
    except ValueError:
        return {}
    members = value if isinstance(value, list) else [value]
    return {shown(member): member for member in members if isinstance(member, (str, bool)) or number_of(member) is not None}
