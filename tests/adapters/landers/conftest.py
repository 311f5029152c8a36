"""Fixtures of the lander tests; failures inside the shipped suites are explained too."""

import pytest

pytest.register_assert_rewrite(
    "orch.testing.lander_build_suite",
    "orch.testing.lander_push_suite",
    "orch.testing.lander_verify_suite",
    "orch.testing.lander_values",
)
