"""The keys of a project: they may stand in every layer."""

from orch.adapters.agents.registry import AGENTS
from orch.core.settings import (
    AgentIdentity,
    AgentProfile,
    AuditTable,
    Caps,
    CommitPolicy,
    LeadSettings,
    Limits,
    ProjectSettings,
    WorkspaceTable,
)
from orch.daemon.settings.key import NAME, Row, keys_of
from orch.daemon.settings.kinds import (
    ADDRESS,
    COMMANDS,
    FLAG,
    LINE,
    PATTERNS,
    PRICE,
    STRINGS,
    TEXT,
    VARIABLES,
    choice,
    count,
)
from orch.daemon.settings.landing_keys import GATE, LANDING
from orch.daemon.settings.quantities import CAPPED, DURATION, number, size

TOP = keys_of(
    "",
    ProjectSettings(),
    agent=Row(
        TEXT,
        '"fixer"',
        "The profile for tasks that name none. Without it, the only profile there is.",
    ),
    commit=Row(
        choice(CommitPolicy),
        '"orch"',
        'Who commits what an agent left uncommitted: "orch" does it for the agent; with "agent" '
        "the work is kept and the agent is told to commit it.",
    ),
    required_tools=Row(
        STRINGS,
        '["uv", "node"]',
        "Programs that must be on PATH before an attempt starts.",
    ),
)

AGENT = keys_of(
    f"agents.{NAME}",
    AgentProfile(name=NAME),
    adapter=Row(
        choice(tuple(sorted(AGENTS))),
        '"command"',
        '"command" runs any program; "scripted" plays a script and serves demos and tests; the '
        'others each know one program, and tell what it is doing; "cc", "cx" and "cu" are '
        'short for "claude", "codex" and "cursor".',
    ),
    start_command=Row(
        TEXT,
        '"sh fix.sh"',
        "The shell command that does the work, run in the workspace; `$ORCH_PROMPT_FILE`, "
        "`$ORCH_TASK_ID` and `$ORCH_ATTEMPT` tell it what to do.",
    ),
    prompt=Row(
        choice(("file", "arg", "stdin")),
        '"file"',
        'How the prompt reaches the program: as the file alone ("file"), also as the last '
        'argument ("arg"), or also on standard input ("stdin").',
    ),
    tty=Row(
        FLAG,
        "true",
        'Whether the program runs in a terminal; with prompt = "stdin" it never does.',
    ),
    script=Row(TEXT, '"demo.toml"', 'The script of a "scripted" agent.'),
    env=Row(
        VARIABLES,
        '{ MODEL = "small" }',
        "Variables for the program. The nearest layer's table counts as a whole.",
    ),
    mode=Row(
        choice(("headless", "terminal", "acp")),
        '"headless"',
        'How orch talks with the program: its JSON on pipes ("headless"), its own screen '
        '("terminal"), or the Agent Client Protocol ("acp"). Without it, what suits it best.',
    ),
    model=Row(TEXT, '"sonnet"', "The model, as the program calls it."),
    permission_mode=Row(
        TEXT,
        '"ask"',
        '"bypass" lets the program do all it wants; "ask" puts its requests into the inbox; '
        "other words are the program's own.",
    ),
    allowed_tools=Row(STRINGS, '["Bash(git:*)"]', "Tools that it may use without asking."),
    credentials=Row(
        choice(("copy", "link", "none")),
        '"copy"',
        "What a session gets of your sign-in: a copy of its files, a link to them, or only what "
        "the environment holds.",
    ),
    idle_timeout=Row(DURATION, '"30s"', "Silence for so long is shown as idle."),
    stuck_timeout=Row(
        DURATION,
        '"5m"',
        "So long without any progress it is stuck: it is spoken to if it listens, then ended; "
        "the work is kept and the next attempt starts.",
    ),
    stuck_text_patterns=Row(
        PATTERNS,
        '["context window is full"]',
        "Regular expressions: a screen that keeps showing one at its end is stuck.",
    ),
    nudge_command=Row(TEXT, '"Go on."', "What a session is told that stopped without a word."),
    max_nudge_retries=Row(count(0, 100), "2", "How often it is told so before it is given up."),
    fallback=Row(
        STRINGS,
        '["other"]',
        "Profiles that take over, one after the other, after two failures in a row.",
    ),
    price=Row(
        PRICE,
        "{ input = 3.0, output = 15.0, cached = 0.3 }",
        "US dollars for a million tokens, for programs that report tokens only.",
    ),
    max_sessions=Row(count(1, 1000), "2", "At most so many sessions of this profile at once."),
    memory=Row(
        size(unit_mb=1),
        '"4GB"',
        "The most memory that a session and all that it starts may take; above it, it is ended "
        "as out of memory.",
        field="memory_mb",
    ),
    processes=Row(count(1, 100_000), "200", "The most processes that a session may have."),
    cpu=Row(
        number(0.05, 1024), "1.5", "The most processors that a session may use; 0.5 is half of one."
    ),
)

