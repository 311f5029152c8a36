"""Methods of settings: what holds, where each value is from, and changing it."""

from dataclasses import dataclass, field

from orch.core.project import Project
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.methods.lookup import find_project, maybe_project
from orch.daemon.methods.project import problem_shapes
from orch.daemon.methods.table import method
from orch.daemon.rights import Role
from orch.daemon.settings.change import change
from orch.daemon.settings.effective import Origin
from orch.daemon.settings.nearest import hint, nearest
from orch.wire.codes import Code, WireError, invalid
from orch.wire.shapes.overview import Done
from orch.wire.shapes.settings import SettingShape, SettingsShape


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigParams:
    """Whose settings: a project's, or with `host` (or where there is none) the machine's."""

    project: str | None = None
    cwd: str | None = None
    host: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GetParams:
    """Which key, dotted: `landing.base_branch`."""

    key: str
    project: str | None = None
    cwd: str | None = None
    host: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParams:
    """Which keys (dotted → text as typed), in the project's file or in the machine's."""

    changes: dict[str, str] = field(default_factory=dict)
    project: str | None = None
    cwd: str | None = None
    host: bool = False


@method("config.show", Role.LEAD)
async def show(call: Call, params: ConfigParams) -> SettingsShape:
    """Show all settings in force, with the layer that each one is from."""
    return await _settings(call.context, params)


async def _settings(context: Context, params: ConfigParams) -> SettingsShape:
    project = None
    if not params.host:
        project = await maybe_project(context, name=params.project, cwd=params.cwd)
    if project is None:
        good = context.configuration.host_file.look()
        problems = context.configuration.host_file.problems
        shown, current = good.effective.origins, not problems
    else:
        found = await context.configuration.look(project)
        effective, problems = found.effective or found.written.effective, found.problems
        shown, current = (effective.origins if effective else {}), found.current
    return SettingsShape(
        project=project.name if project else None,
        current=current,
        settings=tuple(_shape(key, origin) for key, origin in sorted(shown.items())),
        problems=problem_shapes(tuple(problems)),
    )


@method("config.get", Role.LEAD)
async def get(call: Call, params: GetParams) -> SettingShape:
    """Show one setting in force, and where it is from."""
    where = ConfigParams(project=params.project, cwd=params.cwd, host=params.host)
    found = {one.key: one for one in (await _settings(call.context, where)).settings}
    if params.key not in found:
        close = nearest(params.key, list(found))
        raise WireError(
            Code.NOT_FOUND,
            f"there is no setting {params.key!r}",
            next=hint(close) or "orch config show",
        )
    return found[params.key]


@method("config.set", Role.PERSON)
async def set_(call: Call, params: SetParams) -> Done:
    """Change keys of a configuration file; comments and order stay.

    Nothing is written if the result would not be good.
    """
    if not params.changes:
        raise invalid("name a key and its value", next="orch config set landing.base_branch main")
    project: Project | None = None
    if not params.host:
        project = await find_project(call.context, name=params.project, cwd=params.cwd)
    problems = await change(call.context.configuration, project, changes=params.changes)
    if problems:
        raise WireError(
            Code.INVALID,
            "\n".join(f"{problem.where}: {problem.what}" for problem in problems),
            kept="the file is as it was",
            next=problems[0].remedy,
        )
    await call.engine.reload()
    return Done(what=f"set {', '.join(params.changes)}")


def _shape(key: str, origin: Origin) -> SettingShape:
    return SettingShape(
        key=key, value=origin.value, shown=origin.shown, origin=origin.source, line=origin.line
    )
