"""How the words of `git push --porcelain` are read."""

import pytest

from orch.adapters.landers.verdict import Said, read_push
from orch.system.git import GitOutput

REF = "0123:refs/heads/main"


def said(stdout: str, stderr: str = "") -> GitOutput:
    """Make the output of a push."""
    return GitOutput(1 if "!" in stdout or not stdout else 0, stdout.encode(), stderr.encode())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f" \t{REF}\taaa..bbb", Said.ARRIVED),
        (f"=\t{REF}\t[up to date]", Said.ARRIVED),
        (f"!\t{REF}\t[rejected] (stale info)", Said.OVERTAKEN),
        (f"!\t{REF}\t[rejected] (fetch first)", Said.OVERTAKEN),
        (f"!\t{REF}\t[rejected] (non-fast-forward)", Said.OVERTAKEN),
        (f"!\t{REF}\t[remote rejected] (pre-receive hook declined)", Said.REFUSED),
        (f"!\t{REF}\t[remote rejected] (hook declined)", Said.REFUSED),
        (f"!\t{REF}\t[remote rejected] (protected branch hook declined)", Said.REFUSED),
        (f"!\t{REF}\t[remote rejected] (branch is currently checked out)", Said.REFUSED),
        (f"!\t{REF}\t[remote rejected] (deny updating a hidden ref)", Said.REFUSED),
        (f"!\t{REF}\t[remote rejected] (failed to update ref)", Said.UNCERTAIN),
        (f"!\t{REF}\t[remote rejected] (cannot lock ref 'refs/heads/main')", Said.UNCERTAIN),
        (f"!\t{REF}\t[remote rejected] (incorrect old value provided)", Said.UNCERTAIN),
        (f"!\t{REF}\t[remote rejected] (unpacker error)", Said.UNCERTAIN),
        (f"!\t{REF}\t[remote failure] (remote failed to report status)", Said.UNCERTAIN),
    ],
)
def test_the_targets_word_on_the_ref(line: str, expected: Said) -> None:
    """Only what the target itself says of the ref is certain."""
    assert read_push(said(f"To /somewhere\n{line}\nDone\n")).said is expected


@pytest.mark.parametrize(
    ("stderr", "kind"),
    [
        ("fatal: Authentication failed for 'https://joe:s3cret@host/x'", "not accepted"),
        ("git@host: Permission denied (publickey).", "not accepted"),
        ("fatal: could not read Username for 'https://host': terminal prompts", "not accepted"),
        ("fatal: unable to access 'https://joe:s3cret@host/': Could not resolve", "no answer"),
        ("fatal: the remote end hung up unexpectedly", "no answer"),
    ],
)
def test_silence_is_uncertain(stderr: str, kind: str) -> None:
    """Without a word on the ref nothing is known; the reason tells which failure, no secret."""
    verdict = read_push(said("", stderr))
    assert verdict.said is Said.UNCERTAIN
    assert kind in verdict.reason
    assert "s3cret" not in verdict.reason


def test_a_refusal_repeats_the_targets_words() -> None:
    """What a hook printed is told, without control characters."""
    stderr = "remote: \x1b[31mno landings\x1b[0m on a Friday        \nerror: failed to push\n"
    line = f"!\t{REF}\t[remote rejected] (pre-receive hook declined)\n"
    reason = read_push(said(line, stderr)).reason
    assert "no landings" in reason
    assert "pre-receive hook declined" in reason
    assert "\x1b" not in reason
    assert "failed to push" not in reason


def test_a_checkout_at_the_target_has_a_remedy() -> None:
    """Git's refusal to move a checked out branch is told with what to do."""
    line = f"!\t{REF}\t[remote rejected] (branch is currently checked out)\n"
    assert "git config" in read_push(said(line)).reason
