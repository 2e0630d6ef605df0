"""Programs with windows, that never leave their own loop: what is saved is what the next event meets.

The libraries are in tests/requirements-guis.txt; what is not installed is skipped.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import PYTHON, replace, until
from reloadr.running.interpreter import TRIED

RUN = (PYTHON, "-X", "faulthandler", "-m", "reloadr", "run")

QT = """
    import os
    from {binding} import QtCore, QtGui, QtWidgets

    class Moods:
        pass

    class Window(Moods, QtWidgets.QWidget):
        def __init__(self):
            super().__init__()
            self.count = 0
            self.button = QtWidgets.QPushButton("press", self)
            self.button.clicked.connect(self.pressed)
            self.button.clicked.connect(lambda: print("lambda 1", flush=True))

        def pressed(self):
            self.count += 1
            print("slot 1", self.count, flush=True)

        def keyPressEvent(self, event):
            print("key 1", flush=True)

    class Other(Window):
        def __setattr__(self, name, value):
            if name == "refused":
                raise AttributeError(name)
            super().__setattr__(name, value)

    def send(window):
        at, left = QtCore.QPointF(1, 1), QtCore.Qt.MouseButton.LeftButton
        press, plain = QtCore.QEvent.Type.MouseButtonPress, QtCore.Qt.KeyboardModifier.NoModifier
        post = QtWidgets.QApplication.sendEvent
        post(window, QtGui.QMouseEvent(press, at, at, left, left, plain))
        post(window, QtGui.QKeyEvent(QtCore.QEvent.Type.KeyPress, 65, plain))
        window.button.click()
        # Whatever lies where a function lay is another one by now.
        [eval("lambda self, event: print('freed')") for _ in range(100)]
        print("turn", os.getpid(), flush=True)

    def main():
        app = QtWidgets.QApplication([])
        windows = [Window(), Other()]
        windows[0].show()
        timer = QtCore.QTimer()
        timer.timeout.connect(lambda: [send(each) for each in windows])
        timer.start(20)
        app.exec()

    if __name__ == "__main__":
        main()
"""

MOUSE = """
    def mousePressEvent(self, event):
        print("NAME", flush=True)
"""


def needs(name: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed: see tests/requirements-guis.txt")


class Edited:
    """A program, and its text as it was saved last."""

    def __init__(self, start, folder: Path, text: str, **env: str) -> None:
        self.path, self.text = folder / "app.py", textwrap.dedent(text)
        replace(self.path, self.text)
        self.program = start("app.py", command=RUN, env=env)

    def save(self, *pairs: tuple[str, str]) -> None:
        for old, new in pairs:
            assert old in self.text, old
            self.text = self.text.replace(old, new)
        replace(self.path, self.text)

    def turn(self) -> list[str]:
        """What the next whole turns print."""
        lines = self.program.lines
        begin = len(lines)
        until(
            lambda: (
                sum(line.startswith("turn") for line in lines[begin:]) >= 5 or self.program.process.poll() is not None
            ),
            lambda: self.program.output,
        )
        assert self.program.process.poll() is None, self.program.output
        first = next(at for at in range(begin, len(lines)) if lines[at].startswith("turn"))
        return [line for line in lines[first:] if not line.startswith("[reloadr]")]

    def comes_to_print(self, *texts: str, never: tuple[str, ...] = ()) -> None:
        def met() -> bool:
            lines = self.turn()
            every = all(any(text in line for line in lines) for text in texts)
            return every and not any(text in line for line in lines for text in never)

        until(met, lambda: self.program.output)

    @property
    def processes(self) -> set[str]:
        return {line for line in self.program.lines if line.startswith("turn")}


@pytest.fixture
def pyside(start, tmp_path) -> Edited:
    needs("PySide6")
    edited = Edited(start, tmp_path, QT.format(binding="PySide6"), QT_QPA_PLATFORM="offscreen")
    edited.program.prints("turn")
    return edited


def test_pyside(pyside):
    """Slots and lambdas that are connected; overrides that come, go and change in classes whose instances were asked
    for them, in a base of no binding too: none is missed, and none that is gone is called."""
    key = '    def keyPressEvent(self, event):\n        print("key 1", flush=True)\n'
    pyside.save(("slot 1", "slot 2"), ("lambda 1", "lambda 2"))
    pyside.comes_to_print("slot 2", "lambda 2", "key 1", never=("slot 1", "lambda 1"))
    pyside.save(("\nclass Other", MOUSE.replace("NAME", "mouse 1") + "\nclass Other"))
    pyside.comes_to_print("mouse 1", "key 1")
    pyside.save((key, ""))
    pyside.comes_to_print("mouse 1", never=("key",))
    pyside.save((MOUSE.replace("NAME", "mouse 1"), ""))
    pyside.comes_to_print("slot 2", never=("mouse",))
    pyside.save(("    pass\n", MOUSE.replace("NAME", "mixed in").lstrip("\n")))
    pyside.comes_to_print("mixed in")
    pyside.save(("\nclass Other", MOUSE.replace("NAME", "mouse 2") + "\nclass Other"))
    pyside.comes_to_print("mouse 2", never=("mixed in",))
    pyside.save((MOUSE.replace("NAME", "mouse 2"), ""))
    pyside.comes_to_print("mixed in", never=("mouse 2",))
    assert "freed" not in pyside.program.output
    assert len(pyside.processes) == 1, "one process all the while"
    assert "caveat" not in pyside.program.output


def test_pyside_signals(pyside):
    """Living instances do not get to know a signal of the class: the program starts again."""
    pyside.save(("    def pressed", "    moved = QtCore.Signal(int)\n\n    def pressed"), ("slot 1", "slot 2"))
    pyside.program.prints("PySide6 cannot take Window.moved into this process: signals and properties are registered")
    until(lambda: len(pyside.processes) == 2, lambda: pyside.program.output)
    pyside.comes_to_print("slot 2", never=("slot 1",))


def test_pyqt(start, tmp_path):
    """What Qt did not find in a living instance it never looks for again: an override that is added is a restart."""
    needs("PyQt6")
    edited = Edited(start, tmp_path, QT.format(binding="PyQt6"), QT_QPA_PLATFORM="offscreen")
    edited.program.prints("turn")
    key = '    def keyPressEvent(self, event):\n        print("key 1", flush=True)\n'
    edited.save(("slot 1", "slot 2"), ("lambda 1", "lambda 2"), (key, ""))
    edited.comes_to_print("slot 2", "lambda 2", never=("slot 1", "lambda 1", "key"))
    edited.save(("    def pressed", "    def helper(self):\n        pass\n\n    def pressed"))
    edited.program.prints("add __main__.Window.helper")
    assert len(edited.processes) == 1
    edited.save(("\nclass Other", MOUSE.replace("NAME", "mouse 1") + "\nclass Other"))
    edited.program.prints("PyQt6 cannot take Window.mousePressEvent into this process")
    until(lambda: len(edited.processes) == 2, lambda: edited.program.output)
    edited.comes_to_print("mouse 1", never=("freed",))


TK = """
    import os, tkinter

    class Window(tkinter.Frame):
        def __init__(self, root):
            super().__init__(root)
            self.count = 0
            self.button = tkinter.Button(self, text="press", command=self.pressed)
            self.other = tkinter.Button(self, command=lambda: print("lambda 1", flush=True))
            self.bind("<<Moved>>", self.moved)

        def pressed(self):
            self.count += 1
            print("slot 1", self.count, flush=True)

        def moved(self, event):
            print("bound 1", flush=True)

        def turn(self):
            self.button.invoke()
            self.other.invoke()
            self.event_generate("<<Moved>>")
            print("turn", os.getpid(), flush=True)
            self.after(20, self.turn)

    def main():
        root = tkinter.Tk()
        window = Window(root)
        window.pack()
        window.turn()
        root.mainloop()

    if __name__ == "__main__":
        main()
