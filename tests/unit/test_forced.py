"""The mode in which the journal is taken back after each commit and committed again."""

import pytest
from reloadr.stage import forced
from reloadr.stage.journal import Journal
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, DICT, MISSING, TYPE, Step


@pytest.fixture(autouse=True)
def turned_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forced, "FORCED", True)


def commit(journal: Journal, *steps: Step) -> None:
    stage = Stage()
    stage.steps += steps
    journal.commit(stage)


def test_names_keep_their_order() -> None:
    """What code bound between two commits stands between them still, and all can be taken back afterwards."""
    names: dict[str, object] = {"gone": 0, "kept": 1}
    journal = Journal()
    commit(journal, (DICT, names, "gone", MISSING), (DICT, names, "first", 1))
    names["by hand"] = 2
    commit(journal, (DICT, names, "second", 3), (DICT, names, "kept", 4))
    assert list(names.items()) == [("kept", 4), ("first", 1), ("by hand", 2), ("second", 3)]
    journal.take_back()
    assert names == {"kept": 1, "by hand": 2, "gone": 0}


def test_members_of_a_class_keep_their_order() -> None:
    """The same for classes."""

    class Cart:
        total = 0

    journal = Journal()
    commit(journal, (TYPE, Cart, "rate", 1))
    Cart.by_hand = 2  # type: ignore[attr-defined]
    commit(journal, (TYPE, Cart, "last", 3))
    assert [name for name in vars(Cart) if not name.startswith("_")] == ["total", "rate", "by_hand", "last"]


def test_what_is_not_taken_back_is_noticed() -> None:
    """An attribute whose setter keeps something else than it is given."""

    class Loose:
        def __init__(self) -> None:
            self._size = 1

        @property
        def size(self) -> list[int]:
            return [self._size]

        @size.setter
        def size(self, value: int) -> None:
            self._size = value

    with pytest.raises(forced.NotTakenBack, match="'size'"):
        commit(Journal(), (ATTR, Loose(), "size", 2))
