"""A lander in memory, under the same contract as the real one: for simulations without a disk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from orch.adapters.landers.message import SOURCE_HEAD, TASK_ID, Part, compose
from orch.adapters.landers.trail import Mark
from orch.adapters.landers.verify import compare_rows
from orch.core import names
from orch.core.landing import Item, Strategy, by_session
from orch.core.project import Project
from orch.ports.errors import Permanent, Transient
from orch.ports.lander import (
    Build,
    Candidate,
    Conflict,
    Moved,
    Nothing,
    Pushed,
    PushOutcome,
    Refused,
    Settled,
    Source,
    Trace,
    Traces,
    Violation,
    Waiting,
)
from orch.testing.fake_hub import FakeHub, content_id
from orch.testing.fake_merge import Origin, Tree, find_origin, merge_trees, read_mark, read_trailers


@dataclass(slots=True)
class FakeLander:
    """Implements `orch.ports.lander.Lander` in memory; merges whole files.

    The target is `refs/heads/<target>` of the hub. What the world does to a landing is scripted:
    `unreachable` lets nothing through; `lost_answers` pushes arrive without anybody hearing of
    it; `refusal` is what the target says to each push; `checked_out` says that the person has the
    target checked out, `in_the_way` which files of that checkout are; `before_push` are called
    one by one, each just before a push is judged (somebody else moves the target). `pushes` tells
    what arrived, `made` what was built. `resolutions` say what a file and two sides of it became.
    """

    hub: FakeHub = field(default_factory=FakeHub)
    messages: dict[str, str] = field(default_factory=dict)
    unreachable: bool = False
    lost_answers: int = 0
    refusal: str = ""
    checked_out: bool = False
    in_the_way: list[str] = field(default_factory=list)
    before_push: list[Callable[[], object]] = field(default_factory=list)
    pushes: list[tuple[str, str]] = field(default_factory=list)
    resolutions: dict[tuple[str, frozenset[str | None]], str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

    async def tip(self, project: Project, target: str) -> str:
        """Return where the target is."""
        self._reach(project)
        tip = self.hub.refs.get(f"refs/heads/{target}")
        if tip is None:
            raise Permanent(f"{project.path} has no branch {target!r}")
        return tip

    async def source(self, project: Project, branch: str) -> Source:
        """Describe a branch."""
        self._reach(project)
        commit = self.hub.refs.get(f"refs/heads/{branch}")
        if commit is None:
            names = ", ".join(ref.removeprefix("refs/heads/") for ref in sorted(self.hub.refs))
            raise Permanent(f"there is no branch {branch!r}; there are {names}")
        title, _, body = self.messages.get(commit, "Change").partition("\n")
        return Source(
            ref=f"refs/heads/{branch}",
            commit=commit,
            title=title,
            body=body.strip(),
            author_name="Ada",
            author_email="ada@example.invalid",
        )

    async def probe(self, project: Project, items: Sequence[Item], *, onto: str) -> frozenset[str]:
        """Merge each whole change file by file."""
        del project
        return frozenset(item.id for item in items if self._clashes(item, onto=onto))

    def _clashes(self, item: Item, *, onto: str) -> bool:
        whole = replace(item, strategy=Strategy.SQUASH)
        origin = find_origin(self.hub, whole, onto=onto, messages=self.messages)
        if not isinstance(origin, Origin):
            return False
        base, head = origin.steps[0]
        files = (self.files(base), self.files(onto))
        return isinstance(merge_trees(*files, theirs=self.files(head)), Conflict)

    async def build(self, project: Project, item: Item, *, onto: str) -> Build:
        """Merge file by file."""
        del project
        origin = find_origin(self.hub, item, onto=onto, messages=self.messages)
        if not isinstance(origin, Origin):
            return origin
        trees, resolved = self._trees(origin, onto), ""
        if isinstance(trees, Conflict):
            found = trees if item.reverts else self._resolved(origin, onto)
            if isinstance(found, Conflict):
                return trees
            trees, resolved = found, "rerere"
        if not trees:
            return self._nothing(item, onto)
        return self._candidate(item, onto, trees=trees, resolved=resolved)

    def _trees(self, origin: Origin, onto: str) -> list[tuple[str, Tree]] | Conflict:
        trees, tip = list[tuple[str, Tree]](), self.files(onto)
        for base, head in origin.steps:
            tree = merge_trees(self.files(base), tip, theirs=self.files(head))
            if isinstance(tree, Conflict):
                return tree
            trees += [(head, tree)] if tree != tip else []
            tip = tree
        return trees

    def _resolved(self, origin: Origin, onto: str) -> list[tuple[str, Tree]] | Conflict:
        """Merge the whole change as one, with what is known of its conflicts."""
        base, head = origin.steps[0][0], origin.steps[-1][1]
        sides = self.files(base), self.files(onto)
        tree = merge_trees(*sides, theirs=self.files(head), known=self.resolutions)
        return tree if isinstance(tree, Conflict) else [(head, tree)]

    def _candidate(
        self, item: Item, onto: str, *, trees: list[tuple[str, Tree]], resolved: str
    ) -> Candidate:
        commits, tip, by = list[str](), onto, resolved or by_session(item.resolved)
        for k, (head, tree) in enumerate(trees, 1):
            text = self.messages.get(head) if item.strategy is Strategy.REBASE else None
            part = Part(k, len(trees))
            tip = self.record(tree, tip, message=compose(item, text=text, part=part, resolved=by))
            self.made.add(tip)
            commits.append(tip)
        return Candidate(
            commit=tip,
            parent=onto,
            tree=self.tree(tip),
            commits=tuple(commits),
            paths=self.hub.changed(onto, self.files(tip)),
            resolved=by,
        )

    def _nothing(self, item: Item, onto: str) -> Nothing:
        for commit in self.hub.history(onto):
            found = read_trailers(self.messages.get(commit, "")).get(SOURCE_HEAD)
            if found is not None and found == item.source_head:
                return Nothing(reason="it landed before", landed_as=commit)
        return Nothing(reason=f"it adds nothing to {item.target}")

    async def inspect(
        self, project: Project, item: Item, *, candidate: Candidate
    ) -> Sequence[Violation]:
        """Compare with a merge made anew."""
        origin = find_origin(self.hub, item, onto=candidate.parent, messages=self.messages)
        line = self.hub.history(candidate.commit)[: len(candidate.commits) + 1]
        found = []
        if line != [*reversed(candidate.commits), candidate.parent]:
            found.append(("I3", "the commits don't stand on the parent"))
        made = await self.build(project, item, onto=candidate.parent)
        if not isinstance(made, Candidate) or made.tree != self.tree(candidate.commit):
            found.append(("I5", "not what a merge gives"))
        if isinstance(origin, Origin):
            base, head = origin.steps[0][0], origin.steps[-1][1]
            mine = set(self.hub.changed(base, self.files(head)))
            done = set(self.hub.changed(candidate.parent, self.files(candidate.commit)))
            found += [("I6", ", ".join(sorted(done - mine)))] if done - mine else []
        return [Violation(invariant=i, commit=candidate.commit, detail=d) for i, d in found]

    async def push(self, project: Project, item: Item, *, follow: bool) -> PushOutcome:
        """Move the target, if it is where the intent expects it."""
        if self.before_push:
            self.before_push.pop(0)()
        self._reach(project)
        old, new = item.expected_old or "", item.candidate or ""
        if new not in self.hub.commits or old not in self.hub.history(new):
            return Refused(reason="a branch is never moved but forward")
        tip = await self.tip(project, item.target)
        if new in self.hub.history(tip):
            return Pushed(old=old, new=new)
        if tip != old:
            return Moved(tip=tip)
        if (obstacle := self._obstacle(project, follow=follow)) is not None:
            return obstacle
        self.hub.refs[f"refs/heads/{item.target}"] = new
        self.pushes.append((old, new))
        if self.lost_answers:
            self.lost_answers -= 1
            raise Transient("whether the push arrived is not known")
        return Pushed(old=old, new=new)

    def _obstacle(self, project: Project, *, follow: bool) -> Refused | Waiting | None:
        if self.refusal:
            return Refused(reason=f"the target refused: {self.refusal}")
        if self.checked_out and not follow:
            return Waiting(checkout=project.path, reason='landing.checkout = "hold"')
        if self.checked_out and self.in_the_way:
            paths = tuple(sorted(self.in_the_way))
            return Waiting(checkout=project.path, reason="files are in the way", paths=paths)
        return None

    async def settle(self, project: Project, item: Item, *, follow: bool) -> Settled:
        """Look at the target."""
        del follow
        tip = await self.tip(project, item.target)
        line = self.hub.history(tip)
        if item.candidate in line:
            return Settled.LANDED
        if tip == item.expected_old:
            return Settled.NOT_LANDED
        trail = self.trail(tip, since=item.expected_old)
        return Settled.LANDED if any(mark.is_of(item) for mark in trail) else Settled.MOVED

    async def verify(
        self, project: Project, target: str, *, landed: Sequence[Item], since: str | None = None
    ) -> Sequence[Violation]:
        """Compare the rows with the target's history."""
        tip = await self.tip(project, target)
        line = set(self.hub.history(tip))
        missing = {item.new for item in landed if item.new and item.new not in line}
        trail = self.trail(tip, since=since)
        return compare_rows(landed, trail, missing=missing, kept=self.made)

    async def traces(self, project: Project, *, after: int) -> Traces:
        """Look through the history of every branch."""
        del project
        found = dict[str, Trace]()
        for ref, tip in self.hub.refs.items():
            for mark in self.trail(tip, since=None) if ref.startswith("refs/heads/") else ():
                if names.number(mark.landing_id) > after:
                    found[mark.landing_id] = self._trace(mark, ref.removeprefix("refs/heads/"))
        tasks = (ref.split("/")[3] for ref in self.hub.refs if ref.startswith("refs/orch/attempts"))
        return Traces(
            task=max(map(names.number, tasks), default=0),
            landing=max(map(names.number, found), default=0),
            landed=tuple(found.values()),
        )

    def _trace(self, mark: Mark, target: str) -> Trace:
        message = self.messages[mark.commit]
        return Trace(
            landing_id=mark.landing_id,
            target=target,
            commit=mark.commit,
            parent=None if mark.part else mark.parents[0],
            tree=mark.tree,
            source_head=read_trailers(message).get(SOURCE_HEAD, ""),
            title=message.partition("\n")[0],
            task_id=read_trailers(message).get(TASK_ID),
            author_name="",
            author_email="",
            at=0.0,
        )

    def record(self, files: Tree, parent: str | None, *, message: str) -> str:
        """Make a commit with a message."""
        commit = self.hub.commit(files, parent, message=message)
        self.messages[commit] = message
        return commit

    def tree(self, commit: str) -> str:
        """Return the id of a commit's tree."""
        return content_id(*(f"{n}={text}" for n, text in sorted(self.files(commit).items())))

    def trail(self, tip: str, *, since: str | None) -> list[Mark]:
        """List the commits that bear a Landing-Id, oldest first."""
        known = set(self.hub.history(since)) if since in self.hub.commits else set()
        line = [commit for commit in reversed(self.hub.history(tip)) if commit not in known]
        return [mark for commit in line if (mark := self._mark(commit)) is not None]

    def files(self, commit: str) -> Tree:
        """Return the files of a commit."""
        return self.hub.commits[commit].files

    def _mark(self, commit: str) -> Mark | None:
        parent = self.hub.commits[commit].parent
        parents = (parent,) if parent else ()
        bare = Mark(commit, self.tree(commit), parents, landing_id="", part="", source="")
        return read_mark(self.messages.get(commit, ""), bare)

    def _reach(self, project: Project) -> None:
        if self.unreachable:
            raise Transient(f"{project.remote or project.path} can't be reached")
