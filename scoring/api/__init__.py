"""Scoring types, scores and stage changes in the management API."""
