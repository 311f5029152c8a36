"""Fixtures of the store tests; failures inside the shipped suites are explained too."""

import pytest

pytest.register_assert_rewrite(
    "orch.testing.registry_suite",
    "orch.testing.store_commit_suite",
    "orch.testing.store_outbox_suite",
    "orch.testing.store_query_suite",
)
