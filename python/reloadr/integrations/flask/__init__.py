"""Flask: its tables are what a project told it while it was set up, and it refuses to be told after the first request.

Each call that sets up an application or blueprint is written down with its line. A save takes the calls out whose lines
went, has new lines run, puts what they tell where they stand in the source, and makes the tables anew of what is left:
the map of paths, hooks in their order, handlers of errors, filters of templates, nested blueprints. What functions of
the project did while they set up an application is known by its result only: where they change, a new process starts.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from reloadr.integrations.flask import recording, settings, views
from reloadr.integrations.flask.recording import log_of
from reloadr.integrations.flask.saving import call_edited, definition_edited, has_told, save
from reloadr.integrations.placed import imported_by
from reloadr.integrations.remade import Given
from reloadr.plugins import MISSING, Change, Plugin, Reload, Rule, host, instances, is_a

_CALLS = ["flask.sansio.scaffold.Scaffold.*", "flask.sansio.app.App.*", "flask.sansio.blueprints.Blueprint.*"]


def _edited(change: Change, reload: Reload) -> None:
    (definition_edited if change.name else call_edited)(change, reload)


def _heard(change: Change, reload: Reload) -> bool:
    """It was taken back before; and Flask reads no signatures."""
    return True


def _maker_edited(change: Change, reload: Reload) -> None:
    """A function that set up an application, or what that called for it. Views inside it are live as they are."""
    if "own work" in change.facets and is_a(inspect.unwrap(change.old), FunctionType):  # type: ignore[arg-type]
        if (change.module, change.name) in recording.makers:
            reload.restart("the application was made by it")


def _set_up(change: Change, reload: Reload) -> bool:
    """A line that hands an application to what is another object now: `extension.init_app(app)`."""
    from flask.sansio.scaffold import Scaffold

    given = [each for _, arguments in change.calls for each in arguments]
    if not change.name and any(is_a(each, Scaffold) for each in given):
        reload.restart("it has set up the application")
    return False


def _extension(change: Change, reload: Reload) -> bool:
    """An object that applications hold as an extension was made otherwise."""
    apps = [each for each in list(recording.holders) if recording.is_app(each)]
    if any(held is change.new for app in apps for held in list(app.extensions.values())):
        reload.restart("it has set up the application")
    return False


def _import_edited(change: Change, reload: Reload) -> None:
    """A module that is imported now may tell applications of its views; one that is not had done so."""
    found = imported_by(change.source)
    if not found:
        return
    if change.action == "added":
        save.begin(reload)
    elif change.action == "removed" and any(map(has_told, found)):
        reload.restart("what it registered is there")


def _object_edited(change: Change, reload: Reload) -> None:
    """A blueprint that gets other arguments stays who it is; an application is held by the server."""
    if _is_object(change):
        if type(change.old).__name__ != "Blueprint" or log_of(change.old) is None:
            reload.restart("others hold the one that was made first")
        save.begin(reload)
        given = Given(change.old)
        reload.do(_nothing, given.take_back)
        # What loads its templates is computed of their folder.
        recording.remade.expect(change, reload, lambda made: given.give(made, "jinja_loader"))


def _is_object(change: Change) -> bool:
    """Rather than the name of a class, in an import that brings others as well by now."""
    return change.action == "changed" and not change.owners and not is_a(change.old, type)


def _object_changed(change: Change, reload: Reload) -> None:
    if _is_object(change) and change.new is not change.old:
        reload.restart("others hold the one that was made first")


def _nothing() -> None:
    pass


def _converter_edited(change: Change, reload: Reload) -> bool:
    """Rules of paths were compiled with what a converter had."""
    cls: Any = change.owner
    if cls is not None and change.name.rpartition(".")[2] == "regex":
        save.begin(reload)
        reload.after(functools.partial(_isolates, cls))
    return cls is not None


def _isolates(cls: Any) -> None:
    # As its base says of a class that is made.
    if "regex" in vars(cls) and "part_isolating" in vars(cls):
        cls.part_isolating = "/" not in cls.regex


def _command_edited(change: Change, reload: Reload) -> None:
    """The commands of a blueprint are among those of the applications that it is on."""
    save.begin(reload)
    gone = change.old is not MISSING and (change.action == "removed" or "decorators" in change.facets)
    for method, _ in (*change.called, *change.calls) if gone else ():
        commands = getattr(getattr(method, "__self__", None), "commands", {})
        for name in [name for name, command in list(commands.items()) if command is change.old]:
            back = functools.partial(commands.__setitem__, name, change.old)
            reload.do(functools.partial(commands.pop, name, None), back)


def _templates(app: ModuleType) -> None:
    """Templates are read again when they are saved, in debug mode or not."""
    recording.gated(app)
    host.pages(app.Flask, "wsgi")
    config = app.Flask.default_config
    app.Flask.default_config = type(config)({**config, "TEMPLATES_AUTO_RELOAD": True})


def _folders() -> Iterator[str]:
    from flask import Blueprint, Flask

    for each in instances(Flask, Blueprint):
        for name in (each.static_folder, each.template_folder):
            if name is not None:
                yield os.path.join(each.root_path, name)


def _waits(cli: ModuleType) -> None:
    """A server waits for the mend of whatever keeps it from starting; an import that fails is no end of it either."""
    run: Callable[..., object] = cli.run_command.callback

    @functools.wraps(run)
    def stand_in(*arguments: Any, **options: Any) -> object:
        host.serves = True
        try:
            return run(*arguments, **options)
        except cli.NoAppException as error:
            if not error.message.startswith("While importing"):
                raise
            raise ImportError(error.message) from None

    cli.run_command.callback = stand_in


plugin = Plugin(
    "flask",
    rules=[
        Rule(
            calls=_CALLS,
            registers=True,
            before=_edited,
            moved=save.move,
            answers=dict.fromkeys(["RL204", "RL205", "RL206", "RL207", "RL208", "RL218"], _heard),
        ),
        Rule(types=["builtins.function"], before=_maker_edited),
        Rule(names=["*"], before=_import_edited),
        Rule(calls=["*"], answers={"RL206": _set_up}),
        # To be made they register nothing; to look for it takes as long as all else of the save.
        Rule(calls=["flask.app.Flask", "flask.blueprints.Blueprint"], registers=True),
        Rule(calls=["flask.config.Config.*"], registers=True, before=settings.statement),
        Rule(names=["*"], answers={"RL206": _extension, "RL208": settings.taken_out}),
        Rule(types=["flask.sansio.scaffold.Scaffold"], before=_object_edited, changed=_object_changed),
        Rule(
            types=["flask.views.View"],
            before=views.edited,
            changed=views.edited,
            answers={"RL206": views.answered, "RL215": views.edited},
        ),
        Rule(
            types=["werkzeug.routing.converters.BaseConverter"],
            before=_converter_edited,
            changed=_converter_edited,
            answers={"RL215": _converter_edited},
        ),
        Rule(
            calls=["flask.cli.AppGroup.*"],
            registers=True,
            before=_command_edited,
            answers=dict.fromkeys(["RL204", "RL205", "RL208", "RL218"], _heard),
        ),
        Rule(names=["*"], types=["builtins.object"], changed=settings.changed),
    ],
    stand_ins={
        "flask.sansio.scaffold": recording.scaffold,
        "flask.sansio.app": recording.app,
        "flask.sansio.blueprints": recording.blueprints,
        "flask.blueprints": recording.remade_blueprints,
        "flask.config": settings.record,
        "flask.app": _templates,
        "flask.cli": _waits,
        "flask.views": views.record,
    },
    folders=_folders,
)
