"""The data folder of a machine that runs everything itself: where its servers keep their data and are found."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

OWNER_ROLE = "leadscore_owner"
PROCESS_ROLE = "leadscore_app"
DATABASE = "leadscore"


class CannotStart(RuntimeError):
    """Something that a person has to put right before leadscore can start; the text says what."""


class FolderInUse(CannotStart):
    """Another process runs the servers of this data folder."""


class FolderNotOurs(CannotStart):
    """Another user made a folder of the name that we need."""


@dataclass(frozen=True)
class DataFolder:
    """Everything below `path` survives a restart, except `run/`. Addresses follow from the path alone, so any command finds the servers."""

    path: Path

    @classmethod
    def at(cls, path: str | os.PathLike[str]) -> DataFolder:
        return cls(Path(path).expanduser().resolve())

    @property
    def sockets(self) -> Path:
        """A folder for unix sockets. Their paths may have 107 bytes, so it does not lie below a data folder that may be anywhere."""
        return Path("/tmp") / f"ls-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]}"  # noqa: S108 (see private_folder)

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def database_url(self, role: str = PROCESS_ROLE, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}"

    @property
    def serves(self) -> bool:
        """Whether this folder's PostgreSQL listens, or was killed while it did."""
        return (self.sockets / ".s.PGSQL.5432").exists()

    def create(self) -> None:
        """Make the folders. Nobody else may enter any of them: whoever reaches a socket may use the server behind it."""
        for folder in (self.path, self.run, self.logs, self.sockets):
            private_folder(folder)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only one that runs this folder's servers. The kernel lets go of it when the process ends, however it ends."""
        self.create()
        with (self.run / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise FolderInUse(f"{self.path} is in use by process {lock.read().strip()}.") from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            try:
                yield
            finally:
                with suppress(OSError):  # what still holds a socket is stopped by the next one
                    self.sockets.rmdir()

    def secret_key(self) -> str:
        """This installation's key, made at first use. Linking a finished file is atomic, so that two first users agree."""
        kept = self.path / "secret_key"
        if not kept.exists():
            private_folder(self.path)
            with tempfile.NamedTemporaryFile("w", dir=self.path) as made:
                made.write(secrets.token_urlsafe(64))
                made.flush()
                with suppress(FileExistsError):  # another process was first; its key is read below
                    os.link(made.name, kept)
        return kept.read_text()

    @property
    def site_url(self) -> str | None:
        """Where `up` serves, or did last."""
        noted = self.path / "site_url"
        return noted.read_text().strip() if noted.exists() else None

    def note_site_url(self, url: str) -> None:
        (self.path / "site_url").write_text(url + "\n")


def private_folder(path: Path) -> None:
    """Make a folder for this user alone, or see that it is one: in /tmp somebody else may have made it before."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise FolderNotOurs(f"{path} belongs to somebody else.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)
