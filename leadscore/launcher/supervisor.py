"""Watches running programs: passes on what they print, starts again those that end, stops them all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from leadscore.launcher.processes import Program, ask_to_stop, finish, start

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
# One that ran this long has recovered: its next end is a first failure again.
STEADY_SECONDS = 60.0
NAME_WIDTH = 8


@dataclass
class Watched:
    """`restart_at` is the monotonic second at which one that ended is started again; None while it runs. One with an errand ends by itself."""

    program: Program
    process: subprocess.Popen[bytes]
    started_at: float
    errand: bool = False
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    """Used from the main thread alone: the kernel ends a child with the thread that started it."""

    def __init__(self) -> None:
        self.watched: list[Watched] = []

    def add(self, program: Program) -> None:
        self.adopt(program, start(program))

    def send(self, program: Program) -> None:
        """Start one that has an errand: when it has ended it is not started again."""
        self.adopt(program, start(program))
        self.watched[-1].errand = True

    def adopt(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        """Watch one that runs already."""
        self.watched.append(Watched(program, process, time.monotonic()))
        relay(program, process)

    def check(self) -> None:
        """Notice those that ended; start again those whose pause is over."""
        for each in list(self.watched):
            if each.restart_at is None:
                if each.process.poll() is not None:
                    self.note_end(each)
            elif time.monotonic() >= each.restart_at:
                self.restart(each)

    def note_end(self, each: Watched) -> None:
        if each.errand:
            self.note_errand(each)
            return
        steady = time.monotonic() - each.started_at > STEADY_SECONDS
        each.failures = 1 if steady else each.failures + 1
        pause = min(FIRST_PAUSE * 2 ** (each.failures - 1), LONGEST_PAUSE)
        each.restart_at = time.monotonic() + pause
        say(f"{each.program.name} ended ({ending(each.process.returncode)}); starting it again in {pause:.0f} s.")
        finish(each.program, each.process, seconds=0)  # what it left of its own children

    def note_errand(self, each: Watched) -> None:
        if each.process.returncode:
            say(f"{each.program.name} did not finish ({ending(each.process.returncode)}); the lines above say why.")
        finish(each.program, each.process, seconds=0)
        self.watched.remove(each)

    def restart(self, each: Watched) -> None:
        each.process, each.started_at, each.restart_at = start(each.program), time.monotonic(), None
        relay(each.program, each.process)

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Keep checking until the condition holds. False if it did not in time."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            self.check()
            if condition():
                return True
            time.sleep(0.1)
        return False

    def watch(self) -> None:
        """Keep checking until an exception (a signal's) ends it."""
        while True:
            self.check()
            time.sleep(0.2)

    def stop(self, names: set[str]) -> None:
        """Ask these to stop all at once, then wait for each."""
        chosen = [each for each in self.watched if each.program.name in names]
        for each in chosen:
            ask_to_stop(each.program, each.process)
        for each in chosen:
            finish(each.program, each.process)
            self.watched.remove(each)

    def kill(self) -> None:
        """End everything at once; `stop` then has nothing left to wait for."""
        for each in self.watched:
            with suppress(ProcessLookupError):
                os.killpg(each.process.pid, signal.SIGKILL)


def relay(program: Program, process: subprocess.Popen[bytes]) -> None:
    """Print what it prints, each line after its name, from a thread of its own."""
    if process.stdout is not None:
        threading.Thread(target=print_lines, args=(program.name, process.stdout), daemon=True).start()


def print_lines(name: str, lines: IO[bytes]) -> None:
    for line in lines:
        say(line.decode(errors="replace").rstrip(), name)


def say(text: str, name: str = "up") -> None:
    """One write a line, so that lines of several threads do not mix."""
    sys.stdout.write(f"{name:<{NAME_WIDTH}}| {text}\n")
    sys.stdout.flush()


def ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
