"""JupyterLab as people use it, in a real browser: modules are edited on disk, cells are run, the display is looked at.

Needs JupyterLab and Playwright (tests/requirements-browser.txt) and Chromium; is skipped where one is missing. The
screenshots are in `target/tests/screenshots`, or where RELOADR_SCREENSHOTS says.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jupyterlab", reason="JupyterLab is not installed: tests/requirements-browser.txt")
pytest.importorskip("playwright", reason="Playwright is not installed: tests/requirements-browser.txt")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed: apt-get install chromium", allow_module_level=True)

SCREENSHOTS = Path(
    os.environ.get("RELOADR_SCREENSHOTS", Path(__file__).resolve().parents[2] / "target" / "tests" / "screenshots")
)
PATIENCE = 60

SHOP = """\
class Cart:
    def __init__(self):
        self.items = [2, 3]

    def total(self):
        return sum(self.items)


def greet(name):
    return f"hello {name}"
"""
CELLS = (
    "%load_ext reloadr\nimport shop\ncart = shop.Cart()",
    "cart.total(), shop.greet('Ada')",
    "class Till:\n    def open(self):\n        return 'closed'",
    "till = Till()",
    "till.open(), isinstance(till, Till)",
)


def notebook(cells: tuple[str, ...]) -> str:
    """A file as JupyterLab saves it."""
    made = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": text,
        }
        for number, text in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


def until(predicate: Callable[[], object], what: str) -> None:
    """Waits for something outside of the browser."""
    end = time.monotonic() + PATIENCE
    while not predicate():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server of its own: its address, and the folder that it shows."""
    root = tmp_path / "work"
    root.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = {name: str(tmp_path / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    home |= {"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path)}
    options = {
        "ServerApp.root_dir": root,
        "ServerApp.port": port,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.allow_root": True,
        "IdentityProvider.token": "",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", *(f"--{k}={v}" for k, v in options.items())]
    with open(tmp_path / "server.log", "wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **home}, cwd=root)
    address = f"http://127.0.0.1:{port}"

    def is_up() -> bool:
        assert server.poll() is None, (tmp_path / "server.log").read_text()
        try:
            with urllib.request.urlopen(f"{address}/api/status", timeout=5):
                return True
        except OSError:
            return False

    try:
        until(is_up, "the server does not come up")
        yield address, root
    finally:
        server.terminate()
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture
def page() -> Iterator[Any]:
    """A page in headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            made = browser.new_page(viewport={"width": 1100, "height": 1000})
            made.set_default_timeout(PATIENCE * 1000)
            yield made
        finally:
            browser.close()


class Lab:
    """A notebook that is open in a page."""

    def __init__(self, page: Any, address: str, settings: Path) -> None:
        self.page = page
        self.address = address
        self.settings = settings
        self.runs = 0

    def theme(self, name: str) -> None:
        """Sets the theme, for the next time that the notebook is opened."""
        path = self.settings / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
        path.mkdir(parents=True, exist_ok=True)
        (path / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
        (path / "themes.jupyterlab-settings").write_text(json.dumps({"theme": f"JupyterLab {name}"}))

    def open(self) -> None:
        """Opens the notebook, or opens it again."""
        self.page.goto(f"{self.address}/lab/tree/shop.ipynb?reset")
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        # Before the kernel is there, a cell that is run is not.
        self.page.locator(".jp-StatusBar-TextItem", has_text="| Idle").wait_for()

    def cell(self, number: int) -> Any:
        """A cell, by its place."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def run(self, number: int, text: str | None = None) -> Any:
        """Runs a cell, typed anew if so; returns its outputs."""
        cell = self.cell(number)
        editor = cell.locator(".cm-content")
        editor.click()
        if text is not None:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Control+Enter")
        self.runs += 1
        try:
            cell.locator(".jp-InputPrompt", has_text=f"[{self.runs}]:").wait_for()
        except Exception:
            self.shoot("jupyterlab-failed")
            raise
        return cell.locator(".jp-OutputArea")

    def shoot(self, name: str) -> Path:
        """What is to be seen."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=str(path))
        return path

    def colour(self, selector: str, what: str = "color") -> tuple[int, ...]:
        """A colour that somebody sees."""
        text = self.page.locator(selector).first.evaluate(f"each => getComputedStyle(each)['{what}']")
        return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def lightness(colour: tuple[int, ...]) -> float:
    return sum(colour) / 3


def test_a_day_in_a_notebook(lab: tuple[str, Path], page: Any) -> None:
    """A module is edited beside the notebook; a cell is edited and run again; an error comes and goes."""
    address, root = lab
    (root / "shop.py").write_text(SHOP)
    (root / "shop.ipynb").write_text(notebook(CELLS))
    book = Lab(page, address, root.parent / "jupyter_config_dir")
    book.theme("Light")
    book.open()
    for number in range(5):
        output = book.run(number)
    assert "('closed', True)" in output.inner_text()

    edited = SHOP.replace("sum(self.items)", "sum(self.items) * 10  # cents").replace("hello", "good morning")
    edited = edited.replace("[2, 3]\n", "[2, 3]\n        self.owner = None\n")
    (root / "shop.py").write_text(edited)
    output = book.run(1)
    output.locator(".reloadr summary").wait_for()
    assert "(50, 'good morning Ada')" in output.inner_text()
    assert "shop: 3 functions, 1 caveat (" in output.inner_text()
    assert not output.locator(".reloadr pre .added").first.is_visible()
    output.locator(".reloadr summary").click()
    assert output.locator(".reloadr pre .added").first.is_visible()
    assert "self.items) * 10" in output.locator(".reloadr").inner_text() and "RL209" in output.inner_text()

    book.run(2, CELLS[2].replace("'closed'", "'open'"))
    book.cell(2).locator(".reloadr", has_text="this cell: 1 function").wait_for()
    assert "('open', True)" in book.run(4).inner_text()

    (root / "shop.py").write_text(edited + "\n\ndef broken(:\n    pass\n")
    output = book.run(3, "cart.total()")
    output.locator(".reloadr .problem").wait_for()
    shown = output.inner_text()
    assert "running is not saved" in shown and "def broken(:" in shown and "shop.py:14" in shown and "50" in shown
    light = look_at(book, "light")

    book.page.keyboard.press("Control+S")
    until(lambda: "problem" in (root / "shop.ipynb").read_text(), "the notebook is not saved")
    (root / "shop.py").write_text(edited)
    output = book.run(1)
    assert "(50, 'good morning Ada')" in output.inner_text()
    book.cell(3).locator(".reloadr", has_text="mended").wait_for()

    # As it was saved, with the error; what was folded is folded.
    book.theme("Dark")
    book.open()
    book.cell(1).locator(".reloadr summary").click()
    dark = look_at(book, "dark")
    assert lightness(light[0]) < 100 < lightness(dark[0]), "text is dark on light, and light on dark"
    assert lightness(light[1]) > 200 and lightness(dark[1]) < 100, "so is the ground of what was added"


def look_at(book: Lab, theme: str) -> list[tuple[int, ...]]:
    """Takes the screenshot, with the first cell at the top; the colours of text and of added lines."""
    book.page.locator(".jp-Notebook .reloadr .problem").wait_for()
    book.page.locator(".jp-WindowedPanel-outer").first.evaluate("each => each.scrollTo(0, 0)")
    path = book.shoot(f"jupyterlab-{theme}")
    assert path.stat().st_size > 10_000
    return [book.colour(".reloadr pre .same"), book.colour(".reloadr pre .added", "background-color")]
