from django.apps import AppConfig


class LeadscoreConfig(AppConfig):
    name = "leadscore"

    def ready(self) -> None:
        from leadscore import celery, roles  # noqa: F401 (the application that shared tasks bind to; the checks)
