from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class LeadscoreConfig(AppConfig):
    name = "leadscore"
    default = True

    def ready(self) -> None:
        from leadscore import celery, roles  # noqa: F401 (the application that shared tasks bind to; the checks)


class UsedStaticFilesConfig(StaticFilesConfig):
    """Leaves out what no page uses: DRF's browsable API, and the second of the sidecar's two viewers, which alone takes seconds to compress."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "rest_framework", "redoc"]
