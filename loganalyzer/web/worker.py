"""The process that does the work on one upload and ends: ``python -m loganalyzer.web.worker``.

Standard input gives the job as one line of JSON and is then held open by the server: when that dies, so does the
worker. Standard output takes lines of JSON: how far it is, and at last how it ended. Whatever a log makes of this
process, it is not the server: memory is limited here, time by the server.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from loganalyzer.web.job import Job

if TYPE_CHECKING:
    from typing import TextIO

    from loganalyzer.web.entry import Failure

_NICENESS = 10
_EVERY_S = 0.2
_OPEN_FILES = 1024


class Reporter:
    """Tells the server how far the work is, a few times a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._phase = ""
        self._told = 0.0

    def tell(self, phase: str, read: int, total: int) -> None:
        """Take note: ``read`` of ``total`` bytes."""
        now = time.monotonic()
        if phase != self._phase or now - self._told >= _EVERY_S:
            self._phase, self._told = phase, now
            self._say({"phase": phase, "bytes": read, "total": total})

    def done(self) -> None:
        """Say that the results are there."""
        self._say({"ended": "done"})

    def failed(self, failure: Failure) -> None:
        """Say why there are none."""
        self._say({"ended": "failed", "title": failure.title, "detail": failure.detail})

    def _say(self, what: dict[str, object]) -> None:
        self._stream.write(json.dumps(what) + "\n")
        self._stream.flush()


def main() -> None:
    """Do the job that standard input names."""
    job = Job.of_text(sys.stdin.readline())
    reporter = Reporter(os.fdopen(os.dup(1), "w", encoding="ascii"))
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 -- what a library prints must not reach the server
        os.dup2(nowhere.fileno(), 1)
    threading.Thread(target=_end_with_server, daemon=True).start()
    os.umask(0o077)
    with suppress(OSError, AttributeError):
        os.nice(_NICENESS)
    _limit(job.memory)
    _work(job, reporter)


def _end_with_server() -> None:
    while sys.stdin.read(1):
        pass
    os._exit(1)


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    for kind, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),  # a core would hold the log
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        most = resource.getrlimit(kind)[1]
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def _work(job: Job, reporter: Reporter) -> None:
    from loganalyzer.report.fault import fault_sentence
    from loganalyzer.web.entry import Failure
    from loganalyzer.web.work import WorkError, run

    try:
        run(job, reporter.tell)
    except WorkError as error:
        reporter.failed(error.failure)
    except MemoryError:
        limit = f"{job.memory >> 20} MiB"
        reporter.failed(Failure("Not enough memory", f"The analysis needs more than the {limit} that it may use."))
    except Exception as fault:  # noqa: BLE001 - whatever it is, one diagnosis failed and the server hears why
        reporter.failed(Failure("Fault of the program", f"There was an {fault_sentence(fault)}; please report it."))
    else:
        reporter.done()


if __name__ == "__main__":
    main()
