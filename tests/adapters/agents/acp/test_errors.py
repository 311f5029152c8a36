"""Prove what an error of an agent that speaks ACP is taken for."""

import pytest

from orch.adapters.agents.acp.errors import error_trouble, error_words
from orch.core.signs import Trouble

GEMINI = {"code": 500, "message": "The model is not found for API version v1beta."}


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (GEMINI, Trouble.NO_SUCH_MODEL),
        ({"code": 500, "message": "It broke."}, Trouble.SERVER),
        ({"code": 429, "message": "Slow down."}, Trouble.RATE_LIMIT),
        ({"code": -32603, "message": "x", "data": {"status": 401}}, Trouble.SIGNED_OUT),
    ],
)
def test_an_error_is_known_by_its_code_or_its_words(error: object, trouble: Trouble) -> None:
    """A code that says nothing leaves the word to the message."""
    assert error_trouble(error) is trouble


def test_its_details_are_told() -> None:
    """What the provider said stands in the data."""
    error = {"code": -32603, "message": "Internal error", "data": {"details": "No sessions."}}
    assert error_words(error) == "Internal error: No sessions."
