"""How each real agent is started headless against a scripted model, in a home of its own.

This is the plain way, by hand: what orch's own adapters do is another matter.
"""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

LIMIT_S = 200.0
KEY = "sk-ant-api03-scripted-0123456789abcdefghij"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where an agent runs: a home, a repository, a folder of programs, a model's address."""

    home: Path
    tree: Path
    programs: Path
    url: str

    def environment(self, **more: str) -> dict[str, str]:
        """Give all that the agent finds in its environment: nothing of the one who tests."""
        return {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "HOME": str(self.home),
            "PWD": str(self.tree),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "GIT_CONFIG_GLOBAL": os.devnull,
            **more,
        }

    def seed(self, name: str, text: str) -> Path:
        """Write a file of the home."""
        file = self.home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


@dataclass(frozen=True, slots=True)
class Command:
    """What is started, and with what."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ran:
    """How it went."""

    code: int
    output: str
    errors: str

    def events(self) -> list[dict[str, object]]:
        """Decode the lines that are JSON objects; agents mix others in."""
        lines = (line for line in self.output.splitlines() if line.startswith("{"))
        return [json.loads(line) for line in lines]


def run(stage: Stage, command: Command, *, stdin: str = "") -> Ran:
    """Run an agent to its end; nothing of its process group stays behind."""
    program = subprocess.Popen(
        command.argv,
        cwd=stage.tree,
        env=command.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = program.communicate(stdin, timeout=LIMIT_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
    return Ran(program.returncode, output, errors)


def claude(stage: Stage, prompt: str, *more: str) -> Command:
    """Start Claude Code."""
    argv = ("claude", "-p", prompt, "--output-format", "stream-json", "--verbose")
    environment = stage.environment(
        ANTHROPIC_BASE_URL=stage.url,
        ANTHROPIC_API_KEY=KEY,
        CLAUDE_CONFIG_DIR=str(stage.home / "claude"),
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
        DISABLE_AUTOUPDATER="1",
        DISABLE_TELEMETRY="1",
        DISABLE_ERROR_REPORTING="1",
        # As root it refuses to skip permissions unless it is told that it can do no harm.
        IS_SANDBOX="1",
    )
    return Command((*argv, "--dangerously-skip-permissions", *more), environment)


CODEX = """\
model = "gpt-5.1-codex"
model_provider = "scripted"
check_for_update_on_startup = false
[analytics]
enabled = false
[feedback]
enabled = false
[otel]
exporter = "none"
[model_providers.scripted]
name = "scripted"
base_url = "{url}/v1"
env_key = "SCRIPTED_KEY"
wire_api = "responses"
supports_websockets = false
request_max_retries = 3
stream_max_retries = 3
stream_idle_timeout_ms = 5000
[projects."{tree}"]
trust_level = "trusted"
"""


def codex(stage: Stage, prompt: str, *more: str) -> Command:
    """Start Codex."""
    stage.seed("codex/config.toml", CODEX.format(url=stage.url, tree=stage.tree))
    flags = ("--json", "--dangerously-bypass-approvals-and-sandbox")
    argv = ("codex", "exec", *flags, "--disable", "plugins", "--disable", "apps", *more, prompt)
    home = str(stage.home / "codex")
    return Command(argv, stage.environment(CODEX_HOME=home, SCRIPTED_KEY=KEY))


def opencode(stage: Stage, prompt: str, *more: str) -> Command:
    """Start OpenCode."""
    model = {"name": "x", "limit": {"context": 200000, "output": 8000}}
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": f"{stage.url}/v1", "apiKey": KEY},
        "models": {"x": {**model, "cost": {"input": 1, "output": 2}}},
    }
    settings = {
        "model": "scripted/x",
        "small_model": "scripted/x",
        "provider": {"scripted": provider},
        "permission": {"edit": "allow", "bash": "allow"},
        "autoupdate": False,
        "share": "disabled",
    }
    file = stage.seed("opencode.json", json.dumps(settings))
    off = ("AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "SHARE")
    switches = {f"OPENCODE_DISABLE_{name}": "1" for name in off}
    argv = ("opencode", "run", "--format", "json", *more, prompt)
    return Command(argv, stage.environment(OPENCODE_CONFIG=str(file), **switches))


def gemini(stage: Stage, prompt: str, *more: str) -> Command:
    """Start Gemini CLI."""
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"enableAutoUpdate": False},
    }
    stage.seed(".gemini/settings.json", json.dumps(settings))
    argv = ("gemini", "-p", prompt, "-o", "stream-json", "-y", "-m", "gemini-2.5-flash", *more)
    environment = stage.environment(
        GEMINI_API_KEY=KEY, GOOGLE_GEMINI_BASE_URL=stage.url, GEMINI_CLI_TRUST_WORKSPACE="true"
    )
    return Command(argv, environment)


def qwen(stage: Stage, prompt: str, *more: str) -> Command:
    """Start Qwen Code."""
    settings = {
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"disableAutoUpdate": True, "enableAutoUpdate": False},
    }
    stage.seed(".qwen/settings.json", json.dumps(settings))
    argv = ("qwen", "-p", prompt, "--auth-type", "openai", "-m", "x", "-o", "stream-json", "-y")
    environment = stage.environment(
        OPENAI_API_KEY=KEY, OPENAI_BASE_URL=f"{stage.url}/v1", OPENAI_MODEL="x"
    )
    return Command((*argv, *more), environment)


KIMI = """\
default_model = "scripted"
default_permission_mode = "yolo"
telemetry = false
[providers.scripted]
type = "openai"
base_url = "{url}/v1"
api_key = "{key}"
[models.scripted]
provider = "scripted"
model = "x"
max_context_size = 200000
"""


def kimi(stage: Stage, prompt: str, *more: str) -> Command:
    """Start Kimi Code."""
    stage.seed(".kimi-code/config.toml", KIMI.format(url=stage.url, key=KEY))
    argv = ("kimi", "-p", prompt, "--output-format", "stream-json", *more)
    return Command(argv, stage.environment(KIMI_CODE_NO_AUTO_UPDATE="1"))


def copilot(stage: Stage, prompt: str, *more: str) -> Command:
    """Start Copilot."""
    argv = ("copilot", "-p", prompt, "--allow-all-tools", "--output-format", "json", *more)
    environment = stage.environment(
        COPILOT_PROVIDER_BASE_URL=f"{stage.url}/v1",
        COPILOT_PROVIDER_TYPE="openai",
        COPILOT_PROVIDER_API_KEY=KEY,
        COPILOT_MODEL="x",
        COPILOT_OFFLINE="true",
    )
    return Command(argv, environment)


STARTS: dict[str, Callable[..., Command]] = {
    one.__name__: one for one in (claude, codex, opencode, gemini, qwen, kimi, copilot)
}
"""Each agent by its name: called with a stage, a prompt, and more arguments."""
