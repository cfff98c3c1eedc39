"""Progress and cancelling, the same for every action."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import onnxruntime as ort

from gesso.contract.errors import Cancelled


class Progress:
    """Reports a share 0..1 and stops the work when `cancel` was called, from any thread.

    A cancel also ends the session.run that is under way: onnxruntime looks at RunOptions.terminate between operators.
    """

    def __init__(self, report: Callable[[float, str], None] = lambda done, text: None):
        self._report = report
        self._start, self._share = 0.0, 1.0
        self._stop = threading.Event()
        self._running: set[ort.RunOptions] = set()

    def step(self, done: float, text: str = "") -> None:
        """Say that `done` (0..1) of this part is over. Raises Cancelled."""
        self.check()
        self._report(self._start + self._share * min(1.0, max(0.0, done)), text)

    def part(self, start: float, stop: float) -> "Progress":
        """The share `start`..`stop` of this progress, as a progress of its own."""
        inner = Progress(self._report)
        inner._start, inner._share = self._start + self._share * start, self._share * (stop - start)
        inner._stop, inner._running = self._stop, self._running
        return inner

    def cancel(self) -> None:
        """Stop the work as soon as it looks; no harm where nothing runs."""
        self._stop.set()
        for options in list(self._running):
            options.terminate = True

    @contextmanager
    def running(self) -> Iterator[ort.RunOptions]:
        """Options for one session.run that `cancel` can end; turns its abortion into Cancelled."""
        options = ort.RunOptions()
        self._running.add(options)
        try:
            self.check()  # after the options are known to `cancel`, so that none falls in between
            yield options
        except Exception:
            self.check()
            raise
        finally:
            self._running.discard(options)
        self.check()

    def check(self) -> None:
        """Raise Cancelled when the work is to stop; reports nothing."""
        if self._stop.is_set():
            raise Cancelled()
