"""Runs git in isolation from the person's habits: no hooks, no prompts, no inherited settings."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from orch.system.run import CannotStart, Completed, Order, run

_OUTPUT_CAP_BYTES: Final = 512 * 1024 * 1024
NOT_STARTED: Final = 127
_TAIL: Final = 4000
# A name alone is a secret on https (a token), and none with ssh, where it belongs to the address.
_CREDENTIALS: Final = re.compile(r"(?:(?<!ssh)://[^/@\s]+|(?<=ssh)://[^/@\s:]*:[^/@\s]*)@")

# An agent can write the configuration of the repository it works in, so whatever git would
# execute on orch's behalf because of that configuration is pinned here, on each call.
_PINNED: Final = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.pager", "cat"),
    ("core.quotePath", "false"),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("advice.detachedHead", "false"),
    ("merge.directoryRenames", "false"),
    ("submodule.recurse", "false"),
    ("protocol.ext.allow", "never"),
)
# What a person needs to reach a remote: how to connect and how to prove who they are.
_CONTACT: Final = frozenset(
    {
        "GIT_ASKPASS",
        "GIT_PROXY_COMMAND",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH",
        "GIT_SSL_CERT",
        "GIT_SSL_KEY",
        "GIT_SSL_NO_VERIFY",
    }
)


def redact(text: str) -> str:
    """Hide user names and passwords in the addresses that `text` contains."""
    return _CREDENTIALS.sub("://***@", text)


class GitError(Exception):
    """A git command that failed; `stderr` holds the end of what it said, without credentials.

    `exit_code` is negative for a signal, as in `subprocess`.
    """

    def __init__(self, argv: tuple[str, ...], exit_code: int, *, stderr: str) -> None:
        self.argv = tuple(redact(arg) for arg in argv)
        self.exit_code = exit_code
        self.stderr = redact(stderr.strip()[-_TAIL:])
        super().__init__(f"git {' '.join(self.argv[:6])}: exit {exit_code}: {self.stderr}")


class GitTimeout(GitError):
    """A git command that was ended because it took too long."""


@dataclass(frozen=True, slots=True)
class GitOutput:
    """What a git command left: its exit code and both of its outputs."""

    exit_code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Decode standard output, without the last line end; bytes that aren't UTF-8 survive."""
        return decode(self.stdout).removesuffix("\n")


