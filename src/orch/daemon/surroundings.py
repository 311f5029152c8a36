"""The environment that a person's command gets in a task's workspace: as the agent's has it."""

from orch.core.task import Task
from orch.engine.kept import ENVIRONMENT
from orch.system.paths import Home


def environment_of(home: Home, task: Task, *, project: str) -> dict[str, str]:
    """Return the variables; those of the workspace (ports, name) as they were when it was made."""
    attempt = task.attempt
    n = attempt.n if attempt else 0
    own = {
        "ORCH_TASK_ID": task.id,
        "ORCH_TASK_KEY": task.key or "",
        "ORCH_TASK_SLUG": task.slug,
        "ORCH_TASK_TITLE": task.title,
        "ORCH_ATTEMPT": str(n),
        "ORCH_WORKER_NAME": attempt.worker if attempt else "",
        "ORCH_PROJECT": project,
        "ORCH_BASE": task.base,
        "ORCH_BRANCH": task.branch,
    }
    return _of_workspace(home, task.id, n=n) | own


def _of_workspace(home: Home, task_id: str, *, n: int) -> dict[str, str]:
    try:
        text = (home.attempt(task_id, n) / ENVIRONMENT).read_text(encoding="utf-8")
    except OSError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value for name, _, value in pairs if name}
