"""Programs that somebody named in a repository's own configuration are not started."""

import os
from pathlib import Path

import pytest

from orch.system.distrust import distrust
from orch.system.git import Git
from orch.testing.repositories import make_bare, make_repository


async def test_programs_are_taken_back(tmp_path: Path) -> None:
    """Filters, drivers and helpers that an agent configured do not run."""
    repository = make_repository(tmp_path / "repo")
    ran = tmp_path / "ran"
    for key in ("filter.x.clean", "filter.x.smudge", "merge.x.driver", "credential.helper"):
        repository.git("config", key, f"touch '{ran}'; cat")
    repository.git("config", "filter.x.required", "true")
    repository.write({".gitattributes": "* filter=x diff=x merge=x\n", "README.md": "changed"})
    git = await distrust(Git(repository.path))
    await git("status", "--porcelain")
    await git("add", "-A")
    await git("diff", "--cached", "--no-ext-diff", "--no-textconv")
    await git("checkout", "-f", "HEAD", "--", "README.md")
    assert sorted(entry.name for entry in os.scandir(tmp_path)) == ["repo"]
    assert dict(git.config)["filter.x.required"] == "false"


async def test_the_persons_own_settings_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the person's own configuration names is trusted."""
    repository = make_repository(tmp_path / "repo")
    (tmp_path / ".gitconfig").write_text('[filter "y"]\n\tclean = tr a-z A-Z\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    repository.write({".gitattributes": "README.md filter=y\n", "README.md": "loud\n"})
    git = await distrust(Git(repository.path).person())
    assert git.config == ()
    await git("add", "-A")
    assert await git("show", ":README.md") == "LOUD"


async def test_a_bare_repositorys_files_are_read_again_when_one_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found in it before holds for as long as nobody writes them, includes not at all."""
    monkeypatch.setattr("orch.system.distrust._SETTLED_S", -3600.0)
    bare = make_bare(tmp_path / "bare.git")
    git = Git(bare.path, git_dir=bare.path)
    assert (await distrust(git)).config == (await distrust(git)).config == ()
    bare.git("config", "merge.x.driver", "touch ran")
    assert (await distrust(git)).config == (("merge.x.driver", "false"),)
    assert (await distrust(git)).config == (("merge.x.driver", "false"),)
    bare.git("config", "--unset", "merge.x.driver")
    bare.git("config", "include.path", "more")
    assert (await distrust(git)).config == ()
    (bare.path / "more").write_text('[filter "y"]\n\tclean = touch ran\n')
    assert (await distrust(git)).config == (("filter.y.clean", ""),)