def decode(raw: bytes) -> str:
    """Turn git's bytes into text that `encode` turns back into the same bytes."""
    return raw.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Turn text into the bytes that git is given."""
    return text.encode("utf-8", "surrogateescape")


def split_z(raw: bytes) -> list[str]:
    """Split output made with `-z` into its fields."""
    return [decode(part) for part in raw.split(b"\0") if part]


@dataclass(frozen=True, slots=True)
class Git:
    """Git, bound to a repository.

    `directory` is where it runs: a checkout or a bare repository. `git_dir`, `work_tree`,
    `index` and `objects` replace what git would find by itself. `as_person` lets the person's
    own configuration (credential helpers, ssh command, safe directories) count, which contact
    with a remote or with the person's repository needs; hooks and prompts stay off even then.
    `config` overrides what any file says.

    Calling it returns standard output as text and raises `GitError` on a failure; `raw` is the
    same in bytes; `run` never raises for an exit code. All raise `GitError` where git was killed,
    which is no answer of any kind, and `GitTimeout` after `timeout_s` seconds; then, and when the
    call is cancelled, the whole process group is killed.
    """

    directory: Path
    git_dir: Path | None = None
    work_tree: Path | None = None
    index: Path | None = None
    objects: Path | None = None
    as_person: bool = False
    config: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 300.0

    async def __call__(
        self,
        *args: str,
        stdin: bytes | str = b"",
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> str:
        """Run git and return its output as text."""
        out = await self.run(*args, stdin=stdin, env=env, timeout_s=timeout_s)
        return _checked(args, out).text

    async def raw(
        self,
        *args: str,
        stdin: bytes | str = b"",
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> bytes:
        """Run git and return its output as bytes."""
        out = await self.run(*args, stdin=stdin, env=env, timeout_s=timeout_s)
        return _checked(args, out).stdout

    async def ok(self, *args: str) -> bool:
        """Tell whether git ended with 0, for commands that answer by their exit code."""
        try:
            return (await self.run(*args)).exit_code == 0
        except GitError as error:
            if error.exit_code == NOT_STARTED and not self.directory.is_dir():
                return False
            raise

    async def beginning(self, *args: str, limit_chars: int) -> str:
        """Run git and return the first characters of its output, which may be endless."""
        order = replace(self._order(args), output_cap_bytes=8 * limit_chars)
        out = _output(await _ended(args, order))
        return _checked(args, out).text[:limit_chars]

    async def run(
        self,
        *args: str,
        stdin: bytes | str = b"",
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> GitOutput:
        """Run git and return what it left, whatever its exit code."""
        order = self._order(args)
        data = encode(stdin) if isinstance(stdin, str) else stdin
        order = replace(order, stdin=data or None, env={**(order.env or {}), **(env or {})})
        if timeout_s is not None:
            order = replace(order, timeout_s=timeout_s)
        done = await _ended(args, order)
        if done.truncated:
            raise GitError(
                args, done.code or 0, stderr=f"more than {_OUTPUT_CAP_BYTES} bytes of output"
            )
        return _output(done)

    def _order(self, args: tuple[str, ...]) -> Order:
        return Order(
            argv=("git", *args),
            cwd=self.directory,
            env=self.environment(),
            timeout_s=self.timeout_s,
            output_cap_bytes=_OUTPUT_CAP_BYTES,
        )

    def person(self) -> "Git":
        """Bind the same repository with the person's own configuration in force."""
        return replace(self, as_person=True)

    def with_config(self, *config: tuple[str, str]) -> "Git":
        """Bind the same repository with these settings on top of all others."""
        return replace(self, config=(*self.config, *config))

    def with_index(self, index: Path) -> "Git":
        """Bind the same repository with another index file."""
        return replace(self, index=index)

    def environment(self) -> dict[str, str]:
        """Compose the environment of a call: nothing of `GIT_*` is inherited unless needed."""
        kept = _CONTACT if self.as_person else frozenset()
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in kept}
        env |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS_REQUIRE": "never"}
        # A look at a repository must not write its index: it may be the person's.
        env |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_EDITOR": "false", "GIT_PAGER": "cat"}
        if not self.as_person:
            env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        for name, path in self._places():
            env[name] = str(path)
        return env | _numbered((*_PINNED, *self.config))

    def _places(self) -> list[tuple[str, Path]]:
        places = [
            ("GIT_DIR", self.git_dir),
            ("GIT_WORK_TREE", self.work_tree),
            ("GIT_INDEX_FILE", self.index),
            ("GIT_OBJECT_DIRECTORY", self.objects),
        ]
        return [(name, path) for name, path in places if path is not None]


def _numbered(settings: tuple[tuple[str, str], ...]) -> dict[str, str]:
    env = {"GIT_CONFIG_COUNT": str(len(settings))}
    for i, (key, value) in enumerate(settings):
        env |= {f"GIT_CONFIG_KEY_{i}": key, f"GIT_CONFIG_VALUE_{i}": value}
    return env


def _checked(args: tuple[str, ...], out: GitOutput) -> GitOutput:
    if out.exit_code:
        raise GitError(args, out.exit_code, stderr=out.stderr.decode("utf-8", "replace"))
    return out


async def _ended(args: tuple[str, ...], order: Order) -> Completed:
    try:
        done = await run(order)
    except CannotStart as error:
        raise GitError(args, NOT_STARTED, stderr=str(error)) from error
    if done.timed_out:
        limit = f"no answer within {order.timeout_s:g} s"
        raise GitTimeout(args, -(done.signal or 0), stderr=limit)
    if done.signal is not None:
        said = done.stderr.decode("utf-8", "replace")
        raise GitError(args, -done.signal, stderr=f"{said}\n{done.ending}")
    return done


def _output(done: Completed) -> GitOutput:
    return GitOutput(done.code or 0, done.stdout, done.stderr)
