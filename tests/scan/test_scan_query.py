"""Questions to a dataset: answered from its tables alone, in forms that are safe to open."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from loganalyzer.scan import open_dataset
from tests.scan.conftest import COMMAND

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dataset(scanned: Path) -> Path:
    return scanned / "out"


def ask(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_forms(dataset: Path) -> None:
    sql = "SELECT cause, sum(count) AS n FROM findings WHERE explained_by IS NULL GROUP BY cause ORDER BY cause"
    frame = open_dataset(dataset).findings()
    own = frame[frame["explained_by"].isna()].groupby("cause")["count"].sum().sort_index()
    expected = [(cause, int(n)) for cause, n in own.items()]
    as_json = json.loads(ask("query", dataset, sql, "--format", "json").stdout)
    assert [(row["cause"], int(row["n"])) for row in as_json] == expected
    as_csv = list(csv.DictReader(io.StringIO(ask("query", dataset, sql, "--format", "csv").stdout)))
    assert [(row["cause"], int(float(row["n"]))) for row in as_csv] == expected
    as_table = ask("query", dataset, sql).stdout.splitlines()
    assert [line.split()[0] for line in as_table[2:]] == [cause for cause, _ in expected]


def test_formulas_are_text_in_csv(dataset: Path) -> None:
    done = ask("query", dataset, "SELECT '=HYPERLINK(\"x\")' AS a, '@x' AS b, 'c' AS c", "--format", "csv")
    assert list(csv.reader(io.StringIO(done.stdout)))[1] == ['\'=HYPERLINK("x")', "'@x", "c"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY files TO '{dataset}/files/part-x.parquet'",
        "ATTACH '{dataset}/x.duckdb'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "CREATE TABLE x AS SELECT 1",
        "SELECT * FROM nothing",
        "SELEC",
    ],
)
def test_a_question_sees_the_tables_and_nothing_else(dataset: Path, sql: str) -> None:
    before = sorted(path for path in dataset.rglob("*"))
    done = ask("query", dataset, sql.format(dataset=dataset))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "root:" not in done.stdout
    assert sorted(path for path in dataset.rglob("*")) == before


@pytest.mark.parametrize("what", ["causes", "peers", "errors", "slow"])
def test_ready_made(dataset: Path, what: str) -> None:
    rows = json.loads(ask("top", what, dataset, "--format", "json", "--limit", "3").stdout)
    assert len(rows) <= 3
    if what == "causes":
        assert rows[0]["count"] >= rows[-1]["count"] >= 1
    if what == "peers":
        assert sum(row["failed"] for row in rows) > 0


def test_no_dataset(tmp_path: Path) -> None:
    assert ask("top", "causes", tmp_path).returncode == 3
    assert ask("query", tmp_path / "nowhere", "SELECT 1").returncode == 3


def test_without_the_packages(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['duckdb'] = None; from loganalyzer.cli.process import run; sys.exit(run(sys.argv[1:]))"
    )
    for arguments in (["scan", ".", "-o", tmp_path / "out"], ["query", tmp_path, "SELECT 1"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert "this installation lacks: pip install duckdb" in done.stderr
