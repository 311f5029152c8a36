"""Every key there is, as data: reading, errors, `orch config` and the reference follow from it."""

from orch.core.settings import HostSettings
from orch.daemon.settings.key import NAME, Key, Row, Table, keys_of
from orch.daemon.settings.kinds import TEXT, choice, count
from orch.daemon.settings.project_keys import PROJECT_KEYS
from orch.daemon.settings.quantities import days, size

TABLES = (
    Table("", "What stands at the top of the file, before the first table."),
    Table("landing", "How finished work is checked and reaches the target branch."),
    Table("gate", "How the gate's commands are run."),
    Table(
        f"agents.{NAME}",
        f"An agent's profile; {NAME} is yours to choose: letters, digits, `-` and `_`.",
    ),
    Table("workspace", "The isolated checkout that each task gets."),
    Table("limits", "How much may run at once, and how often a task is tried."),
    Table("lead", "Who is told of what becomes of tasks."),
    Table("caps", "The most that may be spent; above it sessions end and tasks wait."),
    Table("identity", "Whose name the agents' commits bear."),
    Table("audit", "What is written down of the work, beside the log that `orch audit` shows."),
    Table("daemon", "The daemon of this machine.", host_only=True),
    Table("state", "Where tasks, history and receipts are kept.", host_only=True),
    Table("retention", "How long history is kept.", host_only=True),
    Table("gc", "What `orch gc` clears away.", host_only=True),
)

DAEMON = keys_of(
    "daemon",
    HostSettings(),
    sessions=Row(count(1, 10_000), "8", "Sessions at once in all projects together."),
    log_level=Row(
        choice(("debug", "info", "warning", "error")),
        '"info"',
        "How much goes into the daemon's log.",
    ),
    transcript=Row(
        size(unit_mb=1),
        '"16MB"',
        "The most that is kept of what a session printed.",
        field="transcript_mb",
    ),
    session_host=Row(
        choice(("builtin", "tmux")),
        '"tmux"',
        'Where agents with a terminal run: in orch\'s own session server, or in windows of "tmux" '
        "3.3 or newer. Holds for sessions to come, from the daemon's next start on.",
    ),
    tmux_socket=Row(
        TEXT,
        '"default"',
        'The socket of your own tmux server, or "default" for the one that `tmux` uses. Without '
        "it: a server for orch alone. Change it while no session runs.",
    ),
)
STATE = keys_of(
    "state",
    HostSettings(),
    dsn=Row(
        TEXT,
        '"postgresql://orch@db.example/orch"',
        "The database. Without it: SQLite in `$ORCH_HOME/orch.db`.",
        secret=True,
    ),
)
RETENTION = keys_of(
    "retention",
    HostSettings(),
    events=Row(
        days(forever=True),
        '"90d"',
        "How long the history of ended tasks is kept.",
        field="event_days",
    ),
)
GC = keys_of(
    "gc",
    HostSettings(),
    keep=Row(
        days(),
        '"7d"',
        "How long workspaces, logs and saved work of ended tasks are kept.",
        field="keep_days",
    ),
    quota=Row(
        size(unit_mb=1000),
        '"20GB"',
        "Above this, the oldest of them go sooner. Without it: no bound.",
        field="quota_gb",
    ),
)

SCHEMA = {key.path: key for key in (*PROJECT_KEYS, *DAEMON, *STATE, *RETENTION, *GC)}
TABLE_NAMES = frozenset(table.path.partition(".")[0] for table in TABLES if table.path)


def find_key(path: tuple[str, ...]) -> Key | None:
    """Return the key at this path; the name of a profile matches `NAME`."""
    return SCHEMA.get(".".join(pattern(path)))


def pattern(path: tuple[str, ...]) -> tuple[str, ...]:
    """Put `NAME` where a path has the name of a profile."""
    named = len(path) > 1 and path[0] == "agents"
    return ("agents", NAME, *path[2:]) if named else path
