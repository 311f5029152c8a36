"""Prove that a key's line is found, however the file is written."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from orch.daemon.settings.lines import Statement, key_lines, line_of, statements

BASIC, LITERAL = 3 * '"', 3 * "'"
TRICKY = f"""# [comment]
top = 1
[landing] # "x"
gate = {BASIC}
[not.a.table]
a = 1 \\{BASIC} still
{BASIC}
list = [
  "[x]", # a = 1
  'y = 2',
]
"quoted key" = 'it'
[agents.fixer]
env = {{ A = "1", B = "]" }}
literal = {LITERAL}
[nor.this]
{LITERAL}
[agents."a b"]
after.dots = 1
[[tables]]
inside = 2
"""


def test_keys_of_a_tricky_file_have_their_lines() -> None:
    """Strings of many lines, lists, comments and quotes do not shift what comes after them."""
    tomllib.loads(TRICKY)
    lines = key_lines(TRICKY)
    rows = TRICKY.split("\n")
    found = {path: rows[line - 1] for path, line in lines.items()}
    assert found["landing", "quoted key"].startswith('"quoted key"')
    assert found["agents", "fixer", "literal"].startswith("literal")
    assert found["agents", "a b"] == '[agents."a b"]'
    assert found["agents", "a b", "after", "dots"] == "after.dots = 1"
    assert found["tables", "inside"] == "inside = 2"
    assert ("not", "a", "table") not in lines
    assert ("nor", "this") not in lines


def test_a_key_of_an_inline_table_stands_where_the_table_does() -> None:
    """The nearest key around it stands for one whose own line is not known."""
    lines = key_lines("\n[a]\nb = { c = 1 }\n")
    assert line_of(lines, ("a", "b", "c")) == 3
    assert line_of(lines, ("z",)) is None


NAMES = st.text("abc-_", min_size=1, max_size=4)
VALUES = st.sampled_from(['"x"', "[1,\n 2]", '"""\n[k]\nk = 1\n"""', "'''a\n'''", "true", "1.5"])


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES)))
def test_every_key_that_the_parser_sees_has_a_line(tables: dict[str, dict[str, str]]) -> None:
    """Whatever the values are, each key is found on the line where it was written."""
    rows = []
    for table, keys in tables.items():
        rows.append(f"[{table}]")
        rows += [f"{key} = {value}" for key, value in keys.items()]
    text = "\n".join(rows)
    lines, written = key_lines(text), text.split("\n")
    for table, keys in tomllib.loads(text).items():
        assert written[lines[table,] - 1] == f"[{table}]"
        assert all(written[lines[table, key] - 1].startswith(f"{key} =") for key in keys)


def test_a_statement_knows_where_it_ends() -> None:
    """What is put in after a value of several lines must not land inside of it."""
    found = list(statements("a = [\n 1,\n]\n[t] # x\nb = 2"))
    assert found == [
        Statement(("a",), 1, 3, is_header=False),
        Statement(("t",), 4, 4, is_header=True),
        Statement(("t", "b"), 5, 5, is_header=False),
    ]
