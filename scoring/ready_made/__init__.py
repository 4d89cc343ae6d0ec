"""Scoring types ready to use: documents with what they need and a made-up lead each. The data lie in `types/`."""
