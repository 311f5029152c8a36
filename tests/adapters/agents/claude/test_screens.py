"""What Claude Code's screens show, on screens of the real program."""

import pytest

from orch.adapters.agents.claude.screens import Shows, see
from tests.adapters.agents.claude.played import RECORDINGS

SHOWN = {
    Shows.READY: (
        "03-idle ct-01-idle ct-02-typed ct-06-done-idle ct-08-long-paste "
        "ct3-01-worktree-of-trusted ct3-03-perm-escaped ct3-04-idle-64s ct4-02-429-esc "
        "ct5-01-429-final "
        "ct6-01-401-final t-bgsub-end ct8-01-bypass-accepted cu1-01-idle66 cu2-01-resumed "
        "cu4-02-interrupted t-404-end t-429-end t-hello-bang t-hello-pasted t-nokey-end "
        "t-slow2-interrupted "
    ),
    Shows.BUSY: (
        "ct-03-working ct-07-after-paste-enter-at-once ct-09-after-long ct4-01-429-retrying "
        "cu4-01-hang t-bgsub-bg-working t-slow-busy t-slow-queued"
    ),
    Shows.PERMISSION: "ct-04-perm-write ct-05-perm-bash ct3-02-perm-10s",
    Shows.QUESTION: "t-q-q t-qs-q t-qs-q2",
    Shows.DIALOG: "01-first 01-theme 02-next ct7-01-bypass-dialog",
    # The pane that was recorded had ended: nothing of it is live.
    Shows.NOTHING: "03-next ct-10-exit ct8-02-after-2xctrl-c cu1-02-sigterm",
}
LABELS = {name: shows for shows, names in SHOWN.items() for name in names.split()}


def screen(name: str) -> str:
    """Read a recorded screen."""
    return (RECORDINGS / "screens" / f"{name}.txt").read_text()


def test_every_recorded_screen_has_a_label() -> None:
    """None is left out of the count."""
    assert set(LABELS) == {path.stem for path in (RECORDINGS / "screens").glob("*.txt")}


@pytest.mark.parametrize("name", sorted(LABELS))
def test_a_screen_is_told_for_what_it_is(name: str) -> None:
    """Each of them, from the first dialog to the last line of a program that has ended."""
    assert see(screen(name)).shows is LABELS[name]


@pytest.mark.parametrize(
    ("name", "ref", "keys"),
    [
        ("01-first", "claude/trust", b"1"),
        ("02-next", "claude/key", b"1"),
        ("ct7-01-bypass-dialog", "claude/bypass", b"2"),
        ("01-theme", "claude/unreachable", b""),
    ],
)
def test_known_dialogs_have_their_keys(name: str, ref: str, keys: bytes) -> None:
    """The line that is chosen is the one that lets the session go on, not the default."""
    known = see(screen(name)).known
    assert known
    assert (known.ref, known.keys) == (ref, keys)


def test_a_permission_dialog_tells_what_it_is_about() -> None:
    """Its question, its first lines and its options."""
    seen = see(screen("ct-05-perm-bash"))
    assert seen.text.startswith("Do you want to proceed? Bash command · git add -A")
    assert [one.digit for one in seen.options] == ["1", "2", "3"]


def test_a_quoted_dialog_is_none() -> None:
    """What an agent prints, or writes into a file, is not asked: the input box is at the bottom."""
    dialog = screen("ct-05-perm-bash").split("\n\n", 1)[1]
    box = screen("ct-06-done-idle")
    assert see(dialog + "\n" + box).shows is Shows.READY
    assert see(box.replace("● Now I commit.", "Do you want to proceed? [y/n]")).shows is Shows.READY


def test_a_diff_that_looks_like_options_adds_none() -> None:
    """Only what stands under the question is chosen from."""
    fake = " Do you want to create it?\n ❯ 1. Yes\n   2. No, delete everything\n"  # noqa: RUF001
    text = screen("ct-04-perm-write").replace("  1 hello from the scripted model", fake)
    seen = see(text)
    assert seen.shows is Shows.PERMISSION
    assert [one.label for one in seen.options][-1] == "No"
    assert "create hello.txt" in seen.text


def test_a_dialog_that_is_not_known_is_one_without_keys() -> None:
    """A person decides."""
    text = screen("01-first").replace("Yes, I trust this folder", "Send it to everybody")
    seen = see(text)
    assert (seen.shows, seen.known) == (Shows.DIALOG, None)
    assert see("something\n\nOverwrite? [y/N] ").shows is Shows.DIALOG


def test_a_message_with_numbers_in_the_box_is_no_dialog() -> None:
    """What was pasted but not submitted may be a list."""
    box = screen("ct-02-typed").replace("write hello and commit", "do:\n  1. Yes\n  2. No")
    seen = see(box)
    assert (seen.shows, seen.lines) == (Shows.READY, 3)
    assert seen.typed.startswith("do:")


def test_a_retry_is_told_with_its_pause() -> None:
    """In the spinner's line only."""
    assert see(screen("ct4-01-429-retrying")).retry == (4.0, "4/10")


def test_a_message_that_waits_for_the_turn_is_seen() -> None:
    """No hook tells of it."""
    assert see(screen("t-slow-queued")).queued
    assert not see(screen("t-slow-busy")).queued


def test_a_box_that_runs_a_shell_is_seen() -> None:
    """A message must not go there."""
    assert see(screen("t-hello-bang")).shell
    assert not see(screen("t-hello-pasted")).shell


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ct5-01-429-final", "API Error: Request rejected (429) · Rate limited (scripted)"),
        ("ct6-01-401-final", "Invalid API key · Fix external API key"),
        ("t-nokey-end", "Not logged in · Please run /login"),
        ("ct-06-done-idle", ""),
    ],
)
def test_the_error_that_ended_a_turn_is_the_last_line(name: str, text: str) -> None:
    """An older one, with work after it, is history."""
    assert see(screen(name)).text == text


def test_any_text_is_read_without_a_fault() -> None:
    """Nothing, one line, rules without a box."""
    for text in ("", "\n\n", "x", "─" * 120, ("─" * 120 + "\n") * 2, "❯", "1. "):  # noqa: RUF001
        assert see(text).shows is Shows.NOTHING
