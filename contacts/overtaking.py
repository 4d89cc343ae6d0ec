"""When two write about the same contacts at once: what the slower one's transaction raises."""

from __future__ import annotations

from contacts.activities import MessageIdTaken
from contacts.identity import IdentifiersMoved

OVERTAKEN = (IdentifiersMoved, MessageIdTaken)
"""Another writer was faster: the transaction is given up and started over."""