"""


@pytest.fixture
def display() -> Iterator[str]:
    """A display that nobody sees."""
    if os.environ.get("DISPLAY"):
        yield os.environ["DISPLAY"]
        return
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed, and there is no display")
    with tempfile.TemporaryFile() as told:
        # It says which number was free.
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(told.fileno()), "-nolisten", "tcp"],
            pass_fds=[told.fileno()],
            stderr=subprocess.DEVNULL,
        )

        def number() -> bytes:
            return os.pread(told.fileno(), 20, 0)

        try:
            until(lambda: number().endswith(b"\n"))
            yield f":{number().decode().strip()}"
        finally:
            server.terminate()
            server.wait()


def test_tkinter(start, tmp_path, display):
    """Commands and bindings, bound methods and lambdas, `after` and a subclassed widget."""
    needs("_tkinter")
    edited = Edited(start, tmp_path, TK, DISPLAY=display)
    edited.program.prints("turn")
    edited.save(("slot 1", "slot 2"), ("lambda 1", "lambda 2"), ("bound 1", "bound 2"))
    edited.comes_to_print("slot 2", "lambda 2", "bound 2", never=("slot 1", "lambda 1", "bound 1"))
    edited.save(
        ("        self.button.invoke()\n", "        self.button.invoke()\n        self.added()\n"),
        ("    def turn", "    def added(self):\n        print('added', self.count, flush=True)\n\n    def turn"),
    )
    edited.comes_to_print("added")
    assert len(edited.processes) == 1
    counts = [int(line.split()[-1]) for line in edited.program.lines if line.startswith("slot")]
    assert counts == list(range(1, len(counts) + 1)), "what was counted is kept"


PYGAME = """
    import os, pygame

    class Player(pygame.sprite.Sprite):
        def __init__(self):
            super().__init__()
            self.image = pygame.Surface((1, 1))
            self.rect = self.image.get_rect()
            self.frames = 0

        def update(self):
            self.frames += 1
            print("update 1", self.frames, flush=True)

    def main():
        pygame.display.init()
        screen = pygame.display.set_mode((20, 20))
        clock = pygame.time.Clock()
        group = pygame.sprite.Group(Player())
        on_turn = [lambda: print("lambda 1", flush=True)]
        while True:
            pygame.event.pump()
            group.update()
            group.draw(screen)
            for each in on_turn:
                each()
            print("loop 1", flush=True)
            print("turn", os.getpid(), flush=True)
            pygame.display.flip()
            clock.tick(50)

    if __name__ == "__main__":
        main()
"""


def test_pygame(start, tmp_path):
    """A sprite's method, a lambda that is kept, and the body of the loop itself."""
    needs("pygame")
    edited = Edited(start, tmp_path, PYGAME, SDL_VIDEODRIVER="dummy", PYGAME_HIDE_SUPPORT_PROMPT="1")
    edited.program.prints("turn")
    edited.save(("update 1", "update 2"))
    edited.comes_to_print("update 2", never=("update 1",))
    if sys.version_info[:2] in TRIED:
        edited.save(("loop 1", "loop 2"))
        edited.comes_to_print("loop 2", "update 2", never=("loop 1",))
        edited.program.prints("runs the new text")
    assert len(edited.processes) == 1
    counts = [int(line.split()[-1]) for line in edited.program.lines if line.startswith("update")]
    assert counts == list(range(1, len(counts) + 1)), "what was counted is kept"
