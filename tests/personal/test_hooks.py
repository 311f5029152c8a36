"""Prove that hooks come and go without a trace, beside whatever a person has there."""

# Size: what makes up arbitrary settings is told in the file that uses it.

import json
import os
import stat
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.personal.failure import PersonalError
from orch.personal.hooks import CLAUDE
from orch.system.hook_call import MARK
from orch.system.spool import read_spool
from tests.personal.conftest import Person

SETTINGS = ".claude/settings.json"
THEIRS = {"type": "command", "command": "say done", "timeout": 3}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
GROUPS = st.lists(
    st.fixed_dictionaries(
        {"hooks": st.lists(st.just(THEIRS) | JSON, max_size=2)},
        optional={"matcher": st.text(max_size=4)},
    ),
    max_size=3,
)
EVENTS = st.dictionaries(st.sampled_from([*CLAUDE, "Other", "enabled"]), GROUPS, max_size=4)
OBJECTS = st.builds(
    lambda some, hooks: some | ({} if hooks is None else {"hooks": hooks}),
    st.dictionaries(st.text(max_size=6).filter(lambda key: key != "hooks"), JSON, max_size=4),
    st.none() | EVENTS,
)
TEXTS = st.builds(
    lambda value, indent, ascii_only, end: (
        json.dumps(value, indent=indent, ensure_ascii=ascii_only).replace("\n", end) + end
    ).encode("utf-8", "surrogatepass"),
    OBJECTS,
    st.sampled_from([None, 0, 1, 2, 4, "\t"]),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
).filter(lambda data: b"\xed" not in data)  # A lone surrogate is no UTF-8.
TOML_LINES = ['m = "x"', "# notify = 1", "", "[tui]", "a = 1", '[p."/a b"]', "b = [1,\n2]"]
BLANKS = st.sampled_from([b"", b"\n", b"  \n", b"{}", b"{ }", b" {\n}\n", b'{"hooks": {}}'])


@contextmanager
def somebody() -> Iterator[Person]:
    """Give a person for one example of many."""
    with tempfile.TemporaryDirectory() as folder:
        yield Person(Path(folder))


def commands(data: bytes) -> list[str]:
    """List the commands of all hooks in a file."""
    hooks = json.loads(data)["hooks"]
    return [
        handler["command"]
        for groups in hooks.values()
        if isinstance(groups, list)
        for group in groups
        for handler in group["hooks"]
        if isinstance(handler, dict) and "command" in handler
    ]


@given(TEXTS | BLANKS)
def test_installing_twice_is_installing_once_and_undone_to_the_byte(data: bytes) -> None:
    """Whatever is there, and however it is laid out."""
    with somebody() as person:
        path = person.write(SETTINGS, data)
        assert [one.changed for one in person.hooks.install(["claude"])] == [True]
        once = path.read_bytes()
        assert [one.changed for one in person.hooks.install(["claude"])] == [False]
        assert path.read_bytes() == once
        assert {event for event in CLAUDE if event in json.loads(once)["hooks"]} == set(CLAUDE)
        assert [one.changed for one in person.hooks.uninstall(["claude"])] == [True]
        assert path.read_bytes() == data


@given(TEXTS)
def test_all_that_is_a_persons_stays_untouched(data: bytes) -> None:
    """Every value of theirs is where it was, in the order in which it was."""
    with somebody() as person:
        path = person.write(SETTINGS, data)
        person.hooks.install(["claude"])
        before, after = json.loads(data), json.loads(path.read_bytes())
        hooks = after.pop("hooks")
        theirs = before.pop("hooks", {})
        assert list(after.items()) == list(before.items())
        for event, groups in theirs.items():
            assert hooks[event][: len(groups)] == groups


@given(TEXTS, st.sampled_from(["memory", "text"]))
def test_after_a_change_of_theirs_only_orchs_own_goes(data: bytes, how: str) -> None:
    """Without the memory of what was there, and after an edit, their values are all kept."""
    with somebody() as person:
        path = person.write(SETTINGS, data)
        person.hooks.install(["claude"])
        if how == "memory":
            for record in (person.home / ".orch" / "personal").iterdir():
                record.unlink()
        else:
            path.write_bytes(path.read_bytes() + b"\n\n")
        person.hooks.uninstall(["claude"])
        assert MARK not in path.read_text()
        before, after = json.loads(data), json.loads(path.read_bytes())
        assert without_blanks(after) == without_blanks(before)