WORKSPACE = keys_of(
    "workspace",
    WorkspaceTable(),
    setup=Row(COMMANDS, '"uv sync"', "Commands that make a fresh workspace ready."),
    teardown=Row(COMMANDS, '"docker compose down"', "Commands run before one is removed."),
    copy=Row(
        STRINGS,
        '[".env"]',
        "Files that git ignores (patterns as in .gitignore), copied from your checkout.",
    ),
    keep=Row(
        STRINGS,
        '["*.sqlite"]',
        "Files that git ignores which are saved too before a workspace is removed.",
    ),
    warm=Row(count(0, 100), "2", "So many workspaces are kept ready in the background."),
    ports=Row(count(0, 1000), "10", "The size of the block of ports that each workspace owns."),
    setup_timeout=Row(DURATION, '"10m"', "How long each command of the set-up may take."),
)

LIMITS = keys_of(
    "limits",
    Limits(),
    sessions=Row(count(1, 1000), "4", "Sessions at once in this project."),
    attempts=Row(count(1, 100), "3", "Sessions that a task may use up before it has failed."),
    rounds=Row(
        count(0, 100),
        "3",
        "How often a task is sent back (red gate, conflict) before a person must look.",
    ),
    resume=Row(
        FLAG,
        "true",
        "Whether a task that a usage limit of its provider held goes on by itself when that ends.",
    ),
    patrol_failures=Row(
        count(0, 1000),
        "10",
        "So many tasks that end without landing, one after the other, pause the project until "
        "`orch project resume`; what failed before that never counts again. 0 switches it off.",
    ),
    depth=Row(
        count(0, 100),
        "2",
        "How deep the tasks that sessions file may stand below each other; 0: sessions file none.",
    ),
    workers=Row(
        count(0, 1000),
        "5",
        "How many tasks that sessions filed may be open at once in one tree.",
    ),
)

LEAD = keys_of(
    "lead",
    LeadSettings(),
    notify=Row(
        ADDRESS,
        '"command:openclaw system event --text"',
        'Where you are told how the tasks end that you add: "inbox" (only there), '
        '"pane:TARGET" (typed into that tmux pane), or "command:…" (run with the words as its '
        "last argument and JSON on its input). `--lead` says so for one task.",
    ),
)

CAPS = keys_of(
    "caps",
    Caps(),
    **{
        f"{scope}_{measure}": Row(kind, example, f"The most that {words} may {verb}.")
        for scope, words in (
            ("attempt", "one attempt"),
            ("task", "a task"),
            ("day", "this project in a day (UTC)"),
            ("project", "this project in all"),
        )
        for measure, kind, example, verb in (
            ("cost", number(0, 10**9), "5.0", "cost, in US dollars"),
            ("tokens", count(1, 10**12), "2000000", "use up, in tokens"),
            ("time", CAPPED, '"2h"', "take of sessions' time"),
        )
    },
)

AUDIT = keys_of(
    "audit",
    AuditTable(),
    trail=Row(
        FLAG,
        "true",
        "Whether each attempt's prompt, outcome and last gate, and each verdict, are written as "
        "files under `.orch/workers/` and `.orch/verdicts/`, which git does not see.",
    ),
)

IDENTITY = keys_of(
    "identity",
    AgentIdentity(),
    name=Row(LINE, '"orch agent"', "The author of the agents' commits."),
    email=Row(LINE, '"agent@example.com"', "The author's address."),
)

PROJECT_KEYS = (*TOP, *LANDING, *GATE, *AGENT, *WORKSPACE, *LIMITS, *LEAD, *CAPS, *IDENTITY, *AUDIT)
