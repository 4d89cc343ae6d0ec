"""YAML that says what JSON says, and nothing that one program reads in another way than the next.

Read: `null` (`~`, nothing), `true`, `false` and numbers as JSON writes them are what they look like, numbers exactly as they stand; every other
plain value is a text: `no`, `2026-11-21`, `017`, `0x1F`, `1_000`. Written: every text that some version of YAML takes for something else is
quoted. Aliases, tags and what shortens them, keys that come twice and a second document are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

try:
    from yaml import CSafeDumper as SafeDumper
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without libyaml: slower, the same otherwise
    from yaml import SafeDumper, SafeLoader  # type: ignore[assignment]

MOST_DEPTH = 100  # objects and lists within each other, as in JSON bodies
MOST_VALUES = 250_000  # some seconds of reading
MOST_DIGITS = 4_300  # of a number as written; Python converts no longer integer
MOST_EXPONENT = 1_000  # a few characters must not stand for a gigabyte of digits
MOST_PATH = 200
NEVER_FOLDED = 2**31 - 1

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_SHORT_TAG = re.compile("(?:^|[\r\n\x85\u2028\u2029])%TAG")  # parsers compare each with all before it: some thousands take minutes
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Unreadable(ValueError):
    """The text is not YAML, or has in it what is not read. `path` like `rules[3].points` names the place, "" where it has none."""

    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.path = code, message, path[:MOST_PATH]


@dataclass(slots=True)
class _Open:
    """An object or a list that is being read. `key` is where the next value of an object goes, None where a key comes next."""

    value: dict[str, Any] | list[Any]
    path: str
    key: str | None = None

    def next_path(self) -> str:
        if isinstance(self.value, list):
            return f"{self.path}[{len(self.value)}]"
        return ".".join(part for part in (self.path, self.key) if part)

    def put(self, value: Any) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        else:
            assert self.key is not None, "keys are read before values"
            self.value[self.key], self.key = value, None


def loads(text: str | bytes) -> Any:
    """The one document in the text, as parsed JSON: whole numbers int, others Decimal.

    Raises:
        Unreadable.
    """
    try:
        return _Reading().read(yaml.parse(_without_short_tags(_decoded(text)), Loader=SafeLoader))
    except yaml.YAMLError as error:
        raise Unreadable("invalid_yaml", f"This is not YAML: {_told(error)}") from error


def _decoded(text: str | bytes) -> str:
    """Text that the parser, which wants UTF-8, can take."""
    try:
        if isinstance(text, bytes):
            return text.decode("utf-8-sig")
        text.encode()
    except UnicodeError as error:
        raise Unreadable("invalid_yaml", "This is not UTF-8.") from error
    return text.removeprefix("\ufeff")


def _without_short_tags(text: str) -> str:
    """The text, unless a line of it is a %TAG directive. Looked for before anything is parsed, which is when they cost."""
    if found := _SHORT_TAG.search(text):
        line = len(re.split("\r\n|[\r\n\x85\u2028\u2029]", text[: found.end()]))
        raise Unreadable("directive", f"Line {line}: %TAG is not read. No value needs a tag.")
    return text


def _told(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}, {error.problem}."
    if isinstance(error, yaml.reader.ReaderError):
        return f"it has a character that cannot be there ({error.reason})."
    return f"{error}."


@dataclass(slots=True)
class _Reading:
    """What has been read so far. Goes from event to event, so that no nesting exhausts the stack."""

    opened: list[_Open] = field(default_factory=list)
    values: int = 0
    documents: int = 0
    document: Any = None

    def read(self, events: Iterable[yaml.Event]) -> Any:
        for event in events:
            self._take(event)
        if not self.documents:
            raise Unreadable("empty", "There is nothing in it.")
        return self.document

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise Unreadable("documents", f"Line {_line(event)}: a second document begins. Only one is read.")
        elif isinstance(event, yaml.AliasEvent):
            raise self._refused(event, "alias", f"the alias *{event.anchor} is not read. Write the value out.")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._put(self.opened.pop().value)
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)

    def _node(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise self._refused(event, "tag", f"the tag {tag} is not read. A text in quotes is a text.")
        self.values += 1
        if self.values > MOST_VALUES:
            raise self._refused(event, "too_large", f"there are more than {MOST_VALUES:,} values.")
        if self._wants_key():
            self._key(event)
        elif isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event))
        else:
            self._open(event)

    def _wants_key(self) -> bool:
        return bool(self.opened) and isinstance(self.opened[-1].value, dict) and self.opened[-1].key is None

    def _key(self, event: yaml.NodeEvent) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refused(event, "key", "a key must be a text.")
        inside = self.opened[-1]
        inside.key = event.value
        if event.value in inside.value:
            raise self._refused(event, "duplicate", f"“{event.value[:100]}” is there twice.")

    def _open(self, event: yaml.NodeEvent) -> None:
        if len(self.opened) >= MOST_DEPTH:
            raise self._refused(event, "too_deep", f"objects and lists are nested deeper than {MOST_DEPTH} levels.")
        self.opened.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], self._path()))

    def _put(self, value: Any) -> None:
        if self.opened:
            self.opened[-1].put(value)
        else:
            self.document = value

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        if not event.implicit[0]:  # quoted, or a block
            return text
        if text in _WORDS:
            return _WORDS[text]
        number = _NUMBER.fullmatch(text)
        if number is None:
            return text
        try:
            return _exact(text, whole=number[1] is None and number[2] is None)
        except ValueError:
            raise self._refused(event, "unstorable_number", "a number has too many digits to be kept.") from None

    def _path(self) -> str:
        return self.opened[-1].next_path() if self.opened else ""

    def _refused(self, event: yaml.Event, code: str, what: str) -> Unreadable:
        return Unreadable(code, f"Line {_line(event)}: {what}", self._path())


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None, "parsers say where they are"
    return event.start_mark.line + 1


def _exact(text: str, *, whole: bool) -> int | Decimal:
    """The number as it stands. Raises ValueError for one too long to be kept."""
    if len(text) > MOST_DIGITS:
        raise ValueError(text[:20])
    if whole:
        return int(text)
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text[:20]) from error
    if number and not -MOST_EXPONENT <= number.adjusted() <= MOST_EXPONENT:
        raise ValueError(text[:20])
    return number or number.copy_abs()  # -0.0 is 0.0


def dumps(value: Any, *, comment: str = "") -> str:
    """Text of parsed JSON that `loads` and every other reader of YAML understand alike. `comment` is a line above it."""
    written: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=NEVER_FOLDED)
    return f"# {comment}\n{written}" if comment else written


class _Dumper(SafeDumper):
    """Writes every value out where it stands."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: Any, text: str) -> yaml.ScalarNode:
    """Several lines stand as lines; what cannot be seen, other breaks of lines among it, is escaped."""
    style = "|" if _is_lines(text) else None if text.isprintable() else '"'
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)
    return node


def _is_lines(text: str) -> bool:
    """Whether a block keeps the text as it is: no white space at an end of any line, nothing that has to be escaped."""
    lines = text.split("\n")
    return len(lines) > 1 and all(line == line.strip() and line.isprintable() for line in lines) and bool(lines[0]) and text.isascii()


def _decimal(dumper: Any, number: Decimal) -> yaml.ScalarNode:
    text = str(number)
    kind = "int" if text.lstrip("-").isdigit() else "float"
    node: yaml.ScalarNode = dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", text)
    return node


_Dumper.add_representer(Decimal, _decimal)
_Dumper.add_representer(str, _text)
# What YAML 1.2 takes for numbers and other readers of 1.1 for booleans, beside what PyYAML knows of itself: such texts are quoted.
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"), list("-+.0123456789")
)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"0o[0-7]+$"), ["0"])
_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"[yYnN]$"), list("yYnN"))
