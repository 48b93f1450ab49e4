"""``loganalyzer timeline`` shows the associations that were asked for."""

from __future__ import annotations

import io
import json

import pytest

from loganalyzer.cli.process import run
from tests.knowledge import SAMPLES

LOG = SAMPLES / "called-aet-mismatch-1.10.1-trace" / "orthanc.log"


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ((), ["1.1", "1.2", "1.3"]),
        (("--aet", "MODALITY1"), ["1.1", "1.2", "1.3"]),
        (("--aet", "WRONGAET"), ["1.2"]),
        (("--aet", "NOBODY"), []),
        (("--peer", "127.0.0.1"), ["1.1", "1.2", "1.3"]),
        (("--peer", "ORTHANC"), []),
        (("--outcome", "released"), ["1.1"]),
        (("--outcome", "rejected", "--aet", "OTHERPACS"), ["1.3"]),
        (("--between", "15:50:00.4,15:50:00.5"), ["1.2"]),
        (("--between", "15:50:00.5,"), ["1.3"]),
        (("--between", "23:00,15:50:00.4"), ["1.1"]),
        (("--between", "15:50:00.5,00:30"), ["1.3"]),
        (("--year", "2026", "--between", ",2026-11-23T15:50:00.4"), ["1.1"]),
        (("--year", "2025", "--between", "2026-01-01T00:00,"), []),
    ],
)
def test_only_those_that_were_asked_for(
    options: tuple[str, ...], shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["timeline", str(LOG), "--format", "json", *options]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["associations"]] == shown


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--outcome", "failed"), "'failed' is not one of 'released'"),
        (("--between", "09:00"), "takes FROM,TO"),
        (("--between", "9,10"), "'9' is no time"),
        (("--between", "2026-11-23T09:00+01:00,"), "has a time zone"),
        (("--between", "09:00Z,"), "has a time zone"),
    ],
)
def test_what_cannot_be_asked_for(options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timeline", str(LOG), *options]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("options", "shown"), [((), ">Associations, 11-23 "), (("--year", "2026"), ">Associations, 2026-11-23 ")]
)
def test_a_drawing_names_no_year_that_nobody_knows(
    options: tuple[str, ...], shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LOG.read_bytes())))
    assert run(["timeline", "-", "--format", "svg", *options]) == 0
    assert shown in capsys.readouterr().out


def test_a_date_cannot_be_asked_for_where_no_year_is_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LOG.read_bytes())))
    assert run(["timeline", "-", "--between", "2026-11-23T15:50,"]) == 2
    assert "the log shows no year: add --year" in " ".join(capsys.readouterr().err.split())
