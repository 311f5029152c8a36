"""What is particular about a program that speaks ACP, and what it tells beside the protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from orch.core.signs import Sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What is particular about a program that speaks ACP.

    `bypass_modes` are modes of its own, the first that it has is set where a profile says that
    nothing shall be asked: only for programs whose permissions can't all be answered otherwise.
    `sets_model` is False where the model was an argument, `resumes` where it says that it can load
    a conversation and does not find it. `key_of` names the variable that each
    way of signing in needs, where the program itself does not say; no other way can do without a
    person.
    """

    bypass_modes: tuple[str, ...] = ("full-access",)
    sets_model: bool = True
    resumes: bool = True
    key_of: tuple[tuple[str, str], ...] = (
        ("gemini-api-key", "GEMINI_API_KEY"),
        ("openai", "OPENAI_API_KEY"),
        ("openai-api-key", "OPENAI_API_KEY"),
        ("codex-api-key", "CODEX_API_KEY"),
        ("anthropic-api-key", "ANTHROPIC_API_KEY"),
    )


class ErrorPipe(Protocol):
    """Reads what a program tells on its error pipe, beside the protocol."""

    def read(self, data: bytes, *, at: float) -> Sequence[Sign]:
        """Tell what the next bytes mean."""
