"""The documents: their code runs, their links lead somewhere, and what they name exists."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import reloadr

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]

#: What the README's code is about.
SHOP = """\
class Cart:
    def total(self):
        return 1
"""
#: Names that its pieces take as given.
PREAMBLE = """\
import sys, tempfile, pathlib
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "shop.py").write_text(%r)
(folder / "billing.py").write_text("")
(folder / "plugins").mkdir()
sys.path.insert(0, str(folder))
import os
os.chdir(folder)
import billing
def connect(name): return object()
"""


def code_blocks(document: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", document.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_code_is_python(document: Path) -> None:
    """Every piece of Python parses."""
    for block in code_blocks(document):
        ast.parse(block)


def test_code_of_the_readme_runs(tmp_path: Path) -> None:
    """All pieces, one after the other, in one process."""
    script = tmp_path / "readme.py"
    script.write_text(PREAMBLE % SHOP + "\n".join(code_blocks(ROOT / "README.md")))
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def anchors(document: Path) -> set[str]:
    """The headings as they are linked to."""
    headings = re.findall(r"^#+ (.*)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """To a file or folder of the repository, and a heading in it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path) if path else document
        assert file.exists(), f"{document.name} links to {target}"
        assert not anchor or anchor in anchors(file), f"{document.name} links to {target}"


def test_the_readme_names_the_public_surface() -> None:
    """Whatever is in `__all__` is described, but for the classes that its functions return."""
    readme = (ROOT / "README.md").read_text("utf-8")
    functions = [name for name in reloadr.__all__ if name.islower() and not name.startswith("_")]
    assert [name for name in functions if not re.search(rf"`{name}`|reloadr\.{name}\b", readme)] == []


def test_every_public_object_is_documented() -> None:
    """Modules, classes, functions and methods that a user meets have docstrings."""
    missing = []
    for name in reloadr.__all__:
        value = getattr(reloadr, name)
        if not isinstance(value, type) and not callable(value):
            continue
        if getattr(value, "__module__", "").startswith("reloadr") and not value.__doc__:
            missing.append(name)
        if isinstance(value, type):
            own = [(key, each) for key, each in vars(value).items() if not key.startswith("_")]
            missing += [f"{name}.{key}" for key, each in own if callable(each) and not each.__doc__]
    assert missing == []


def test_internals_name_files_that_exist() -> None:
    """The tour of the code follows the code."""
    text = (ROOT / "docs" / "internals.md").read_text("utf-8")
    named = set(re.findall(r"`((?:python/reloadr|src|tests|benches)/[\w./]+\.\w+)`", text))
    assert named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
    sources = [*(ROOT / "python" / "reloadr").rglob("*.py"), *(ROOT / "src").rglob("*.rs")]
    # What is in a folder is told file by file, what the folder is for by itself.
    rooms = {path for path in sources if path.name == "__init__.py" and path.parent.name != "reloadr"}
    tour = [str(path.relative_to(ROOT)) for path in sources if path not in rooms]
    roots = {Path("src"), Path("python/reloadr"), Path()}
    grouped = {path for path in tour if any(f"`{each}/`" in text for each in Path(path).parents if each not in roots)}
    assert sorted(set(tour) - named - grouped) == []
