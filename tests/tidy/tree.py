"""Find and parse the files that the tidy rules speak of."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

type_of_function = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """Hold one file of Python, parsed; `path` is relative to the repository."""

    path: Path
    text: str
    tree: ast.Module

    def at(self, node: ast.AST, fault: str) -> str:
        """Name a fault by the place that an editor can jump to."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {fault}"


def parse(text: str, path: str = "src/orch/sample.py") -> Source:
    """Parse a text as if it stood in a file of that name."""
    return Source(Path(path), text, ast.parse(text, filename=path))


@cache
def list_files() -> list[Path]:
    """List the files that are in git or would be added to it, relative to the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = {Path(name) for name in listed.stdout.decode().split("\0") if name}
    return sorted(name for name in names if (ROOT / name).is_file())


@cache
def read_sources(*folders: str) -> list[Source]:
    """Read every Python file below these folders."""
    paths = [p for p in list_files() if p.suffix == ".py" and p.parts[0] in folders]
    texts = [(ROOT / path).read_text(encoding="utf-8") for path in paths]
    return [parse(text, str(path)) for path, text in zip(paths, texts, strict=True)]


def walk_functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function and method, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, type_of_function):
            yield node


def count_lines(function: Function) -> int:
    """Count the lines of a function, from `def` to its end, without those of its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)
