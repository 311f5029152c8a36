"""How well it is told what agents do: the corpus of recordings, scored."""

from pathlib import Path

from bench.benchmark import Benchmark, Run, Unmeasurable
from bench.figure import Aim, Figure
from bench.measure import Series
from orch.testing.corpus import Answer, answers, load, score

RECORDINGS = Path(__file__).parents[1] / "tests" / "corpus" / "recordings"

ABOUT = """\
Recordings of the real programs at moments whose truth is known from the script of their model,
made after the rules and never looked at for them. Each is asked for at 2, 60 and 300 seconds after
its last sign, with the default time-outs. `unknown` counts as wrong. A false idle is work taken for
idle, a false stuck anything alive taken for stuck. New ones: `python -m tests.corpus.record`."""


def measure(run: Run) -> None:
    """Score all, then each agent."""
    given = [one for recording in load(RECORDINGS) for one in answers(recording)]
    scored = [one for one in given if one.recording.split == "scored"]
    if not scored:
        raise Unmeasurable("there are no recordings")
    _tell(run, "corpus", scored)
    for agent in sorted({one.recording.agent for one in scored}):
        _tell(run, f"corpus.{agent}", [one for one in scored if one.recording.agent == agent])
    for one in scored:
        if not one.is_right:
            truth = one.recording.label
            run.note(
                f"{one.recording.name} after {one.after_s:.0f} s: told as {one.activity} by "
                f"{one.rule}, truly {truth}"
            )


def _tell(run: Run, name: str, some: list[Answer]) -> None:
    found = score(some)
    run.figure(Figure(name=f"{name}.asked", series=Series((found.n,)), unit="times"))
    right = 100 * found.accuracy
    run.figure(Figure(name=f"{name}.right", series=Series((right,)), unit="%"))
    for what, rate in (
        ("false_idle", found.false_idle_rate),
        ("false_stuck", found.false_stuck_rate),
    ):
        run.figure(
            Figure(name=f"{name}.{what}", series=Series((100 * rate,)), unit="%", aim=Aim(most=5.0))
        )


BENCHMARK = Benchmark(
    title="What agents do, told from what they show", about=ABOUT, measure=measure
)
