"""The cache of loaded patterns gives what the files give, and nothing that was put there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from loganalyzer.patternbase import PatternError, load_patterns
from loganalyzer.patternbase.cache import content_key, decode, encode, read_cached, write_cached

ONE = "schema: 1\nharmless:\n  - {message: The broker of this site is up, why: It is said daily.}\n"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    monkeypatch.setenv("LOCALAPPDATA", str(folder))
    return folder / "loganalyzer"


def kept(cache: Path) -> list[Path]:
    return sorted(cache.glob("patterns-*.json"))


def test_what_comes_from_the_cache_is_what_the_files_say(cache):
    read = load_patterns(samples=True)
    assert kept(cache) == []
    first, again = load_patterns(), load_patterns()
    assert len(kept(cache)) == 1
    assert first == again
    bare = replace(read, events=tuple(replace(e, samples=()) for e in read.events))
    assert replace(again, folders=()) == replace(bare, folders=())


def test_a_changed_file_is_read_again(tmp_path, cache):
    (tmp_path / "a.yaml").write_text(ONE)
    assert load_patterns(tmp_path, builtin=False).events[0].message == "The broker of this site is up"
    (tmp_path / "a.yaml").write_text(ONE.replace("is up", "is ok"))
    assert load_patterns(tmp_path, builtin=False).events[0].message == "The broker of this site is ok"
    assert len(kept(cache)) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"key": "x"}', b"\xff\xfe\x00"])
def test_a_cache_that_cannot_be_read_is_made_again(cache, content):
    wanted = load_patterns()
    (path,) = kept(cache)
    path.write_bytes(content)
    assert load_patterns() == wanted
    assert json.loads(path.read_bytes())["key"] in path.name


def test_a_cache_of_other_files_is_not_taken(tmp_path):
    base = load_patterns()
    path = tmp_path / "patterns-x.json"
    write_cached(path, base, "one key")
    assert read_cached(path, [], "one key") is not None
    assert read_cached(path, [], "another key") is None
    with pytest.raises(ValueError, match="another"):
        decode(encode(base, "one key"), [], "another key")


def test_nothing_faulty_is_kept(tmp_path, cache):
    (tmp_path / "a.yaml").write_text(ONE.replace("why", "wy"))
    with pytest.raises(PatternError):
        load_patterns(tmp_path, builtin=False)
    assert kept(cache) == []


def test_without_a_place_for_a_cache_everything_works(monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    monkeypatch.setenv("LOCALAPPDATA", str(file))
    assert load_patterns().signature("LA110") is not None


def test_old_caches_are_dropped(tmp_path, cache):
    for number in range(12):
        (tmp_path / "a.yaml").write_text(ONE.replace("daily", f"on day {number}"))
        load_patterns(tmp_path, builtin=False)
    assert len(kept(cache)) == 8
    assert not list(cache.glob("*.part"))


def test_the_key_tells_contents_and_names_apart():
    assert content_key([("a", b"bc")]) != content_key([("ab", b"c")])
    assert content_key([("a", b"b"), ("c", b"")]) != content_key([("a", b"bc")])
    assert content_key([("a", b"b")]) == content_key([("a", b"b")])


def test_the_cache_belongs_to_its_user_alone(cache):
    load_patterns()
    (path,) = kept(cache)
    assert path.stat().st_mode & 0o077 == 0
