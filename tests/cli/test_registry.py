"""Prove that every verb is found, helped and explained."""

import inspect

import pytest

from orch.cli.app import build, command_of
from orch.cli.registry import MODULES, NOT_YET, SECTIONS, find, load, load_all
from orch.cli.verbs import Verb

VERBS = [(verb, path) for verb in load_all() for path in (verb.path, *verb.aliases)]


@pytest.mark.parametrize(
    ("verb", "path"), VERBS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_verb_is_found_by_its_words(verb: Verb, path: str) -> None:
    """By the fast way, with the rest of the line behind it."""
    found = find([*path.split(), "rest"])
    assert found is not None
    assert found[0].path == verb.path
    assert found[1] == ["rest"]


@pytest.mark.parametrize(
    ("verb", "path"), VERBS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_body_takes_what_its_verb_declares(verb: Verb, path: str) -> None:
    """One keyword for each option and argument."""
    declared = {o.dest for o in verb.options} | {a.dest for a in verb.arguments}
    signature = inspect.signature(verb.body)
    kinds = {p.kind for p in signature.parameters.values()}
    taken = {n for n, p in signature.parameters.items() if p.kind is p.KEYWORD_ONLY}
    if inspect.Parameter.VAR_KEYWORD in kinds:
        assert taken <= declared, path
    else:
        assert taken == declared, path


@pytest.mark.parametrize(
    ("verb", "path"), VERBS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_verb_is_explained(verb: Verb, path: str) -> None:
    """In a sentence, and so is each of its options."""
    assert verb.help.split("\n")[0].endswith((".", ":")), path
    assert all(option.help for option in verb.options), path
    assert command_of(verb, path).get_short_help_str(60)


def test_help_lists_every_first_word_once() -> None:
    """What is missing there would be found by nobody; aliases of old are hidden."""
    listed = [word for _, words in SECTIONS for word in words]
    assert len(listed) == len(set(listed))
    first = {path.split()[0] for _, path in VERBS}
    assert first - set(listed) <= {"dequeue", "kill", "land", "service"}
    assert set(listed) <= first


def test_the_everyday_verbs_come_first() -> None:
    """Whoever is new sees them first."""
    assert SECTIONS[0][1][:4] == ("init", "up", "add", "status")


def test_every_module_that_is_named_has_the_verb() -> None:
    """A line of the table that leads nowhere is a typing error."""
    for name, module in MODULES.items():
        paths = [path for verb in load(module) for path in (verb.path, *verb.aliases)]
        assert any(path == name or path.startswith(f"{name} ") for path in paths), name


def test_verbs_of_later_versions_do_not_exist_yet() -> None:
    """When one comes, it has to leave that list."""
    assert not {path for _, path in VERBS} & set(NOT_YET)


def test_the_whole_tree_can_be_built() -> None:
    """With every group."""
    assert {"task", "project", "config", "daemon", "saved", "state"} <= set(build().commands)


@pytest.mark.parametrize("word", [word for _, words in SECTIONS for word in words])
def test_help_says_what_each_first_word_is_for(word: str) -> None:
    """A group has no verb of its own to say it, and a name alone tells a newcomer nothing."""
    assert build().commands[word].get_short_help_str(60)


@pytest.mark.parametrize("argv", [[], ["--help"], ["nonsense"], ["task"], ["task", "nonsense"]])
def test_what_is_no_verb_is_not_found(argv: list[str]) -> None:
    """Click has the word then."""
    assert find(argv) is None