def without_blanks(settings: dict[str, object]) -> dict[str, object]:
    """Leave out what is empty: who emptied it can't be told any more."""
    hooks = settings.get("hooks", {})
    assert isinstance(hooks, dict)
    kept = {event: groups for event, groups in hooks.items() if groups}
    return {key: value for key, value in settings.items() if key != "hooks"} | {"hooks": kept}


@given(
    st.lists(
        st.sampled_from(
            [
                'model = "x"',
                "# notify = 1",
                "",
                "[tui]",
                "a = 1",
                '[projects."/a b"]',
                "b = [1,\n2]",
            ]
        ),
        unique=True,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_codex_notify_is_a_line_that_comes_and_goes(lines: list[str], end: str) -> None:
    """At the top of the file, whose other bytes stay."""
    data = end.join(lines).encode()
    with somebody() as person:
        path = person.write(".codex/config.toml", data)
        person.hooks.install(["codex"])
        found = tomllib.loads(path.read_text())
        assert found["notify"][-2:] == ["codex", "notify"]
        once = path.read_bytes()
        assert once.endswith(data)
        person.hooks.install(["codex"])
        assert path.read_bytes() == once
        person.hooks.uninstall(["codex"])
        assert path.read_bytes() == data


def test_a_notify_of_the_persons_own_stays(ada: Person) -> None:
    """There can be only one; the hooks tell the same."""
    data = b'notify = ["notify-send", "codex"]\n[tui]\n'
    path = ada.write(".codex/config.toml", data)
    done = ada.hooks.install(["codex"])
    assert [(one.state, one.changed) for one in done] == [("installed", True), ("taken", False)]
    assert "/hooks" in done[0].note
    assert path.read_bytes() == data
    assert [one.changed for one in ada.hooks.uninstall(["codex"])] == [True, False]
    assert ada.files() == {".codex": b"(folder)", ".codex/config.toml": data}


def test_what_orch_made_is_removed_with_its_folders(ada: Person) -> None:
    """Files and folders that were not there before are not there afterwards."""
    every = ["claude", "codex", "gemini", "opencode"]
    done = ada.hooks.install(every)
    assert {one.state for one in done} == {"installed"}
    assert set(ada.files()) >= {
        SETTINGS,
        ".codex/hooks.json",
        ".codex/config.toml",
        ".gemini/settings.json",
        ".config/opencode/plugin/orch.js",
    }
    assert not any(one.changed for one in ada.hooks.install(every))
    ada.hooks.uninstall(every)
    assert ada.files() == {}
    assert not any(one.changed for one in ada.hooks.uninstall(every))


def test_a_file_that_orch_made_and_they_filled_stays(ada: Person) -> None:
    """With what is theirs; it goes if nothing is."""
    ada.hooks.install(["claude"])
    path = ada.home / SETTINGS
    found = json.loads(path.read_bytes())
    path.write_text(json.dumps({"model": "opus"} | found))
    ada.hooks.uninstall(["claude"])
    assert json.loads(path.read_bytes()) == {"model": "opus"}
    path.unlink()
    ada.hooks.install(["claude"])
    path.write_text(json.dumps(json.loads(path.read_bytes())))
    ada.hooks.uninstall(["claude"])
    assert not path.exists()


def test_an_older_orch_is_replaced(ada: Person) -> None:
    """Its command lines are known by their path; there is never more than one."""
    ada.hooks.install(["claude"])
    path = ada.home / SETTINGS
    path.write_text(path.read_text().replace(" -I -S ", " -S "))
    assert [one.state for one in ada.hooks.status(["claude"])] == ["partly"]
    assert [one.changed for one in ada.hooks.install(["claude"])] == [True]
    found = commands(path.read_bytes())
    assert len(found) == len(CLAUDE)
    assert all(" -I -S " in one for one in found)
    ada.hooks.uninstall(["claude"])
    assert ada.files() == {}


def test_a_handler_that_stands_among_theirs_is_taken_out_alone(ada: Person) -> None:
    """Somebody merged two groups into one."""
    ada.hooks.install(["claude"])
    path = ada.home / SETTINGS
    found = json.loads(path.read_bytes())
    found["hooks"]["Stop"][0]["hooks"].insert(0, THEIRS)
    found["hooks"]["Stop"][0]["hooks"].append(THEIRS)
    path.write_text(json.dumps(found))
    ada.hooks.uninstall(["claude"])
    assert json.loads(path.read_bytes()) == {"hooks": {"Stop": [{"hooks": [THEIRS, THEIRS]}]}}


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1} // a comment',
        b'{"a": 1,}',
        b"{",
        b"[]",
        b'"text"',
        b'{"hooks": []}',
        b'{"hooks": {"Stop": {}}}',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
    ],
)
def test_what_is_no_plain_json_is_refused_and_stays(ada: Person, data: bytes) -> None:
    """With the reason, and the status tells it too."""
    path = ada.write(SETTINGS, data)
    for verb in (ada.hooks.install, ada.hooks.uninstall):
        with pytest.raises(PersonalError, match=r"settings\.json"):
            verb(["claude"])
    (found,) = ada.hooks.status(["claude"])
    assert found.state == "unreadable"
    assert found.note
    assert path.read_bytes() == data


