"""Contacts, what they did, and companies in the management API."""
