"""Tracking in the management API."""
