"""Judge one file of Python at a time; every rule gives its faults, each with file and line.

What ruff, mypy and import-linter can judge is left to them.
"""

import ast
import re
from collections.abc import Iterator

from tests.tidy.tree import Function, Source, count_lines, walk_functions

MAX_FILE_LINES = 500
JUSTIFIED_FILE_LINES = 300
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 5
MAX_POSITIONAL = 2

BANNED_WORDS = {"manager", "managers", "helper", "helpers", "util", "utils"}
BANNED_PREFIXES = ("handle_", "process_")
BANNED_IN_TESTS = {"unittest.mock", "mock", "pytest_mock", "time.sleep"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def judge_file_size(source: Source) -> list[str]:
    """Find a file of more than 500 lines, or of more than 300 that does not say why."""
    lines = source.text.splitlines()
    if len(lines) > MAX_FILE_LINES:
        return [f"{source.path}:1: {len(lines)} lines, more than {MAX_FILE_LINES}: split it"]
    says_why = any(re.match(r"# Size: \w", line) for line in lines[:20])
    if len(lines) > JUSTIFIED_FILE_LINES and not says_why:
        remedy = "split it, or say why not in a line `# Size: reason` among the first 20"
        return [f"{source.path}:1: {len(lines)} lines, more than {JUSTIFIED_FILE_LINES}: {remedy}"]
    return []


def judge_function_sizes(source: Source) -> list[str]:
    """Find functions of more than 60 lines, their docstring not counted."""
    return [
        source.at(f, f"{f.name} has {count_lines(f)} lines, more than {MAX_FUNCTION_LINES}")
        for f in walk_functions(source.tree)
        if count_lines(f) > MAX_FUNCTION_LINES
    ]


def judge_parameters(source: Source) -> list[str]:
    """Find functions of more than five parameters, or with more than two by position.

    Not counted are self and cls. Exempt are the methods that Python itself calls (`__exit__`),
    the tests of contract suites, whose parameters are fixtures, and the commands of the command
    line, where a parameter is an option.
    """
    if "cli/commands" in source.path.as_posix():
        return []
    return [
        source.at(function, fault)
        for function in walk_functions(source.tree)
        if function.name == "__init__" or not function.name.startswith(("__", "test_"))
        for fault in count_parameters(function)
    ]


def count_parameters(function: Function) -> Iterator[str]:
    """Count what a caller may pass, and what may be passed by position."""
    given = function.args
    positional = [a.arg for a in (*given.posonlyargs, *given.args) if a.arg not in {"self", "cls"}]
    total = len(positional) + len(given.kwonlyargs)
    if total > MAX_PARAMETERS:
        yield f"{function.name} has {total} parameters, more than {MAX_PARAMETERS}: bundle them"
    if len(positional) > MAX_POSITIONAL:
        yield f"{function.name} takes {len(positional)} by position: put `*` after the second"


def judge_names(source: Source) -> list[str]:
    """Find names that say Manager, Helper or utils, and functions called handle_ or process_."""
    faults = [
        source.at(node, f"the name {name} says nothing of what it is for")
        for node, name in walk_names(source.tree)
        if BANNED_WORDS & {word.lower() for word in WORD.findall(name)}
    ]
    faults += [
        source.at(f, f"{f.name}: say what the function does with it")
        for f in walk_functions(source.tree)
        if f.name.lstrip("_").startswith(BANNED_PREFIXES)
    ]
    if BANNED_WORDS & {word.lower() for word in WORD.findall(source.path.stem)}:
        faults.append(f"{source.path}:1: name the file after what it holds")
    return faults


def walk_names(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield every name that this file makes up itself; those of others are not its fault."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield node, name
            case ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield node, name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node, name
            case _:
                pass


def judge_module_docstring(source: Source) -> list[str]:
    """Find a module that does not say in its first sentence what it is for."""
    return [] if ast.get_docstring(source.tree) else [f"{source.path}:1: no module docstring"]


def judge_test_docstrings(source: Source) -> list[str]:
    """Find tests that do not say in one sentence what they prove."""
    return [
        source.at(function, f"{function.name} does not say what it proves (docstring)")
        for function in walk_functions(source.tree)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]


def judge_test_imports(source: Source) -> list[str]:
    """Find mocks and sleeps: fakes pass the contract suite, and events tell the time.

    A sleep in a program that a test writes into a string is that program's business.
    """
    return [
        source.at(node, f"{name} in a test: use a verified fake, or wait for the event itself")
        for node, name in walk_imports(source.tree)
        if name in BANNED_IN_TESTS
    ]


def walk_imports(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield the full name of everything imported, and of every attribute of a plain name."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node, alias.name) for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield node, module
                yield from ((node, f"{module}.{alias.name}") for alias in names)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                yield node, f"{owner}.{name}"
            case _:
                pass
