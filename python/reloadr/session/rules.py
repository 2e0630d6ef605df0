"""What a watcher wants: each of its targets becomes a rule, which says of a loaded module whether it is meant."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol

from reloadr.live import capture
from reloadr.live.kinds import is_a
from reloadr.live.origin import claimed_paths, rewrites, source_path

__all__ = ["Real", "Rule", "Target", "Wanting", "kind_of", "rule_for", "rules_for"]

Target = ModuleType | str | os.PathLike[str]


#: Gives the real path of an absolute one, as `os.path.realpath` does.
Real = Callable[[str], str]


class Wanting(Protocol):
    """Whoever says which modules are watched: a watcher."""

    #: Whether a fresh process may say if a line that raised is right: it imports the module.
    judges: bool

    def may_want(self, module: ModuleType, real: Real, /) -> bool:
        """Whether a module can be meant, as far as it tells of itself. Where its source is, the disk is asked."""
        ...

    def wants(self, module: ModuleType, path: str, /) -> bool:
        """Whether a module is to be watched."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One target of a watcher."""

    #: A module by identity, or by name with everything below it.
    module: ModuleType | None = None
    name: str = ""
    #: A file, or a folder with everything below it.
    file: str = ""
    folder: str = ""
    #: All of the user's own code.
    everything: bool = False

    def may_want(self, module: ModuleType, real: Real) -> bool:
        """Whether a module can be this target, by its name or by the files that it says it comes from."""
        if self.everything or self.is_named(module):
            return True
        return bool(self.file or self.folder) and any(self._is_at(path, real) for path in claimed_paths(module))

    def is_named(self, module: ModuleType) -> bool:
        """Whether the target is a module or name, and this is it, or part of it."""
        if self.module is not None and self.module is module:
            return True
        return bool(self.name) and (module.__name__ == self.name or module.__name__.startswith(f"{self.name}."))

    def wants(self, module: ModuleType, path: str) -> bool:
        """Whether a module is this target, or part of it."""
        if self.everything:
            return capture.is_user_code(path)
        return self.is_named(module) or self._is_at(path, os.path.realpath)

    def _is_at(self, path: str, real: Real) -> bool:
        if self.file:
            return path == self.file or real(path) == self.file
        return bool(self.folder) and (self._holds(path) or self._holds(real(path)))

    def _holds(self, path: str) -> bool:
        """Whether a file lies below the folder, and not in an environment there, such as `.venv`."""
        return path.startswith(self.folder) and not capture.holds_packages(path[len(self.folder) - 1 :])


def rules_for(targets: Iterable[Target]) -> list[Rule]:
    """A rule for each target; of no targets, one for all of the user's own code, loaded now or later."""
    return [rule_for(target) for target in targets] or [Rule(everything=True)]


def rule_for(target: Target) -> Rule:
    """The rule for a module, dotted name, file or folder. Raises ValueError for what cannot be watched."""
    if is_a(target, ModuleType):
        return _module_rule(target)
    text = os.fspath(target)
    if isinstance(target, str) and text in sys.modules:
        return _module_rule(sys.modules[text])
    if not text:
        raise ValueError("cannot watch '': give a module, a dotted name, a file or a folder")
    path = os.path.abspath(text)
    if os.path.isdir(path):
        return Rule(folder=os.path.realpath(path).rstrip(os.sep) + os.sep)
    if os.path.isfile(path):
        return Rule(file=os.path.realpath(path))
    if isinstance(target, str) and all(part.isidentifier() for part in text.split(".")):
        return Rule(name=text)
    raise ValueError(
        f"cannot watch {text!r}: it is no loaded module, no existing file or folder, and no dotted module name"
    )


def _module_rule(module: ModuleType) -> Rule:
    if source_path(module) is None and not hasattr(module, "__path__"):
        raise ValueError(f"cannot watch {module.__name__!r}: it is {kind_of(module)} and has no Python source to patch")
    if hasattr(module, "__path__"):
        return Rule(module=module, name=module.__name__)
    return Rule(module=module)


def kind_of(module: ModuleType) -> str:
    """What a module is that has no source to patch: "a builtin module"."""
    spec = module.__spec__
    if module.__name__ in sys.builtin_module_names:
        return "a builtin module"
    if spec is not None and spec.origin == "frozen":
        return "a frozen module"
    loader = module.__dict__.get("__loader__")
    if rewrites(loader):
        return f"loaded by {type(loader).__name__}, which may run other code than is in the file,"
    if isinstance(getattr(module, "__file__", None), str):
        return "an extension module"
    return "a module without a file"
