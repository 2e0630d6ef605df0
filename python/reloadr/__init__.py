"""Hot reloading: an edit becomes live in the running process, or it says exactly why not.

Importing it starts to remember what is imported from then on. All else is loaded when it is first asked for,
so that the import costs a program that is not edited next to nothing.
"""

from __future__ import annotations

from reloadr import _interpreter as _interpreter  # isort: skip  # first: it says why the rest would fail

from reloadr import _disabled
from reloadr._core import __version__
from reloadr._disabled import disable, is_disabled
from reloadr.live import capture

# `typing` is among what is not loaded; checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reloadr.decorate.autoreload import autoreload, poll, reloadr
    from reloadr.hooks import Hook, Migration, on_reload
    from reloadr.proof.verification import Verification, verify
    from reloadr.report.merging import merge
    from reloadr.report.reasons import Change, Reason, Verdict
    from reloadr.report.report import Report
    from reloadr.running.explicit import hold, loop
    from reloadr.session.prepared import Prepared
    from reloadr.session.rules import Target
    from reloadr.session.session import Status
    from reloadr.source.plans import Plan, PlannedEdit, plan
    from reloadr.watching.event_loop import awatch, awatch_task
    from reloadr.watching.watcher import AfterFork, AutoWatcher, On, OnReport, Watcher

__all__ = [
    "AutoWatcher",
    "Change",
    "Hook",
    "Migration",
    "Plan",
    "PlannedEdit",
    "Prepared",
    "Reason",
    "Report",
    "Status",
    "Verdict",
    "Verification",
    "Watcher",
    "__version__",
    "abort",
    "apply",
    "autoreload",
    "awatch",
    "awatch_task",
    "commit",
    "disable",
    "history",
    "hold",
    "is_disabled",
    "loop",
    "merge",
    "on_reload",
    "plan",
    "poll",
    "prepare",
    "reload",
    "reloadr",
    "status",
    "undo",
    "verify",
    "watch",
]

