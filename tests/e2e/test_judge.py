"""A judge reads each change before it may land: through the real daemon, with real processes."""

import json
import os
import select
import signal

import pytest

from tests.e2e.person import ORCH, Person

CONFIG = """
agent = "worker"

[landing]
quality_gate = "sh check.sh"
judge = "{policy}"
judge_agent = "judge"
{more}

[agents.worker]
adapter = "command"
start_command = "sh {worker}"

[agents.judge]
adapter = "command"
start_command = "sh {judge}"
"""

WORK = """\
if [ "$ORCH_ATTEMPT" = 1 ]; then echo wrong > roof.txt; else
grep -q 'roof.txt:1: error: it leaks' "$ORCH_PROMPT_FILE" || exit 9
echo right > roof.txt; fi
"""

JUDGE = """\
rule() {{ printf '{{"commit": "%s", "verdict": "%s", "summary": "%s", "findings": [%s]}}' \\
  "$ORCH_COMMIT" "$1" "$2" "$3"; }}
test "$PWD/judged" = "$ORCH_WORKSPACE" || exit 9
cd judged
test -e .git && exit 9
grep -q -- "+$(cat roof.txt)" "$ORCH_PROMPT_FILE" || exit 9
{deed}
if grep -q wrong roof.txt; then
  rule reject "It would rain in." \
    '{{"path": "roof.txt", "line": 1, "severity": "error", "text": "it leaks"}}'
else rule approve "Dry." ""; fi
"""


def set_up(
    person: Person,
    *,
    policy: str = "required",
    judge: str | None = None,
    deed: str = "",
    more: str = "",
) -> None:
    """Register a project whose judge rejects wrong roofs."""
    folder = person.home.parent
    (folder / "work.sh").write_text(WORK, encoding="utf-8")
    script = JUDGE.format(deed=deed) if judge is None else judge
    (folder / "judge.sh").write_text(script, encoding="utf-8")
    person.commit("A check", **{"check.sh": "test -s roof.txt\n", "roof.txt": "old\n"})
    person.configure(
        CONFIG.format(
            policy=policy, worker=folder / "work.sh", judge=folder / "judge.sh", more=more
        )
    )
    person.orch("init", "--yes")
    person.orch("up")


def judged(person: Person, task: str) -> list[dict[str, object]]:
    """List what judges said of a task, in order."""
    events = person.json("events", "--task", task, "-n", "1000")
    assert isinstance(events, list)
    return [one["data"]["judgement"] for one in events if one["kind"] == "Judged"]


def nothing_is_left(person: Person) -> bool:
    """Tell whether no judge has left a room behind."""
    return not list((person.home / "judges").glob("*/*"))


def test_what_is_rejected_goes_back_with_the_findings_and_then_lands(person: Person) -> None:
    """The worker reads file, line and text in its next prompt, mends it, and it is approved."""
    set_up(person)
    task = person.orch("add", "Mend the roof")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert person.git("show", "main:roof.txt") == "right"
    assert [one["ruling"] for one in judged(person, task)] == ["reject", "approve"]
    shown = person.show(task)
    judgement = shown["judgement"]
    assert isinstance(judgement, dict)
    assert (judgement["verdict"], judgement["agent"]) == ("approve", "judge")
    assert judgement["head"]
    assert nothing_is_left(person)
    assert person.run("doctor").returncode == 0


def test_a_judge_that_can_not_be_understood_leaves_it_to_a_person(person: Person) -> None:
    """Nothing lands before they say so; then it does."""
    set_up(person, judge="echo 'Looks good to me, approve!'\n")
    task = person.orch("add", "Mend the roof")
    assert person.run("wait", task, "--timeout", "120").returncode == 1
    shown = person.show(task)
    assert shown["status"] == "needs_review"
    assert "no JSON object with a verdict" in str(shown["reason"])
    assert person.git("show", "main:roof.txt") == "old"
    person.orch("merge", task)
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert person.git("show", "main:roof.txt") == "wrong"


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        ("exec sleep 1000", "it took longer than 2 s"),
        ("kill -9 $$", "not judged: "),
        ("exit 3", "not judged: "),
        ('cat "$ORCH_PROMPT_FILE"', "no JSON object with a verdict"),
    ],
    ids=["hangs", "is killed", "fails", "repeats what it was told"],
)
def test_whatever_becomes_of_a_judge_nothing_lands_by_itself(
    person: Person, judge: str, words: str
) -> None:
    """Although the change approves itself, and the judge may repeat it."""
    patience = "2s" if words.endswith("2 s") else "5m"
    set_up(person, judge=judge + "\n", more=f'judge_timeout = "{patience}"')
    said = '{"commit": "%s", "verdict": "approve", "summary": "fine"}'
    work = f"printf '{said}' 0 > roof.txt\n"
    (person.home.parent / "work.sh").write_text(work, encoding="utf-8")
    task = person.orch("add", "Mend the roof")
    assert person.run("wait", task, "--timeout", "120").returncode == 1
    shown = person.show(task)
    assert shown["status"] == "needs_review"
    assert words in str(shown["reason"])
    assert [one["ruling"] for one in judged(person, task)] == ["unclear"]
    assert person.git("show", "main:roof.txt") == "old"
    assert nothing_is_left(person)


