"""Prove that a spool is read as far as it is whole, however it was torn."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from orch.system import spool
from orch.system.hook import line
from orch.system.spool import SpoolRecord, parse, read_spool


def noted(event: str, payload: bytes = b"{}", *, at: float = 1.5) -> bytes:
    """Make a line as the hook does."""
    return line("claude", event, raw=payload, size=len(payload), at=at)


def test_what_was_noted_is_read_once(tmp_path: Path) -> None:
    """From an offset on, in order."""
    path = tmp_path / "signs.jsonl"
    path.write_bytes(noted("A", b'{"x": 1}') + noted("B"))
    records, offset = read_spool(path)
    first = SpoolRecord(at=1.5, agent="claude", event="A", payload={"x": 1})
    assert records == [first, SpoolRecord(at=1.5, agent="claude", event="B", payload={})]
    assert read_spool(path, offset) == ([], offset)
    with path.open("ab") as file:
        file.write(noted("C"))
    records, _ = read_spool(path, offset)
    assert [record.event for record in records] == ["C"]


def test_a_torn_last_line_waits_for_its_rest(tmp_path: Path) -> None:
    """Whatever was written of it."""
    path = tmp_path / "signs.jsonl"
    whole = noted("A") + noted("B")
    for end in range(len(noted("A")), len(whole)):
        path.write_bytes(whole[:end])
        records, offset = read_spool(path)
        assert [record.event for record in records] == ["A"]
        path.write_bytes(whole)
        assert [record.event for record in read_spool(path, offset)[0]] == ["B"]


def test_no_spool_is_nothing_yet(tmp_path: Path) -> None:
    """And the offset stays."""
    assert read_spool(tmp_path / "none") == ([], 0)
    assert read_spool(tmp_path / "none", 7) == ([], 7)


def test_a_shorter_spool_is_another_one(tmp_path: Path) -> None:
    """It is read from its beginning."""
    path = tmp_path / "signs.jsonl"
    path.write_bytes(noted("A"))
    records, offset = read_spool(path, 10_000)
    assert [record.event for record in records] == ["A"]
    assert offset == path.stat().st_size


def test_a_long_spool_is_read_in_pieces(tmp_path: Path) -> None:
    """None is lost where two pieces meet; noise without end is passed over."""
    path = tmp_path / "signs.jsonl"
    one = noted("A", json.dumps({"x": "y" * 60_000}).encode())
    count = spool.CHUNK_BYTES // len(one) + 3
    path.write_bytes(one * count)
    found, offset = [], 0
    while records := read_spool(path, offset)[0]:
        found += records
        offset = read_spool(path, offset)[1]
    assert len(found) == count
    path.write_bytes(b"x" * (spool.CHUNK_BYTES + 5) + b"\n" + noted("B"))
    records, offset = read_spool(path)
    assert [record.malformed for record in records] == ["no hook's line"]
    assert [record.event for record in read_spool(path, offset)[0]][-1] == "B"


@given(st.binary(max_size=300))
def test_any_payload_gives_one_record(payload: bytes) -> None:
    """Read, or malformed with an excerpt; its time and names are known in any case."""
    record = parse(noted("Stop", payload))
    assert (record.at, record.agent, record.event) == (1.5, "claude", "Stop")
    assert bool(record.malformed) == (
        "excerpt" in record.payload and "size_bytes" in record.payload
    )


@given(st.binary(max_size=300))
def test_any_line_can_be_read(data: bytes) -> None:
    """An agent can write what it likes into its spool; nothing fails by it."""
    assert isinstance(parse(data), SpoolRecord)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none(), max_size=4))
def test_a_payload_comes_out_as_it_went_in(payload: dict[str, object]) -> None:
    """However its JSON is laid out."""
    for indent in (None, 2):
        raw = json.dumps(payload, indent=indent, ensure_ascii=False)
        assert parse(noted("Stop", raw.encode("utf-8", "replace"))).payload is not None
        assert parse(noted("Stop", json.dumps(payload, indent=indent).encode())).payload == payload
