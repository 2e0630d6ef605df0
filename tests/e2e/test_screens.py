"""Programs that draw the whole screen, or a part of it: lines of ours stand in the midst of none.

textual, rich and tqdm are in tests/requirements-guis.txt, with pyte, which shows what a terminal would; what is not
installed is skipped.
"""

import importlib.util
import re
import textwrap

import pytest
from program import PYTHON, replace, until

RUN = (PYTHON, "-m", "reloadr", "run")


def needs(*names):
    for name in names:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: see tests/requirements-guis.txt")


class Edited:
    """A program on a terminal, and its text."""

    def __init__(self, terminal, folder, text, *options):
        self.path, self.text = folder / "app.py", textwrap.dedent(text)
        replace(self.path, self.text)
        self.typed = terminal([*RUN, *options, "app.py"], TERM="xterm-256color")

    def save(self, old, new):
        assert old in self.text
        self.text = self.text.replace(old, new)
        replace(self.path, self.text)

    def within(self):
        """What was written while the program had its own screen, and what before and after."""
        before, _, rest = self.typed.screen.partition("\x1b[?1049h")
        drawn, _, after = rest.partition("\x1b[?1049l")
        return drawn, before + after


KEYS = """
    import os, select, sys, termios, tty

    def draw():
        print("\\x1b[H" + "drawn 1111", flush=True)

    modes = termios.tcgetattr(0)
    tty.setcbreak(0)
    print("\\x1b[?1049h", end="", flush=True)
    while True:
        draw()
        if select.select([0], [], [], 0.05)[0] and os.read(0, 1) == b"q":
            break
    print("\\x1b[?1049l", end="", flush=True)
    termios.tcsetattr(0, termios.TCSADRAIN, modes)
    print("over", flush=True)
"""
CURSES = """
    import curses

    def draw(screen):
        screen.addstr(0, 0, "drawn 1111")
        screen.refresh()

    def main(screen):
        screen.timeout(50)
        while screen.getch() != ord("q"):
            draw(screen)

    curses.wrapper(main)
    print("over", flush=True)
"""


@pytest.mark.parametrize("text", [KEYS, CURSES], ids=["keys", "curses"])
def test_a_program_that_draws_the_screen_is_not_written_over(terminal, tmp_path, text):
    """Lines are kept and shown when it has ended; a file has them at once. Its keys are its own."""
    if text is CURSES:
        pytest.importorskip("_curses")
    edited = Edited(terminal, tmp_path, text, "--log", "said.txt")
    edited.typed.shows("drawn 1111")
    edited.typed.has_the_terminal()
    edited.save("drawn 1111", "drawn 2222")
    edited.typed.shows("2222")
    said = tmp_path / "said.txt"
    until(said.exists)
    assert re.search(r"^\d\d:\d\d:\d\d update __main__.draw", said.read_text())
    edited.save('"drawn 2222"', '"drawn 2222')
    until(lambda: "RL401" in said.read_text())
    edited.save('"drawn 2222', '"drawn 3333"')
    edited.typed.shows("3333")
    edited.typed.types("q")
    edited.typed.shows("over")
    assert edited.typed.ends() == 0
    drawn, around = edited.within()
    assert "[reloadr]" not in drawn
    assert around.count("__main__.draw") == 2 and "RL401" in around


def test_without_a_supervisor_they_are_shown_at_the_end(terminal, tmp_path):
    """By the program's own process."""
    edited = Edited(terminal, tmp_path, KEYS, "--restart=never")
    edited.typed.shows("drawn 1111")
    edited.save("drawn 1111", "drawn 2222")
    edited.typed.shows("2222")
    edited.typed.types("q")
    assert edited.typed.ends() == 0
    drawn, around = edited.within()
    assert "[reloadr]" not in drawn
    assert "__main__.draw" in around.rpartition("over")[2]


