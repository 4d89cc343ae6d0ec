"""The web server that `up` runs, in processes of its own, on the test's database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadscore.launcher.children import web_command

HOST = "127.0.0.1"


@contextmanager
def served(environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    name, *options = web_command(HOST, port)
    server = subprocess.Popen([str(Path(sys.executable).parent / name), *options], env={**os.environ, **environment})
    try:
        wait_until_served(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_until_served(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection((HOST, port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("the web server did not start")
