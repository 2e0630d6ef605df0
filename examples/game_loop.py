"""A loop that polls once a frame: an edit is live between two frames, never in the middle of one.

    python examples/game_loop.py

The rules of the game are in a module of their own, which the script writes and, after some frames, edits. The
ball keeps its place and speed; a new attribute is given to it by a migration.
"""

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

import reloadr

RULES = """\
WIDTH = 20


class Ball:
    def __init__(self):
        self.x = 0
        self.speed = 1

    def move(self):
        self.x += self.speed
        if not 0 < self.x < WIDTH:
            self.speed = -self.speed


def draw(ball):
    return "|" + " " * ball.x + "o" + " " * (WIDTH - ball.x) + "|"
"""

FASTER = ("        self.x += self.speed\n", "        self.x = max(0, min(WIDTH, self.x + 3 * self.speed))\n")
COLOUR = ("        self.speed = 1\n", "        self.speed = 1\n        self.colour = 'red'\n")
DRAW = ('" " * ball.x + "o"', '" " * ball.x + ball.colour[0]')


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "rules.py")
        source.write_text(RULES)
        sys.path.insert(0, folder)
        rules = importlib.import_module("rules")

        def paint(ball: Any, change: reloadr.Migration) -> None:
            if "colour" in change.added:
                ball.colour = "blue"

        hook = reloadr.on_reload(rules.Ball, migrate=paint)
        with reloadr.watch(rules, on="look") as watcher:
            play(rules, watcher, source)
        hook.remove()


def play(rules: Any, watcher: reloadr.Watcher, source: Path) -> None:
    """Twelve frames; somebody saves the file at the fourth and at the eighth."""
    ball = rules.Ball()
    for frame in range(12):
        if frame == 4:
            save(source, FASTER)
        if frame == 8:
            save(source, COLOUR, DRAW)
        report = watcher.poll()
        if report:
            print(report)
        ball.move()
        print(f"{frame:2}", rules.draw(ball))
    assert ball.colour == "blue" and type(ball) is rules.Ball


def save(source: Path, *replacements: tuple[str, str]) -> None:
    text = source.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    source.write_text(text)


if __name__ == "__main__":
    main()
