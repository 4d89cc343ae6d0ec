"""Becomes the command given, having asked the kernel to signal it when the process that started it ends.

Run as a script: `python -I child.py PARENT SIGNAL COMMAND…`. A separate program rather than code between fork and exec, which is unsafe
in a process with threads. Elsewhere than on Linux it only becomes the command, and pid files do the rest at the next start.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, signal_number: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:
            sys.exit("The process that started this one is gone.")
    os.execvp(command[0], command)  # noqa: S606 (a shell would be one process too many)


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
