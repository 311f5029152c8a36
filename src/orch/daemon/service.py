"""Installs the daemon as a service of this user: systemd on Linux, launchd on macOS.

Run as `python -m orch.daemon.service install|uninstall|show`.
"""

import argparse
import json
import os
import plistlib
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orch.system.paths import Home
from orch.wire.launch import clean_environment, clean_path, command

UNIT = "orch.service"
LABEL = "sh.orch.daemon"
ENVIRONMENT = "environment"
"""The file in $ORCH_HOME that holds secrets and settings for the daemon, one NAME=value a line."""

_HEAD = """\
# The daemon of orch reads this file when it starts: one NAME=value a line.
# Put secrets that agents need here; only you can read it.
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A service file: where it goes, what is in it, and the commands that put it in force."""

    path: Path
    text: str
    enable: tuple[tuple[str, ...], ...]
    disable: tuple[tuple[str, ...], ...]


def systemd(home: Home, environment: Mapping[str, str], *, config: Path) -> Service:
    """Describe the systemd unit; `config` is $XDG_CONFIG_HOME.

    KillMode is `process`, because the session server and its sessions have to survive a restart
    of the daemon, wherever systemd put them.
    """
    path = config / "systemd" / "user" / UNIT
    lines = [
        "[Unit]",
        "Description=orch: coding agents in parallel, their work landed",
        "Documentation=man:orch(1)",
        "",
        "[Service]",
        "Type=exec",
        f"ExecStart={' '.join(_quoted(word) for word in command())}",
        f"ExecReload={_quoted('/bin/kill')} -HUP $MAINPID",
        f"WorkingDirectory={_escaped(str(home.root))}",
        *(
            f"Environment={_quoted(f'{name}={value}')}"
            for name, value in sorted(environment.items())
        ),
        f"EnvironmentFile=-{_escaped(str(home.root / ENVIRONMENT))}",
        "KillMode=process",
        "Restart=on-failure",
        "RestartSec=2",
        "UMask=0077",
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    ]
    control = ("systemctl", "--user")
    return Service(
        path=path,
        text="\n".join(lines),
        enable=((*control, "daemon-reload"), (*control, "enable", "--now", UNIT)),
        disable=((*control, "disable", "--now", UNIT), (*control, "daemon-reload")),
    )


def launchd(home: Home, environment: Mapping[str, str], *, folder: Path) -> Service:
    """Describe the launchd agent; `folder` is ~/Library/LaunchAgents. Untested on a real Mac."""
    path = folder / f"{LABEL}.plist"
    content = {
        "Label": LABEL,
        "ProgramArguments": command(),
        "EnvironmentVariables": dict(environment),
        "WorkingDirectory": str(home.root),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        # The session server outlives the daemon; launchd would take it along otherwise.
        "AbandonProcessGroup": True,
        "StandardErrorPath": str(home.root / "logs" / "daemon.err"),
        "Umask": 0o077,
    }
    return Service(
        path=path,
        text=plistlib.dumps(content).decode(),
        enable=(("launchctl", "load", "-w", str(path)),),
        disable=(("launchctl", "unload", "-w", str(path)),),
    )


def service_environment(home: Home, given: Mapping[str, str]) -> dict[str, str]:
    """Return what a service has to be told: it does not inherit a shell's environment."""
    kept = clean_environment(dict(given))
    names = ("PATH", "LANG", "ORCH_STATE_DSN", "SSH_AUTH_SOCK")
    # A password does not go into a unit, which others may read: that is what the file is for.
    said = {name: kept[name] for name in names if name in kept and "DSN" not in name}
    return said | {"ORCH_HOME": str(home.root), "PATH": clean_path(given.get("PATH", ""))}


def write_environment_file(home: Home, given: Mapping[str, str]) -> Path:
    """Make the environment file if there is none, readable by its owner only."""
    path = home.root / ENVIRONMENT
    home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    secrets = [f"{name}={given[name]}\n" for name in ("ORCH_STATE_DSN",) if given.get(name)]
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        path.chmod(0o600)
        return path
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(_HEAD + "".join(secrets))
    return path


def read_environment_file(home: Home) -> dict[str, str]:
    """Read the environment file; lines that are no assignments are left out."""
    try:
        text = (home.root / ENVIRONMENT).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and name.isidentifier():
            found[name] = (
                value[1:-1] if value[:1] in {'"', "'"} and value[-1:] == value[:1] else value
            )
    return found


def this_service(home: Home) -> Service:
    """Describe the service for this system and user."""
    environment = service_environment(home, os.environ)
    if sys.platform == "darwin":
        return launchd(home, environment, folder=Path.home() / "Library" / "LaunchAgents")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return systemd(home, environment, config=config)


def _quoted(word: str) -> str:
    """Quote a word for a unit file: %, $ and backslashes mean something to systemd."""
    plain = _escaped(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{plain}"'


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def main(argv: list[str] | None = None) -> int:
    """Install, uninstall or show the service; returns the exit code."""
    parser = argparse.ArgumentParser(prog="orch daemon install", description=__doc__)
    parser.add_argument("what", choices=["install", "uninstall", "show"])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    home = Home.default()
    service = this_service(home)
    done, said = _ACTIONS[asked.what](home, service)
    shape = {
        "path": str(service.path),
        "text": service.text,
        "environment": str(home.root / ENVIRONMENT),
        "done": done,
    }
    sys.stdout.write(json.dumps(shape, indent=2) + "\n" if asked.json else said)
    return 1 if done == "failed" else 0


def _show(home: Home, service: Service) -> tuple[str, str]:
    del home
    return "shown", service.text


def _uninstall(home: Home, service: Service) -> tuple[str, str]:
    del home
    done = "removed" if _run(service.disable) else "failed"
    service.path.unlink(missing_ok=True)
    return done, f"removed {service.path}\n"


def _install(home: Home, service: Service) -> tuple[str, str]:
    secrets = write_environment_file(home, os.environ)
    service.path.parent.mkdir(parents=True, exist_ok=True)
    service.path.write_text(service.text, encoding="utf-8")
    said = f"wrote {service.path}\nsecrets for the daemon go into {secrets}\n"
    if not _run(service.enable):
        return "failed", said
    if sys.platform != "darwin":
        said += "to keep it running while you are logged out: loginctl enable-linger\n"
    return "installed", said


_ACTIONS = {"install": _install, "uninstall": _uninstall, "show": _show}


def _run(commands: tuple[tuple[str, ...], ...]) -> bool:
    """Run all commands; false once one did not work."""
    for argv in commands:
        try:
            code = _call(argv)
        except FileNotFoundError:
            code = 127
        if code:
            sys.stderr.write(
                f"{shlex.join(argv)} did not work (exit {code}); the file is written, "
                "and `orch daemon start` starts the daemon without a service\n"
            )
            return False
    return True


def _call(argv: tuple[str, ...]) -> int:
    # What it says goes to the errors: standard output may be JSON that a program reads.
    return subprocess.run(
        argv, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno()
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
