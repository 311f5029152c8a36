"""Prove that text is inserted into JSON and removed from it in the layout that it has."""

import json

import pytest

from orch.personal.splice import append, container, remove, root


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{\n  "k": [\n    1\n  ]\n}'),
        ('{"a": 1}', '{"a": 1, "k": [1]}'),
        ('{\n    "a": 1\n}\n', '{\n    "a": 1,\n    "k": [\n        1\n    ]\n}\n'),
        ('{\r\n\t"a": 1\r\n}', '{\r\n\t"a": 1,\r\n\t"k": [\r\n\t\t1\r\n\t]\r\n}'),
    ],
)
def test_a_member_is_added_in_the_layout_of_the_file(before: str, after: str) -> None:
    """Its indentation and its line ends; one line stays one line. And it goes without a trace."""
    splice = append(before, root(before), key="k", value=[1], depth=1)
    assert splice.apply(before) == after
    assert splice.inverse().apply(after) == before


@pytest.mark.parametrize(
    ("index", "after"), [(0, "[2, 3 ]"), (1, "[1 , 3 ]"), (2, "[1 , 2 ]"), (-1, "[1 , 2 ]")]
)
def test_an_element_goes_with_its_comma(index: int, after: str) -> None:
    """Wherever it stands."""
    text = "[1 , 2, 3 ]"
    inside = container(text, 0)
    removed = remove(text, inside, index=index % len(inside.items)).apply(text)
    assert json.loads(removed) == json.loads(after)
    assert root('{"a": [ 1 ]}').items[0].value == [1]
    alone = "[ 1 ]"
    assert remove(alone, container(alone, 0), index=0).apply(alone) == "[]"


def test_the_last_member_of_a_name_counts() -> None:
    """As readers of JSON have it."""
    found = root('{"a": 1, "b": {"a": 9}, "a": 2}').find("a")
    assert found is not None
    assert found.value == 2
    assert root("{}").find("a") is None
