"""Where a module's source comes from: its file, a zip archive, or a loader that gives it."""

from __future__ import annotations

import importlib.util
import os
import sys
import zipimport
import zlib
from collections.abc import Iterator, Mapping
from importlib.machinery import BuiltinImporter, FrozenImporter, SourceFileLoader
from types import FunctionType, ModuleType

from reloadr._core import Snapshot, read
from reloadr.live.kinds import is_a


def compiled_as(module: ModuleType, path: str) -> str:
    """The `co_filename` that a compile of the module's file gives."""
    without_file = module.__dict__.get("__file__") is None
    for value in _functions(module):
        # A loader may compile under another name than it gives in the spec.
        if value.__globals__ is module.__dict__:
            filename = value.__code__.co_filename
            if not filename.startswith("<") or without_file:
                return filename
    spec = module.__dict__.get("__spec__")
    if spec is not None and isinstance(spec.origin, str):
        return spec.origin
    name: object = module.__dict__.get("__file__", path)
    return name if isinstance(name, str) else path


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """The functions that a module binds, and those of its classes."""
    for value in list(module.__dict__.values()):
        if is_a(value, FunctionType):
            yield value
        elif type(value) is type and value.__module__ == module.__name__:
            for each in list(value.__dict__.values()):
                found = getattr(each, "__func__", each) if type(each) in (classmethod, staticmethod) else each
                if is_a(found, FunctionType):
                    yield found


def source_path(module: ModuleType) -> str | None:
    """The file that a module's source comes from, or what stands for it where a loader without files gives it; None for
    builtin, frozen and extension modules."""
    path: object = module.__dict__.get("__file__")
    if getattr(module.__dict__.get("__spec__"), "origin", None) == "frozen":
        return None
    if not isinstance(path, str):
        given = _given(module) if not hasattr(module, "__path__") else None
        return f"<{module.__name__}>" if given is not None else None
    if path.endswith((".pyc", ".pyo")):
        spec = module.__dict__.get("__spec__")
        origin = spec.origin if spec is not None else None
        path = origin if origin and origin.endswith(".py") else path[:-1]
    loader = module.__dict__.get("__loader__")
    if isinstance(loader, zipimport.zipimporter):
        return path
    ran: object = getattr(module.__dict__.get("__spec__"), "origin", None)
    if isinstance(ran, str) and ran != path and ran.endswith(".py") and os.path.isfile(ran) and os.path.isfile(path):
        # A module may call itself by the name of another file than the one that it was executed from.
        path = path if os.path.samefile(ran, path) else ran
    if rewrites(loader):
        return None
    if not os.path.exists(path) and not hasattr(loader, "get_source"):
        return None
    if path.endswith(tuple(_extension_suffixes())) or _is_anothers(module, path):
        return None
    return os.path.abspath(path)


def claimed_paths(module: ModuleType) -> Iterator[str]:
    """The files that a module says it comes from, absolute: its source is one of them, if it has any on a disk."""
    said: object = module.__dict__.get("__file__")
    origin: object = getattr(module.__dict__.get("__spec__"), "origin", None)
    for path in dict.fromkeys(each for each in (said, origin) if isinstance(each, str)):
        if path:
            yield os.path.abspath(path[:-1] if path.endswith((".pyc", ".pyo")) else path)


def _is_anothers(module: ModuleType, path: str) -> bool:
    """Whether a module calls itself by a file that another one was executed from: a redirection (`bottle.ext`), or what
    something made of the other's names."""
    if module.__dict__.get("__name__") == "__main__" or _is_executed(module):
        return False
    others = (each for each in list(sys.modules.values()) if each is not module and is_a(each, ModuleType))
    return any(each.__dict__.get("__file__") == path and _is_executed(each) for each in others)


def _is_executed(module: ModuleType) -> bool:
    """Whether a module has a spec of its own that names a file."""
    # Modules may lack anything that a module has.
    spec = module.__dict__.get("__spec__")
    name = getattr(spec, "name", None)
    return name is not None and name == module.__dict__.get("__name__") and getattr(spec, "origin", None) is not None


def rewrites(loader: object) -> bool:
    """Whether a loader may run other code than the file holds, and does not say which.

    pytest's is of that kind: code of plain source in its place would lose the rewritten assertions.
    """
    kind = type(loader)
    return hasattr(kind, "exec_module") and not hasattr(kind, "get_source")


def _extension_suffixes() -> list[str]:
    from importlib.machinery import EXTENSION_SUFFIXES

    return EXTENSION_SUFFIXES


def snapshot_of(module: ModuleType, path: str) -> Snapshot:
    """The source of a module as it is now, from its file or from the loader that gives it.

    Raises OSError when there is none.
    """
    if os.path.isfile(path):
        return read(path)
    return snapshot_from_loader(module, path)


def snapshot_from_loader(module: ModuleType, path: str) -> Snapshot:
    """The source of a module that has no file of its own, from the loader that gives it. The loader of a plain file
    would read that, half written as it may be by the time.

    Raises OSError when there is none.
    """
    loader = module.__dict__.get("__loader__")
    if isinstance(loader, zipimport.zipimporter):
        return _snapshot_from_zip(loader.archive, path)
    source = _given(module)
    if source is not None:
        return Snapshot(path, source.encode("utf-8", "surrogatepass"))
    raise FileNotFoundError(2, "no source", path)


def _given(module: ModuleType) -> str | None:
    """The text that the loader of a module without a file gives."""
    loader = module.__dict__.get("__loader__")
    get_source = getattr(loader, "get_source", None)
    if get_source is None or isinstance(loader, SourceFileLoader) or loader in (BuiltinImporter, FrozenImporter):
        return None
    try:
        source: object = get_source(module.__name__)
    except ImportError:
        return None
    return source if isinstance(source, str) else None


def _snapshot_from_zip(archive: str, path: str) -> Snapshot:
    """The source of a module as the archive has it now. Its importer goes by the places of the archive that it has seen
    first: of one that was written anew it would read some other file's text.

    Raises OSError when there is none.
    """
    import zipfile

    try:
        with zipfile.ZipFile(archive) as opened:
            return Snapshot(path, opened.read(os.path.relpath(path, archive).replace(os.sep, "/")))
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise FileNotFoundError(2, "no source", path) from error


def is_initialising(module: ModuleType) -> bool:
    """Whether the module's own code is still running for the first time, in an import."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def loaded_modules() -> list[ModuleType]:
    """What `sys.modules` holds now; other threads may be importing."""
    return [module for module in list(sys.modules.values()) if is_a(module, ModuleType)]


def absolute(namespace: Mapping[str, object], module: str) -> str:
    """The full name of a module as an import in `namespace` writes it. Raises ImportError."""
    if not module.startswith("."):
        return module
    package = namespace.get("__package__")
    if not isinstance(package, str):
        name = str(namespace.get("__name__"))
        package = name if "__path__" in namespace else name.rpartition(".")[0]
    return importlib.util.resolve_name(module, package)
