"""What careless and hostile clients send: each gets one clear answer, nobody else notices, and nothing is left behind."""

from __future__ import annotations

import gzip
import json
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from loganalyzer.web.guard import MOST_REQUESTS
from tests.knowledge import SAMPLES
from tests.packing import zipped
from tests.web.conftest import LOG, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.conftest import Server

ROOT = "/api/v1/diagnoses"
FORM = {"Content-Type": "multipart/form-data; boundary=cut"}


def refused(answer: httpx.Response, status: int) -> str:
    """The sentence of a refusal, which has the form that the API promises."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    return problem["detail"]


def part(name: str, content: bytes = b"x", filename: str | None = None) -> bytes:
    file = "" if filename is None else f'; filename="{filename}"'
    return f'--cut\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"


@pytest.fixture(autouse=True)
def _nothing_left(server: Server) -> object:
    """Whatever a test sends, the server goes on, and of what it refused nothing stays on the disk."""
    yield
    client = server.client()
    assert client.get("/healthz").status_code == 200
    kept = sum(1 for path in server.data.glob("uploads/*"))
    metrics = client.get("/metrics").text
    known = sum(
        int(float(line.split()[-1])) for line in metrics.splitlines() if line.startswith("loganalyzer_diagnoses{")
    )
    assert kept == known


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"", {}, 422, "No log was sent"),
        (part("file", b"", "Orthanc.log") + b"--cut--\r\n", FORM, 422, "(Orthanc.log): the file is empty"),
        (b"--cut--\r\n", FORM, 422, "No log was sent"),
        (part("other") + b"--cut--\r\n", FORM, 422, "No log was sent"),
        (part("file", b"x" * 100, "a.log"), FORM, 400, "ends too early"),
        (b"--cut\r\nContent-Disposition: form-data\r\n\r\nx\r\n--cut--\r\n", FORM, 400, "a part has no name"),
        (b"--other\r\n\r\nx", FORM, 400, "breaks the format"),
        (b"--cut\r\n" + b"X" * 20_000 + b": 1\r\n\r\nx\r\n--cut--\r\n", FORM, 400, "breaks the format"),
        (b"x", {"Content-Type": "multipart/form-data"}, 400, "names no boundary"),
        (b"x", {"Content-Type": f"multipart/form-data; boundary={'b' * 300}"}, 400, "boundary is too long"),
        (part("note", b"x" * 10_000) + b"--cut--\r\n", FORM, 413, "field of the form is too long"),
        (b"".join(part(f"f{n}") for n in range(30)) + b"--cut--\r\n", FORM, 413, "too many fields"),
        (b"".join(part("file", b"x", f"{n}.log") for n in range(10_000)) + b"--cut--\r\n", FORM, 413, "More than 100 files"),
        (b"x" * (21 << 20), {}, 413, "larger than the 20 MiB"),
    ],
    ids=["empty", "empty-file", "no-part", "no-file", "cut", "no-name", "other-boundary", "long-header", "no-boundary",
         "long-boundary", "long-field", "many-fields", "many-files", "huge"],
)  # fmt: skip
def test_refused_at_once(server: Server, body: bytes, headers: dict[str, str], status: int, said: str) -> None:
    assert said in refused(server.client().post(ROOT, content=body, headers=headers), status)


def test_huge_without_a_length(server: Server) -> None:
    """Sent in chunks, a body does not say how long it is."""
    answer = server.client().post(ROOT, content=(b"x" * (1 << 20) for _ in range(22)))
    assert "larger than the 20 MiB" in refused(answer, 413)


@pytest.mark.parametrize(
    ("name", "content", "verdict"),
    [
        ("noise.bin", os.urandom(100_000), "not-orthanc"),
        ("answer.json", json.dumps({"patients": [1, 2, 3]}).encode(), "not-orthanc"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(5000), "not-orthanc"),
        ("page.html", b"<html><script>alert(1)</script></html>", "not-orthanc"),
        ("nul.log", b"\0" * 50_000, "not-orthanc"),
        ("one-line.log", b"x" * 5_000_000, "not-orthanc"),
    ],
)
def test_what_is_no_log(server: Server, name: str, content: bytes, verdict: str) -> None:
    answer = server.client().post(ROOT, params={"name": name}, content=content)
    assert answer.status_code == 202
    state = server.wait(answer.json()["id"])
    assert state["status"] == "done"
    assert state["diagnosis"]["verdict"] in (verdict, "cannot-tell")
    assert state["diagnosis"]["findings"] == []
    page = server.client().get(answer.json()["url"])
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_only_a_configuration(server: Server) -> None:
    content = b'{"DicomAet": "ORTHANC", "DicomModalities": {}}'
    identifier = server.client().post(ROOT, params={"name": "orthanc.json"}, content=content).json()["id"]
    state = server.wait(identifier)
    assert state["status"] == "failed"
    assert "Only a configuration of Orthanc was sent" in state["error"]["detail"]
    assert "diagnosis" not in state
    assert "Only a configuration" in refused(
        server.client().get(f"{ROOT}/{identifier}", params={"format": "html"}), 409
    )


def test_a_bomb_is_named(server: Server) -> None:
    bomb = gzip.compress(bytes(400 << 20), 9)
    state = server.wait(server.client().post(ROOT, params={"name": "bomb.log.gz"}, content=bomb).json()["id"])
    assert state["diagnosis"]["complete"] is False
    assert "max_ratio" in json.dumps(state["diagnosis"]["problems"])


def test_an_archive_of_10000_files(server: Server) -> None:
    archive = zipped({f"{number}.log": "x" for number in range(10_001)})
    state = server.wait(server.client().post(ROOT, params={"name": "many.zip"}, content=archive).json()["id"])
    assert state["status"] == "done"
    assert state["diagnosis"]["complete"] is False
    assert "max_members" in json.dumps(state["diagnosis"]["problems"])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd", "passwd"),
        ("C:\\logs\\Orthanc.log", "Orthanc.log"),
        ("..", ".."),
        ("/", "upload.log"),
        ("a\x00b\nc\x1b[31m.log", "abc[31m.log"),
        ("\u202egol.exe", "gol.exe"),
        ("<img src=x onerror=alert(1)>.log", "<img src=x onerror=alert(1)>.log"),
        ("%s%n{0}.log", "%s%n{0}.log"),
        ("x" * 5000, "x" * 200),
    ],
)
def test_names_are_only_shown(server: Server, name: str, shown: str) -> None:
    before = {path.name for path in server.data.iterdir()}
    answer = server.client().post(ROOT, params={"name": name}, content=LOG.read_bytes())
    identifier = answer.json()["id"]
    assert server.wait(identifier)["diagnosis"]["logs"][0]["name"] == shown
    assert "<img" not in server.client().get(answer.json()["url"]).text
    assert {path.name for path in server.data.iterdir()} == before
    assert not [path for path in server.data.rglob("*") if "passwd" in path.name or "Orthanc" in path.name]


@pytest.mark.parametrize(
    "identifier", ["A" * 22, "A" * 21, "A" * 300, "%2e%2e%2fsecret", "%00", "' OR 1=1 --", "diagnoses.sqlite3"]
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unknown_identifiers(server: Server, identifier: str, method: str) -> None:
    refused(server.client().request(method, f"{ROOT}/{identifier}"), 404)
    assert server.client().get(f"/d/{identifier}").status_code == 404


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("PUT", ROOT, 405),
        ("GET", ROOT, 405),
        ("POST", f"{ROOT}/{'A' * 22}", 405),
        ("BREW", "/healthz", 405),
        ("GET", "/api/v2", 404),
        ("GET", "/api/v1/", 404),
        ("POST", f"{ROOT}?redact=maybe", 422),
        ("POST", f"{ROOT}?redcat=true", 422),
        ("GET", f"{ROOT}/{'A' * 22}?fromat=html", 422),
    ],
)
def test_wrong_addresses_and_methods(server: Server, method: str, address: str, status: int) -> None:
    answer = server.client().request(method, address, content=b"x" if method == "POST" else None)
    refused(answer, status)
    assert (status == 405) == ("allow" in answer.headers)


@pytest.mark.parametrize(
    ("method", "address", "headers", "status"),
    [
        ("GET", "/healthz", {"Host": "[::1"}, 421),
        ("POST", ROOT, {"Origin": "http://["}, 403),
        ("POST", ROOT, {"Origin": "\xff"}, 403),
    ],
)
def test_broken_headers(server: Server, method: str, address: str, headers: dict[str, str], status: int) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    refused(server.client().request(method, address, headers=raw), status)


def test_a_form_of_many_fields(server: Server) -> None:
    answer = server.client().post("/login", content="&".join(f"f{n}=1" for n in range(100)))
    assert answer.status_code == 413
    assert "too many fields" in answer.text


def test_parallel_deletes(server: Server) -> None:
    """Of many deletions at once, while it is being analysed, exactly one succeeds; the others find nothing."""
    content = (SAMPLES / "busy-hundreds-1.12.7-verbose" / "orthanc.log").read_bytes() * 10
    identifier = server.client().post(ROOT, content=content).json()["id"]
    server.wait(identifier, "running", "done")
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: httpx.delete(f"{server.url}{ROOT}/{identifier}", timeout=60).status_code, range(40))
        )
    assert sorted(answers) == [204] + [404] * 39
    until(lambda: not server.workers())


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /healthz HT",
        b"POST /api/v1/diagnoses HTTP/1.1\r\nHost: localhost\r\nContent-Le",
    ],
    ids=["nothing", "request-line", "headers"],
)
def test_slow_heads(server: Server, sent: bytes) -> None:
    with connection(server) as stalled:
        stalled.sendall(sent)
        answer = read_all(stalled)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"application/problem+json" in answer


def test_a_head_that_drips(server: Server) -> None:
    """A byte now and then does not keep a connection open."""
    with connection(server) as dripping:
        dripping.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
        begin = time.monotonic()
        drip = threading.Thread(target=lambda: drip_into(dripping), daemon=True)
        drip.start()
        assert read_all(dripping).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - begin < 30


def test_a_body_that_stalls(server: Server) -> None:
    with connection(server) as stalled:
        stalled.sendall(
            b"POST /api/v1/diagnoses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nI1123 15:50:00"
        )
        answer = read_all(stalled)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"did not come in time" in answer


def test_a_client_that_goes_away(server: Server) -> None:
    before = server.uploads()
    with connection(server) as leaving:
        leaving.sendall(
            b"POST /api/v1/diagnoses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + b"leaving"
        )
        until(lambda: len(server.uploads()) > len(before))
    until(lambda: server.uploads() == before)


def test_no_http_at_all(server: Server) -> None:
    with connection(server) as other:
        other.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert read_all(other).startswith(b"HTTP/1.1 400")


def test_a_full_queue_and_a_rate(start: Callable[..., Server]) -> None:
    server = start("--rate", "3")
    client = server.client()
    answers = [client.post(ROOT, content=b"I1123 15:50:00.254106 Toolbox.cpp:1473] x") for _ in range(5)]
    assert [answer.status_code for answer in answers[:3]] == [202] * 3
    assert "too many uploads from your address" in refused(answers[-1], 429)
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


def test_limits_that_the_server_was_given(start: Callable[..., Server]) -> None:
    server = start("--max-files", "1", "--max-expanded", "1", "--memory", "512")
    content = (SAMPLES / "busy-hundreds-1.12.7-verbose" / "orthanc.log").read_bytes()
    two = [("file", (name, content)) for name in ("a.log", "b.log")]
    assert "More than 1 files" in refused(server.client().post(ROOT, files=two), 413)
    state = server.wait(server.client().post(f"{ROOT}?name=a.log.gz", content=gzip.compress(content * 3)).json()["id"])
    assert not state["diagnosis"]["complete"]
    assert any("1048576 bytes" in problem["what"] for problem in state["diagnosis"]["problems"]), state["diagnosis"][
        "problems"
    ]
    state = server.wait(server.client().post(f"{ROOT}?name=a.log", content=content).json()["id"])
    assert state["diagnosis"]["complete"]


def test_a_log_that_takes_too_long(start: Callable[..., Server]) -> None:
    server = start("--time-limit", "1s")
    content = (SAMPLES / "busy-hundreds-1.12.7-verbose" / "orthanc.log").read_bytes() * 100
    state = server.wait(server.client().post(ROOT, content=content).json()["id"])
    assert state["status"] == "failed"
    assert "longer than 1 seconds" in state["error"]["detail"]
    until(lambda: not server.workers())


def connection(server: Server) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=60)


def read_all(connected: socket.socket) -> bytes:
    answer = b""
    try:
        while chunk := connected.recv(65536):
            answer += chunk
    except ConnectionError:
        pass
    return answer


def drip_into(connected: socket.socket) -> None:
    try:
        for _ in range(100):
            connected.sendall(b"X")
            time.sleep(0.5)
    except OSError:
        pass


def test_more_at_once_than_it_answers(start: Callable[..., Server]) -> None:
    """Who comes when too many are being answered hears so at once, and is welcome again when they are gone."""
    server = start("--idle", "30s", "--rate", "60000")
    head = b"POST /api/v1/diagnoses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nx"
    waiting = [connection(server) for _ in range(MOST_REQUESTS)]
    try:
        for one in waiting:
            one.sendall(head)
        until(lambda: server.client().get("/healthz").status_code == 503)
        answer = server.client().get("/healthz")
        assert "too many at once" in refused(answer, 503)
        assert answer.headers["retry-after"] == "5"
    finally:
        for one in waiting:
            one.close()
    until(lambda: server.client().get("/healthz").status_code == 200)
    until(lambda: server.uploads() == [])
