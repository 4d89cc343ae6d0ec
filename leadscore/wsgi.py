"""What a web server runs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")

MOST_BYTES = 26 * 1024 * 1024  # of a body sent in chunks; a little more than the largest that anything here takes

_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Django's, which reads a body as far as its Content-Length: one sent in chunks has none, and would be taken for an empty one.

    The server marks the end of such a body, so the length may be more than there is.
    """
    if "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated"):
        environ["CONTENT_LENGTH"] = str(MOST_BYTES)
    return _django(environ, start_response)


from leadscore.roles import refuse_privileged_role  # noqa: E402 (needs the applications to be loaded)

refuse_privileged_role()
