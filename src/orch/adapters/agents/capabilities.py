"""What a version of an agent program can do, read from what it says of itself when asked."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_VERSION: Final = re.compile(r"\b\d+\.\d+(?:\.\d+)?(?:[-+.][\w.]+)?\b")


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that a program may be able to do, and the word of its help that shows it."""

    name: str
    shown_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a program is asked about itself, and which of its answers mean what.

    `variables` and `files` (below the person's home) hold a sign-in; one of them is enough.
    """

    program: str
    oldest: tuple[int, ...]
    traits: tuple[Trait, ...]
    variables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    verified: bool = True


_OPENAI: Final = ("OPENAI_API_KEY",)

ASKED: Final[Mapping[str, Asked]] = {
    "claude": Asked(
        program="claude",
        oldest=(2, 0),
        traits=(
            Trait("headless", "--input-format"),
            Trait("terminal", "--model"),
            Trait("resume", "--resume"),
        ),
        variables=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"),
        files=(".claude/.credentials.json",),
    ),
    "codex": Asked(
        program="codex",
        oldest=(0, 150),
        traits=(
            Trait("headless", "app-server"),
            Trait("terminal", "--model"),
            Trait("resume", "resume"),
        ),
        variables=_OPENAI,
        files=(".codex/auth.json",),
    ),
    "opencode": Asked(
        program="opencode",
        oldest=(1, 0),
        traits=(
            Trait("headless", "opencode run"),
            Trait("terminal", "--session"),
            Trait("acp", "opencode acp"),
            Trait("resume", "--session"),
        ),
        variables=(*_OPENAI, "ANTHROPIC_API_KEY", "OPENROUTER_API_KEY"),
        files=(".local/share/opencode/auth.json",),
    ),
    "gemini": Asked(
        program="gemini",
        oldest=(0, 50),
        traits=(
            Trait("headless", "--output-format"),
            Trait("terminal", "--prompt-interactive"),
            Trait("acp", "--acp"),
            Trait("resume", "--resume"),
        ),
        variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        files=(".gemini/oauth_creds.json",),
    ),
    "qwen": Asked(
        program="qwen",
        oldest=(0, 10),
        traits=(
            Trait("headless", "--output-format"),
            Trait("acp", "--acp"),
            Trait("resume", "--resume"),
        ),
        variables=_OPENAI,
        files=(".qwen/oauth_creds.json",),
    ),
    "kimi": Asked(
        program="kimi",
        oldest=(2, 0),
        traits=(
            Trait("headless", "--output-format"),
            Trait("acp", "acp"),
            Trait("resume", "--session"),
        ),
        variables=("KIMI_API_KEY", *_OPENAI),
        files=(".kimi-code/config.toml",),
    ),
    "copilot": Asked(
        program="copilot",
        oldest=(1, 0),
        traits=(
            Trait("headless", "--output-format"),
            Trait("acp", "--acp"),
            Trait("resume", "--resume"),
        ),
        variables=("COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "COPILOT_PROVIDER_API_KEY"),
        files=(".copilot/config.json",),
    ),
    "cursor-agent": Asked(
        program="cursor-agent",
        oldest=(0,),
        traits=(Trait("headless", "--output-format"), Trait("resume", "--resume")),
        variables=("CURSOR_API_KEY",),
        files=(".cursor/cli-config.json",),
        verified=False,
    ),
}
"""The programs that orch can ask, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What was found out about one program: its version, what it can do, whether it is too old."""

    version: str = ""
    can: tuple[str, ...] = ()
    too_old: bool = False


def read_capabilities(asked: Asked, *, version: str, help_text: str) -> Capabilities:
    """Read what a program answered to `--version` and `--help`."""
    found = _VERSION.search(version)
    number = found.group() if found else ""
    parts = tuple(int(part) for part in re.findall(r"\d+", number)[:3])
    return Capabilities(
        version=number,
        can=tuple(trait.name for trait in asked.traits if _is_shown(trait.shown_by, help_text)),
        too_old=bool(parts) and parts < asked.oldest,
    )


def _is_shown(word: str, help_text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", help_text) is not None


def signed_in(asked: Asked, *, environment: Iterable[str], files: Iterable[str]) -> str:
    """Say how a person is signed in: by a variable, by a file, or not as far as can be seen."""
    for name in asked.variables:
        if name in set(environment):
            return f"${name}"
    for name in asked.files:
        if name in set(files):
            return f"~/{name}"
    return ""
