"""Reading pattern files: every fault has its place, and a hint where a word is only misspelt."""

from __future__ import annotations

from pathlib import Path

import pytest

from loganalyzer.patternbase import PatternError, load_patterns

GOOD = """\
schema: 1
about: A site's own messages.
signatures:
  - code: SITE1
    name: site-broker-down
    cause: http-peer-unreachable
    title: The broker {host} is down
    severity: error
    confidence: certain
    lines:
      - message: 'Cannot reach the broker {host} of this site'
        level: E
"""


def load(tmp_path: Path, text: str, **options: bool):
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    return load_patterns(tmp_path, **options)


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(PatternError) as wrong:
        load(tmp_path, text, strict=True)
    return [str(f) for f in wrong.value.faults]


def test_further_patterns_come_after_those_of_the_program(tmp_path):
    own, more = load_patterns(), load(tmp_path, GOOD)
    assert len(more.events) == len(own.events) + 1
    assert more.signature("SITE1") is more.signature("site-broker-down")
    assert more.signature("SITE1").where == f"{tmp_path.name}/site.yaml:4"


def test_without_the_program_s_own(tmp_path):
    (tmp_path / "site.yaml").write_text(
        "schema: 1\nharmless:\n  - {message: Nothing to see here, why: It is said daily.}\n"
    )
    (pattern,) = load_patterns(tmp_path, builtin=False).events
    assert (pattern.event, pattern.harmless) == ("harmless", "It is said daily.")


@pytest.mark.parametrize(
    ("change", "place", "text"),
    [
        (("severity: error", "severty: error"), ":8:5:", "unknown key 'severty'; did you mean 'severity'?"),
        (("severity: error", "severity: eror"), ":8:5:", "did you mean 'error'?"),
        (("http-peer-unreachable", "http-peer-unreachble"), ":4:1:", "did you mean 'http-peer-unreachable'?"),
        (("confidence: certain", "confidence: certain\n    explains: [no-such]"), ":4:1:", "which is no cause or signature"),
        (("confidence: certain", "confidence: certain\n    yields_to: [peer]"), ":10:5:", "'peer' is no tie"),
        (("schema: 1", "schema: 7"), ":1:1:", "'schema' must be 1"),
        (("code: SITE1", "code: LA110"), ":4:1:", "'LA110' is already used in patterns/"),
        (("level: E", "level: X"), ":12:9:", "one or more of the letters"),
        (("{host} of this site", "{host}{port}"), ":11:9:", "two placeholders touch"),
        (("{host} of this site", "{host} and {host}"), ":11:9:", "stands twice"),
        (("Cannot reach the broker {host} of this site", "{host}"), ":11:9:", "nothing is fixed"),
        (("{host} of this site", "{1st} of this site"), ":11:9:", "a name begins with a letter"),
        (("    name: site-broker-down\n", ""), ":4:5:", "'name' is missing"),
        (("    title: The broker {host} is down\n", "    title: a\n    title: b\n"), ":8:5:", "stands twice"),
        (("    lines:\n", "    lines: 3\n    label:\n"), "", "must be a list of mappings"),
        (("    lines:\n", "    when: {event: no.such}\n    lines:\n"), ":4:1:", "no pattern gives the event 'no.such'"),
        (("    lines:\n", "    when: {level: {equals: E}}\n    lines:\n"), ":10:12:", "unknown operator 'equals'"),
        (("certain", "&x certain"), ":9:17:", "anchors and aliases are not allowed"),
    ],
)  # fmt: skip
def test_faults_have_their_place(tmp_path, change, place, text):
    assert change[0] in GOOD
    told = faults(tmp_path, GOOD.replace(*change, 1))
    assert any(place in fault and text in fault for fault in told), told
    assert all(fault.startswith(f"{tmp_path.name}/site.yaml:") for fault in told)


def test_all_faults_are_told_not_only_the_first(tmp_path):
    assert len(faults(tmp_path, GOOD.replace("severity", "severty").replace("level: E", "level: X"))) > 1


@pytest.mark.parametrize(
    "text", ["events: [\n", "\t- x", "- a\n- b\n", "just text", "a: !!python/object:os.system {}\n"]
)
def test_what_is_no_module_is_refused(tmp_path, text):
    (told,) = faults(tmp_path, text)[:1]
    assert "site.yaml:" in told


def test_a_large_file_is_refused(tmp_path):
    assert "is larger than" in faults(tmp_path, GOOD + "#" * 600_000)[0]


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(PatternError, match="is neither a folder nor a file"):
        load_patterns(tmp_path / "none")


def test_what_is_left_dangling_takes_nothing_else_away(tmp_path):
    base = load(tmp_path, GOOD.replace("http-peer-unreachable", "no-such-cause"))
    assert base.signature("SITE1") is None
    assert base.signature("LA110") is not None


def test_regular_expressions_need_a_literal_and_must_not_explode(tmp_path):
    text = GOOD.replace(
        "      - message: 'Cannot reach the broker {host} of this site'\n        level: E\n",
        "      - regex: '(a+)+b'\n",
    )
    told = faults(tmp_path, text)
    assert any("needs a 'literal'" in fault for fault in told)
    assert any("repeat a group that holds a repetition" in fault for fault in told)


def test_the_program_s_own_patterns_are_sound():
    assert len(load_patterns(strict=True).events) > 2000


def test_a_file_is_read_once_however_often_it_is_given(tmp_path: Path) -> None:
    folder = tmp_path / "patterns"
    folder.mkdir()
    file = folder / "one.yaml"
    file.write_text("schema: 1\nabout: One.\nharmless:\n  - message: 'Nothing of note here'\n    why: A test.\n")
    base = load_patterns(folder, file, folder, builtin=False, strict=True)
    assert [e.message for e in base.events] == ["Nothing of note here"]
    alone = load_patterns(file, builtin=False, strict=True)
    assert [e.where for e in alone.events] == ["patterns/one.yaml:4"]
