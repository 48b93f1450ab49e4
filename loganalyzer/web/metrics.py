"""Numbers for Prometheus; none of them tells anything of a log or a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from loganalyzer import __version__
from loganalyzer.web.entry import Status

if TYPE_CHECKING:
    from loganalyzer.web.entry import Work

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        Gauge("loganalyzer_info", "The version that serves.", ["version"], registry=registry).labels(__version__).set(1)
        self._requests = Counter(
            "loganalyzer_requests", "Requests that were answered.", ["route", "method", "status"], registry=registry
        )
        self._seconds = Histogram(
            "loganalyzer_request_seconds", "Time until the answer was complete.", ["route"], registry=registry
        )
        self._uploaded = Counter("loganalyzer_uploaded_bytes", "Bytes of accepted uploads.", registry=registry)
        self._work = Counter("loganalyzer_work", "Work that ended.", ["work", "outcome"], registry=registry)
        self._diagnoses = Gauge("loganalyzer_diagnoses", "Diagnoses by status.", ["status"], registry=registry)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is the pattern of the address, never the address itself."""
        self._requests.labels(route, method, status).inc()
        self._seconds.labels(route).observe(seconds)

    def uploaded(self, size: int) -> None:
        """Count an upload that was accepted."""
        self._uploaded.inc(size)

    def worked(self, work: Work, *, failed: bool) -> None:
        """Count a task that ended."""
        self._work.labels(work, "failed" if failed else "done").inc()

    def text(self, counts: dict[str, int]) -> bytes:
        """Return everything in Prometheus' text format; ``counts`` are the diagnoses by status."""
        for status in Status:
            self._diagnoses.labels(status).set(counts.get(status, 0))
        return generate_latest(self._registry)
