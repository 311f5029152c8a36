"""Prove what stands in the private home of a session of Codex."""

import json
import tomllib
from dataclasses import replace

from orch.adapters.agents.codex.home import HOOKS, config_file, home_files, sign_in
from orch.core.settings import AgentProfile
from orch.ports.agent import LaunchOrder, Mode
from tests.adapters.agents.readings import HOOK, order

PROFILE = AgentProfile(name="codex", adapter="codex", model="gpt-5")
OWN = (("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"), ("OPENAI_API_KEY", "k"))


def ordered(mode: Mode = Mode.TERMINAL, **changes: object) -> LaunchOrder:
    """Order a session of a changed profile."""
    return order(replace(PROFILE, **changes), mode=mode)  # type: ignore[arg-type]


def test_nothing_asks_and_nothing_phones_home() -> None:
    """No update, no telemetry, no history; the workspace is trusted."""
    config = tomllib.loads(config_file(ordered()))
    assert config["check_for_update_on_startup"] is False
    assert config["analytics"] == config["feedback"] == {"enabled": False}
    assert config["otel"] == {"exporter": "none"}
    assert config["projects"] == {"/srv/ws": {"trust_level": "trusted"}}
    assert config["model"] == "gpt-5"
    assert config["allow_login_shell"] is False
    assert config["notify"] == [*HOOK, "notify"]
    assert "model_providers" not in config
    assert "features" not in config


def test_hooks_start_the_command_with_their_name() -> None:
    """Each event has one hook, for the session on its own screen only."""
    files = dict(home_files(ordered()))
    hooks = json.loads(files["/srv/private/hooks.json"])["hooks"]
    assert set(hooks) == set(HOOKS)
    assert hooks["Stop"][0]["hooks"][0]["command"] == "python3 -I hook.py Stop"
    assert list(dict(home_files(ordered(Mode.HEADLESS)))) == ["/srv/private/config.toml"]
    without = replace(ordered(), hook_command=())
    assert list(dict(home_files(without))) == ["/srv/private/config.toml"]
    assert "notify" not in tomllib.loads(config_file(without))


def test_a_provider_of_the_profile() -> None:
    """Its address and key are asked, without the sign-in of the person's account."""
    config = tomllib.loads(config_file(ordered(env=OWN)))
    provider = config["model_providers"][config["model_provider"]]
    assert provider["base_url"] == "http://127.0.0.1:1/v1"
    assert (provider["env_key"], provider["wire_api"]) == ("OPENAI_API_KEY", "responses")
    assert "k" not in provider.values()


def test_a_key_alone_counts_where_nothing_else_may() -> None:
    """With `credentials` set to the environment, the key in it is used as it stands."""
    key = (("OPENAI_API_KEY", "k"),)
    config = tomllib.loads(config_file(ordered(env=key, credentials="environment")))
    assert config["model_providers"]["orch"]["base_url"] == "https://api.openai.com/v1"
    assert "model_provider" not in tomllib.loads(config_file(ordered(env=key)))


def test_the_persons_sign_in() -> None:
    """It is copied or linked from where the person has it, or left alone."""
    pair = ("/srv/ada/.codex/auth.json", "/srv/private/auth.json")
    assert sign_in(ordered()).copies == (pair,)
    assert sign_in(ordered(credentials="link")).links == (pair,)
    nothing = sign_in(ordered(credentials="environment"))
    assert (nothing.copies, nothing.links) == ((), ())
    elsewhere = sign_in(ordered(env=(("CODEX_HOME", "/srv/else"),)))
    assert elsewhere.copies[0][0] == "/srv/else/auth.json"


def test_it_may_ask_where_somebody_answers() -> None:
    """Its tool for questions is off by default; a profile that asks has it."""
    config = tomllib.loads(config_file(ordered(permission_mode="ask")))
    assert config["features"]["default_mode_request_user_input"] is True


def test_odd_names_stay_one_key() -> None:
    """A workspace's path may hold what TOML would read otherwise."""
    odd = replace(ordered(), workspace='/srv/a "b".c\\d')
    assert list(tomllib.loads(config_file(odd))["projects"]) == ['/srv/a "b".c\\d']
