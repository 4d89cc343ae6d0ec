"""Telling a worker that a workspace's inbox has something in it.

The wake-up is one of `leadscore.wakeups`: many calls become one, and it may be lost. The sweep each second finds what it would have told,
and without a broker the rows simply stay where they are. Why no row is left behind:

- A drain takes the flag down *before* it looks into the inbox. So a call that finds the flag up was committed before that drain looks,
  and a call that comes later raises it anew and queues another drain.
- That other drain may find the workspace's work row held by the first, and leaves. It was queued after the new call was committed, and it
  left before the holder committed; so the holder, who looks into the inbox once more *after* its commit, sees the new call and queues the
  next drain. If instead the holder has already let go, the other drain gets the row. Whichever comes first, somebody looks.
- A flag whose drain was lost falls after HOLD_SECONDS, and the sweep's next call goes through.
"""

from __future__ import annotations

import threading
import time

from leadscore.wakeups import WakeUp

GATHER_SECONDS = 0.02  # calls of a workspace within this time ask once

_DRAIN = WakeUp("tracking.tasks.drain", flag="wake")

call = _DRAIN.call
begun = _DRAIN.begun


class _Caller:
    """A thread that calls for others, so that no request waits for Redis or the broker."""

    def __init__(self) -> None:
        self._waiting: set[int] = set()
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, workspace_id: int) -> None:
        self._waiting.add(workspace_id)
        self._asked.set()
        if not self._runs():
            self._start()

    def _runs(self) -> bool:
        """Not at first, and not in a process that was forked since."""
        return self._thread is not None and self._thread.is_alive()

    def _start(self) -> None:
        with self._lock:
            if not self._runs():
                self._thread = threading.Thread(target=self._run, name="waking", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            while self._waiting:
                call(self._waiting.pop())
            time.sleep(GATHER_SECONDS)


_caller = _Caller()


def wake(workspace_id: int) -> None:
    """Asks for a drain, to be called after the commit. Returns at once and never fails."""
    _caller.ask(workspace_id)