#: Where the public names are that are loaded when they are asked for.
_HOMES = {
    "AutoWatcher": "watching.watcher",
    "Change": "report.reasons",
    "Hook": "hooks",
    "Migration": "hooks",
    "Plan": "source.plans",
    "PlannedEdit": "source.plans",
    "Prepared": "session.prepared",
    "Reason": "report.reasons",
    "Report": "report.report",
    "Status": "session.session",
    "Verdict": "report.reasons",
    "Verification": "proof.verification",
    "Watcher": "watching.watcher",
    "hold": "running.explicit",
    "loop": "running.explicit",
    "merge": "report.merging",
    "autoreload": "decorate.autoreload",
    "awatch": "watching.event_loop",
    "awatch_task": "watching.event_loop",
    "load_ipython_extension": "notebook",
    "on_reload": "hooks",
    "plan": "source.plans",
    "poll": "decorate.autoreload",
    "reloadr": "decorate.autoreload",
    "unload_ipython_extension": "notebook",
    "verify": "proof.verification",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(__import__(f"{__name__}.{home}", fromlist=[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _shut() -> None:
    import sys

    # Nothing watches by itself before that module is loaded.
    if f"{__name__}.watching.auto" in sys.modules:
        from reloadr.watching.auto import auto

        auto.shut()


if not is_disabled():
    capture.install()
_disabled.undo += [capture.uninstall, _shut]


def watch(
    *targets: Target,
    on: On = "save",
    strict: bool = False,
    on_report: OnReport | None = None,
    after_fork: AfterFork = "watch",
    auto: bool | None = None,
    judge: bool = True,
    children: bool = False,
) -> Watcher:
    """Watches modules, packages, dotted names, files or folders; nothing given: all of the user's own code.

    A package or folder includes what is loaded from it later. Saves are applied at once, by a thread; with
    `on="poll"` where `Watcher.poll()` is called. With `on="look"` there is no file watch and no thread:
    `Watcher.poll()` looks at all files and brings the process to the state of the disk. `strict` applies
    all of a batch or, where one edit of it needs a restart, nothing. `on_report` is called after each
    reload. In a fork, the child watches for itself; with `after_fork="stop"` it does not watch. With `children`,
    the Python processes that this one starts from then on watch the same, however they are started, and one
    line says where a save is live. Raises ValueError for a target that cannot be watched. `auto` is deprecated:
    `auto=False` is `on="look"`.
    """
    from reloadr.watching import auto as by_itself

    if auto is not None:
        on = on if auto else "look"
        _deprecate_auto(on)
    _mind_notebook()
    if is_disabled():
        return by_itself.inert()
    if children:
        from reloadr.program.children import watching

        return watching(targets, strict=strict, on=on, on_report=on_report, after_fork=after_fork, judges=judge)
    return by_itself.start(targets, strict=strict, on=on, on_report=on_report, after_fork=after_fork, judges=judge)


def _deprecate_auto(on: str) -> None:
    import warnings

    warnings.warn(f'watch(auto=...) is deprecated: say on="{on}"', DeprecationWarning, stacklevel=3)


def _mind_notebook() -> None:
    """Where there is IPython, a watcher is displayed with what it does."""
    import sys

    if "IPython" in sys.modules:
        from reloadr.notebook import show as show


def reload(*objects: object, strict: bool = False) -> Report:
    """Brings functions, methods, classes, modules, packages, dotted names or paths to the state of the disk.

    A function or class alone leaves the rest of its file pending. Nothing given: all that is watched. Works
    for modules that were never watched. Raises ValueError or TypeError for what has no Python source.
    """
    from reloadr.session.session import session

    if not objects:
        return session.poll(strict=strict)
    return session.reload(session.select(objects), strict=strict)


def apply(texts: Mapping[str, str], base: Mapping[str, str] | None = None, *, strict: bool = False) -> Report:
    """Makes texts live that are handed over, by module, whatever their files hold, or where they are.

    `base` says by module which text each was made from, by its SHA-256, as `status().running` gives it; where another
    one runs, nothing is applied (RL318). Tracebacks and `inspect` show the texts. A file that holds another text waits
    until it is saved again. Works for modules that were never watched. Raises ValueError for a module that is not
    loaded or has no Python source.
    """
    from reloadr.session.session import session
    from reloadr.session.taking import take

    return take(session, texts, base or {}, strict=strict)


def prepare(
    texts: Mapping[str, str], base: Mapping[str, str] | None = None, *, strict: bool = False, limit: float = 30.0
) -> Prepared:
    """Says what would become of texts that are handed over, as to `apply`, and changes nothing.

    All that can be evaluated is, and is taken back. Its `token` makes them live by `commit`, within `limit` seconds,
    as long as nothing else changed these modules; there is none where they are rejected, made for another base, or
    with `strict` need a restart. Raises ValueError for a module that is not loaded or has no Python source.
    """
    from reloadr.session.prepared import preparations

    return preparations.prepare(texts, base or {}, strict=strict, limit=limit)


def commit(token: str) -> Report:
    """Makes live what was prepared; or says why not (RL319, or what is found by now) and changes nothing."""
    from reloadr.session.prepared import preparations

    return preparations.commit(token)


def abort(token: str) -> bool:
    """Forgets what was prepared; whether there still was something to forget."""
    from reloadr.session.prepared import preparations

    return preparations.abort(token)


def status() -> Status:
    """What runs but is not what is saved, and why; errors that wait for their fix."""
    from reloadr.session.session import session

    return session.status()


def history() -> Sequence[Report]:
    """The reports of past reloads, the oldest first."""
    from reloadr.session.session import session

    return tuple(session.log)


def undo() -> Report:
    """Takes the last reload back. Its files stay pending until they are saved again or reloaded by hand."""
    from reloadr.session.session import session

    return session.undo()
