"""The two servers a snippet meets: the site that embeds it, and a collector whose health a test decides."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from leadscore.assets import TARGET
from tracking import payload

S = TypeVar("S", bound=ThreadingHTTPServer)
SCRIPT = TARGET / "js" / "leadscore.js"


class Collector(ThreadingHTTPServer):
    """Serves the snippet and takes batches, by the real parser, while `status` is 200; else answers with that status.

    A batch that contains the text `unreadable` is answered with 400. `retry_after` goes into every answer's header of that name.
    While `held` is set, answers wait for it to be cleared.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _CollectorHandler)
        self.status = 200
        self.unreadable = ""
        self.retry_after = ""
        self.held = threading.Event()
        self.requests: list[dict[str, Any]] = []  # answered with 200
        self.attempts: list[dict[str, str]] = []  # the headers of every POST
        self.times: list[float] = []  # when each POST came, in seconds of a steady clock
        self.preflights = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def calls(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Distinct calls in the order of their arrival, as the server counts them: a messageId once."""
        distinct = {call["messageId"]: call for request in list(self.requests) for call in request["batch"]}
        return [call for call in distinct.values() if kind in (None, call["type"])]

    def wait_for(self, happened: Callable[[], bool], seconds: float = 8) -> None:
        deadline = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s; arrived: {self.calls()}")
            time.sleep(0.02)

    def wait_for_calls(self, number: int, kind: str | None = None) -> list[dict[str, Any]]:
        self.wait_for(lambda: len(self.calls(kind)) >= number)
        return self.calls(kind)


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Quiet."""

    def reply(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class _CollectorHandler(_Handler):
    server: Collector

    def do_GET(self) -> None:
        self.reply(200, "text/javascript", SCRIPT.read_bytes(), Access_Control_Allow_Origin="*")

    def do_OPTIONS(self) -> None:
        self.server.preflights += 1
        self.reply(204, "text/plain", b"", Access_Control_Allow_Origin="*", Access_Control_Allow_Headers="*")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.times.append(time.monotonic())
        self.server.attempts.append({**self.headers, "path": self.path, "size": str(len(raw))})
        while self.server.held.is_set():
            time.sleep(0.01)
        status = 400 if self.server.unreadable and self.server.unreadable in raw.decode() else self.server.status
        if status == 200:
            accepted = payload.accept(payload.read("batch", raw), datetime.now(UTC))
            assert accepted.rejected == []
            self.server.requests.append(json.loads(raw))
        spare = {"Retry_After": self.server.retry_after, "Access_Control_Expose_Headers": "Retry-After"} if self.server.retry_after else {}
        self.reply(status, "application/json", b"{}", Access_Control_Allow_Origin="*", **spare)


class Site(ThreadingHTTPServer):
    """A web site on another origin. Every path is the same page, with the head and body that the test wants, under its `policy`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _SiteHandler)
        self.head = self.body = self.policy = ""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}"


class _SiteHandler(_Handler):
    server: Site

    def do_GET(self) -> None:
        page = f"<!doctype html><title>A page</title>{self.server.head}<body>{self.server.body}"
        policy = {"Content_Security_Policy": self.server.policy} if self.server.policy else {}
        self.reply(200, "text/html; charset=utf-8", page.encode(), **policy)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()


@contextmanager
def serving(server: S) -> Iterator[S]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
