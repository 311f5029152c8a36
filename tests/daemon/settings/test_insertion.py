"""Prove that a key is put where a person would have written it, and nothing else moves."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.daemon.settings.insertion import put

FILE = """# What this is.

# How work lands.
[landing]
mode = "direct"   # at once

# Who works.
[agents.fixer]
start_command = "x"

# The end.
"""


@pytest.mark.parametrize(
    ("path", "toml", "before", "after"),
    [
        (("landing", "mode"), '"manual"', "[landing]\n", "   # at once\n"),
        (("landing", "quality_gate"), '"t"', 'mode = "direct"   # at once\n', "\n# Who works."),
        (("agents", "fixer", "tty"), "false", 'start_command = "x"\n', "\n# The end."),
        (("agent",), '"fixer"', "# What this is.\n\n", "\n# How work lands."),
        (("limits", "sessions"), "9", "# The end.\n\n[limits]\n", ""),
    ],
)
def test_a_key_finds_its_place(path: tuple[str, ...], toml: str, before: str, after: str) -> None:
    """Comments stay with what they speak of."""
    text = put(FILE, path, toml=toml)
    assert f"{before}{path[-1]} = {toml}" in text
    assert f"{path[-1]} = {toml}{after}" in text or f"{path[-1]} = {toml}\n{after}" in text
    assert [line for line in FILE.splitlines() if "mode" not in line and line not in text] == []


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("", 'agent = "x"\n'),
        ("# only this", '# only this\nagent = "x"\n'),
        ("a = 1", 'a = 1\nagent = "x"\n'),
        ("a = [\n1,\n]\n", 'a = [\n1,\n]\nagent = "x"\n'),
        ("[t]", 'agent = "x"\n\n[t]'),
        ("a = 1\r\n[t]\r\n", 'a = 1\r\nagent = "x"\r\n[t]\r\n'),
        ('a = "\u2028"\nb = 1\n[t]\n', 'a = "\u2028"\nb = 1\nagent = "x"\n[t]\n'),
    ],
)
def test_odd_files_are_no_obstacle(text: str, result: str) -> None:
    """Empty files, missing ends of lines, foreign line ends and long values all work."""
    assert put(text, ("agent",), toml='"x"') == result


KEYS = st.sampled_from(["a", "b", "c"])
TABLES = st.dictionaries(KEYS, st.dictionaries(KEYS, st.integers(0, 9)), max_size=3)


@given(tables=TABLES, table=KEYS, key=KEYS, value=st.integers(0, 9))
def test_the_result_differs_in_one_key(
    tables: dict[str, dict[str, int]], table: str, key: str, value: int
) -> None:
    """Whatever the file holds, exactly the key that was asked for has changed."""
    text = ""
    for name, keys in tables.items():
        text += f"# about {name}\n[{name}]\n"
        text += "".join(f"{k} = {v} # {k}\n" for k, v in keys.items()) + "\n"
    result = tomllib.loads(put(text, (table, key), toml=str(value)))
    tables.setdefault(table, {})[key] = value
    assert result == tables
