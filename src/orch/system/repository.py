"""Answers questions about a person's repository; nothing here ever writes to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.system.git import Git, decode, split_z

_CONTACT_KEYS: Final = ("credential.", "http.", "https.", "url.", "ssh.", "core.sshcommand")
_LFS_SIGN: Final = "filter=lfs"
_POINTER_MAX_BYTES: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What a person's repository is like.

    `top` is its root folder (the repository itself if it is bare). `branch` is what HEAD names,
    None when detached. `default_branch` is what the remote calls its default, else the branch,
    else the only one, else `main` or `master` where it exists; None if nothing tells.
    `remotes` maps names to addresses. `lfs` lists the patterns that .gitattributes gives to LFS.
    """

    top: Path
    common_dir: Path
    bare: bool
    empty: bool
    shallow: bool
    partial: bool
    branch: str | None
    head: str | None
    default_branch: str | None
    branches: tuple[str, ...] = ()
    remotes: tuple[tuple[str, str], ...] = ()
    submodules: tuple[str, ...] = ()
    lfs: tuple[str, ...] = ()

    @property
    def detached(self) -> bool:
        """Tell whether HEAD names a commit and no branch."""
        return self.branch is None

    @property
    def remote(self) -> tuple[str, str] | None:
        """Name the remote that counts: `origin`, or the only one there is."""
        if len(self.remotes) == 1:
            return self.remotes[0]
        return next((pair for pair in self.remotes if pair[0] == "origin"), None)


async def is_repository(path: Path) -> bool:
    """Tell whether `path` is a repository or lies in a checkout of one."""
    # Where the folder itself is missing, git can't even be started in it; that is a no as well.
    return await _person(path).ok("rev-parse", "--git-dir")


async def look(path: Path) -> Repository | None:
    """Look at the repository that `path` belongs to; None if it belongs to none."""
    git = _person(path)
    if not await is_repository(path):
        return None
    flags = ("--is-bare-repository", "--is-shallow-repository", "--path-format=absolute")
    answer = await git("rev-parse", *flags, "--git-common-dir")
    bare, shallow, common = answer.split("\n", 2)
    top = Path(common) if bare == "true" else await _top(git, Path(common))
    git = _person(top)
    symbolic = await git.run("symbolic-ref", "--quiet", "--short", "HEAD")
    branch = symbolic.text if symbolic.exit_code == 0 else None
    head = await git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    branches = tuple(
        (await git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")).split()
    )
    remotes = await _remotes(git)
    commit = head.text if head.exit_code == 0 else None
    return Repository(
        top=top,
        common_dir=Path(common),
        bare=bare == "true",
        empty=commit is None and not branches,
        shallow=shallow == "true",
        partial=await is_partial(top),
        branch=branch,
        head=commit,
        default_branch=await _default_branch(git, branch, branches=branches),
        branches=branches,
        remotes=remotes,
        submodules=await submodule_paths(git, commit) if commit else (),
        lfs=await lfs_patterns(git, commit) if commit else (),
    )


async def contact_config(path: Path) -> tuple[tuple[str, str], ...]:
    """Return the settings of this one repository that say how its remote is reached."""
    listed = await _local_config(path)
    return tuple(
        (key, value)
        for key, value in listed
        if key.startswith(_CONTACT_KEYS) or (key.startswith("remote.") and ".proxy" in key)
    )


async def excludes(path: Path) -> str:
    """Return what the person ignores beside .gitignore: `info/exclude` and `core.excludesFile`."""
    git = _person(path)
    named = await git.run("config", "--type=path", "core.excludesFile")
    everywhere = Path(named.text) if named.text else Path.home() / ".config" / "git" / "ignore"
    here = Path(path, await git("rev-parse", "--git-path", "info/exclude"))
    return "\n".join(_read(file) for file in (everywhere, here))


async def is_partial(path: Path) -> bool:
    """Tell whether objects are missing because the repository was cloned with a filter."""
    listed = await _local_config(path)
    return any(
        k.startswith("remote.") and k.endswith(".promisor") and v == "true" for k, v in listed
    )


async def configured_hooks(path: Path) -> str | None:
    """Return `core.hooksPath` as the repository or the person has it; None if neither does.

    A relative path counts from the top of whichever worktree a hook runs in.
    """
    options = ("--show-scope", "--get-all", "--type=path")
    out = await _person(path).run("config", *options, "core.hooksPath")
    scoped = [line.partition("\t") for line in out.text.splitlines()]
    # Orch's own setting, which keeps hooks from running, has the scope of the command line.
    named = [value for scope, _, value in scoped if scope != "command"]
    return named[-1] if named else None


async def common_dir(path: Path) -> Path:
    """Return the folder that all worktrees of a repository share: .git, or the bare repository."""
    absolute = ("rev-parse", "--path-format=absolute", "--git-common-dir")
    return Path(await _person(path)(*absolute))


async def submodule_paths(git: Git, commit: str) -> tuple[str, ...]:
    """List the submodules of a commit by the entries in its tree."""
    if not await git.ok("cat-file", "-e", f"{commit}:.gitmodules"):
        return ()
    entries = split_z(await git.raw("ls-tree", "-r", "-z", "--full-tree", commit))
    return tuple(e.partition("\t")[2] for e in entries if e.startswith("160000 "))


async def lfs_patterns(git: Git, commit: str) -> tuple[str, ...]:
    """List the patterns that the .gitattributes at the root of a commit give to LFS."""
    out = await git.run("cat-file", "blob", f"{commit}:.gitattributes")
    lines = out.text.splitlines() if out.exit_code == 0 else []
    return tuple(line.split()[0] for line in lines if _LFS_SIGN in line.split()[1:])


def is_lfs_pointer(file: Path) -> bool:
    """Tell whether a file holds an LFS pointer in place of its content."""
    if not file.is_file() or file.stat().st_size > _POINTER_MAX_BYTES:
        return False
    return file.read_bytes().startswith(b"version https://git-lfs.github.com/spec/")


def _person(path: Path) -> Git:
    return Git(path, as_person=True)


async def _top(git: Git, common: Path) -> Path:
    out = await git.run("rev-parse", "--show-toplevel")
    # Inside .git there is no top level to tell.
    return Path(out.text) if out.exit_code == 0 else common.parent


async def _local_config(path: Path) -> list[tuple[str, str]]:
    out = await _person(path).run("config", "--local", "--includes", "--list", "-z")
    pairs = [entry.partition("\n") for entry in decode(out.stdout).split("\0") if entry]
    return [(key, value) for key, _, value in pairs]


async def _remotes(git: Git) -> tuple[tuple[str, str], ...]:
    out = await git.run("config", "--get-regexp", r"^remote\..*\.url$")
    pairs = [line.partition(" ") for line in out.text.splitlines()]
    named = [(key.removeprefix("remote.").removesuffix(".url"), url) for key, _, url in pairs]
    return tuple(named)


async def _default_branch(git: Git, branch: str | None, *, branches: tuple[str, ...]) -> str | None:
    out = await git.run("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    if out.exit_code == 0:
        return out.text.removeprefix("refs/remotes/origin/")
    usual = [name for name in ("main", "master") if name in branches]
    only = branches if len(branches) == 1 else ()
    return next(iter([*([branch] if branch else []), *only, *usual]), None)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
