"""Fixtures of the lander tests; failures inside the shipped suites are explained too."""

from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    "orch.testing.lander_build_suite",
    "orch.testing.lander_chain_suite",
    "orch.testing.lander_push_suite",
    "orch.testing.lander_resolution_suite",
    "orch.testing.lander_verify_suite",
    "orch.testing.lander_values",
)

from tests.adapters.landers.worlds import GitWorld  # noqa: E402 - after the line above


@pytest.fixture
async def world(tmp_path: Path, request: pytest.FixtureRequest) -> GitWorld:
    """Give a project whose target is checked out, or of the kind that the test asks for."""
    return await GitWorld(tmp_path, getattr(request, "param", "checkout")).open()
