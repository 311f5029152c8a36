"""A real agent as the judge: it is held to reading, and its word decides."""

import json
from collections.abc import Callable
from pathlib import Path

from orch.testing.model_server import Script, read, say, serve_in_thread
from tests.agents.cells import Column
from tests.agents.scene import Scene, person_with, profile_of
from tests.e2e.person import Person

AGENT = "claude"
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


def judging(head: str) -> Script:
    """Read the change, and approve it."""
    said = {"commit": head, "verdict": "approve", "summary": "It says hello.", "findings": []}
    return (
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


def test_a_real_judge_reads_can_not_write_and_is_heard(
    tmp_path: Path, agents_bin: Path, need_agent: Callable[[str], Path]
) -> None:
    """No tool that writes or runs anything is offered to its model; what it read decides."""
    need_agent(AGENT)
    work = tmp_path / "work.sh"
    work.write_text(WORK, encoding="utf-8")
    with serve_in_thread({AGENT: ()}) as server:
        profile = profile_of(Column(AGENT, "headless"), server.url(AGENT))
        configuration = CONFIG.format(agent=AGENT, work=work, profile=profile)
        with person_with(tmp_path, agents_bin, configuration) as person:
            head = commit_to_come(person)
            server.add_script(AGENT, judging(head))
            scene = Scene(person, server)
            task = scene.add()
            found = scene.landed(task, hello_txt="hello")
            judgement = found["judgement"]
            assert isinstance(judgement, dict)
            told = (judgement["verdict"], judgement["head"], judgement["summary"])
            assert told == ("approve", head, "It says hello."), scene.story(task)
            asked = [one.body for one in server.requests if one.script == AGENT]
            offered = {str(each["name"]) for body in asked for each in body.get("tools", [])}
            assert "Read" in offered, scene.story(task)
            assert offered <= {"Read", "Grep", "Glob"}, scene.story(task)
            # What it read has come back to its model, which then answered.
            assert server.steps(AGENT) == [0, 1], scene.story(task)
            assert "hello" in json.dumps(asked[-1]["messages"][-1]), scene.story(task)
            assert scene.events(task).count("Judged") == 1, scene.story(task)
            assert person.run("doctor").returncode == 0, scene.story(task)
