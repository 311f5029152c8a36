"""The keys that say how work is checked and lands."""

from orch.core.landing import Strategy
from orch.core.report_names import LINE_FORMATS
from orch.core.settings import (
    CheckoutPolicy,
    FlakyPolicy,
    GateSettings,
    JudgePolicy,
    LandingMode,
    LandingSettings,
)
from orch.daemon.settings.key import Row, keys_of
from orch.daemon.settings.kinds import (
    BRANCH,
    COMMANDS,
    FLAG,
    REPORTS,
    STRINGS,
    TEXT,
    choice,
    count,
)
from orch.daemon.settings.quantities import DURATION, automatic, size

LANDING = keys_of(
    "landing",
    LandingSettings(),
    mode=Row(
        choice(LandingMode),
        '"direct"',
        '"direct" lands what passed the gate; "manual" waits for `orch merge TASK`.',
    ),
    base_branch=Row(BRANCH, '"main"', "Where tasks start from and land."),
    quality_gate=Row(
        COMMANDS,
        '"make test"',
        "The commands that must succeed on the exact commit, in a clean workspace of their own. "
        "None: work lands unchecked and is shown as `ungated`.",
    ),
    gate_timeout=Row(DURATION, '"10m"', "How long each command of the gate may take."),
    strategy=Row(
        choice(Strategy),
        '"squash"',
        '"squash" makes one commit of a task; "rebase" carries its commits over one by one.',
    ),
    checkout=Row(
        choice(CheckoutPolicy),
        '"follow"',
        "Where the target is a branch of your own repository: a clean checkout of it follows the "
        'landing ("follow"), or the landing waits as long as it is checked out ("hold").',
    ),
    protected_paths=Row(
        STRINGS,
        '[".orch/", ".github/"]',
        "Changes to these paths (patterns as in .gitignore) want a person's approval, as do "
        "changes to the files that the gate's commands name.",
    ),
    gate_tools=Row(
        STRINGS,
        '["python3 --version"]',
        "Commands whose output counts as part of the gate's environment: if it changes, a tree "
        "is checked again.",
    ),
    window=Row(
        count(1, 64),
        "8",
        "How many changes are checked at once, each on top of those before it; halved when one is "
        "sent back (down to two), and one more with each that lands.",
    ),
    batch=Row(
        automatic(count(1, 8)),
        '"auto"',
        "How many changes may share one run of the gate, for a gate that keeps all processors "
        "busy: only the last of a batch is checked itself, the others are shown as `covered`. "
        '"auto" chooses by how many fail.',
    ),
    flaky=Row(
        choice(FlakyPolicy),
        '"allow"',
        "A change whose gate passes after failing on the identical tree waits for a person "
        '("hold") or lands ("allow"). Both logs are kept.',
    ),
    judge=Row(
        choice(JudgePolicy),
        '"required"',
        'Whether an agent that can\'t write judges each change: "advisory" shows its verdict, '
        '"required" lands nothing that it refuses.',
    ),
    judge_agent=Row(
        TEXT,
        '"claude"',
        "The agent that judges: the name of an [agents.NAME] table. Without it, the one that did "
        "the work, in a session of its own.",
    ),
    judge_cycles=Row(
        count(1, 20),
        "3",
        "After so many rejections of a task a person decides; until then the judge's findings go "
        "back to the agent, which uses up a round each time.",
    ),
    judge_timeout=Row(DURATION, '"20m"', "How long a judge may take, before a person looks."),
    resolver=Row(
        TEXT,
        '"claude"',
        "The agent that resolves a conflict which the change's own agent could not: the name of "
        "an [agents.NAME] table. It gets one attempt; without it, a person is asked.",
    ),
)

GATE = keys_of(
    "gate",
    GateSettings(),
    slots=Row(
        automatic(count(1, 256)),
        "8",
        "How many gates of this project run at once; without it, one for each processor.",
    ),
    memory=Row(
        size(unit_mb=1),
        '"4GB"',
        "A gate begins only while so much memory is to be had; one may always run.",
        field="memory_mb",
    ),
    fail_fast=Row(
        FLAG,
        "false",
        "Whether the first command that fails ends a gate; otherwise all of them run, and the "
        "agent is told of all that fail.",
    ),
    parallel=Row(
        FLAG,
        "true",
        "Whether the gate's commands run side by side, in the same checkout and in one slot; "
        "with `fail_fast` the first that fails ends the others. For commands that write no files "
        "and open no ports which the others need as well.",
    ),
    reports=Row(
        REPORTS,
        '["junit:reports/*.xml", "sarif:lint.sarif", "lines:ruff"]',
        "Where the gate's commands tell what failed: files of JUnit XML or SARIF that they write "
        f"in the checkout, or the lines that a program prints ({', '.join(LINE_FORMATS)}). A "
        "change is held to what it has broken itself: what fails on its base as well does not "
        "block it. A command whose failures no report shows is red as such. All commands run.",
    ),
    caches=Row(
        STRINGS,
        '[".venv/", "node_modules/", "target/"]',
        "What stays in a gate's workspace from one run to the next (patterns as in .gitignore), "
        "if git does not track it. What one change's gate leaves there, the next one's finds: "
        "name only what tools check themselves.",
    ),
)