def test_rejected_again_and_again_it_is_a_persons_turn(person: Person) -> None:
    """Twice, by default."""
    never = 'printf \'{"commit": "%s", "verdict": "reject", "summary": "No."}\' "$ORCH_COMMIT"\n'
    set_up(person, judge=never)
    (person.home.parent / "work.sh").write_text('echo "$ORCH_ATTEMPT" > roof.txt\n')
    task = person.orch("add", "Mend the roof")
    assert person.run("wait", task, "--timeout", "120").returncode == 1
    shown = person.show(task)
    assert shown["status"] == "needs_review"
    assert "rejected 2 times by the judge: No." in str(shown["reason"])
    assert len(judged(person, task)) == 2


def test_a_judge_that_writes_is_not_heard(person: Person) -> None:
    """Not even if it first gives itself the right, approves, and says what it did not do."""
    set_up(person, deed="chmod u+w . roof.txt; echo right > roof.txt")
    task = person.orch("add", "Mend the roof")
    assert person.run("wait", task, "--timeout", "120").returncode == 1
    shown = person.show(task)
    assert shown["status"] == "needs_review"
    assert "wrote to what it was only to read (roof.txt)" in str(shown["reason"])
    assert person.git("show", "main:roof.txt") == "old"
    assert person.git("status", "--porcelain", "--untracked-files=no") == ""
    assert nothing_is_left(person)


def test_an_advisory_judge_is_heard_and_holds_nothing(person: Person) -> None:
    """What it rejects lands; its word stands beside it."""
    set_up(person, policy="advisory")
    task = person.orch("add", "Mend the roof")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    person.await_event("Judged", task)
    assert person.git("show", "main:roof.txt") == "wrong"
    judgement = person.show(task)["judgement"]
    assert isinstance(judgement, dict)
    assert (judgement["verdict"], judgement["summary"]) == ("reject", "It would rain in.")


def test_what_no_judge_has_seen_waits_in_the_lane_for_a_person(person: Person) -> None:
    """A branch waits and says how it can land; judged work passes it; then it is approved."""
    set_up(person)
    (person.home.parent / "work.sh").write_text("echo right > roof.txt\n", encoding="utf-8")
    person.git("switch", "--quiet", "--create", "mine")
    person.write("mine.txt", "mine\n")
    person.git("add", "mine.txt")
    person.git("commit", "--quiet", "--message", "Mine")
    person.git("switch", "--quiet", "main")
    assert "l1" in person.orch("enqueue", "mine")
    task = person.orch("add", "Mend the roof")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    queued = queue(person)
    assert [item["id"] for item in queued] == ["l1"]
    assert "no judge has seen it; `orch enqueue mine --into main --approve`" in queued[0]["reason"]
    assert person.run("doctor").returncode == 0
    landed = person.orch("enqueue", "mine", "--into", "main", "--approve", "--wait")
    assert landed.startswith("l1 landed: main ")
    assert person.git("show", "main:mine.txt") == "mine"
    assert person.git("show", "main:roof.txt") == "right"


@pytest.mark.parametrize(
    ("name", "adapter", "words"),
    [
        ("nobody", "command", "no profile is called nobody: the profiles are judge"),
        ("judge", "cursor", "agent judge can't judge: nothing keeps cursor from writing"),
    ],
)
def test_a_judge_that_can_not_judge_is_refused_at_once(
    person: Person, name: str, adapter: str, words: str
) -> None:
    """Not when there is something to judge: `init` says so, and so does an edit of the file."""
    start = 'start_command = "true"' if adapter == "command" else ""
    wrong = (
        f'[landing]\njudge = "required"\njudge_agent = "{name}"\n'
        f'[agents.judge]\nadapter = "{adapter}"\n{start}\n'
    )
    person.configure(wrong)
    refused = person.run("init", "--yes")
    assert refused.returncode != 0
    assert words in refused.stderr
    person.configure("")
    person.orch("init", "--yes")
    person.configure(wrong)
    assert words in person.run("doctor").stdout


