"""Changes that collide with what came to main meanwhile: who resolves them, and what is told."""

from typing import Any

from tests.e2e.person import Person

CONFIG = """
agent = "fixer"

[landing]
quality_gate = "true"
{landing}

[agents.fixer]
adapter = "command"
start_command = "sh {script}"

[agents.helper]
adapter = "command"
start_command = "sh {script} helper"

[limits]
attempts = {tries}
rounds = {tries}
"""

# While the agent works on a line, a person commits another change of it to main.
WORK = """\
if git rev-parse --quiet --verify MERGE_HEAD; then
{resolve}
else
  sed -i "s/colour/green/" shared.txt
  echo new > own.txt
  git add --all && git commit --quiet --message work
  cd "{person}" && sed -i "s/colour/$ORCH_TASK_ID blue/" shared.txt
  git commit --quiet --all --message other
fi
"""

KEEP_BOTH = """\
  grep -q "conflicts with main in shared.txt" "$ORCH_PROMPT_FILE" || exit 9
  grep -q "is under way in this worktree" "$ORCH_PROMPT_FILE" || exit 8
  grep -q "^||||||| before both" "$ORCH_PROMPT_FILE" || exit 7
  sed -i '/^|||||||/,/^=======/d; /^<<<<<<</d; /^>>>>>>>/d' shared.txt
  git add --all && git commit --quiet --no-edit
"""
GIVE_UP = "  git add --all && git commit --quiet --no-edit"
LEAVE = "\n".join(KEEP_BOTH.splitlines()[:-1])
FORGET = """\
  true
elif grep -q "the markers of a conflict with main are still in shared.txt" "$ORCH_PROMPT_FILE"; then
  sed -i '/^|||||||/,/^=======/d; /^<<<<<<</d; /^>>>>>>>/d' shared.txt
"""


# The person removes the file that the agent works on; then a conflict leaves no marker.
REMOVED = """\
if git rev-parse --quiet --verify MERGE_HEAD; then
  if grep -q "nobody decided what becomes" "$ORCH_PROMPT_FILE"; then rm shared.txt; fi
else
  sed -i "s/colour/green/" shared.txt
  echo new > own.txt
  git add --all && git commit --quiet --message work
  cd "{person}" && git rm --quiet shared.txt && git commit --quiet --message other
fi
"""


def live(
    person: Person, *, resolve: str = "", landing: str = "", tries: int = 3, work: str = WORK
) -> dict[str, Any]:
    """Let a task collide, and show what has become of it in the end."""
    path = person.home.parent / "agent.sh"
    path.write_text(work.format(resolve=resolve, person=person.repository), encoding="utf-8")
    person.commit("Begin it", **{"shared.txt": "top\ncolour\nbottom\n"})
    person.configure(CONFIG.format(script=path, landing=landing, tries=tries))
    person.orch("init", "--yes")
    person.orch("up")
    task = person.orch("add", "Make it green")
    person.run("wait", task, "--timeout", "120")
    return person.show(task)


def landings(person: Person) -> list[dict[str, Any]]:
    """List all that went through the lane, oldest first."""
    found = person.json("landings")
    assert isinstance(found, list)
    return list(reversed(found))


def test_the_owner_resolves_it(person: Person) -> None:
    """It finds the merge under way, with all three sides in hand; its own change lands."""
    shown = live(person, resolve=KEEP_BOTH)
    assert shown["status"] == "done", shown
    lines = person.git("show", "main:shared.txt").splitlines()
    assert lines == ["top", "green", f"{shown['id']} blue", "bottom"]
    assert [one["bounce"] for one in landings(person)] == ["conflict", None]
    assert landings(person)[-1]["resolved"] == "agent"
    # One commit on top of the person's, with nothing of the merge but the resolution.
    message = person.git("log", "-1", "--format=%P%n%B", "main")
    assert message.startswith(person.git("rev-parse", "main~1") + "\n")
    assert "Resolved-By: agent" in message
    assert person.git("diff", "--name-only", "main~1", "main").split() == ["own.txt", "shared.txt"]
    assert person.run("doctor").returncode == 0


def test_who_cannot_resolve_it_leaves_it_to_a_person(person: Person) -> None:
    """Markers never land, though they were committed; the rounds come to an end."""
    shown = live(person, resolve=GIVE_UP, tries=2)
    assert shown["status"] == "needs_review", shown
    assert person.git("log", "-1", "--format=%s", "main") == "other"


def test_a_merge_that_was_resolved_is_finished_for_the_owner(person: Person) -> None:
    """What it did not commit is committed: as the merge that it is, which lands."""
    shown = live(person, resolve=LEAVE)
    assert shown["status"] == "done", shown
    assert len(shown["attempts"]) == 2, shown
    lines = person.git("show", "main:shared.txt").splitlines()
    assert lines == ["top", "green", f"{shown['id']} blue", "bottom"]
    assert "Resolved-By: agent" in person.git("log", "-1", "--format=%B", "main")
    assert person.git("diff", "--name-only", "main~1", "main").split() == ["own.txt", "shared.txt"]
    assert person.run("doctor").returncode == 0


def test_markers_that_were_left_are_named(person: Person) -> None:
    """A merge that nobody worked on comes back with words that say so, and can be mended then."""
    shown = live(person, resolve=FORGET, tries=4)
    assert shown["status"] == "done", shown
    reasons = [one["reason"] for one in landings(person)]
    assert reasons[1] == "the markers of a conflict with main are still in shared.txt", reasons
    lines = person.git("show", "main:shared.txt").splitlines()
    assert lines == ["top", "green", f"{shown['id']} blue", "bottom"]
    assert person.run("doctor").returncode == 0


def test_a_conflict_without_markers_is_not_decided_silently(person: Person) -> None:
    """A file that one side removed, and that nobody touched, is named; then it is decided."""
    shown = live(person, work=REMOVED, tries=4)
    assert shown["status"] == "done", shown
    assert len(shown["attempts"]) == 3, shown
    assert "nobody decided" in shown["attempts"][1]["outcome"], shown
    kept = person.git("ls-tree", "--name-only", "main").split()
    assert "own.txt" in kept
    assert "shared.txt" not in kept


def test_the_resolver_takes_over(person: Person) -> None:
    """Another agent gets one attempt with the same in hand, in a session of its own."""
    resolve = f'  test "$1" = helper || exit 3\n{KEEP_BOTH}'
    shown = live(person, resolve=resolve, landing='resolver = "helper"', tries=1)
    assert shown["status"] == "done", shown
    assert [one["agent"] for one in shown["attempts"]] == ["fixer", "helper"]
    assert landings(person)[-1]["resolved"] == "resolver"
    assert "Resolved-By: resolver" in person.git("log", "-1", "--format=%B", "main")
