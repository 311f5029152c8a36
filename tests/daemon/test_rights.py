"""Prove that the kernel says who calls, and that a session can't talk itself out of it."""

import asyncio
import json
import os
import sys

import pytest

from orch.daemon.rights import Caller, Role, identify
from orch.system.bounds import GATE_SCORE, score_of, scored
from orch.system.paths import Home
from orch.wire.codes import Code
from tests.daemon.served import Served

ASK = """
import json, sys
from orch.wire.client import Client
from orch.wire.codes import WireError
with Client(sys.argv[1]) as client:
    try:
        print(json.dumps(client.call(sys.argv[2], **json.loads(sys.argv[3]))))
    except WireError as error:
        print(json.dumps(error.as_object()))
"""


async def ask(served: Served, method: str, *prefix: str, env: dict[str, str]) -> object:
    """Call a method as another process would, and return what it was told."""
    return await ask_with(served, method, {}, prefix=prefix, env=env)


async def ask_with(
    served: Served,
    method: str,
    params: dict[str, object],
    *,
    prefix: tuple[str, ...] = (),
    env: dict[str, str],
) -> object:
    """Call a method with parameters."""
    process = await asyncio.create_subprocess_exec(
        *prefix,
        sys.executable,
        "-c",
        ASK,
        str(served.home.daemon_socket),
        method,
        json.dumps(params),
        env=os.environ | env,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return json.loads(out)


def test_this_process_is_a_person(home: Home) -> None:
    """Nobody marked it."""
    found = identify(os.getpid(), os.getuid(), home=home)
    assert found.role is Role.PERSON
    assert found.actor.startswith("person:")


def test_a_process_that_is_gone_has_the_least_rights(home: Home) -> None:
    """What can't be looked at is not trusted."""
    assert identify(2**22 + 1, os.getuid(), home=home) == Caller.of_session("")


def test_the_task_of_a_session_is_in_its_name() -> None:
    """Sessions are named by task and attempt."""
    assert Caller.of_session("t12.3").task_id == "t12"


async def test_what_a_gate_runs_may_approve_nothing(served: Served) -> None:
    """It is the change's own code, started by the daemon and by no session."""
    slot = served.home.gates("p") / "1"
    marked = {"ORCH_GATE_SLOT": str(slot)}
    sh = ("/bin/sh", "-c", 'env -u ORCH_GATE_SLOT "$@"; exit $?', "sh")
    for prefix in ((), sh):
        told = await ask(served, "daemon.stop", *prefix, env=marked)
        assert isinstance(told, dict)
        assert told["code"] == Code.FORBIDDEN
    other = await ask(served, "audit.list", env={"ORCH_GATE_SLOT": "/elsewhere/gates/p/1"})
    assert not isinstance(other, dict) or other.get("code") != Code.FORBIDDEN
    assert not served.stopping.is_set()


async def test_what_tore_loose_from_a_gate_is_known_by_its_score(served: Served) -> None:
    """With another parent and an empty environment; in a gate the score tells nothing."""
    loose = scored(("setsid", "env", "-i"), GATE_SCORE)
    told = await ask(served, "audit.list", *loose, env={})
    tells = (score_of(os.getpid()) or 0) < GATE_SCORE
    assert (isinstance(told, dict) and told["code"] == Code.FORBIDDEN) == tells


async def test_a_session_may_not_stop_the_daemon(served: Served) -> None:
    """Its mark in the environment is enough."""
    told = await ask(served, "daemon.stop", env={"ORCH_SESSION": "t1.1"})
    assert isinstance(told, dict)
    assert told["code"] == Code.FORBIDDEN
    assert not served.stopping.is_set()


async def test_a_child_that_drops_the_mark_is_still_the_sessions(served: Served) -> None:
    """Its parent has it."""
    told = await ask(
        served,
        "daemon.stop",
        "sh",
        "-c",
        'env -u ORCH_SESSION "$@"; true',
        "sh",
        env={"ORCH_SESSION": "t1.1"},
    )
    assert isinstance(told, dict)
    assert told["code"] == Code.FORBIDDEN


async def test_a_session_of_another_home_is_a_person_here(served: Served) -> None:
    """Whoever develops orch under orch can use a home of their own."""
    told = await ask(
        served, "daemon.reload", env={"ORCH_SESSION": "t1.1", "ORCH_HOME": "/nowhere/else"}
    )
    assert isinstance(told, dict)
    assert "what" in told


async def test_a_descendant_of_the_session_server_is_a_session(served: Served) -> None:
    """Even with an empty environment: the session server's pid is in its ancestry."""
    served.home.sessions.mkdir(parents=True)
    served.home.session_server_identity.write_text(json.dumps({"pid": os.getpid()}))
    told = await ask(served, "daemon.stop", env={})
    assert isinstance(told, dict)
    assert told["code"] == Code.FORBIDDEN


async def test_a_session_sees_its_own_task_and_no_other(served: Served) -> None:
    """Its task and what was filed under it, in show and in list."""
    own, other = await served.add("Mine"), await served.add("Not mine")
    child = await served.add("Part of mine", parent=own)
    env = {"ORCH_SESSION": f"{own}.1"}
    shown = await ask_with(served, "task.show", {"task": child}, env=env)
    assert isinstance(shown, dict)
    assert shown["id"] == child
    refused = await ask_with(served, "task.show", {"task": other}, env=env)
    assert isinstance(refused, dict)
    assert refused["code"] == Code.FORBIDDEN
    listed = await ask(served, "task.list", env=env)
    assert isinstance(listed, list)
    assert {task["id"] for task in listed} == {own, child}


@pytest.mark.parametrize(
    "method",
    ["task.close", "queue.enqueue", "config.set", "trust.approve", "project.add", "task.retry"],
)
async def test_nothing_that_changes_things_is_open_to_sessions(served: Served, method: str) -> None:
    """Whatever they send."""
    told = await ask(served, method, env={"ORCH_SESSION": "t1.1"})
    assert isinstance(told, dict)
    assert told["code"] == Code.FORBIDDEN
