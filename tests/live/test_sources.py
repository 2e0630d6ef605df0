"""Whose code a file is, and modules that a program executes itself."""

import importlib.util
import os
import sys
import zipfile
from collections.abc import Iterator
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
import reloadr
from harness import Project
from reloadr.live.capture import is_user_code


def executed(project: Project, name: str, *, known: bool) -> ModuleType:
    """As plug-ins are loaded: from a file, without an import."""
    spec = importlib.util.spec_from_file_location(name, project.path(name))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    if known:
        sys.modules[name] = module
    spec.loader.exec_module(module)
    sys.modules[name] = module
    return module


@pytest.mark.parametrize("known", [True, False], ids=["in sys.modules before", "and afterwards"])
def test_a_module_that_was_executed_is_remembered(project: Project, known: bool) -> None:
    """No RL220 at the first edit, though it was watched later."""
    project.write("plug", "X = [1]\ndef f(): return 1\n")
    module = executed(project, "plug", known=known)
    kept = module.X
    project.write("plug", "X = [1]\ndef f(): return 2\n")
    watcher = project.watch()
    report = watcher.poll()
    assert report.verdict == "live" and not report.reasons, report
    assert module.f() == 2 and module.X is kept


def test_a_module_that_is_executed_once_more(project: Project) -> None:
    project.write("plug", "def f(): return 1\n")
    module = executed(project, "plug", known=True)
    watcher = project.watch()
    project.write("plug", "def f(): return 2\n")
    assert module.__spec__ is not None and module.__spec__.loader is not None
    module.__spec__.loader.exec_module(module)
    assert module.f() == 2
    project.write("plug", "def f(): return 3\n")
    watcher.poll()
    assert module.f() == 3


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("{home}/.local/lib/python3.12/site-packages/pkg/a.py", False),
        ("/usr/lib/python3/dist-packages/pkg.py", False),
        ("/opt/python/lib/python3.12/site-packages/pkg/a.py", False),
        ("{root}/.venv/lib/python3.12/site-packages/pkg/a.py", False),
        ("{root}/shop/app.py", True),
        ("{root}/packages/app.py", True),
    ],
)
def test_what_is_installed_is_nobodys_own(project: Project, path: str, own: bool) -> None:
    assert is_user_code(path.format(home=Path.home(), root=project.root)) is own


def test_what_is_linked_among_packages_is_the_users(project: Project) -> None:
    project.write("checkout/pkg/__init__.py", "")
    packages = project.root / "env" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "pkg").symlink_to(project.root / "checkout" / "pkg")
    assert is_user_code(str(packages / "pkg" / "__init__.py"))


def test_an_environment_in_the_project_is_not_watched_unless_asked_for(project: Project) -> None:
    packages = project.root / ".venv" / "lib" / "site-packages"
    project.write(".venv/lib/site-packages/inst.py", "def f(): return 1\n")
    project.start("own", "def f(): return 1\n")
    sys.path.insert(0, str(packages))
    project.load("inst")
    project.watch()
    assert set(reloadr.status().watched) == {"own"}
    project.watch("inst")
    assert set(reloadr.status().watched) == {"own", "inst"}


def zipped(path: Path, **modules: str) -> None:
    beside = path.with_name("beside")
    with zipfile.ZipFile(beside, "w") as archive:
        for name, text in modules.items():
            archive.writestr(f"{name}.py", text)
    os.replace(beside, path)


def test_an_archive_that_was_written_anew(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its importer would read the text of whatever stands where the module stood."""
    archive = project.root / "lib.zip"
    zipped(archive, zm="def f(): return 1\nX = 1\n", other="Y = 1\n")
    monkeypatch.syspath_prepend(str(archive))
    module = project.load("zm")
    watcher = project.watch(module)
    assert watcher.poll().verdict == "nothing"
    zipped(archive, other="Y = 2\nZ = 3\n" * 9, zm="# first\ndef f(): return 2\nX = 2\n")
    report = watcher.poll()
    assert report.verdict == "live" and (module.f(), module.X) == (2, 2), str(report)
    assert not hasattr(module, "Y")
    zipped(archive, other="Y = 2\n")
    assert watcher.poll().verdict in ("caveat", "nothing") and module.f() == 2
    zipped(archive, zm="def f(): return 3\nX = 2\n")
    assert watcher.poll().verdict in ("live", "caveat") and module.f() == 3


class Given(InspectLoader):
    """Modules that have no file at all: `<string>` is what their code says."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def get_source(self, fullname: str) -> str:
        return self.texts[fullname]

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, origin="<given>") if name in self.texts else None


@pytest.fixture
def given() -> Iterator[dict[str, str]]:
    finder = Given({})
    sys.meta_path.append(finder)  # type: ignore[arg-type]
    yield finder.texts
    sys.meta_path.remove(finder)  # type: ignore[arg-type]
    for name in finder.texts:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    "text", ["def f(): return 1\nX = 1\n", "class C:\n    @classmethod\n    def f(cls): return 1\nX = 1\n"]
)
def test_a_loader_without_files_is_asked_for_its_text(project: Project, given: dict[str, str], text: str) -> None:
    given["given_module"] = text
    module = project.load("given_module")
    called = module.f if hasattr(module, "f") else module.C.f
    watcher = project.watch(module)
    assert watcher.poll().verdict == "nothing"
    given["given_module"] = text.replace("1", "2")
    report = watcher.poll()
    assert report.verdict == "live" and (called(), module.X) == (2, 2), str(report)
    given["given_module"] = "def f(:\n"
    assert watcher.poll().rejected and called() == 2
