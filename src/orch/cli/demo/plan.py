"""What one run of the demo does: which faults, who gets which wrong first, at which pace."""

import json
import random
from dataclasses import dataclass

from orch.cli.demo.faults import FAULTS, KNOWN, Fault

TASKS = 4
AGENTS = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """A run of the demo. The same seed gives the same run."""

    seed: int
    faults: tuple[Fault, ...]
    careless: str

    @classmethod
    def of(cls, seed: int) -> "Plan":
        """Draw the faults, their order, and the one that an agent gets wrong at first."""
        chance = random.Random(seed)  # noqa: S311 - it varies a demo
        faults = tuple(chance.sample(FAULTS, TASKS))
        return cls(seed, faults, chance.choice(faults).module)

    def files(self) -> dict[str, str]:
        """Return the repository's files, by path."""
        files = {
            "README.md": "# shop\n\nA small shop. `python3 -m unittest` tests it.\n",
            ".gitignore": "__pycache__/\n",
            "shop/__init__.py": '"""A small shop."""\n',
            "tests/__init__.py": "",
        }
        for fault in self.faults:
            files[f"shop/{fault.module}.py"] = fault.code
            files[f"tests/test_{fault.module}.py"] = fault.test_code
        return files

    def script(self) -> str:
        """Return what the scripted agents do, for each task by its key, attempt by attempt."""
        chance = random.Random(self.seed + 1)  # noqa: S311 - it varies a demo
        tasks = {}
        for fault in self.faults:
            good = _steps(fault, fault.fixed, chance=chance)
            tasks[fault.module] = [good]
            if fault.module == self.careless:
                tasks[fault.module] = [
                    _steps(fault, fault.wrong, chance=chance),
                    _again(fault, chance),
                ]
        return json.dumps({"tasks": tasks}, indent=1)


Step = dict[str, object]


def _steps(fault: Fault, new: str, *, chance: random.Random) -> list[Step]:
    test = f"tests/test_{fault.module}.py"
    return [
        *_edit(fault, fault.broken, new=new, chance=chance),
        {"replace": test, "old": KNOWN, "new": ""},
        {"commit": fault.title},
    ]


def _again(fault: Fault, chance: random.Random) -> list[Step]:
    """Mend the first try by what the gate said; the marker has gone with that try already."""
    told = {"run": "grep -m 3 -E 'Error|FAIL' \"$ORCH_PROMPT_FILE\"", "check": False}
    return [
        told,
        *_edit(fault, fault.wrong, new=fault.fixed, chance=chance),
        {"commit": fault.title},
    ]


def _edit(fault: Fault, old: str, *, new: str, chance: random.Random) -> list[Step]:
    module = f"shop/{fault.module}.py"
    return [
        {"say": f"reading {module}"},
        _pause(chance),
        {"say": f"the fault is here: {old}"},
        _pause(chance),
        {"replace": module, "old": old, "new": new},
        _pause(chance),
    ]


def _pause(chance: random.Random) -> Step:
    return {"sleep": round(chance.uniform(0.3, 1.2), 2)}
