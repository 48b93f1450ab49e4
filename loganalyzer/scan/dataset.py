"""The dataset, read: as pandas frames, and by SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from loganalyzer.scan.errors import DatasetError
from loganalyzer.scan.schemas import TABLES, arrow_schema
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset

_MEMORY = "1GB"
_QUESTIONS = ("SELECT", "EXPLAIN", "RELATION", "CALL")


class Dataset:
    """The tables that a scan left in a folder. Each method of a table's name gives it as a pandas frame."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: str | Path) -> Dataset:
        """The dataset in ``folder``; raises ``DatasetError`` where there is none."""
        path = Path(folder)
        try:
            parts = any((path / "files").glob("part-*.parquet"))
        except OSError as error:
            raise DatasetError(f"{path} cannot be read: {reason(error)}") from None
        if not parts:
            raise DatasetError(f"{path} holds no dataset; loganalyzer scan PATH -o {path} makes one")
        return cls(path)

    def files(self) -> pd.DataFrame:
        """One row a file or a member of an archive; :data:`loganalyzer.scan.schemas.FILES`."""
        return self.frame("files")

    def runs(self) -> pd.DataFrame:
        """One row a run of Orthanc; :data:`loganalyzer.scan.schemas.RUNS`."""
        return self.frame("runs")

    def associations(self) -> pd.DataFrame:
        """One row an association; :data:`loganalyzer.scan.schemas.ASSOCIATIONS`."""
        return self.frame("associations")

    def operations(self) -> pd.DataFrame:
        """One row for each kind of operation of an association; :data:`loganalyzer.scan.schemas.OPERATIONS`."""
        return self.frame("operations")

    def findings(self) -> pd.DataFrame:
        """One row a finding; :data:`loganalyzer.scan.schemas.FINDINGS`."""
        return self.frame("findings")

    def unknown(self) -> pd.DataFrame:
        """One row a family of messages in a log; :data:`loganalyzer.scan.schemas.UNKNOWN`."""
        return self.frame("unknown")

    def frame(self, table: str) -> pd.DataFrame:
        """A table as pandas, with the documented types."""
        import pandas as pd
        import pyarrow as pa

        types = {
            pa.string(): pd.StringDtype(), pa.int64(): pd.Int64Dtype(), pa.float64(): pd.Float64Dtype(),
            pa.bool_(): pd.BooleanDtype(),
        }  # fmt: skip
        frame: pd.DataFrame = self.arrow(table).to_table().to_pandas(types_mapper=types.get)
        return frame

    def arrow(self, table: str) -> pyarrow.dataset.Dataset:
        """A table as a dataset of Arrow: only the parts of complete sets."""
        import pyarrow.dataset

        complete = sorted(path.name for path in (self.folder / "files").glob("part-*.parquet"))
        parts = [path for name in complete if (path := self.folder / table / name).exists()]
        return pyarrow.dataset.dataset([str(p) for p in parts], schema=arrow_schema(table), format="parquet")

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A database in memory that sees the six tables and nothing else: no file, no network, no extension."""
        import duckdb

        connection = duckdb.connect(":memory:", config={"memory_limit": _MEMORY})
        for name in TABLES:
            connection.register(name, self.arrow(name))
        for setting in ("python_enable_replacements", "enable_external_access"):
            connection.execute(f"SET {setting} = false")
        connection.execute("SET lock_configuration = true")
        return connection

    def query(self, sql: str) -> pa.Table:
        """The answer to one question in SQL. Raises ``DatasetError`` with what the database says of a wrong one."""
        import duckdb

        connection = self.connect()
        try:
            sql.encode("utf-8")
            kinds = [statement.type.name for statement in connection.extract_statements(sql)]
        except UnicodeEncodeError:
            raise DatasetError("the question is no text in UTF-8") from None
        except duckdb.Error as error:
            raise DatasetError(_said(error)) from None
        if len(kinds) != 1 or kinds[0] not in _QUESTIONS:
            raise DatasetError("this is not one question; write one SELECT")
        return answer(connection, sql)


def answer(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Any = None) -> pa.Table:  # noqa: ANN401
    """The result of one statement. Raises ``DatasetError``."""
    import duckdb

    try:
        relation = connection.sql(sql, params=parameters)
        if relation is None:
            raise DatasetError("this is no question: it has no answer")
        return relation.to_arrow_table()
    except duckdb.Error as error:
        raise DatasetError(_said(error)) from None


def _said(error: Exception) -> str:
    """What the database says, without the picture of the place in the question."""
    return " ".join(str(error).partition("\nLINE ")[0].split())
