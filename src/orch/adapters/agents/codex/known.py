"""Dialogs of Codex's own that are known, and which keys answer them without harm."""

from typing import Final

from orch.adapters.agents.dialogs import KnownDialog
from orch.core.signs import Trouble

KNOWN: Final = (
    KnownDialog(
        ref="trust-folder",
        version="0.169.0",
        words=r"Trust this folder\?",
        # The folder is orch's own workspace; its first choice is marked, and takes no number.
        keys=b"\r",
    ),
    KnownDialog(
        ref="hooks-review",
        version="0.169.0",
        words=r"Hooks need review",
        # Not trusted: those of orch come with a flag of their own, others are nobody's here.
        keys=b"3",
    ),
    KnownDialog(
        ref="update",
        version="0.169.0",
        words=r"Update available",
        # The second choice skips it this time.
        keys=b"2",
    ),
    KnownDialog(
        ref="sign-in",
        version="0.169.0",
        words=r"Sign in with ChatGPT|Welcome to Codex|Choose how you want to use Codex",
        trouble=Trouble.SIGNED_OUT,
    ),
)
"""The first choice of a list is not always the harmless one; each has been read."""
