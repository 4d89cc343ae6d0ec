"""Child processes that end with the one that started them, and can be found when they did not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

CHILD = Path(__file__).with_name("child.py")
# Set for every child: names the data folder that it belongs to.
MARK = "LEADSCORE_STARTED_FOR"
STOP_SECONDS = 6.0
# A start time counts from the boot time, which moves by a second when the clock is set.
SAME_START = 2.0


@dataclass(frozen=True)
class Program:
    """A command, how it is asked to stop, and where its pid and its output are kept (`output` None: piped to whoever started it)."""

    name: str
    command: Sequence[str]
    data: Path
    stop_signal: signal.Signals = signal.SIGTERM
    environment: Mapping[str, str] = field(default_factory=dict)
    output: Path | None = None

    @property
    def pid_file(self) -> Path:
        return self.data / "run" / f"{self.name}.pid"


def start(program: Program) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, so that a terminal's Ctrl-C reaches it only through us. To be called from the main thread."""
    command = [sys.executable, "-I", str(CHILD), str(os.getpid()), str(int(program.stop_signal)), *program.command]
    environment = {**os.environ, **program.environment, MARK: str(program.data)}
    output = program.output.open("ab") if program.output else None
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output or subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    if output:
        output.close()
    program.pid_file.write_text(f"{process.pid} {psutil.Process(process.pid).create_time()}")
    return process


def ask_to_stop(program: Program, process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(program.stop_signal)


def finish(program: Program, process: subprocess.Popen[bytes], seconds: float = STOP_SECONDS) -> None:
    """Wait for a process that was asked to stop, then end it and whatever is left of its session."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    program.pid_file.unlink(missing_ok=True)


def stop_left_over(program: Program) -> bool:
    """Stop the process that the pid file names, if it is still that one. True if there was one."""
    process = recorded(program.pid_file)
    if process:
        end([process], program.stop_signal)
    program.pid_file.unlink(missing_ok=True)
    return process is not None


def recorded(pid_file: Path) -> psutil.Process | None:
    """The process that a pid file names; None if there is no file, or it is gone, even where its number is now another's."""
    if not pid_file.exists():
        return None
    pid, _, started = pid_file.read_text().partition(" ")
    if not (pid.isdigit() and started):
        return None  # the machine went down while it was being written
    try:
        process = psutil.Process(int(pid))
        return process if abs(process.create_time() - float(started)) < SAME_START else None
    except psutil.NoSuchProcess:
        return None


def stop_marked(data: Path) -> int:
    """Stop every process that was started for this data folder, children of children included. Returns how many there were."""
    left = [process for process in psutil.process_iter() if process.pid != os.getpid() and mark_of(process) == str(data)]
    end(left, signal.SIGTERM)
    return len(left)


def mark_of(process: psutil.Process) -> str | None:
    """None also for what has ended since, is another user's, or (a server) has overwritten its environment with its title."""
    try:
        mark: str | None = process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None
    return mark


def end(processes: list[psutil.Process], stop_signal: signal.Signals) -> None:
    """Ask them to stop; kill those that did not in time."""
    for process in processes:
        send(process, stop_signal)
    for process in outlived(processes):
        send(process, signal.SIGKILL)
    outlived(processes)


def send(process: psutil.Process, signal_number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal_number)


def outlived(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run when the time is up. psutil.wait_procs would wait in vain for one that its parent does not collect."""
    give_up = time.monotonic() + STOP_SECONDS
    alive = processes
    while alive and time.monotonic() < give_up:
        alive = [process for process in alive if is_alive(process)]
        time.sleep(0.02)
    return alive


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
