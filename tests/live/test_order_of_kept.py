"""Objects that calls register and lines keep stand in a registry where the source has them, whatever is registered in
them later.

saved = signal("saved")
@saved.connect                     # makes `saved` no registration of this line
def note(): ...
"""

import pytest
from harness import Project
from probing import WAYS, probed

TEXT = """
class Signal:
    def __init__(self, name):
        self.name, self.receivers = name, []
    def connect(self, function):
        self.receivers.append(function)
        return function
SIGNALS = {}
def signal(name):
    return SIGNALS.setdefault(name, Signal(name))
SAVED
DELETED
@saved.connect
def note(): ...
@deleted.connect
def forget(): ...
"""
SAVED, DELETED = 'saved = signal("saved")', 'deleted = signal("deleted")'
CHANGED = 'changed = signal("changed")'
#: What an edit leaves of the two lines.
CASES = {
    "one comes at the end": (SAVED, f"{DELETED}\n{CHANGED}"),
    "one comes between": (f"{SAVED}\n{CHANGED}", DELETED),
    "one comes first": (f"{CHANGED}\n{SAVED}", DELETED),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_they_stand_where_the_source_has_them(project: Project, case: str, way: str) -> None:
    saved, deleted = CASES[case]
    before = TEXT.replace("SAVED", SAVED).replace("DELETED", DELETED)
    after = TEXT.replace("SAVED", saved).replace("DELETED", deleted)
    look = "[(name, [f.__name__ for f in each.receivers]) for name, each in m.SIGNALS.items()]"
    done = probed(project, before, after, look, way=way)
    # What a line did that is gone cannot be undone, which is said.
    assert done.right or (way == "back" and done.said == ["RL208"]), done
