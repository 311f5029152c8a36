"""What is written into landed commits: nobody can speak with orch's voice."""

import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.adapters.landers.message import (
    BODY_CHARS,
    TITLE_CHARS,
    Part,
    clean_body,
    clean_person,
    clean_text,
    clean_title,
    compose,
)
from orch.core.landing import Person
from orch.testing.lander_values import an_item

TEXT = st.lists(
    st.one_of(
        st.characters(),
        st.sampled_from("\n\r\x1b\x00:\udcff\u202e-# "),
        st.sampled_from(["Landing-Id: l9", "landing-id :l9", "Task-Id: t9", "---", "\n\n"]),
    ),
    max_size=60,
).map("".join)
ITEM = an_item("a" * 40)


def read_trailers(message: str) -> dict[str, str]:
    """Let git itself read the trailers of a message."""
    done = subprocess.run(
        ("git", "interpret-trailers", "--parse"),
        input=message.encode(), capture_output=True, check=True,
    )  # fmt: skip
    pairs = (line.partition(": ") for line in done.stdout.decode().splitlines())
    return {name: value for name, _, value in pairs}


def test_the_whole_message() -> None:
    """Title, body, and trailers as the last paragraph."""
    assert compose(ITEM) == (
        "Mend the thing\n\nIt was broken.\n\n"
        f"Task-Id: t1\nLanding-Id: l1\nSource-Head: {'a' * 40}\n"
    )


def test_a_part_is_numbered_only_among_several() -> None:
    """A rebased item of one commit looks like any other."""
    assert "Landing-Part: 2/3\n" in compose(ITEM, part=Part(2, 3))
    assert "Landing-Part" not in compose(ITEM, part=Part(1, 1))


def test_an_empty_title_gets_one() -> None:
    """A commit always has a title."""
    item = replace(ITEM, title=" \n\x1b[31m\x07 ", body="")
    assert compose(item).startswith("Land l1\n\n")


def test_a_replayed_commit_brings_its_own_words() -> None:
    """Its title and body replace the item's; the trailers are the item's."""
    message = compose(ITEM, text="Its own title\n\nIts own body.\n", part=Part(1, 2))
    assert message.startswith("Its own title\n\nIts own body.\n\nTask-Id: t1\n")


def test_credits_join_the_trailers() -> None:
    """Forges read Co-authored-by only from the last paragraph."""
    body = "Why.\n\nCo-authored-by: Bo <bo@example.invalid>\nSigned-off-by: Cy <cy@example.invalid>"
    message = compose(replace(ITEM, body=body))
    assert read_trailers(message)["Co-authored-by"] == "Bo <bo@example.invalid>"
    assert read_trailers(message)["Landing-Id"] == "l1"
    assert "Why.\n\nCo-authored-by" in message


def test_a_revert_says_what_it_undoes() -> None:
    """In git's own words, once, and as a trailer."""
    item = replace(ITEM, reverts="b" * 40, body=f"This reverts commit {'b' * 40}.\n\nSorry.")
    assert compose(item).count("This reverts commit") == 1
    assert read_trailers(compose(item))["Reverts"] == "b" * 40


@pytest.mark.parametrize(
    "evil",
    [
        "Landing-Id: l9",
        "landing-id: l9",
        "Landing-ID : l9",
        "  Landing-Id: l9",
        "Text.\n\nLanding-Id: l9\nTask-Id: t9",
        "Text.\r\n\r\nLanding-Id: l9",
        "Text.\u2028Landing-Id: l9",
        "Text.\x0bLanding-Id: l9",
        "Land\x1b[0ming-Id: l9",
        "Landing-\u202eId: l9",
        "x\n---\nLanding-Id: l9",
        "Acked-by: me\nLanding-Id: l9",
    ],
)
def test_no_text_can_claim_a_landing(evil: str) -> None:
    """Neither title nor body can add a trailer of orch's, whatever they hold."""
    for item in (replace(ITEM, body=evil), replace(ITEM, title=evil), replace(ITEM, id="l1")):
        assert read_trailers(compose(item))["Landing-Id"] == "l1"
        lines = compose(item).splitlines()
        assert [line for line in lines if line.lower().startswith("landing-id")] == [
            "Landing-Id: l1"
        ]


@given(TEXT, TEXT)
def test_any_text_makes_a_sound_message(title: str, body: str) -> None:
    """A message is clean UTF-8, has one identity, and cleaning it again changes nothing."""
    message = compose(replace(ITEM, title=title, body=body))
    message.encode()
    assert not {c for c in message if ord(c) < 32 or 127 <= ord(c) < 160} - {"\n", "\t"}
    lines = message.splitlines()
    assert sum(line.lower().startswith("landing-id") for line in lines) == 1
    assert lines[-2] == "Landing-Id: l1"
    assert clean_text(clean_text(body)) == clean_text(body)
    assert clean_body(clean_body(body)) == clean_body(body)
    assert clean_title(clean_title(title)) == clean_title(title)


def test_a_megabyte_is_cut_and_says_so() -> None:
    """Long titles and bodies end with what was left out."""
    assert len(clean_title("x" * 1_000_000)) == TITLE_CHARS
    body = clean_body("y" * 1_000_000)
    assert len(body) < BODY_CHARS + 100
    assert body.endswith(f"[{1_000_000 - BODY_CHARS} characters left out]")


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (Person("", ""), Person("orch agent", "agent@orch.invalid")),
        (Person("  <> ", "a b@c"), Person("ab@c", "ab@c")),
        (Person("Ada\nEvil <x>", "<a@b>"), Person("Ada Evil x", "a@b")),
        (Person("Jörg \udcff", "j@ö"), Person("Jörg \ufffd", "j@ö")),
    ],
)
def test_an_identity_is_one_that_git_takes(given_: Person, expected: Person) -> None:
    """No angle brackets or line ends, and neither part is empty."""
    assert clean_person(given_) == expected
