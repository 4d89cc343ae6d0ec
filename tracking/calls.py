"""One call of the tracking protocol, read into what it says: who, what, when.

The protocol is the public Segment HTTP Tracking API. What a call may hold is decided here and nowhere else: the
web process reads a call to accept it, the worker reads it again, by the same function, to process it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from contacts.limits import MOST_ACTIVITY_NAME, MOST_EMAIL, OLDEST, is_address
from contacts.trait_names import BUILT_IN, snake_case
from tracking.fields import a_text, an_object, identifier, instant, message_id
from tracking.json_in import Invalid, join

CLOCK_TOLERANCE = timedelta(minutes=1)  # a sender's clock that differs by more is corrected

PAGE_VIEWED = "Page Viewed"
SCREEN_VIEWED = "Screen Viewed"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a batch says once for all of its calls."""

    sent_at: datetime | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


NO_ENVELOPE = Envelope()


@dataclass(frozen=True, slots=True)
class Call:
    """A valid call. Numbers are int or Decimal, as sent; text is as sent unless said; instants are UTC.

    `name` is the activity's; None for identify, group and alias. `email` is the identifier that an identify names (trimmed,
    lower-cased, shaped like an address). `traits` are of the contact (identify) or the company (group), in snake_case.
    `previous_id` is what an alias says its userId was known by before. `message_id` is "" only before acceptance, which makes one.
    """

    kind: str
    name: str | None
    user_id: str | None
    anonymous_id: str | None
    email: str | None
    group_id: str | None
    occurred_at: datetime
    received_at: datetime
    message_id: str
    properties: dict[str, Any]
    context: dict[str, Any]
    traits: dict[str, Any]
    previous_id: str | None = None


class _Content(NamedTuple):
    """What only calls of one kind say."""

    name: str | None
    email: str | None
    group_id: str | None
    properties: dict[str, Any]
    traits: dict[str, Any]
    previous_id: str | None = None


def call(
    raw: object,
    *,
    kind: str | None = None,
    envelope: Envelope = NO_ENVELOPE,
    received_at: datetime,
    path: str = "",
    max_age: timedelta | None = OLDEST,
) -> Call:
    """Reads one call. `kind` is the path's that it came by; None reads its own `type`. Raises Invalid."""
    fields = _whole(raw, path)
    kind = kind or _type(fields, path)
    reader = _READERS.get(kind)
    if reader is None:
        raise Invalid("unsupported_type", f"Calls of type {kind[:50]!a} are not supported.", join(path, "type"))
    context = {**envelope.context, **an_object(fields, "context", path)}
    content = reader(fields, context, path)
    user_id = identifier(fields, "userId", path)
    anonymous_id = None if kind == "alias" else identifier(fields, "anonymousId", path)
    if user_id is None and anonymous_id is None and content.email is None:
        raise _nobody(kind, content, path)
    return Call(
        kind,
        content.name,
        user_id,
        anonymous_id,
        content.email,
        content.group_id,
        occurred_at(fields, envelope, received_at, path, max_age),
        received_at,
        message_id(fields, path),
        content.properties,
        context,
        content.traits,
        content.previous_id,
    )


def _nobody(kind: str, content: _Content, path: str) -> Invalid:
    """Why a call that names nobody is not taken; an e-mail address given and not taken for one is the place to look at."""
    if kind == "identify" and content.traits.get("email"):
        message = "The traits' email is no e-mail address, and the call names neither a userId nor an anonymousId."
        return Invalid("no_identifier", message, join(path, "traits.email"))
    return Invalid("no_identifier", "The call names neither a userId nor an anonymousId.", path)


def _track(fields: dict[str, Any], context: dict[str, Any], path: str) -> _Content:
    name = a_text(fields, "event", path)
    if not name or name.isspace():
        raise Invalid("required", "A track call names its event.", join(path, "event"))
    if len(name) > MOST_ACTIVITY_NAME:
        raise Invalid("too_long", f"The event is longer than {MOST_ACTIVITY_NAME} characters.", join(path, "event"))
    return _Content(name, None, None, an_object(fields, "properties", path), {})


