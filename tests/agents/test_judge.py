"""Each real agent as the judge: it is held to reading, and its word decides."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from orch.testing.model_server import Script, bash, read, say, serve_in_thread
from tests.agents.cells import ACP, Column, cell
from tests.agents.scene import Scene, person_with, profile_of
from tests.e2e.person import Person

SCRIPT = "judge"
LOOKING = {
    "claude": {"Read", "Grep", "Glob"},
    "opencode": {"read", "grep", "glob", "todowrite", "skill"},
    "gemini": {
        *("read_file", "list_directory", "glob", "grep_search", "google_web_search"),
        *("invoke_agent", "enter_plan_mode", "update_topic"),
    },
}
"""What is offered to the model of a program that has a tool for each thing; Codex has a shell."""
REFUSED = {"codex-headless": "Read-only file system", "gemini-acp": "canceled by the user"}
"""What those hear that offer their model a shell all the same, when it tries to write."""
CANNOT = "echo no > judged/hello.txt; git -C judged commit -m no --allow-empty"
CONFIG = """
agent = "worker"

[landing]
judge = "required"
judge_agent = "{agent}"

[agents.worker]
adapter = "command"
start_command = "sh {work}"

{profile}
"""

# Who, when and what are fixed, so that the commit's name is known before it is made.
WHO = {
    f"GIT_{role}_{name}": value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in (("NAME", "w"), ("EMAIL", "w@example.invalid"), ("DATE", "1700000000 +0000"))
}
WORK = "\n".join(
    [
        *(f"export {name}='{value}'" for name, value in WHO.items()),
        "echo hello > hello.txt && git add hello.txt && git commit -qm work",
    ]
)


def judging(column: Column, head: str) -> Script:
    """Read the change, and approve it; where there is a shell, try to change it before."""
    said = {"commit": head, "verdict": "approve", "summary": "It says hello.", "findings": []}
    return (
        *((bash(CANNOT),) if str(column) in REFUSED else ()),
        read("judged/hello.txt"),
        say(f"I have read it.\n```json\n{json.dumps(said)}\n```"),
    )


def commit_to_come(person: Person) -> str:
    """Make the commit that the worker will make, and forget it again."""
    before = dict(person.extra)
    person.extra |= WHO
    person.git("checkout", "--quiet", "--detach")
    person.write("hello.txt", "hello\n")
    person.git("add", "hello.txt")
    person.git("commit", "--quiet", "--message", "work")
    head = person.git("rev-parse", "HEAD")
    person.git("checkout", "--quiet", "main")
    person.extra = before
    return head


@cell(
    "judges",
    *("claude-headless", "codex-headless", "gemini-headless"),
    rarely=("opencode-headless", *ACP),
)
def test_a_real_judge_reads_can_not_write_and_is_heard(
    column: Column, tmp_path: Path, agents_bin: Path, need_agent: Callable[[str], Path]
) -> None:
    """No tool that writes or runs anything is offered to its model; what it read decides."""
    agent = column.agent
    need_agent(agent)
    work = tmp_path / "work.sh"
    work.write_text(WORK, encoding="utf-8")
    with serve_in_thread({SCRIPT: ()}) as server:
        profile = profile_of(column, server.url(SCRIPT))
        configuration = CONFIG.format(agent=agent, work=work, profile=profile)
        with person_with(tmp_path, agents_bin, configuration) as person:
            head = commit_to_come(person)
            server.add_script(SCRIPT, judging(column, head))
            scene = Scene(person, server)
            task = scene.add()
            found = scene.landed(task, hello_txt="hello")
            judgement = found["judgement"]
            assert isinstance(judgement, dict)
            told = (judgement["verdict"], judgement["head"], judgement["summary"])
            assert told == ("approve", head, "It says hello."), scene.story(task)
            asked = [one.body for one in server.requests if one.step is not None]
            offered = {name for body in asked for name in tools_of(body)}
            assert offered, scene.story(task)
            refused = REFUSED.get(str(column), "")
            assert refused or offered <= LOOKING[agent], (offered, scene.story(task))
            # What it read has come back to its model, which then answered.
            assert server.steps(SCRIPT) == list(range(3 if refused else 2)), scene.story(task)
            assert "hello" in results_of(asked[-1]), scene.story(task)
            assert refused in results_of(asked[1]), scene.story(task)
            assert scene.events(task).count("Judged") == 1, scene.story(task)
            assert person.run("doctor").returncode == 0, scene.story(task)


def tools_of(body: Mapping[str, Any]) -> Iterator[str]:
    """Name the tools of a request, in whichever protocol."""
    for one in body.get("tools") or ():
        inner = one.get("functionDeclarations") or [one.get("function") or one]
        yield from (str(each.get("name") or each.get("type")) for each in inner)


def results_of(body: Mapping[str, Any]) -> str:
    """Give the last message of a request."""
    turns = body.get("messages") or body.get("input") or body.get("contents") or [""]
    return json.dumps(turns[-1])
