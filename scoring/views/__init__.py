"""Pages of scoring types, one module a subject."""
