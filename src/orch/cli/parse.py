"""Reads plain command lines without click; whatever is not plain is left to click to judge."""

from orch.cli.verbs import Option, Verb


class NotPlainError(Exception):
    """The line needs click: a request for help, a mistake, or something unusual."""


def parse(verb: Verb, words: list[str]) -> dict[str, object]:
    """Return the keywords for the verb's body. Raises `NotPlainError`."""
    values: dict[str, object] = {option.dest: option.default for option in verb.options}
    by_name = {name: option for option in verb.options for name in option.names}
    given: list[str] = []
    takes_rest = any(argument.rest for argument in verb.arguments)
    ahead = list(words)
    while ahead:
        word = ahead.pop(0)
        if word == "--" or (takes_rest and len(given) >= _before_rest(verb)):
            given += ahead if word == "--" else [word, *ahead]
            break
        if word == "-" or not word.startswith("-"):
            given.append(word)
            continue
        _take(word, ahead, values=values, by_name=by_name)
    return values | _arguments(verb, given)


def _before_rest(verb: Verb) -> int:
    return sum(1 for argument in verb.arguments if not argument.rest)


def _take(
    word: str, ahead: list[str], *, values: dict[str, object], by_name: dict[str, Option]
) -> None:
    name, equals, joined = word.partition("=")
    option = by_name.get(name)
    if option is None or (equals and not name.startswith("--")):
        raise NotPlainError(word)
    if option.kind == "flag":
        if equals:
            raise NotPlainError(word)
        values[option.dest] = True
        return
    if not equals and not ahead:
        raise NotPlainError(word)
    value = _value(option, joined if equals else ahead.pop(0))
    if option.kind == "texts":
        before = values[option.dest]
        value = (*before, value) if isinstance(before, tuple) else (value,)
    values[option.dest] = value


def _value(option: Option, text: str) -> object:
    if option.choices and text not in option.choices:
        raise NotPlainError(text)
    try:
        return {"int": int, "float": float}.get(option.kind, str)(text)
    except ValueError as error:
        raise NotPlainError(text) from error


def _arguments(verb: Verb, given: list[str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for argument in verb.arguments:
        if argument.many:
            if argument.required and not given:
                raise NotPlainError(argument.dest)
            values[argument.dest], given = tuple(given), []
        elif given:
            values[argument.dest] = given.pop(0)
        elif argument.required:
            raise NotPlainError(argument.dest)
        else:
            values[argument.dest] = None
    if given:
        raise NotPlainError(given[0])
    return values
