"""The contract of the store port: run it against a store of your own.

Subclass `StoreSuite` and `RegistrySuite` in a test module and give each a `store` and a
`registry` fixture, new and empty for each test and of the same database.
"""

from orch.testing.registry_suite import RegistrySuite
from orch.testing.store_commit_suite import CommitSuite
from orch.testing.store_outbox_suite import OutboxSuite
from orch.testing.store_query_suite import QuerySuite

__all__ = ["RegistrySuite", "StoreSuite"]


class StoreSuite(CommitSuite, OutboxSuite, QuerySuite):
    """Everything that a `Store` promises."""