def test_one_file_that_is_refused_changes_no_other(ada: Person) -> None:
    """All are looked at before the first one is changed."""
    ada.write(".codex/config.toml", b"= no toml")
    before = ada.files()
    with pytest.raises(PersonalError, match=r"config\.toml"):
        ada.hooks.install(["claude", "codex", "gemini"])
    assert ada.files() == before


def test_links_are_followed_and_modes_kept(ada: Person) -> None:
    """Dotfiles live elsewhere; the link stays one."""
    real = ada.write("dotfiles/claude.json", b'{\n    "model": "opus"\n}\n')
    real.chmod(0o640)
    link = ada.home / SETTINGS
    link.parent.mkdir()
    link.symlink_to(real)
    ada.hooks.install(["claude"])
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert MARK in real.read_text()
    assert '\n    "hooks": {\n        "SessionStart"' in real.read_text()
    ada.hooks.uninstall(["claude"])
    assert link.is_symlink()
    assert real.read_bytes() == b'{\n    "model": "opus"\n}\n'
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_plugin_of_their_own_is_not_overwritten(ada: Person) -> None:
    """The name is taken; the file stays, also when hooks are removed."""
    path = ada.write(".config/opencode/plugin/orch.js", b"export const Mine = 1\n")
    with pytest.raises(PersonalError, match="not orch's"):
        ada.hooks.install(["opencode"])
    assert not ada.hooks.uninstall(["opencode"])[0].changed
    assert path.read_bytes() == b"export const Mine = 1\n"


def test_no_copy_of_their_settings_is_made(ada: Person) -> None:
    """They may hold secrets."""
    ada.write(SETTINGS, b'{"env": {"KEY": "sk-secret"}}')
    ada.hooks.install(["claude"])
    kept = b"".join(p.read_bytes() for p in (ada.home / ".orch").rglob("*") if p.is_file())
    assert b"sk-secret" not in kept
    assert stat.S_IMODE((ada.home / ".orch").stat().st_mode) == 0o700


def test_the_commands_work(ada: Person) -> None:
    """Each one, as an agent runs it, notes its event."""
    ada.hooks.install(["claude", "codex", "gemini"])
    spool = ada.home / "signs.jsonl"
    for name in (SETTINGS, ".codex/hooks.json", ".gemini/settings.json"):
        for command in commands((ada.home / name).read_bytes())[:3]:
            env = {"PATH": os.environ["PATH"], "ORCH_SIGNS": str(spool)}
            subprocess.run(["sh", "-c", command], env=env, input=b"{}", check=True, timeout=100)
    records, _ = read_spool(spool)
    assert [(one.agent, one.event) for one in records] == [
        ("claude", "SessionStart"),
        ("claude", "UserPromptSubmit"),
        ("claude", "PreToolUse"),
        ("codex", "SessionStart"),
        ("codex", "UserPromptSubmit"),
        ("codex", "PreToolUse"),
        ("gemini", "SessionStart"),
        ("gemini", "BeforeAgent"),
        ("gemini", "BeforeTool"),
    ]
