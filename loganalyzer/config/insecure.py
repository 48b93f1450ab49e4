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
    for name, code in (("ExecuteLuaEnabled", "LA586"), ("RestApiWriteToFileSystemEnabled", "LA588")):
        node = configuration.options.get(name)
        if node is not None and node.flag:
            yield _switch_off(node, code)
    users = configuration.options.get("RegisteredUsers")
    for user in users.members.values() if users is not None else ():
        if user.text is not None and (user.text.lower() in _WELL_KNOWN or user.text == user.name):
            yield _guessable(user, users)


def _open(remote: Node, authentication: Node) -> Finding:
    return remark(
        "LA585", _CAUSE, nodes=(remote, authentication), values={"option": "AuthenticationEnabled"},
        fix=Fix(
            pasted("AuthenticationEnabled", True),
            ({"op": "replace", "path": "/AuthenticationEnabled", "value": True},), "AuthenticationEnabled",
        ),
    )  # fmt: skip


def _switch_off(node: Node, code: str) -> Finding:
    patch: Patch = ({"op": "replace", "path": pointer(node.name), "value": False},)
    return remark(
        code, _CAUSE, {"option": node.name}, nodes=(node,), values={"option": node.name},
        fix=Fix(pasted(node.name, False), patch, node.name),
    )  # fmt: skip


def _guessable(user: Node, users: Node | None) -> Finding:
    place = users if users is not None and users.line == user.line else user
    return remark(
        "LA587", "http-unauthorized",
        # The line only: neither the name of a user nor a password leaves the configuration.
        nodes=(type(place)(place.kind, place.file, place.line, name="RegisteredUsers", value=MASK),),
        confidence=Confidence.CERTAIN, values={"option": "RegisteredUsers"},
        fix=Fix('"RegisteredUsers" : { "USER" : "CHOOSE_A_PASSWORD" }', (), "RegisteredUsers"),
    )  # fmt: skip
