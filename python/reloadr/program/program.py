"""A program to run: a script, a module, or a command, found and started as Python itself would.

Its `__main__`, `sys.argv`, `sys.path[0]` and the traceback of an error are those it would have without us.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from types import CodeType, ModuleType, TracebackType
from typing import Any, Literal

from reloadr._core import Snapshot, read
from reloadr.live import capture

__all__ = ["NoProgram", "Program", "find", "prepare"]


class NoProgram(Exception):
    """There is no such program; the message says what Python would."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Program:
    """What to run."""

    kind: Literal["script", "module", "foreign"]
    target: str
    arguments: tuple[str, ...] = ()
    #: Options of an interpreter that was named, such as `-X dev`; else those of ours.
    options: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def find(command: Sequence[str]) -> Program:
    """What `reloadr run -- COMMAND ...` means. Raises NoProgram."""
    name, *arguments = command
    path = name if os.sep in name else shutil.which(name)
    if os.path.basename(name).startswith("python") and path is not None and _is_ours(path):
        return _of_interpreter(arguments)
    if path is None or not os.path.isfile(path):
        raise NoProgram(f"there is no command {name!r}", 127)
    if is_python(path):
        return Program("script", path, tuple(arguments))
    return Program("foreign", path, tuple(arguments))


def _is_ours(path: str) -> bool:
    if _starts_with(path, b"#!"):
        import subprocess

        # A shim, as pyenv's: only it knows which interpreter it starts.
        asked = [path, "-c", "import sys; print(sys.executable)"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        path = said.stdout.strip() or path
    return os.path.realpath(path) == os.path.realpath(sys.executable)


def _starts_with(path: str, start: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(start)) == start
    except OSError:
        return False


_WITH_VALUE = ("-X", "-W", "--check-hash-based-pycs")


def split_options(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The interpreter's own options at the head of a command line, and the rest."""
    options: list[str] = []
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c", "-"):
        options.append(rest.pop(0))
        if options[-1] in _WITH_VALUE and rest:
            options.append(rest.pop(0))
    return options, rest


def _of_interpreter(arguments: Sequence[str]) -> Program:
    options, rest = split_options(arguments)
    if rest[:1] == ["-m"] and len(rest) > 1:
        return Program("module", rest[1], tuple(rest[2:]), tuple(options))
    if not rest or rest[0] in ("-c", "-", "-m"):
        raise NoProgram("python needs a script or -m module here")
    return Program("script", rest[0], tuple(rest[1:]), tuple(options))


def is_python(path: str) -> bool:
    """Whether a file is a script for this Python, such as pip makes them."""
    if path.endswith((".py", ".pyw")):
        return True
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
    except OSError:
        return False
    if not start.startswith(b"#!"):
        return False
    line = start.split(b"\n", 1)[0]
    # Paths that are too long or hold a space: `#!/bin/sh` and a second line for it.
    if line.rstrip() == b"#!/bin/sh" and start.split(b"\n", 2)[1].startswith(b"'''exec'"):
        return True
    return b"python" in os.path.basename(line[2:].split(b" ")[0]) or b"env python" in line


@dataclass(slots=True)
class Prepared:
    """A program whose `__main__` stands ready."""

    code: CodeType
    module: ModuleType
    files: dict[str, int] = field(default_factory=dict)

    def run(self) -> None:
        """Executes it. Whatever it raises comes out."""
        exec(self.code, self.module.__dict__)


def prepare(program: Program, seen: Callable[[Snapshot], object]) -> Prepared:
    """Sets `sys.argv`, `sys.path[0]` and `__main__` as Python would.

    `seen` is called with the main file before it is compiled. Raises NoProgram, SyntaxError, or what importing
    the packages around a module raises.
    """
    if program.kind == "module":
        return _prepare_module(program, seen)
    return _prepare_script(program, seen)


def _prepare_script(program: Program, seen: Callable[[Snapshot], object]) -> Prepared:
    path = program.target
    sys.argv[:] = [path, *program.arguments]
    if os.path.isdir(path) or path.endswith((".zip", ".pyz")):
        return _prepare_folder(path, seen)
    _first_on_path(os.path.dirname(os.path.realpath(path)))
    try:
        snapshot = read(path)
    except OSError as error:
        why = f"[Errno {error.errno}] {error.strerror}"
        raise NoProgram(f"can't open file {os.path.abspath(path)!r}: {why}") from None
    seen(snapshot)
    module = ModuleType("__main__")
    full = os.path.abspath(path)
    loader = importlib.machinery.SourceFileLoader("__main__", full)
    module.__dict__.update(
        __file__=full, __cached__=None, __spec__=None, __package__=None, __loader__=loader, __builtins__=builtins
    )
    return _compiled(module, snapshot, full)


def _compiled(module: ModuleType, snapshot: Snapshot, filename: str) -> Prepared:
    code = compile(snapshot.data, filename, "exec", dont_inherit=True)
    capture.remember(module, code, snapshot)
    sys.modules["__main__"] = module
    return Prepared(code, module)


def _prepare_folder(path: str, seen: Callable[[Snapshot], object]) -> Prepared:
    """A folder or archive with a `__main__.py`."""
    path = os.path.abspath(path)
    _first_on_path(path)
    finder = importlib.machinery.PathFinder.find_spec("__main__", [path])
    if finder is None:
        raise NoProgram(f"can't find '__main__' module in {path!r}", 1)
    return _by_spec(finder, "", seen)


def _prepare_module(program: Program, seen: Callable[[Snapshot], object]) -> Prepared:
    name = program.target
    sys.argv[:] = ["-m", *program.arguments]
    _first_on_path(os.getcwd())
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
            if spec is None:
                why = f"{name!r} is a package and cannot be directly executed"
                raise NoProgram(f"No module named {name}.__main__; {why}", 1)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise
        raise NoProgram(f"Error while finding module specification for {name!r} ({error})", 1) from None
    if spec is None:
        raise NoProgram(f"No module named {name}", 1)
    prepared = _by_spec(spec, spec.parent or "", seen)
    sys.argv[0] = spec.origin or name
    return prepared


def _by_spec(spec: importlib.machinery.ModuleSpec, package: str, seen: Callable[[Snapshot], object]) -> Prepared:
    loader = spec.loader
    module = ModuleType("__main__")
    module.__dict__.update(
        __file__=spec.origin,
        __cached__=spec.cached,
        __spec__=spec,
        __package__=package,
        __loader__=loader,
        __builtins__=builtins,
    )
    if isinstance(loader, importlib.machinery.SourceFileLoader) and spec.origin is not None:
        snapshot = read(spec.origin)
        seen(snapshot)
        return _compiled(module, snapshot, spec.origin)
    get_code = getattr(loader, "get_code", None)
    code = get_code(spec.name) if get_code is not None else None
    if not isinstance(code, CodeType):
        raise NoProgram(f"No code object available for {spec.name}", 1)
    sys.modules["__main__"] = module
    return Prepared(code, module)


def _first_on_path(folder: str) -> None:
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, folder)


def own_frames_off(trace: TracebackType | None, program: Prepared | None) -> TracebackType | None:
    """A traceback as it would be without us: from the program's own first frame on."""
    at = trace
    while at is not None:
        if program is not None and at.tb_frame.f_code is program.code:
            return at
        at = at.tb_next
    # It never got that far: what is left below the import system's and our frames.
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith((own, "<frozen")):
        trace = trace.tb_next
    return trace
