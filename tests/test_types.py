"""The public surface as a type checker sees it. mypy checks this file (see `pyproject.toml`); it runs, too."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

import reloadr
from reloadr import Change, Hook, Migration, Plan, PlannedEdit, Reason, Report, Status, Watcher


class Cart:
    owner: str


def reports(watcher: Watcher) -> None:
    """What a reload gives."""
    report = watcher.poll()
    assert_type(report, Report)
    assert_type(report.changes, tuple[Change, ...])
    assert_type(report.reasons, tuple[Reason, ...])
    assert_type(report.needs_restart, bool)
    assert_type(report.rejected, bool)
    assert_type(report.elapsed, float)
    assert_type(report.error, BaseException | None)
    assert_type(report.to_dict(), dict[str, Any])
    assert_type(reloadr.reload(Cart, "shop", Path("shop.py"), strict=True), Report)
    assert_type(reloadr.undo(), Report)
    assert_type(reloadr.history(), Sequence[Report])
    if report.verdict == "restart":
        print(report)
    if report.verdict == "alive":  # type: ignore[comparison-overlap]  # no such verdict
        print(report)


def parts(change: Change, reason: Reason, edit: PlannedEdit) -> None:
    """Frozen, with plain attributes."""
    assert_type((change.module, change.qualname, change.path), tuple[str, str, str])
    if change.action == "update":
        print(change)
    if change.action == "updated":  # type: ignore[comparison-overlap]  # no such action
        print(change)
    assert_type((change.line, reason.line, edit.line), tuple[int, int, int])
    assert_type((reason.code, reason.message, reason.advice), tuple[str, str, str])
    change.line = 1  # type: ignore[misc]  # frozen


def watching() -> None:
    """Targets of several kinds, and a context manager."""
    with reloadr.watch("shop", Path("shop.py"), reloadr, on="look", strict=True) as watcher:
        assert_type(watcher, Watcher)
    assert_type(reloadr.watch("shop"), Watcher)
    assert_type(reloadr.watch("shop", on="poll", on_report=print), reloadr.AutoWatcher)
    assert_type(reloadr.watch("shop", auto=False), Watcher)
    reloadr.watch("shop", on="never")  # type: ignore[arg-type]  # no such time
    reloadr.watch(1, on="look")  # type: ignore[arg-type]  # not a target
    reloadr.watch("shop", False)  # type: ignore[arg-type]  # options have names


async def loop() -> None:
    """The same in an event loop."""
    async for report in reloadr.awatch("shop", strict=True):
        assert_type(report, Report)


def states() -> None:
    """Status and plan."""
    status = reloadr.status()
    assert_type(status, Status)
    assert_type(status.pending, tuple[Reason, ...])
    assert_type(status.in_step, bool)
    plan = reloadr.plan("x = 1", Path("new.py"))
    assert_type(plan, Plan)
    assert_type(plan.edits, tuple[PlannedEdit, ...])


def hooks() -> None:
    """Callbacks of the right form."""

    def migrate(cart: Cart, change: Migration) -> None:
        assert_type(change.added, frozenset[str])
        cart.owner = "unknown"

    hook = reloadr.on_reload(Cart, migrate=migrate, before=lambda modules: print(*modules), after=print)
    assert_type(hook, Hook)
    hook.remove()


def test_surface_is_typed() -> None:
    """The package carries its types: a marker, and a stub that names what the compiled part has."""
    from reloadr import _core

    package = Path(reloadr.__file__).parent
    assert (package / "py.typed").exists()
    stub = (package / "_core.pyi").read_text("utf-8")
    assert all(f'"{name}"' in stub for name in _core.__all__)
    assert not TYPE_CHECKING
