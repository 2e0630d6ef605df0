"""The fresh process: imports modules, from given texts where files have moved on, and says what it finds.

It is started with a job, plain data in a file, and leaves its answer in another. Bytecode caches are passed by for
these modules: what was saved twice in a second has one of the earlier text.
"""

from __future__ import annotations

import base64
import importlib
import importlib.machinery
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterable
from types import CodeType, ModuleType
from typing import Any

from reloadr import _disabled
from reloadr._core import end_with_parent
from reloadr.proof.describe import Description

__all__ = ["main"]


def main(job: dict[str, Any], lines: Iterable[str]) -> None:
    """Does the job, and ends the process whatever threads the modules began. `lines`: the texts."""
    end_with_parent(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    _disabled.disable()
    if job["nice"] and hasattr(os, "nice"):
        os.nice(10)
    sys.argv = job["argv"]
    texts = {path: None if text is None else base64.b64decode(text) for path, text in map(json.loads, lines)}
    _serve(texts)
    failed = _import(job, texts)
    with open(job["answer"] + "~", "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(json.dumps(failed) + "\n")
        if job["describes"]:
            names = [name for name in job["names"] if name not in failed]
            graph = Description(names, job["computed"]).run()
            file.writelines(f"{line}\n" for line in graph.to_lines())
    os.replace(job["answer"] + "~", job["answer"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _import(job: dict[str, Any], texts: dict[str, bytes | None]) -> dict[str, str]:
    """Imports all modules; those that could not be, and the error."""
    failed: dict[str, str] = {}
    for where in job["begins"]:
        module, _, function = where.partition(":")
        try:
            getattr(importlib.import_module(module), function)()
        except BaseException:
            # The modules that need it say so.
            traceback.print_exc()
    for name in job["names"]:
        try:
            if name == "__main__":
                _run_main(job["main"], job["package"], texts)
            else:
                importlib.import_module(name)
        except BaseException as error:
            # The modules may end the process, or be interrupted: each is its own.
            traceback.print_exc()
            failed[name] = _text(error)
    return failed


def _text(error: BaseException) -> str:
    """An error in a line, as a rejection has it."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        # Its own `__str__` fails.
        return "".join(traceback.format_exception_only(error)).strip()


def _serve(texts: dict[str, bytes | None]) -> None:
    """Makes imports of these files compile the given text, or what the file holds now."""
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        path = os.path.abspath(self.path)
        if path not in texts:
            return original(self, fullname)
        code: CodeType = self.source_to_code(_saved(path, texts), self.path)
        return code

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]


def _saved(path: str, texts: dict[str, bytes | None]) -> bytes:
    text = texts.get(path)
    if text is None:
        with open(path, "rb") as file:
            return file.read()
    return text


def _run_main(path: str, package: str | None, texts: dict[str, bytes | None]) -> None:
    """The main module under another name, as `multiprocessing` does, so that its main block does not run."""
    module = ModuleType("__mp_main__")
    module.__file__, module.__package__ = path, package
    sys.modules["__main__"] = sys.modules["__mp_main__"] = module
    exec(compile(_saved(os.path.abspath(path), texts), path, "exec", dont_inherit=True), module.__dict__)
