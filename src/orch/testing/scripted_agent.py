"""An agent that follows a script: a real program in a real terminal, for demo and tests.

The script is JSON: `{"tasks": {"<key, slug or title>": [[step, …], …]}, "default": [[…]]}`; the
n-th list of steps is what the n-th attempt does (the last one repeats). A step is an object with
one of these keys: say, sleep, write, append, replace, delete, run, commit, ask, hang, crash,
give_up, exit, flood, daemonize, spin.

With `"talks": true` beside the tasks it also shows what it does and can be spoken to; then these
keys are steps too: listen, ignore, work, progress, end_turn, ask_permission, question, limit,
retry, error, spend, converse (`orch.testing.scripted_talk`).
"""

# ruff: noqa: T201 - it speaks to the terminal that it runs in

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orch.adapters.agents.scripted import GAVE_UP_EXIT
from orch.testing import scripted_talk as talk

Step = dict[str, Any]


def say(step: Step) -> None:
    """Print a line."""
    print(step["say"], flush=True)


def sleep(step: Step) -> None:
    """Take time, as a model does."""
    time.sleep(float(step["sleep"]))


def write(step: Step) -> None:
    """Write a file of the workspace: `{"write": path, "text": …}`."""
    path = Path(step["write"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(step["text"], encoding="utf-8")
    print(f"wrote {path}", flush=True)


def append(step: Step) -> None:
    """Append to a file: `{"append": path, "text": …}`."""
    with Path(step["append"]).open("a", encoding="utf-8") as file:
        file.write(step["text"])
    print(f"appended to {step['append']}", flush=True)


def replace(step: Step) -> None:
    """Replace text in a file: `{"replace": path, "old": …, "new": …}`; nothing found is a crash."""
    path = Path(step["replace"])
    text = path.read_text(encoding="utf-8")
    if step["old"] not in text:
        sys.exit(f"{path} does not contain {step['old']!r}")
    path.write_text(text.replace(step["old"], step["new"]), encoding="utf-8")
    print(f"edited {path}", flush=True)


def delete(step: Step) -> None:
    """Delete a file."""
    Path(step["delete"]).unlink()


def run(step: Step) -> None:
    """Run a shell command, its output on this terminal."""
    subprocess.run(["sh", "-c", step["run"]], check=step.get("check", True))


def commit(step: Step) -> None:
    """Commit everything in the workspace."""
    subprocess.run(["git", "add", "--all"], check=True)
    subprocess.run(["git", "commit", "--quiet", "-m", step["commit"]], check=True)
    print(f"committed: {step['commit']}", flush=True)


def ask(step: Step) -> None:
    """Ask on the terminal and print the answer."""
    print(f"{step['ask']} ", end="", flush=True)
    print(f"answer: {sys.stdin.readline().strip()}", flush=True)


def hang(step: Step) -> None:
    """Stop making progress for ever, deaf to TERM if `deaf` is set."""
    if step.get("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        signal.pause()


def crash(step: Step) -> None:
    """Die of a signal, without a word."""
    os.kill(os.getpid(), int(step["crash"]))


def give_up(step: Step) -> None:
    """Say why it can't be done, and end."""
    print(step["give_up"], flush=True)
    sys.exit(GAVE_UP_EXIT)


def leave(step: Step) -> None:
    """Exit with this code."""
    sys.exit(int(step["exit"]))


def flood(step: Step) -> None:
    """Print this many bytes as fast as the terminal takes them."""
    line = b"flood " * 200 + b"\n"
    for _ in range(int(step["flood"]) // len(line) + 1):
        os.write(1, line)


def daemonize(step: Step) -> None:
    """Leave a process behind that has left the terminal, the group and its parent."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(float(step["daemonize"]))
        os._exit(0)


def spin(step: Step) -> None:
    """Show a spinner without any progress for this many seconds."""
    end = time.monotonic() + float(step["spin"])
    while time.monotonic() < end:
        for glyph in "|/-\\":
            print(f"\r{glyph} thinking", end="", flush=True)
            time.sleep(0.05)


STEPS: dict[str, Callable[[Step], None]] = {
    "say": say,
    "sleep": sleep,
    "write": write,
    "append": append,
    "replace": replace,
    "delete": delete,
    "run": run,
    "commit": commit,
    "ask": ask,
    "hang": hang,
    "crash": crash,
    "give_up": give_up,
    "exit": leave,
    "flood": flood,
    "daemonize": daemonize,
    "spin": spin,
}

TALKING: dict[str, Callable[[Step], None]] = {
    "listen": talk.listen,
    "ignore": talk.ignore_messages,
    "work": talk.work,
    "progress": talk.progress,
    "end_turn": talk.end_turn,
    "ask_permission": talk.ask_permission,
    "question": talk.question,
    "limit": talk.limit,
    "retry": talk.retry,
    "error": talk.error,
    "spend": talk.spend,
    "converse": talk.converse,
}
"""What only a script that talks may do."""


def perform(step: Step, *, talks: bool = False) -> None:
    """Carry out one step; an unknown one is an error, so that a script can't silently do less."""
    for name, act in (STEPS | (TALKING if talks else {})).items():
        if name in step:
            act(step)
            return
    sys.exit(f"unknown step: {json.dumps(step)}")


def chosen(script: dict[str, Any], names: list[str], *, attempt: int) -> list[Step]:
    """Choose the steps for a task's attempt; exits if the script has nothing for it."""
    tasks = script.get("tasks", {})
    rounds = next((tasks[name] for name in names if name in tasks), script.get("default"))
    if not rounds:
        sys.exit(f"the script has nothing for {' or '.join(filter(None, names))}")
    steps: list[Step] = rounds[min(attempt, len(rounds)) - 1]
    return steps


def main() -> None:
    """Follow the script that the first argument names."""
    script = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    environment = os.environ
    names = [environment.get(f"ORCH_TASK_{part}", "") for part in ("KEY", "SLUG", "ID", "TITLE")]
    talks = bool(script.get("talks"))
    if talks:
        talk.TALK.begin()
    for step in chosen(script, names, attempt=int(environment.get("ORCH_ATTEMPT", "1"))):
        perform(step, talks=talks)


if __name__ == "__main__":
    main()
