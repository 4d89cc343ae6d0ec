"""Parts of paths. What does not fit is not found, before anything asks the database."""

from __future__ import annotations

from leadscore.api.fields import MOST_ID


class IdConverter:
    """The number of a row."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > MOST_ID:
            raise ValueError("no row has such a number")
        return number

    def to_url(self, value: int) -> str:
        return str(value)


class SlugConverter:
    """The key of a scoring type or team."""

    regex = "[a-z0-9-]{1,50}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
