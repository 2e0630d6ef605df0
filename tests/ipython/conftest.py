"""A real InteractiveShell in this process, and real kernels beside it; projects that they edit."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "live"))

pytest.importorskip("IPython", reason="IPython is not installed")

from harness import Project
from notebook import Kernel, Shell


@pytest.fixture(scope="session", autouse=True)
def no_loop_is_left() -> Iterator[None]:
    """IPython and jupyter-client keep an event loop each, once they needed one, and never close it."""
    yield
    from IPython.core import async_helpers

    loops = [getattr(async_helpers, "_asyncio_event_loop", None)]
    if "jupyter_client" in sys.modules:
        from jupyter_core.utils import ensure_event_loop

        loops.append(ensure_event_loop())
    for loop in loops:
        if loop is not None:
            loop.close()


@pytest.fixture(autouse=True)
def no_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cached bytecode is valid by whole seconds: two saves in one would be taken for the same."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A folder of modules, the current one; gone from the process afterwards."""
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path.resolve())
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def shell(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """An InteractiveShell with `%load_ext reloadr`, in the project's folder."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / ".ipython"))
    main, before = sys.modules.get("__main__"), set(vars(builtins))
    InteractiveShell.clear_instance()
    config = Config({"HistoryManager": {"enabled": False}})
    made = Shell(InteractiveShell.instance(config=config), project.root)
    try:
        made.run("%load_ext reloadr")
        yield made
    finally:
        made.close()
        InteractiveShell.clear_instance()
        if main is not None:
            sys.modules["__main__"] = main
        for name in set(vars(builtins)) - before:
            delattr(builtins, name)


@pytest.fixture
def kernel(project: Project) -> Iterator[Callable[..., Kernel]]:
    """Starts kernels in the project's folder."""
    pytest.importorskip("jupyter_client", reason="jupyter-client is not installed")
    running: list[Kernel] = []

    def start(*, load: bool = True) -> Kernel:
        made = Kernel(project.root, {**os.environ, "IPYTHONDIR": str(project.root / ".ipython")})
        running.append(made)
        if load:
            made.run("%load_ext reloadr")
        return made

    yield start
    for each in running:
        each.close()
