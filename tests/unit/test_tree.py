"""The supervisor's part in the tree, with processes that are ends of a socket here."""

import json
import selectors
import time

import pytest
from reloadr.program.tree import Tree
from reloadr.tree.wire import Wire

PATIENCE = 30.0


class Supervisor:
    """A tree and its loop."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.tree = Tree(self.selector, lambda reasons: None, say=lambda level, text: None)

    def tells(self, wire):
        """What a process is told next; turns until then."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for key, _ in self.selector.select(0.05):
                key.data()
            data = wire.read(0)
            if data:
                return [json.loads(line) for line in data.splitlines()]
        raise AssertionError("nothing is told")


@pytest.fixture
def supervisor():
    found = Supervisor()
    yield found
    found.tree.close()
    found.selector.close()


def test_who_is_let_in_after_a_save_looks_once_more(supervisor, tmp_path):
    """It may have read the file before that: a supervisor that is held up lets it in late, and all others were told."""
    path = tmp_path / "shop.py"
    path.write_text("PRICE = 1")
    first = Wire(supervisor.tree.path)
    first.send("watch", path=str(path), below=False)
    # It has read before the file was watched.
    assert supervisor.tells(first)[0]["saved"] == [str(path)]
    path.write_text("PRICE = 22")
    assert supervisor.tells(first)[0]["saved"] == [str(path)]
    late = Wire(supervisor.tree.path)
    late.send("watch", path=str(path), below=False)
    assert supervisor.tells(late)[0]["saved"] == [str(path)]
