"""Measures how the server answers while it is busy: /healthz when idle, and while two large logs are analysed.

    python benchmarks/serve.py [MEGABYTES_OF_EACH_LOG]

The log is a recorded one, again and again (200 MB unless said otherwise). Figures are milliseconds of one connection
that asks every 20 ms, in the same run: idle, while both logs are uploaded, and while both are analysed. It also prints
how long upload and analysis took, and the memory of the server itself, which must not follow the size of the logs.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

SAMPLE = Path(__file__).parents[1] / "sample_logs" / "busy-hundreds-1.12.7-verbose" / "orthanc.log"
EVERY_S = 0.02
IDLE_S = 10.0
PATIENCE_S = 1800.0


class Probe:
    """Asks /healthz again and again until it is stopped."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._done = threading.Event()
        self._seconds: list[float] = []
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        while not self._done.wait(EVERY_S):
            begin = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            self._seconds.append(time.perf_counter() - begin)
        connection.close()

    def line(self, name: str) -> str:
        """Return the figures."""
        found = sorted(self._seconds)
        half, most, last = (found[int(len(found) * share)] * 1000 for share in (0.5, 0.99, 0.999))
        return f"{name:<24}{len(found):>7}{half:>10.1f}{most:>10.1f}{last:>10.1f}{found[-1] * 1000:>10.1f}"


def upload(url: str, log: Path, answers: list[str]) -> None:
    """Send ``log`` and keep where its diagnosis will be."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
    with log.open("rb") as body:
        connection.request(
            "POST", "/api/v1/diagnoses?name=orthanc.log", body, {"Content-Length": str(log.stat().st_size)}
        )
        answer = connection.getresponse()
        answers.append(answer.headers["Location"])
        answer.read()
    connection.close()


def status(url: str, address: str) -> str:
    """Return how far a diagnosis is."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", f"{address}/events")
    first = connection.getresponse().readline().decode()
    connection.close()
    return first.partition('"status": "')[2].partition('"')[0]


def memory(process: int) -> str:
    """Return the most memory that a process ever had."""
    text = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(line.split(":")[1].strip() for line in text.splitlines() if line.startswith("VmHWM"))


def measure(url: str, server: int, log: Path) -> None:
    """Print the table."""
    print(f"{'':<24}{'asked':>7}{'p50':>10}{'p99':>10}{'p99.9':>10}{'most':>10}")
    with Probe(url) as probe:
        time.sleep(IDLE_S)
    print(probe.line("idle"))
    answers: list[str] = []
    begin = time.monotonic()
    with Probe(url) as probe:
        senders = [threading.Thread(target=upload, args=(url, log, answers)) for _ in range(2)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    print(probe.line("two uploads"))
    uploaded = time.monotonic()
    with Probe(url) as probe:
        while (
            any(status(url, one) in ("queued", "running") for one in answers)
            and time.monotonic() < uploaded + PATIENCE_S
        ):
            time.sleep(1)
    print(probe.line("two analyses"))
    print(f"uploads {uploaded - begin:.1f} s, analyses {time.monotonic() - uploaded:.1f} s more,", end=" ")
    print(f"ended as {', '.join(status(url, one) for one in answers)}; the server's memory at most {memory(server)}")


def main() -> None:
    """Start a server, measure it, stop it."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "orthanc.log"
        with log.open("wb") as target:
            piece = SAMPLE.read_bytes()
            while target.tell() < size * 1_000_000:
                target.write(piece)
        command = [
            sys.executable,
            "-m",
            "loganalyzer",
            "serve",
            "--port",
            "0",
            "--data",
            str(folder / "data"),
            "--time-limit",
            "1h",
        ]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            measure(server.stdout.readline().strip() if server.stdout else "", server.pid, log)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