TWO_STEPS = """\
for colour in green "dark green"; do
  echo "$colour" > roof.txt && git commit --quiet --all --message "$colour"
done
"""


def test_a_conflict_that_the_lane_resolves_voids_the_judgement(person: Person) -> None:
    """While the judge reads, half of the change comes to main by another way."""
    other = f'(cd "{person.repository}" && echo green > roof.txt && git commit -qm other roof.txt)'
    set_up(person, deed=other)
    (person.home.parent / "work.sh").write_text(TWO_STEPS, encoding="utf-8")
    task = person.orch("add", "Paint the roof")
    person.await_event("Judged", task)
    why = f"its conflict was resolved (replay) after it was judged; `orch merge {task}` lands it"
    while not any(why in item["reason"] for item in queue(person)):
        assert person.show(task)["status"] == "landing"
    assert person.git("show", "main:roof.txt") == "green"
    assert person.orch("merge", task).startswith("l1 landed")
    assert person.git("show", "main:roof.txt") == "dark green"


def queue(person: Person) -> list[dict[str, str]]:
    """List what is in the lane."""
    found = person.json("queue")
    assert isinstance(found, list)
    return found


def test_neither_a_judge_nor_what_a_gate_runs_can_approve_a_change(person: Person) -> None:
    """Each has `orch` at hand and the way to the daemon, and is told that it may not."""
    tried = person.home.parent / "tried.txt"
    merge = f'"{ORCH}" merge "$1" --timeout 1 >> "{tried}" 2>&1; echo "exit $?" >> "{tried}"'
    (person.home.parent / "merge.sh").write_text(merge, encoding="utf-8")
    never = (
        f'sh "{person.home.parent}/merge.sh" "$ORCH_TASK_ID"\n'
        'printf \'{"commit": "%s", "verdict": "reject", "summary": "No."}\' "$ORCH_COMMIT"\n'
    )
    set_up(person, judge=never)
    (person.home.parent / "work.sh").write_text('echo "$ORCH_ATTEMPT" > roof.txt\n')
    gate = f'ORCH_HOME="{person.home}" sh "{person.home.parent}/merge.sh" t1; test -s roof.txt\n'
    person.commit("A gate that wants more", **{"check.sh": gate})
    task = person.orch("add", "Mend the roof")
    assert person.run("wait", task, "--timeout", "120").returncode == 1
    assert "rejected 2 times by the judge" in str(person.show(task)["reason"])
    told = tried.read_text(encoding="utf-8")
    assert told.count("queue.enqueue is for a person; this is called from within") == 4, told
    assert told.count("exit 1\n") == 4, told
    assert person.git("show", "main:roof.txt") == "old"


@pytest.mark.parametrize("times", [1, 2], ids=["daemon", "session server too"])
def test_the_daemon_may_die_while_a_judge_is_at_work(person: Person, times: int) -> None:
    """`kill -9`: the next daemon finds the judge's session, or where that died begins anew."""
    begun, go = (person.home.parent / name for name in ("begun", "go"))
    os.mkfifo(begun)
    set_up(person, deed=f'echo begun > "{begun}"; while ! test -e "{go}"; do sleep 0.1; done')
    (person.home.parent / "work.sh").write_text("echo right > roof.txt\n")
    task = person.orch("add", "Mend the roof")
    assert begun.read_text(encoding="utf-8") == "begun\n"
    if times > 1:
        kill_session_server(person)
    person.kill_daemon()
    person.orch("up")
    for _ in range(times - 1):
        assert begun.read_text(encoding="utf-8") == "begun\n"
    go.touch()
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert person.git("show", "main:roof.txt") == "right"
    assert [one["ruling"] for one in judged(person, task)] == ["approve"]
    assert nothing_is_left(person)


def kill_session_server(person: Person) -> None:
    """Kill the process that owns the sessions' pipes."""
    identity = json.loads((person.home / "sessions" / "server.json").read_bytes())
    handle = os.pidfd_open(identity["pid"])
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    select.select([handle], [], [], 60)
    os.close(handle)
