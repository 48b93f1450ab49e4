"""The index in PostgreSQL: the server refuses, is held by another Orthanc, or goes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.record import clients
from tools.record.database_servers import PostgreSQL
from tools.record.images import CT1, CT2
from tools.record.processes import RecordingError
from tools.record.scenario import HEALTHY, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.record.lab import Lab

_PLUGIN = "/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so"


def _server(lab: Lab, **options: object) -> PostgreSQL:
    server = PostgreSQL(lab.folder, lab.stack)
    lab.configure(Plugins=[_PLUGIN], PostgreSQL=server.section(**options))
    return server


def _earlier_run(lab: Lab) -> None:
    """Let Orthanc make its tables, with a log of its own."""
    child = lab.launch(lab.write_configuration(), lab.folder / "peer-orthanc.log", ())
    child.wait_listening([lab.http_port])
    child.stop()


def _healthy(lab: Lab) -> None:
    _server(lab)
    lab.start()
    clients.store(lab, CT1.write(lab.folder))


def _in_vain(change: Callable[[PostgreSQL], None] | None = None, **options: object) -> Callable[[Lab], None]:
    def run(lab: Lab) -> None:
        server = _server(lab, **options)
        if change is not None:
            change(server)
        lab.start_in_vain()

    return run


def _owned_by_another(server: PostgreSQL) -> None:
    """Since PostgreSQL 15 only the owner of a database makes tables in its schema public."""
    server.run("ALTER DATABASE orthanc OWNER TO postgres")


def _schema_too_new(lab: Lab) -> None:
    server = _server(lab)
    _earlier_run(lab)
    # Property 1 is the version of the schema.
    server.run("UPDATE GlobalProperties SET value = '999' WHERE property = 1", database="orthanc")
    lab.start_in_vain()


def _held_by_another(lab: Lab) -> None:
    _server(lab, Lock=True)
    first = lab.launch(lab.write_configuration(), lab.folder / "peer-orthanc.log", ())
    first.wait_listening([lab.http_port])
    lab.dicom_port, lab.http_port = lab.port("dicom"), lab.port("http")
    lab.configure(DicomPort=lab.dicom_port, HttpPort=lab.http_port)
    lab.start_in_vain()


def _connections_cut(lab: Lab) -> None:
    """The server ends all connections, as when it is restarted."""
    server = _server(lab)
    lab.start()
    clients.store(lab, CT1.write(lab.folder))
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'orthanc'")
    clients.store(lab, CT2.write(lab.folder), fails=None)


def _table_missing(lab: Lab) -> None:
    server = _server(lab)
    lab.start()
    server.run("DROP TABLE Metadata CASCADE", database="orthanc")
    if clients.store(lab, CT1.write(lab.folder), fails=None) == 0:
        message = "the image was stored without the table"
        raise RecordingError(message)


SCENARIOS = (
    Scenario(
        "healthy-postgresql",
        HEALTHY,
        "The index is in PostgreSQL; C-STORE of an image.",
        _healthy,
        needs_root=True,
    ),
    Scenario(
        "postgresql-login-refused",
        "database-unavailable",
        "The index is in PostgreSQL, and the password is wrong.",
        _in_vain(Password="guessed"),  # noqa: S106 - of a server that lives for seconds
        ("password authentication failed", "giving up"),
        "start-up",
        "PostgreSQL.Password",
        needs_root=True,
    ),
    Scenario(
        "postgresql-permission-denied",
        "database-request-failed",
        "The index is in PostgreSQL, and the database belongs to another role.",
        _in_vain(_owned_by_another),
        ("permission denied",),
        "start-up",
        "the owner of the database",
        needs_root=True,
    ),
    Scenario(
        "postgresql-schema-too-new",
        "database-schema-too-new",
        "The index in PostgreSQL was made by a later version.",
        _schema_too_new,
        ("incompatible with database schema", "incompatible with Orthanc database schema"),
        "start-up",
        "the version of the plugin",
        needs_root=True,
    ),
    Scenario(
        "postgresql-held-by-another",
        "database-locked",
        "Another Orthanc uses the same database of PostgreSQL.",
        _held_by_another,
        ("is locked by another instance",),
        "start-up",
        "PostgreSQL.Database",
        needs_root=True,
    ),
    Scenario(
        "postgresql-connections-cut",
        "database-connection-lost",
        "PostgreSQL ends the connections of Orthanc while it runs.",
        _connections_cut,
        ("server closed the connection", "terminating connection"),
        "C-STORE",
        "the database server",
        needs_root=True,
    ),
    Scenario(
        "postgresql-table-missing",
        "database-request-failed",
        "The index in PostgreSQL lacks a table, and an image comes in.",
        _table_missing,
        ("does not exist", "Exception while storing DICOM"),
        "C-STORE",
        "the database",
        needs_root=True,
    ),
)
