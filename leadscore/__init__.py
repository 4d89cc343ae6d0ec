"""The project: settings, URLs, Celery, the `up` command and what it starts."""
