"""The contract of the session host port: run it against a host of your own.

Subclass `SessionHostSuite` in a test module and give it a `host` fixture: a new host without
sessions, of which nothing is left after the test. The programs are the shell scripts of
`orch.testing.puppets`.
"""

from orch.testing.session_end_suite import SessionEndSuite
from orch.testing.session_life_suite import SessionLifeSuite
from orch.testing.session_news_suite import SessionNewsSuite
from orch.testing.session_talk_suite import SessionTalkSuite

__all__ = ["SessionHostSuite"]


class SessionHostSuite(SessionLifeSuite, SessionTalkSuite, SessionEndSuite, SessionNewsSuite):
    """Everything that a `SessionHost` promises."""
