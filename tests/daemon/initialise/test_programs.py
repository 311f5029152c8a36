"""Prove that agents are found on the person's PATH, whatever else is there."""

from pathlib import Path

from orch.daemon.initialise.programs import COMMAND_LINES, find_programs


def test_programs_are_found_on_the_path(tmp_path: Path) -> None:
    """Only what can be run counts; a file without that right is none."""
    (tmp_path / "claude").touch(mode=0o755)
    (tmp_path / "gemini").touch(mode=0o644)
    (found,) = find_programs(str(tmp_path))
    assert (found.name, found.path) == ("claude", str(tmp_path / "claude"))


def test_every_command_line_reads_the_prompt_from_its_file() -> None:
    """A prompt has no place in a configuration."""
    for name, line in COMMAND_LINES.items():
        assert line.startswith(name)
        assert '"$(cat "$ORCH_PROMPT_FILE")"' in line
