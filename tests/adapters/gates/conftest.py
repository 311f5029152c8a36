"""Fixtures of the gate tests; failures inside the shipped suite are explained too."""

import pytest

pytest.register_assert_rewrite("orch.testing.gate_suite")
