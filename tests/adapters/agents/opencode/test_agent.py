"""Prove how OpenCode is started: by its words, its private folders, its configuration."""

import json

import pytest

from orch.adapters.agents.opencode.agent import OpenCodeAgent
from orch.core.settings import AgentProfile, Price
from orch.ports.agent import Launch, Mode, Stdio
from orch.ports.errors import Permanent
from tests.adapters.agents.readings import order

PLAIN = AgentProfile(name="oc", adapter="opencode")
OWN = AgentProfile(
    name="oc",
    adapter="opencode",
    model="small",
    env=(("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"), ("OPENAI_API_KEY", "key")),
    price=Price(input=3.0, output=15.0, cached=0.3),
    permission_mode="ask",
)


def configuration(launch: Launch) -> dict[str, object]:
    """Read the configuration that is written for a session."""
    found = json.loads(dict(launch.files)["/srv/private/opencode.json"])
    assert isinstance(found, dict)
    return found


def test_headless_reads_the_prompt_from_its_input() -> None:
    """The prompt is no argument: OpenCode would put it in quotes."""
    launch = OpenCodeAgent().launch(order(PLAIN))
    assert launch.argv == ("opencode", "run", "--format", "json")
    assert (launch.stdin, launch.stdio) == (b"write hello and commit", Stdio.PIPES)
    environment = dict(launch.environment)
    expected = {"PWD": "/srv/ws", "HOME": "/srv/ada", "XDG_DATA_HOME": "/srv/private/data"}
    assert expected.items() <= environment.items()


def test_a_conversation_is_resumed_by_its_id() -> None:
    """The id goes along; on a terminal the prompt then is no argument."""
    run = OpenCodeAgent().launch(order(PLAIN, conversation="ses_1"))
    assert "--session=ses_1" in run.argv
    screen = OpenCodeAgent().launch(order(PLAIN, mode=Mode.TERMINAL, conversation="ses_1"))
    assert screen.argv == ("opencode", "--session=ses_1")


def test_a_terminal_gets_the_prompt_as_an_argument() -> None:
    """A prompt that is too long for one is left in its file."""
    launch = OpenCodeAgent().launch(order(PLAIN, mode=Mode.TERMINAL))
    assert launch.argv == ("opencode", "--prompt=write hello and commit")
    assert (launch.stdin, launch.stdio) == (None, Stdio.PTY)
    long = OpenCodeAgent().launch(order(PLAIN, mode=Mode.TERMINAL, prompt="x" * 200_000))
    assert "/srv/attempt/prompt.md" in long.argv[-1]


def test_a_provider_of_the_profiles_own() -> None:
    """Its address and prices stand in the configuration, its key in the environment alone."""
    launch = OpenCodeAgent().launch(order(OWN, mode=Mode.TERMINAL))
    made = configuration(launch)
    assert made["model"] == "custom/small"
    assert "--model=custom/small" in launch.argv
    text = json.dumps(made)
    assert "{env:OPENAI_API_KEY}" in text
    assert '"cache_read": 0.3' in text
    assert '"bash": "ask"' in text
    assert (launch.copies, launch.links) == ((), ())


def test_credentials_as_the_profile_says() -> None:
    """The person's sign-in is copied, linked, or left alone."""
    copied = OpenCodeAgent().launch(order(PLAIN))
    own = "/srv/ada/.local/share/opencode/auth.json"
    assert (own, "/srv/private/data/opencode/auth.json") in copied.copies
    for credentials, links in (("link", 3), ("none", 0)):
        profile = AgentProfile(name="oc", adapter="opencode", credentials=credentials)
        launch = OpenCodeAgent().launch(order(profile))
        assert (launch.copies, len(launch.links)) == ((), links)


def test_the_plugin_runs_the_hook_and_gives_shells_their_folders_back() -> None:
    """What the agent starts in a shell sees the person's own folders."""
    launch = OpenCodeAgent().launch(order(PLAIN, mode=Mode.TERMINAL))
    plugin = dict(launch.files)["/srv/private/extras/plugin/orch.js"]
    assert b'["python3", "-I", "hook.py"]' in plugin
    assert b'"XDG_CONFIG_HOME": "/srv/ada/.config"' in plugin


def test_nothing_is_fetched_before_it_starts() -> None:
    """Folders of configuration look as if what OpenCode would install there were there."""
    written = dict(OpenCodeAgent().launch(order(PLAIN)).files)
    for folder in ("/srv/private/config/opencode", "/srv/private/extras"):
        lock = json.loads(written[f"{folder}/package-lock.json"])
        assert "@opencode-ai/plugin" in lock["packages"][""]["dependencies"]
        assert f"{folder}/node_modules/.orch" in written


def test_a_start_command_replaces_the_program() -> None:
    """A profile may name another program, or a wrapper."""
    profile = AgentProfile(name="oc", adapter="opencode", start_command="nice opencode-next")
    assert OpenCodeAgent().program(profile) == "nice"
    assert OpenCodeAgent().launch(order(profile)).argv[:3] == ("nice", "opencode-next", "run")


def test_headless_can_not_ask() -> None:
    """Who wants to be asked is told at once that this mode never asks."""
    with pytest.raises(Permanent, match="cannot ask"):
        OpenCodeAgent().launch(order(OWN))


def test_acp() -> None:
    """The server of the protocol takes its model and permissions from the configuration."""
    launch = OpenCodeAgent().launch(order(OWN, mode=Mode.ACP, conversation="ses_1"))
    assert launch.argv == ("opencode", "acp")
    assert (launch.stdin, launch.stdio) == (None, Stdio.PIPES)
    assert OpenCodeAgent().reader(order(OWN, mode=Mode.ACP)).replies()