def test_a_prompt_with_an_edited_line_is_no_screen(terminal, tmp_path):
    """Lines are shown at once to whoever is only asked for one."""
    pytest.importorskip("readline")
    edited = Edited(terminal, tmp_path, "import readline\n\ndef f():\n    return 1\n\nprint('got', input('name? '))\n")
    edited.typed.shows("name? ")
    edited.typed.has_the_terminal()
    edited.save("return 1", "return 2")
    edited.typed.shows("__main__.f")
    edited.typed.types("ren\n")
    edited.typed.shows("got ren")
    assert edited.typed.ends() == 0


# ---- with libraries ------------------------------------------------------------------------------

TEXTUAL = """
    from textual.app import App
    from textual.widgets import Static

    class Counter(Static):
        count = 0

        def on_mount(self):
            self.set_interval(0.05, self.turn)

        def turn(self):
            self.count += 1
            self.update(self.text())

        def text(self):
            return f"shown one {self.count} times"

    class Shop(App):
        BINDINGS = [("q", "quit", "Quit")]

        def compose(self):
            yield Counter()
            yield Static("the other line")

    Shop().run()
    print("over", flush=True)
"""
LIVE = """
    import time
    from rich.live import Live

    def text(turn):
        return f"live one {turn}\\nsecond line"

    with Live(refresh_per_second=20) as live:
        for turn in range(10 ** 6):
            live.update(text(turn))
            time.sleep(0.02)
"""
BARS = """
    import time
    from tqdm import tqdm

    def work(bar):
        bar.set_description("bar one")

    with tqdm(total=10 ** 6) as bar:
        while True:
            work(bar)
            bar.update()
            time.sleep(0.02)
"""


class Seen:
    """What a terminal shows of what was written."""

    def __init__(self, typed):
        import pyte

        self._typed, self._done = typed, 0
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.Stream(self._screen)

    @property
    def lines(self):
        text = self._typed.look()
        self._stream.feed(text[self._done :])
        self._done = len(text)
        return [line.rstrip() for line in self._screen.display]

    def shows(self, *texts):
        until(lambda: all(any(text in line for line in self.lines) for text in texts), lambda: "\n".join(self.lines))


def test_textual(terminal, tmp_path):
    """A method edited: the widget shows it with what it has counted; the screen is as the program drew it."""
    needs("textual", "pyte")
    edited = Edited(terminal, tmp_path, TEXTUAL)
    seen = Seen(edited.typed)
    seen.shows("shown one", "the other line")
    edited.save("shown one", "shown two")
    seen.shows("shown two", "the other line")
    assert not any("reloadr" in line for line in seen.lines)
    assert [line for line in seen.lines if line][1:] == ["the other line"]
    counted = int(seen.lines[0].split()[2])
    assert counted > 1, "it goes on counting"
    edited.save("shown two", "shown three")
    seen.shows("shown three")
    edited.typed.types("q")
    edited.typed.shows("over")
    assert edited.typed.ends() == 0
    drawn, around = edited.within()
    assert "[reloadr]" not in drawn and "__main__.Counter.text" in around


@pytest.mark.parametrize(("name", "text", "word"), [("rich", LIVE, "live"), ("tqdm", BARS, "bar")])
def test_a_live_display_stands_below_our_lines(terminal, tmp_path, name, text, word):
    """A line of ours is whole, and so is what is drawn, once."""
    needs(name, "pyte")
    edited = Edited(terminal, tmp_path, text)
    seen = Seen(edited.typed)
    seen.shows(f"{word} one")
    for old, new in (("one", "two"), ("two", "three")):
        edited.save(f"{word} {old}", f"{word} {new}")
        seen.shows(f"{word} {new}")
    lines = [line for line in seen.lines if line]
    assert sum(line.startswith("[reloadr] update __main__.") for line in lines) == 2
    assert sum(word in line for line in lines) == 1, lines
    assert lines[-1].startswith("second line" if name == "rich" else word)
