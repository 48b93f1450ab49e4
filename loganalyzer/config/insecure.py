"""Settings that open Orthanc to others: always notices, for they may be meant.

What each option does: Orthanc Book, "Securing Orthanc".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.config.document import pointer
from loganalyzer.config.remarks import MASK, Fix, Patch, pasted, remark
from loganalyzer.diagnosis.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.config.document import Configuration, Node
    from loganalyzer.diagnosis.model import Finding

_WELL_KNOWN = frozenset({
    "orthanc", "admin", "alicepassword", "demo", "test", "password", "changeme", "change-me", "secret", "1234",
    "12345", "123456", "root",
})  # fmt: skip
_CAUSE = "http-forbidden"


def check_security(configuration: Configuration) -> Iterator[Finding]:
    """What others could do to this Orthanc."""
    remote = configuration.options.get("RemoteAccessAllowed")
    if remote is not None and remote.flag:
        # Without AuthenticationEnabled, Orthanc 1.5.8 and later switch authentication on where access is remote.
        authentication = configuration.options.get("AuthenticationEnabled")
        if authentication is not None and authentication.flag is False:
            yield _open(remote, authentication)
    for name, code, what in (
        ("ExecuteLuaEnabled", "LA586", "Whoever may use the REST API may run any Lua code on the server."),
        ("RestApiWriteToFileSystemEnabled", "LA588", "Whoever may use the REST API may write files on the server."),
    ):
        node = configuration.options.get(name)
        if node is not None and node.flag:
            yield _switch_off(node, code, what)
    users = configuration.options.get("RegisteredUsers")
    for user in users.members.values() if users is not None else ():
        if user.text is not None and (user.text.lower() in _WELL_KNOWN or user.text == user.name):
            yield _guessable(user, users)


def _open(remote: Node, authentication: Node) -> Finding:
    return remark(
        "LA585", _CAUSE, "Anybody in the network can use the REST API: remote access is on, authentication is off",
        nodes=(remote, authentication), values={"option": "AuthenticationEnabled"},
        what="RemoteAccessAllowed is true and AuthenticationEnabled is false.",
        fix=Fix(
            "Switch authentication on, unless a reverse proxy asks for the password",
            pasted("AuthenticationEnabled", True),
            ({"op": "replace", "path": "/AuthenticationEnabled", "value": True},), "AuthenticationEnabled",
            "Clients of the REST API then need a user of RegisteredUsers.",
        ),
    )  # fmt: skip


def _switch_off(node: Node, code: str, what: str) -> Finding:
    patch: Patch = ({"op": "replace", "path": pointer(node.name), "value": False},)
    return remark(
        code, _CAUSE, f"{node.name} is true", nodes=(node,), values={"option": node.name}, what=what,
        fix=Fix("Switch it off unless it is needed", pasted(node.name, False), patch, node.name),
    )  # fmt: skip


def _guessable(user: Node, users: Node | None) -> Finding:
    place = users if users is not None and users.line == user.line else user
    return remark(
        "LA587", "http-unauthorized", "A registered user has a password that everybody knows",
        # The line only: neither the name of a user nor a password leaves the configuration.
        nodes=(type(place)(place.kind, place.file, place.line, name="RegisteredUsers", value=MASK),),
        confidence=Confidence.CERTAIN, values={"option": "RegisteredUsers"},
        what="The password is one of the usual examples, or the user's name.",
        fix=Fix(
            "Choose another password", '"RegisteredUsers" : { "USER" : "CHOOSE_A_PASSWORD" }', (), "RegisteredUsers",
        ),
    )  # fmt: skip