def _page(fields: dict[str, Any], context: dict[str, Any], path: str) -> _Content:
    return _Content(PAGE_VIEWED, None, None, _titled(fields, path), {})


def _screen(fields: dict[str, Any], context: dict[str, Any], path: str) -> _Content:
    return _Content(SCREEN_VIEWED, None, None, _titled(fields, path), {})


def _identify(fields: dict[str, Any], context: dict[str, Any], path: str) -> _Content:
    traits = {name: value for name, value in _traits(fields, context, path).items() if name not in BUILT_IN}
    if "email" in traits:
        traits["email"] = _email(traits["email"], join(path, "traits.email"))
    email = traits.get("email")
    return _Content(None, email if email and is_address(email) else None, None, {}, traits)


def _group(fields: dict[str, Any], context: dict[str, Any], path: str) -> _Content:
    group_id = identifier(fields, "groupId", path)
    if group_id is None:
        raise Invalid("required", "A group call names its groupId.", join(path, "groupId"))
    return _Content(None, None, group_id, {}, _traits(fields, context, path))


def _alias(fields: dict[str, Any], context: dict[str, Any], path: str) -> _Content:
    """Two ids of one person. The device's own anonymousId, which browsers add, says nothing about either."""
    previous_id = identifier(fields, "previousId", path)
    for key, value in (("userId", identifier(fields, "userId", path)), ("previousId", previous_id)):
        if value is None:
            raise Invalid("required", f"An alias call names its {key}.", join(path, key))
    return _Content(None, None, None, {"previousId": previous_id}, {}, previous_id)


_READERS: dict[str, Callable[[dict[str, Any], dict[str, Any], str], _Content]] = {
    "track": _track,
    "page": _page,
    "screen": _screen,
    "identify": _identify,
    "group": _group,
    "alias": _alias,
}


def _titled(fields: dict[str, Any], path: str) -> dict[str, Any]:
    """Properties with the call's own name and category beneath them, where SDKs put these as well."""
    own = {key: text for key in ("name", "category") if (text := a_text(fields, key, path)) is not None}
    properties = an_object(fields, "properties", path)
    return {**own, **properties} if own else properties


def _traits(fields: dict[str, Any], context: dict[str, Any], path: str) -> dict[str, Any]:
    beneath = an_object(context, "traits", join(path, "context")) if "traits" in context else {}
    return {**snake_case(beneath), **snake_case(an_object(fields, "traits", path))}


def _email(value: object, path: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise Invalid("wrong_kind", "An e-mail address is text.", path)
    email = value.strip().lower()
    if len(email) > MOST_EMAIL:
        raise Invalid("too_long", f"The e-mail address is longer than {MOST_EMAIL} characters.", path)
    return email


def _whole(raw: object, path: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Invalid("not_an_object", "A call is a JSON object.", path)
    return raw


def _type(fields: dict[str, Any], path: str) -> str:
    kind = a_text(fields, "type", path)
    if not kind:
        raise Invalid("required", "A call in a batch names its type.", join(path, "type"))
    return kind


def occurred_at(
    fields: dict[str, Any],
    envelope: Envelope,
    received_at: datetime,
    path: str,
    max_age: timedelta | None,
) -> datetime:
    """When it happened, by the server's clock as well as that can be known, and never after its reception."""
    name = "timestamp"
    timestamp = instant(fields.get(name), join(path, name))
    if timestamp is None:
        name = "originalTimestamp"  # what RudderStack's SDKs send in its place
        timestamp = instant(fields.get(name), join(path, name))
    if timestamp is None:
        return received_at
    sent_at = envelope.sent_at or instant(fields.get("sentAt"), join(path, "sentAt"))
    try:
        if sent_at is not None and abs(ahead := received_at - sent_at) > CLOCK_TOLERANCE:
            timestamp += ahead
    except OverflowError as error:
        raise Invalid("invalid_timestamp", "The time is out of range.", join(path, name)) from error
    if max_age is not None and received_at - timestamp > max_age:
        raise Invalid("too_old", f"The call is older than {max_age.days} days.", join(path, name))
    return min(timestamp, received_at)
