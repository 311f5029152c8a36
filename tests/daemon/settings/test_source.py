"""Prove that a file that can't be read as a configuration is told with place and remedy."""

import os
from pathlib import Path

import pytest

from orch.daemon.settings.problem import Problem
from orch.daemon.settings.source import LARGEST_BYTES, Document, Parsed, load, parse


def said(found: object) -> str:
    """Return a problem's text; fail if there is none."""
    assert isinstance(found, Problem)
    return str(found)


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    """A project needs no configuration, and a file in place of the folder is none either."""
    assert load(tmp_path / "config.toml") is None
    (tmp_path / ".orch").write_text("")
    assert load(tmp_path / ".orch" / "config.toml") is None


def test_a_file_is_read_with_its_hash(tmp_path: Path) -> None:
    """The hash is that of the bytes, so that any change is a change."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"a = 1\r\n")
    found = load(path)
    assert isinstance(found, Document)
    assert found.data == b"a = 1\r\n"
    assert found.digest != Document("x", b"a = 1\n").digest


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """The message says what is there and what belongs there."""
    assert said(load(tmp_path)) == f"{tmp_path}: this is a folder; a file belongs here"


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    """Opening a pipe that nobody writes to would wait for ever."""
    os.mkfifo(tmp_path / "config.toml")
    assert "no ordinary file" in said(load(tmp_path / "config.toml"))


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    """What is larger than anybody writes by hand is not read into memory."""
    path = tmp_path / "config.toml"
    path.touch()
    os.truncate(path, LARGEST_BYTES + 1)
    assert "at most 1 MB" in said(load(path))


def test_a_loop_of_links_is_told(tmp_path: Path) -> None:
    """Whatever the system says when it can't open the file reaches the person."""
    path = tmp_path / "config.toml"
    path.symlink_to(path)
    assert "it can't be read" in said(load(path))


def test_a_file_without_rights_is_told(tmp_path: Path) -> None:
    """The remedy is named; as root nothing is forbidden and there is nothing to tell."""
    path = tmp_path / "config.toml"
    path.touch(mode=0o000)
    found = load(path)
    if os.geteuid():
        assert "make it readable" in said(found)
    else:
        assert isinstance(found, Document)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"a = 1\nb = \xff\n", 2, "the byte 0xff is not UTF-8"),
        (b"\xef\xbb\xbfa = 1\n", 1, "byte order mark"),
        (b"a = 1\nb = make test\n", 2, "this is not TOML: invalid value (column 5)"),
        (b"a = 1\na = 2\n", 2, "this is not TOML: cannot overwrite a value"),
        (b"a = 1\n\n\n[landing\n", 4, "this is not TOML"),
        (b"a = 1\nb = [1,\n", 2, "this is not TOML"),
    ],
)
def test_what_is_not_toml_has_its_line(data: bytes, line: int, words: str) -> None:
    """The person can jump to the place, even where the parser only knows it is the end."""
    found = parse(Document("config.toml", data))
    assert said(found).startswith(f"config.toml:{line}: ")
    assert words in said(found)


def test_windows_line_ends_do_not_shift_lines() -> None:
    """CRLF counts as one line end."""
    found = parse(Document("x", b"a = 1\r\n\r\n[t]\r\nb = 2\r\n"))
    assert isinstance(found, Parsed)
    assert found.lines == {("a",): 1, ("t",): 3, ("t", "b"): 4}


def test_deep_nesting_is_refused_not_fatal() -> None:
    """A hostile file ends in a message, not in a crash."""
    assert "nested too deeply" in said(parse(Document("x", b"a = " + b"[" * 100_000)))
