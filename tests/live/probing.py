"""An edit, played in this process and asked the same question as a fresh module: right, named, or silently wrong."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import reloadr
from harness import Project
from reloadr import Report

Files = dict[str, str]
#: An edit alone, then saved back as it was, or taken back by `undo()`.
WAYS = ("edit", "back", "undo")


@dataclass
class Probe:
    """What is so after an edit, what a fresh process has, and what was said."""

    now: str
    fresh: str
    report: Report

    @property
    def right(self) -> bool:
        return self.now == self.fresh

    @property
    def named(self) -> bool:
        return any(each.verdict in ("caveat", "restart") for each in self.report.reasons)

    @property
    def said(self) -> list[str]:
        return [each.code for each in self.report.reasons]

    def __repr__(self) -> str:
        return f"{self.now}, fresh {self.fresh}\n{self.report}"


def probed(
    project: Project,
    before: str | Files,
    after: str | Files,
    look: str,
    *,
    way: str = "edit",
    setup: str = "",
) -> Probe:
    """Plays an edit of `m.py`, or of several files, and evaluates `look` in both; what `setup` binds is kept from the
    time before the edit."""
    olds, news = _files(before), _files(after)
    names = sorted({_module(each) for each in {**olds, **news}})
    _save(project, olds)
    for name in [_module(each) for each in olds]:
        project.load(name)
    kept = _world(names, setup)
    watcher = project.watch()
    _save(project, news)
    report = watcher.poll()
    wanted = news
    if way == "back":
        _save(project, olds)
        report, wanted = watcher.poll(), olds
    elif way == "undo" and report.verdict in ("live", "caveat"):
        report, wanted = reloadr.undo(), olds
    now = _asked(look, {**kept, **_world(names, "")})
    return Probe(now, fresh(project, wanted, look, setup), report)


def fresh(project: Project, files: Files, look: str, setup: str = "") -> str:
    """What a fresh import of these texts gives, beside the living modules."""
    names = sorted(map(_module, files))
    living = {name: sys.modules.pop(name, None) for name in names}
    root = project.root / "fresh"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        for name in names:
            importlib.import_module(name)
        return _asked(look, _world(names, setup))
    finally:
        sys.path.remove(str(root))
        for name, module in living.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module


def _files(texts: str | Files) -> Files:
    return {"m.py": texts} if isinstance(texts, str) else texts


def _save(project: Project, files: Files) -> None:
    for name, text in files.items():
        project.write(name, text)
    importlib.invalidate_caches()


def _world(names: list[str], setup: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        module = sys.modules.get(name)
        if isinstance(module, ModuleType):
            found[name] = module
    exec(setup, found)
    return found


def _asked(look: str, names: dict[str, Any]) -> str:
    try:
        return repr(eval(look, {"sys": sys, **names}))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
