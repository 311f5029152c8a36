"""Prove that the session server, through its client, keeps the contract of the session host."""

from orch.testing.session_host_suite import SessionHostSuite


class TestBuiltinSessionHost(SessionHostSuite):
    """The real server with real processes, under the contract of every session host."""
