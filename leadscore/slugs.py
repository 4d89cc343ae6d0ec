"""Keys and slugs made from names: small letters, digits and hyphens."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count

from django.utils.text import slugify

LONGEST = 40  # of what comes from the name, so that a number fits within a key's 50


def slug_of(name: str, otherwise: str) -> str:
    """What of the name can stand in an address; `otherwise` where that is nothing."""
    return slugify(name).replace("_", "-")[:LONGEST].strip("-") or otherwise


def numbered(slug: str) -> Iterator[str]:
    """`acme`, `acme-2`, `acme-3` and so on, without end."""
    return (slug if number == 1 else f"{slug}-{number}" for number in count(1))


def free_slug(name: str, taken: Collection[str], otherwise: str) -> str:
    """The first one made from the name that is not taken."""
    return next(slug for slug in numbered(slug_of(name, otherwise)) if slug not in taken)
