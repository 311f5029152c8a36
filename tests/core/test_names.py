"""Names: short, pronounceable, never twice."""

from hypothesis import given
from hypothesis import strategies as st

from orch.core.names import slug, worker_name


def test_worker_names_never_collide() -> None:
    """The first 20,000 serial numbers have 20,000 names."""
    assert len({worker_name(number) for number in range(1, 20_001)}) == 20_000


def test_neighbours_sound_different() -> None:
    """Two workers at work at once are not mixed up by their first syllable."""
    assert all(worker_name(n)[:2] != worker_name(n + 1)[:2] for n in range(1, 2000))


@given(title=st.text(max_size=200))
def test_a_slug_is_a_good_part_of_a_branch_name(title: str) -> None:
    """Lower-case ASCII, no hyphen at the ends, not longer than asked."""
    made = slug(title)
    assert len(made) <= 40
    assert all(char.isascii() and (char.isalnum() or char == "-") for char in made)
    assert not made.startswith("-")
    assert not made.endswith("-")


def test_a_slug_is_cut_at_a_word() -> None:
    """Readable to the end; accents are dropped, not the letters under them."""
    assert slug("Réparer la page d'accueil: les accents manquent partout") == (
        "reparer-la-page-d-accueil-les-accents"
    )
