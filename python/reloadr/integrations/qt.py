"""Qt: C++ calls virtual methods by what it remembers of an instance.

PySide (Shiboken) remembers of each instance which method it found, without holding it, and which it did not find. A
method that is added later is never called, one that is removed is called as freed memory. Setting any callable on an
instance makes it forget; so that is done to each living one once a save is live. PyQt (sip) remembers only what it did
not find, and nothing makes it forget. Signals and properties of both stand in a meta-object, made with the class.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from functools import partial
from types import FunctionType, WrapperDescriptorType
from typing import Any

from reloadr.plugins import MISSING, Change, Plugin, Reload, Rule, has_member, instances, is_a

__all__ = ["pyqt5", "pyqt6", "pyside2", "pyside6"]

#: Methods that were taken away: whatever remembers one, and was missed, still calls a function.
_kept: list[object] = []


def _is_body(change: Change) -> bool:
    """Whether a function stays the object that it is."""
    return change.action == "changed" and is_a(change.old, FunctionType) and "decorators" not in change.facets


def _edited(framework: str, change: Change, reload: Reload) -> bool:
    """A member of a class, its bases, or a statement that may store into one."""
    if not _is_body(change):
        if change.owner is not None and is_a(change.old, FunctionType):
            _kept.append(change.old)
        cls = change.owner or change.old
        if is_a(cls, type) and any(len(_pointers(framework, each)) > 1 for each in _wrapped(framework, cls)):
            reload.restart("living instances are several C++ objects each, which remember their methods")
        reload.after(partial(_forget, framework))
    return False


def _wrapped(framework: str, cls: type | None = None) -> list[Any]:
    """The living instances of PySide, or those of them that are of a class, or of one below it."""
    root = _shiboken(framework).Object
    if cls is None or issubclass(root, cls):
        return instances(root)
    return [each for each in instances(cls) if issubclass(type(each), root)]


def _shiboken(framework: str) -> Any:
    return sys.modules[f"shiboken{framework[-1]}"].Shiboken


def _pointers(framework: str, instance: object) -> tuple[int, ...]:
    shiboken = _shiboken(framework)
    return tuple(shiboken.getCppPointer(instance)) if shiboken.isValid(instance) else ()


def _forget(framework: str) -> None:
    """Has each living instance look for its methods again."""
    for each in _wrapped(framework):
        # One whose C++ half is gone has nothing to forget.
        with contextlib.suppress(RuntimeError):
            set_, delete = _setters(type(each))
            set_(each, "_reloadr_forgets", _forget)
            delete(each, "_reloadr_forgets")


def _setters(cls: type) -> tuple[Any, Any]:
    """How the binding sets and deletes an attribute, whatever a class of the user's makes of that."""
    home = next(each for each in cls.__mro__ if isinstance(vars(each).get("__setattr__"), WrapperDescriptorType))
    return home.__setattr__, home.__delattr__


def _in_meta_object(change: Change, reload: Reload) -> None:
    """A signal or property: instances know those that their class was made with."""
    if change.owner is not None:
        reload.restart("signals and properties are registered with Qt when their class is made")


# ---- PyQt ----------------------------------------------------------------------------------------


def _bound(change: Change, reload: Reload) -> bool:
    """A member came where there was none."""
    if change.owner is not None and change.new is not MISSING and (change.old is MISSING or change.action == "added"):
        _refuse_override(change.owner, change.name.rpartition(".")[2], reload)
    return False


def _rebased(change: Change, reload: Reload) -> bool:
    """Other bases may bring methods."""
    if is_a(change.old, type) and "bases" in change.facets and any(_of_sip(change.old)):
        reload.restart("its living instances do not look for methods that other bases bring")
    return False


def _refuse_override(cls: type, name: str, reload: Reload) -> None:
    for each in _of_sip(cls):
        if any(name in vars(base) for base in type(each).__mro__ if _is_binding(base)):
            reload.restart("Qt may have asked living instances for this method, and does not ask again")


def _of_sip(cls: type) -> Iterator[object]:
    return (each for each in instances(cls) if has_member(type(each), "__sip__") or _is_wrapper(type(each)))


def _is_wrapper(cls: type) -> bool:
    return type(cls).__name__ == "wrappertype"


def _is_binding(cls: type) -> bool:
    """Whether a class is C++'s own."""
    return _is_wrapper(cls) and cls.__module__.startswith("PyQt")


# ---- the plug-ins --------------------------------------------------------------------------------


def _of_meta_object(framework: str, *names: str) -> Rule:
    types = [f"{framework}.QtCore.{name}" for name in names]
    return Rule(types=types, before=_in_meta_object, changed=_in_meta_object)


def _pyside(framework: str) -> Plugin:
    edited = partial(_edited, framework)
    return Plugin(
        framework,
        rules=[
            _of_meta_object(framework, "Signal", "Property"),
            # A class of no C++ may have one below it; a statement may store into one.
            Rule(names=["*"], types=["builtins.type"], before=edited, changed=edited),
        ],
    )


def _pyqt(framework: str) -> Plugin:
    return Plugin(
        framework,
        rules=[
            _of_meta_object(framework, "pyqtSignal", "pyqtProperty"),
            Rule(types=["builtins.type"], before=_rebased, changed=_bound),
        ],
    )


pyside2, pyside6 = map(_pyside, ("PySide2", "PySide6"))
pyqt5, pyqt6 = map(_pyqt, ("PyQt5", "PyQt6"))
