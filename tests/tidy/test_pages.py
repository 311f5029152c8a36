"""Prove that no text of the repository names a machine or a host, and that links lead somewhere."""

from tests.tidy.page_rules import judge_links, judge_text
from tests.tidy.tree import ROOT, list_files


def test_no_text_names_a_machine_or_a_host() -> None:
    """What is true on one machine only does not stand in the repository."""
    faults = []
    for path in list_files():
        data = (ROOT / path).read_bytes()
        if b"\0" not in data:
            faults += judge_text(path, data.decode("utf-8", errors="replace"))
    assert not faults, "\n".join(faults)


def test_links_between_pages_lead_somewhere() -> None:
    """A reader who follows a link arrives."""
    pages = [path for path in list_files() if path.suffix == ".md"]
    faults = [fault for page in pages for fault in judge_links(ROOT, page)]
    assert not faults, "\n".join(faults)
