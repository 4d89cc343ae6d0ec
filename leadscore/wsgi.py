"""What a web server runs."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")

application = get_wsgi_application()

from leadscore.roles import refuse_privileged_role  # noqa: E402 (needs the applications to be loaded)

refuse_privileged_role()
