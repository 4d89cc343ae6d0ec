"""How many calls a second are accepted: answered 200 and committed, one call a request, by the web server as `up` runs it.

32 connections are kept alive and each sends its next call when the last one is answered. Server, PostgreSQL (which syncs to disk) and
this generator share the machine. Before it, a bare script inserts the same rows by 32 threads: what the database alone could take.
"""

from __future__ import annotations

import base64
import os
import select
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psutil
import psycopg2

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")

CONNECTIONS = 32
SECONDS = float(os.environ.get("SECONDS_EACH", "10"))
HOST = "127.0.0.1"
BODY = (
    b'{"event":"Demo Requested","anonymousId":"visitor-%d","messageId":"ajs-next-%d","timestamp":"%s",'
    b'"properties":{"path":"/pricing","title":"Pricing","plan":"team"},'
    b'"context":{"page":{"url":"https://example.com/pricing"},"locale":"en-GB","library":{"name":"analytics.js","version":"next-1.84.0"}}}'
)
INSERT = """
INSERT INTO tracking_inbox (workspace_id, received_at, source, calls, body) VALUES (%s, clock_timestamp(), 0, 1, %s)
"""


def main() -> None:
    import django

    django.setup()
    token, workspace_id = prepare()
    report("psycopg2, 32 threads, the same row", *insert_bare(workspace_id))
    with web_server() as (port, server):
        drive(port, token, 2)  # connections are made, code is warm
        before, busy = stored(workspace_id), processor_seconds(server)
        latencies, seconds = drive(port, token, SECONDS)
        committed = stored(workspace_id) - before
        report("leadscore, 32 connections kept alive", latencies, seconds)
        print(f"  {committed:,} rows committed, {len(latencies):,} answers 200")
        print(f"  {(processor_seconds(server) - busy) / len(latencies) * 1e6:.0f} µs of processor time a request in the web processes")
        if committed != len(latencies):
            sys.exit("Rows and answers differ.")


def prepare() -> tuple[str, int]:
    """A workspace whose write key may send as fast as it likes."""
    from accounts.models import Key, KeyKind, User
    from accounts.workspaces import create_workspace
    from leadscore.clock import now

    owner = User.objects.create_user(f"accept-{time.time_ns()}@example.com")
    key = Key.objects.get(workspace=create_workspace("Accept", owner, now=now()), kind=KeyKind.WRITE)
    Key.objects.filter(id=key.id).update(requests_per_second=1_000_000)
    assert key.public_token
    return key.public_token, key.workspace_id


def body(number: int) -> bytes:
    return BODY % (number % 20_000, number, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()).encode())


def insert_bare(workspace_id: int) -> tuple[list[float], float]:
    """Every thread commits row after row over a connection of its own. Latencies, and the seconds it took."""
    from django.conf import settings

    latencies: list[float] = []
    numbers = count()
    until = time.perf_counter() + SECONDS

    def insert() -> None:
        connection = psycopg2.connect(settings.DATABASE_URL)
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT set_config('app.workspace', %s, false)", [str(workspace_id)])
        while (begun := time.perf_counter()) < until:
            cursor.execute(INSERT, [workspace_id, b'{"batch":[' + body(next(numbers)) + b"]}"])
            latencies.append(time.perf_counter() - begun)
        connection.close()

    threads = [threading.Thread(target=insert) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return latencies, time.perf_counter() - begun


@contextmanager
def web_server() -> Iterator[tuple[int, psutil.Process]]:
    """The command that `up` runs, on a free port."""
    from leadscore.launcher.children import web_command

    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    name, *options = web_command(HOST, port)
    server = subprocess.Popen([str(Path(sys.executable).parent / name), *options])
    try:
        wait_until_served(port)
        yield port, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait()


def wait_until_served(port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=2).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    sys.exit("The web server did not start.")


def processor_seconds(server: psutil.Process) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in server.children(recursive=True))


def stored(workspace_id: int) -> int:
    from tracking.inbox import pending

    return pending(workspace_id).calls


def drive(port: int, token: str, seconds: float) -> tuple[list[float], float]:
    """Latencies of all answers, and the seconds it took. One thread and raw sockets: the generator takes time from what it measures."""
    head = (
        f"POST /v1/t HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Type: text/plain\r\n"
        f"Authorization: Basic {base64.b64encode(f'{token}:'.encode()).decode()}\r\nContent-Length: "
    ).encode()
    numbers, latencies = count(time.time_ns()), list[float]()
    sockets = {each.fileno(): each for each in (socket.create_connection((HOST, port)) for _ in range(CONNECTIONS))}
    poll, sent, received = select.epoll(), dict[int, float](), dict.fromkeys(sockets, b"")

    def send(number: int) -> None:
        call = body(next(numbers))
        sent[number] = time.perf_counter()
        sockets[number].sendall(b"%s%d\r\n\r\n%s" % (head, len(call), call))

    begun = time.perf_counter()
    for number, each in sockets.items():
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(number, select.EPOLLIN)
        send(number)
    while sent:
        for number, _ in poll.poll():
            received[number] += sockets[number].recv(4096)
            if not received[number].endswith(b"}"):
                continue
            if not received[number].startswith(b"HTTP/1.1 200 "):
                sys.exit(received[number].decode())
            latencies.append((now := time.perf_counter()) - sent.pop(number))
            received[number] = b""
            if now < begun + seconds:
                send(number)
    taken = time.perf_counter() - begun
    for each in sockets.values():
        each.close()
    return latencies, taken


def report(what: str, latencies: list[float], seconds: float) -> None:
    latencies.sort()
    half, most = (latencies[int(len(latencies) * part)] * 1000 for part in (0.5, 0.99))
    print(f"{what}: {len(latencies) / seconds:,.0f} requests/s, p50 {half:.1f} ms, p99 {most:.1f} ms", flush=True)


if __name__ == "__main__":
    main()
