"""Prove how Kimi Code is started."""

from orch.adapters.agents.kimi.agent import KimiAgent
from orch.adapters.agents.kimi.events import LAST
from orch.core.settings import AgentProfile
from orch.ports.agent import Mode, Stdio
from tests.adapters.agents.readings import order

PLAIN = AgentProfile(name="k", adapter="kimi", model="kimi-k2")
OWN = AgentProfile(
    name="k",
    adapter="kimi",
    model="small",
    env=(("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"), ("OPENAI_API_KEY", "key")),
)


def test_headless_with_the_persons_sign_in() -> None:
    """Settings and token of the person go along, as the models stand there."""
    launch = KimiAgent().launch(order(PLAIN))
    assert launch.argv == (
        *("kimi", "--output-format=stream-json", "--model=kimi-k2"),
        "--prompt=write hello and commit",
    )
    assert launch.stdio is Stdio.PIPES
    assert dict(launch.environment)["KIMI_CODE_HOME"] == "/srv/private"
    own = "/srv/ada/.kimi-code/credentials/kimi-code.json"
    assert (own, "/srv/private/credentials/kimi-code.json") in launch.copies


def test_a_provider_of_the_profiles_own() -> None:
    """Kimi takes it from the environment; no file holds the key."""
    launch = KimiAgent().launch(order(OWN))
    expected = {"KIMI_MODEL_NAME": "small", "KIMI_MODEL_API_KEY": "key"}
    assert expected.items() <= dict(launch.environment).items()
    assert launch.copies == ()
    assert not any(b"key" in content for _, content in launch.files)


def test_resuming() -> None:
    """A conversation whose id was never told is the last one of the private home."""
    assert "--continue" in KimiAgent().launch(order(PLAIN, conversation=LAST)).argv
    assert "--session=s-1" in KimiAgent().launch(order(PLAIN, conversation="s-1")).argv


def test_acp() -> None:
    """It serves the protocol by a command of its own."""
    launch = KimiAgent().launch(order(PLAIN, mode=Mode.ACP))
    assert (launch.argv, launch.stdin) == (("kimi", "acp"), None)
    assert KimiAgent().reader(order(PLAIN, mode=Mode.ACP)).replies()
