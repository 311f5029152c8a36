"""Four real agents edit the same line at once: each resolves its own conflicts, and all land."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from orch.testing.model_server import Recorded, Script, bash, say, serve_in_thread
from tests.agents.cells import Column
from tests.agents.scene import WAIT_S, Scene, person_with, profile_of

GATE = "gate"
WORKERS = {"ada": "claude", "bo": "claude", "cy": "codex", "di": "codex"}

# Markers and what both sides began from go; the lines of both sides stay. Codex leaves it to orch
# to commit that.
WORK = bash(
    "if git rev-parse -q --verify MERGE_HEAD; then "
    r"sed -i '/^|||||||/,/^=======/d; /^<<<<<<</d; /^>>>>>>>/d' shared.txt; "
    'test -n "$CODEX_HOME" || { git add -A; git commit -q --no-edit; }; '
    'else sed -i "s/^words$/$(basename $(git symbolic-ref HEAD) | cut -d- -f1)/" shared.txt; '
    "git commit -qam 'My line'; fi"
)
TURN: Script = (WORK, bash("orch report done -m 'my line is there'"), say("Done: my line is in."))
SCRIPT: Script = (replace(WORK, hold=GATE), *TURN[1:], *TURN * 5)

BEGIN = "top\nwords\nbottom\n"
CONFIG = """
agent = "ada"
{profiles}
[landing]
quality_gate = "sh gate.sh"
[limits]
sessions = 4
attempts = 6
rounds = 6
"""


def test_overlapping_edits(
    tmp_path: Path, agents_bin: Path, need_agent: Callable[[str], Path]
) -> None:
    """Whoever comes second is told, merges in its own conversation, and lands its line."""
    for agent in set(WORKERS.values()):
        need_agent(agent)
    with serve_in_thread(dict.fromkeys(WORKERS, SCRIPT)) as server:
        profiles = "\n".join(_profile(name, server.url(name)) for name in WORKERS)
        with person_with(tmp_path, agents_bin, CONFIG.format(profiles=profiles)) as person:
            gate = "! grep -q '^<<<<' shared.txt\n"
            person.commit("Begin it", **{"shared.txt": BEGIN, "gate.sh": gate})
            scene = Scene(person, server)
            tasks = {scene.add(f"Add a line as {name}", agent=name): name for name in WORKERS}
            for name in WORKERS:
                server.wait_for(partial(_is_held, name), timeout_s=WAIT_S)
            server.release(GATE)
            _judge(scene, tasks)


def _is_held(name: str, request: Recorded) -> bool:
    return request.held and request.script == name


def _judge(scene: Scene, tasks: Mapping[str, str]) -> None:
    for task in tasks:
        assert scene.end(task)["status"] == "done", scene.story(task)
    person = scene.person
    told = "\n".join(scene.story(task) for task in tasks)
    assert sorted(scene.on_main("shared.txt").split()) == sorted(["top", *tasks, "bottom"]), told
    bodies = person.git("log", "--format=%B", "main")
    found = person.json("landings")
    assert isinstance(found, list)
    bounced = [one for one in found if one["state"] == "bounced"]
    # Nobody but the first can have come through without a conflict.
    assert {one["bounce"] for one in bounced} == {"conflict"}, told
    landed = [one for one in found if one["state"] == "landed"]
    resolved = [one["resolved"] for one in landed]
    assert len(landed) == len(tasks), told
    assert resolved.count("") == 1, told
    assert bodies.count("Resolved-By: ") == len(tasks) - 1, told
    assert person.git("log", "--format=%P", "main").count(" ") == 0, told
    for task in {str(one["task"]) for one in bounced}:
        last = [one for one in scene.server.requests if one.script == tasks[task]][-1]
        # The same conversation: its model sees what it was told first, and what was new.
        assert "How to work" in str(last.body), told
        assert "is under way in this worktree" in str(last.body), told
    assert person.run("doctor").returncode == 0, told


def _profile(name: str, url: str) -> str:
    agent = WORKERS[name]
    text = profile_of(Column(agent, "headless"), url)
    return text.replace(f"[agents.{agent}]", f"[agents.{name}]")
