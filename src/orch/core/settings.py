"""Settings: what a configuration says, as values; read and layered by `orch.daemon.settings`."""

from dataclasses import dataclass, field
from enum import StrEnum

from orch.core.landing import Strategy


class LandingMode(StrEnum):
    """How finished work reaches the target: at once, or when a person says so."""

    DIRECT = "direct"
    MANUAL = "manual"


class CheckoutPolicy(StrEnum):
    """Whether a clean checkout of the target follows a landing, or always holds it."""

    FOLLOW = "follow"
    HOLD = "hold"


class CommitPolicy(StrEnum):
    """Who commits what an agent left uncommitted: orch for it, or the agent when told."""

    ORCH = "orch"
    AGENT = "agent"


class FlakyPolicy(StrEnum):
    """What becomes of a change whose gate passed after it had failed on the identical tree."""

    HOLD = "hold"
    ALLOW = "allow"


class JudgePolicy(StrEnum):
    """Whether an agent judges each change, and whether its verdict holds the landing."""

    OFF = "off"
    ADVISORY = "advisory"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingSettings:
    """The `[landing]` table. Durations are in seconds; patterns are gitignore-style.

    `window` is how many changes are checked at once, each on top of those before it. `batch` is
    how many of them share one run of the gate; None leaves that to how many fail. `judge_agent`
    names the profile that judges ("": that of who did the work); after `judge_cycles` rejections
    of a task a person decides. `resolver` names the profile that resolves a conflict which the
    change's owner could not ("": a person does).
    """

    mode: LandingMode = LandingMode.DIRECT
    base_branch: str = "main"
    quality_gate: tuple[str, ...] = ()
    gate_timeout: float = 600.0
    strategy: Strategy = Strategy.SQUASH
    checkout: CheckoutPolicy = CheckoutPolicy.FOLLOW
    protected_paths: tuple[str, ...] = (".orch/",)
    gate_tools: tuple[str, ...] = ()
    window: int = 4
    batch: int | None = 1
    flaky: FlakyPolicy = FlakyPolicy.HOLD
    judge: JudgePolicy = JudgePolicy.OFF
    judge_agent: str = ""
    judge_cycles: int = 2
    judge_timeout: float = 600.0
    resolver: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """The `[gate]` table: how the commands of `landing.quality_gate` are run.

    `slots` is how many gates of the project run at once; None is one for each processor. With
    `fail_fast` the first command that fails ends a gate, else the others run to tell more; with
    `parallel` they run side by side. A gate begins only while `memory_mb` are to be had (None:
    always), but one may always run. `reports` say where single failures are told, so that those of
    the base can be left out of account. `caches` are patterns of what stays in a gate's workspace
    from one run to the next.
    """

    slots: int | None = None
    memory_mb: float | None = None
    fail_fast: bool = True
    parallel: bool = False
    reports: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a million tokens cost, in US dollars: read anew, read from a cache, written."""

    input: float
    output: float
    cached: float | None = None


READ_ONLY = "read-only"
"""The permission mode of judges: the program may look, and is refused everything else unasked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """One `[agents.NAME]` table: how an agent of this name is started and watched.

    `prompt` says how the prompt reaches the program: as the file at `$ORCH_PROMPT_FILE`, as the
    last argument, or on standard input. `tty` gives it a terminal. Durations are in seconds.
    `start_command` replaces the program of an adapter that has its own. An empty `mode` is the
    adapter's first. `permission_mode` is "bypass", "ask" for requests that go to the inbox, or
    `READ_ONLY`.
    `credentials` says what a session gets of the person's sign-in: a copy of its files, a link to
    them, or nothing but the environment. `price` is in US dollars for a million tokens.
    `memory_mb`, `processes` and `cpu` (in processors, 0.5 is half of one) bound a session with
    all that it starts; None is no bound.
    """

    name: str
    adapter: str = "command"
    start_command: str = ""
    prompt: str = "file"
    tty: bool = True
    script: str = ""
    env: tuple[tuple[str, str], ...] = ()
    idle_timeout: float = 120.0
    stuck_timeout: float = 1800.0
    max_sessions: int | None = None
    mode: str = ""
    model: str = ""
    permission_mode: str = "bypass"
    allowed_tools: tuple[str, ...] = ()
    credentials: str = "copy"
    stuck_text_patterns: tuple[str, ...] = ()
    nudge_command: str = ""
    max_nudge_retries: int = 2
    fallback: tuple[str, ...] = ()
    price: Price | None = None
    memory_mb: float | None = None
    processes: int | None = None
    cpu: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceTable:
    """The `[workspace]` table."""

    setup: tuple[str, ...] = ()
    teardown: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    warm: int = 0
    ports: int = 10
    setup_timeout: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The `[limits]` table: sessions at once (in this project), attempts and rounds of a task.

    `resume` is the consent to go on by itself when a usage limit of a provider has ended.
    After `patrol_failures` tasks that ended badly in a row the project pauses itself (0: never).
    `depth` bounds how deep sessions may file tasks below each other, `workers` how many of a
    tree's tasks may be open at once below its root.
    """

    sessions: int = 4
    attempts: int = 3
    rounds: int = 3
    resume: bool = False
    patrol_failures: int = 5
    depth: int = 3
    workers: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSettings:
    """The `[lead]` table: where who adds a task without saying so is told of it."""

    notify: str = "inbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The `[caps]` table: the most that may be spent; None is no cap.

    Money is in US dollars, time in seconds of sessions at work. A day is one of UTC.
    """

    attempt_cost: float | None = None
    attempt_tokens: int | None = None
    attempt_time: float | None = None
    task_cost: float | None = None
    task_tokens: int | None = None
    task_time: float | None = None
    day_cost: float | None = None
    day_tokens: int | None = None
    day_time: float | None = None
    project_cost: float | None = None
    project_tokens: int | None = None
    project_time: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentIdentity:
    """The `[identity]` table: whose name the agents' commits bear."""

    name: str = "orch agent"
    email: str = "agent@orch.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTable:
    """The `[audit]` table: whether people find what happened as files under `.orch/`, too."""

    trail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """All that holds for one project, after the layers were laid over each other.

    `agent` names the profile that tasks get which ask for none. `commit` says what becomes of
    work that an agent left uncommitted. `digest` is the hash of the file the commands came from.
    """

    landing: LandingSettings = LandingSettings()
    gate: GateSettings = GateSettings()
    workspace: WorkspaceTable = WorkspaceTable()
    limits: Limits = Limits()
    caps: Caps = Caps()
    lead: LeadSettings = LeadSettings()
    identity: AgentIdentity = AgentIdentity()
    audit: AuditTable = AuditTable()
    agents: tuple[AgentProfile, ...] = ()
    agent: str = ""
    commit: CommitPolicy = CommitPolicy.ORCH
    required_tools: tuple[str, ...] = ()
    digest: str = ""

    def profile(self, name: str) -> AgentProfile | None:
        """Find an agent's profile by its name."""
        return next((profile for profile in self.agents if profile.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """What holds for this machine: the tables that only `$ORCH_HOME/config.toml` may have.

    `sessions` caps the sessions of all projects together. `event_days` is how long the history
    of ended tasks is kept (None: for ever). `quota_gb` bounds workspaces and logs for `gc`.
    `session_host` says where terminals run: in orch's session server, or in "tmux", at
    `tmux_socket` ("": a server of orch's own).
    """

    sessions: int = 8
    dsn: str = ""
    event_days: float | None = None
    transcript_mb: float = 16.0
    quota_gb: float | None = None
    keep_days: float = 7.0
    log_level: str = "info"
    session_host: str = "builtin"
    tmux_socket: str = ""
    defaults: ProjectSettings = field(default_factory=ProjectSettings)
