"""Tests of contacts' pages send calls as a site does."""

from __future__ import annotations

from tests.scoring.conftest import send

__all__ = ["send"]
