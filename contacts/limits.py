"""How long and how old what is said of contacts may be, whoever says it: a site, an import, the API. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

MOST_IDENTIFIER = 200  # characters of userId, anonymousId, groupId
MOST_EMAIL = 254  # characters of an address (RFC 5321's path, less its brackets)
MOST_ACTIVITY_NAME = 200  # characters
MOST_MESSAGE_ID = 100  # bytes
OLDEST = timedelta(days=400)  # activities, and so the ids that make calls idempotent, are kept at least so long

is_address = re.compile(r"[^\s@]+@[^\s@]+").fullmatch
"""Whether a trimmed text has the shape of an e-mail address."""
