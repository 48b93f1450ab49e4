"""An upload is nobody else's: who may read and delete it, how long it stays, and what is left of it."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.web.conftest import LOG, until

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.web.conftest import Server

ROOT = "/api/v1/diagnoses"
TELLING = [b"WRONGAET", b"MODALITY1", b"the-name-of-a-clinic"]
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


def upload(server: Server, client: httpx.Client | None = None, **headers: str) -> str:
    client = client or server.client()
    parameters = {"name": "the-name-of-a-clinic.log"}
    answer = client.post(ROOT, params=parameters, content=LOG.read_bytes(), headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def form_token(page: str) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def browser(server: Server) -> tuple[httpx.Client, str]:
    """A client with a session, and the token of its forms."""
    client = server.client()
    return client, form_token(client.get("/").text)


def test_deleted_means_gone(start: Callable[..., Server]) -> None:
    server = start()
    client, token = browser(server)
    identifier = upload(server, client, **{"X-Form-Token": token})
    server.wait(identifier)
    while client.get(f"{ROOT}/{identifier}/redacted").status_code == 202:
        time.sleep(0.1)
    for text in TELLING:
        assert server.holds(text), "the check below could not fail"
    assert client.delete(f"{ROOT}/{identifier}", headers={"X-Form-Token": token}).status_code == 204
    for text in [*TELLING, identifier.encode(), b"2 of 3 associations failed"]:
        assert server.holds(text) == []
    server.stop()
    for text in [*TELLING, identifier.encode()]:
        assert server.holds(text) == []


def test_deleted_while_it_is_analysed(start: Callable[..., Server]) -> None:
    server = start()
    identifier = server.client().post(ROOT, content=LOG.read_bytes() * 200).json()["id"]
    until(lambda: server.state(identifier)["status"] == "running")
    assert server.client().delete(f"{ROOT}/{identifier}").status_code == 204
    assert server.uploads() == []
    until(lambda: not server.workers())
    assert server.uploads() == []


def test_retention_while_running_and_at_start(start: Callable[..., Server]) -> None:
    server = start("--retention", "8s")
    identifier = upload(server)
    assert server.wait(identifier)["status"] == "done"
    until(lambda: server.client().get(f"{ROOT}/{identifier}").status_code == 404)
    until(lambda: server.uploads() == [])
    assert server.holds(TELLING[0]) == []
    upload(server)
    server.kill()
    time.sleep(8)
    again = start(data=server.data)
    until(lambda: again.uploads() == [], 5)
    assert again.holds(TELLING[0]) == []


def test_no_store_leaves_nothing(start: Callable[..., Server]) -> None:
    server = start("--no-store")
    identifier = upload(server)
    state = server.wait(identifier)
    assert state["diagnosis"]["findings"][0]["cause"] == "called-aet-mismatch"
    for text in TELLING:
        assert server.holds(text) == []
    page = server.client().get(f"/d/{identifier}")
    assert "WRONGAET" in page.text
    assert "Redacted log" not in page.text
    assert server.client().get(f"/d/{identifier}/diagnosis.md").status_code == 200
    assert server.client().get(f"{ROOT}/{identifier}/redacted").status_code == 404
    redacted = server.client().post(ROOT, params={"redact": "true"}, content=LOG.read_bytes()).json()["id"]
    assert "WRONGAET" not in json.dumps(server.wait(redacted)["diagnosis"])
    assert server.client().delete(f"{ROOT}/{identifier}").status_code == 204
    assert server.client().get(f"{ROOT}/{identifier}").status_code == 404
    server.kill()
    again = start("--no-store", data=server.data)
    assert again.client().get(f"{ROOT}/{redacted}").status_code == 404


def test_no_store_does_not_touch_what_is_stored(start: Callable[..., Server]) -> None:
    server = start()
    identifier = upload(server)
    server.wait(identifier)
    server.stop()
    start("--no-store", data=server.data).stop()
    assert start(data=server.data).state(identifier)["status"] == "done"


def test_redacted_uploads_keep_no_original(start: Callable[..., Server]) -> None:
    server = start()
    client, token = browser(server)
    answer = client.post(
        ROOT, params={"name": "the-name-of-a-clinic.log", "redact": "true"}, content=LOG.read_bytes(),
        headers={"X-Form-Token": token},
    )  # fmt: skip
    assert server.wait(answer.json()["id"])["diagnosis"]["verdict"] == "failure"
    for text in TELLING:
        assert server.holds(text) == []
    assert "the-name-of-a-clinic" not in client.get("/uploads").text


def test_the_server_s_own_log_tells_nothing(start: Callable[..., Server]) -> None:
    server = start()
    identifier = upload(server)
    server.wait(identifier)
    client = server.client()
    client.get(f"/d/{identifier}")
    client.get("/nowhere/WRONGAET?q=MODALITY1")
    client.post(ROOT, content=b"--x\r\nMODALITY1", headers={"Content-Type": "multipart/form-data; boundary=WRONGAET"})
    client.delete(f"{ROOT}/{identifier}")
    server.stop()
    log = server.errors.read_bytes()
    assert log.count(b"\n") >= 6
    for text in [*TELLING, identifier.encode()]:
        assert text not in log


def test_the_token_is_asked_for_everywhere(start: Callable[..., Server]) -> None:
    server = start("--token", "open sesame")
    client = server.client()
    right = {"Authorization": "Bearer open sesame"}
    for method, address in [
        ("POST", ROOT), ("GET", f"{ROOT}/{'A' * 22}"), ("DELETE", f"{ROOT}/{'A' * 22}"), ("GET", "/metrics"),
        ("GET", "/api/v1/openapi.json"), ("GET", f"{ROOT}/{'A' * 22}/events"),
    ]:  # fmt: skip
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "Basic b3Blbjpz"},
            {"Cookie": "loganalyzer=a.1.b"},
        ):
            answer = client.request(method, address, headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert answer.headers["content-type"] == "application/problem+json"
    for address in ("/", "/uploads", f"/d/{'A' * 22}"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={address}")
    assert client.get("/healthz").status_code == 200
    assert server.uploads() == []
    identifier = upload(server, client, **right)
    until(lambda: client.get(f"{ROOT}/{identifier}", headers=right).json()["status"] == "done")
    assert client.delete(f"{ROOT}/{identifier}", headers=right).status_code == 204


def test_logging_in_and_out(start: Callable[..., Server]) -> None:
    server = start(environment={"LOGANALYZER_TOKEN": "open sesame"})
    client = server.client()
    token = form_token(client.get("/login").text)
    wrong = client.post("/login", data={"form_token": token, "token": "guess", "next": "/uploads"})
    assert wrong.status_code == 403
    assert "This is not the access token" in wrong.text
    assert client.post("/login", data={"token": "open sesame"}).status_code == 403
    right = client.post("/login", data={"form_token": token, "token": "open sesame", "next": "//elsewhere.example"})
    assert (right.status_code, right.headers["location"]) == (303, "/")
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = client.get("/uploads")
    assert page.status_code == 200
    assert client.post("/logout", data={"form_token": form_token(page.text)}).status_code == 303
    assert client.get("/uploads").status_code == 303
    for _ in range(12):
        last = client.post("/login", data={"form_token": form_token(client.get("/login").text), "token": "guess"})
    assert last.status_code == 429


def test_another_token_ends_all_logins(start: Callable[..., Server]) -> None:
    server = start("--token", "first")
    client = server.client()
    client.post("/login", data={"form_token": form_token(client.get("/login").text), "token": "first"})
    assert client.get("/uploads").status_code == 200
    cookies = dict(client.cookies)
    server.stop()
    for again, status in (("first", 200), ("second", 303)):
        server = start("--token", again, data=server.data)
        assert server.client(cookies=cookies).get("/uploads").status_code == status
        server.stop()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
    ids=["cross-site", "same-site", "origin", "null"],
)
def test_pages_of_others_cannot_upload_or_delete(server: Server, headers: dict[str, str]) -> None:
    client, token = browser(server)
    before = server.uploads()
    for address in ("/", ROOT):
        files = [("form_token", (None, "guess")), ("file", ("a.log", LOG.read_bytes()))]
        assert client.post(address, files=files, headers=headers).status_code == 403
        assert server.client().post(address, files=files, headers=headers).status_code == 403
    assert server.uploads() == before
    identifier = upload(server, client, **{"X-Form-Token": token})
    assert client.delete(f"{ROOT}/{identifier}", headers=headers).status_code == 403
    assert client.post(f"/d/{identifier}/delete", data={"form_token": "guess"}, headers=headers).status_code == 403
    assert server.state(identifier)["status"] in ("queued", "running", "done")


def test_our_own_forms_work(server: Server) -> None:
    """Browsers send ``Origin: null`` from pages that ask for no referrer, ``Sec-Fetch-Site`` only where it is safe."""
    for headers in ({"Origin": "null"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {"Origin": server.url}):
        client, token = browser(server)
        files = [("form_token", (None, token)), ("file", ("a.log", LOG.read_bytes()))]
        sent = client.post("/", files=files, headers=headers)
        assert (sent.status_code, sent.headers["location"][: len(server.url) + 3]) == (303, f"{server.url}/d/")
        deleted = client.post(f"{sent.headers['location']}/delete", data={"form_token": token}, headers=headers)
        assert deleted.status_code == 200


def test_a_form_without_its_token(server: Server) -> None:
    client, _ = browser(server)
    before = server.uploads()
    assert client.post("/", files=[("file", ("a.log", LOG.read_bytes()))]).status_code == 403
    assert server.uploads() == before


def test_only_the_own_session_may_delete(server: Server) -> None:
    mine, token = browser(server)
    identifier = upload(server, mine, **{"X-Form-Token": token})
    server.wait(identifier)
    theirs, other = browser(server)
    assert theirs.get(f"/d/{identifier}").status_code == 200
    assert f"/d/{identifier}/delete" not in theirs.get(f"/d/{identifier}").text
    assert f"/d/{identifier}/delete" in mine.get(f"/d/{identifier}").text
    assert theirs.delete(f"{ROOT}/{identifier}", headers={"X-Form-Token": other}).status_code == 403
    assert theirs.post(f"/d/{identifier}/delete", data={"form_token": other}).status_code == 403
    assert server.client().delete(f"{ROOT}/{identifier}").status_code == 403
    assert identifier in mine.get("/uploads").text
    assert identifier not in theirs.get("/uploads").text
    assert mine.post(f"/d/{identifier}/delete", data={"form_token": token}).status_code == 200


def test_searching_the_own_uploads(server: Server) -> None:
    client, token = browser(server)
    identifier = upload(server, client, **{"X-Form-Token": token})
    server.wait(identifier)
    for query, found in (
        ("aet=wrongaet", True), ("aet=ELSEWHERE", False), ("cause=called-aet", True), ("cause=database", False),
        ("aet=%25", False), ("since=1900-01-01&until=2100-01-01", True), ("since=2100-01-01", False),
    ):  # fmt: skip
        assert (identifier in client.get(f"/uploads?{query}").text) is found, query
    assert client.get("/uploads?since=tomorrow").status_code == 422


def test_other_names_than_ours(server: Server) -> None:
    """A page elsewhere that points its own name at this machine reads nothing (DNS rebinding)."""
    for host in ("evil.example", "evil.example:80", "192.0.2.1", ""):
        answer = server.client().get("/api/v1/openapi.json", headers={"Host": host})
        assert answer.status_code in (400, 421)
    for host in ("localhost", "127.0.0.1:9", "[::1]:80"):
        assert server.client().get("/healthz", headers={"Host": host}).status_code == 200


def test_headers_of_every_answer(server: Server) -> None:
    identifier = upload(server)
    server.wait(identifier)
    client = server.client()
    for address in (
        "/",
        "/uploads",
        f"/d/{identifier}",
        "/nowhere",
        "/healthz",
        f"{ROOT}/{identifier}",
        "/login",
        f"/d/{identifier}/report.html",
    ):
        headers = client.get(address).headers
        for name, value in HEADERS.items():
            assert headers[name] == value
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


def test_behind_tls(start: Callable[..., Server]) -> None:
    server = start("--public-url", "https://logs.example.org")
    headers = {"Host": "logs.example.org", "X-Forwarded-Proto": "https"}
    answer = server.client().get("/", headers=headers)
    assert answer.headers["strict-transport-security"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-loganalyzer=")
    assert "Secure" in cookie
    sent = server.client().post(ROOT, content=LOG.read_bytes(), headers=headers).json()
    assert sent["url"] == f"https://logs.example.org/d/{sent['id']}"


def test_identifiers_cannot_be_guessed(server: Server) -> None:
    seen = {upload(server) for _ in range(3)}
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in seen)
    assert len({one[:4] for one in seen}) == 3
