"""When a file that looks unfinished is believed: the clock is an argument, so nothing here waits."""

from reloadr.watching.settling import LIMIT, QUIET, QUIET_WHILE_OPEN, SOON, Settling


def test_believed_once_it_stayed_as_it_is():
    """Not before, and not when it changed meanwhile."""
    settling = Settling()
    settling.hold("a", 1, 0.0, is_open=False)
    assert settling.deadline() == QUIET and not settling.due(QUIET - 0.01)
    assert not settling.believes("a", 1, QUIET - 0.01)
    assert settling.believes("a", 1, QUIET) and not settling.believes("a", 2, QUIET)
    settling.hold("a", 2, QUIET, is_open=False)
    assert settling.deadline() == 2 * QUIET
    settling.release(["a"])
    assert settling.deadline() is None and len(settling) == 0


def test_one_that_is_still_open_is_given_longer():
    """Its writer is there and may only be slow. It is looked at again soon, and then less and less often."""
    settling = Settling()
    settling.hold("a", 1, 0.0, is_open=True)
    looks = []
    while (now := settling.deadline()) is not None and not settling.believes("a", 1, now):
        assert settling.due(now) == {"a"} and not settling.due(now - SOON / 2)
        looks.append(now)
        settling.hold("a", 1, now, is_open=True)
    assert now == QUIET_WHILE_OPEN
    assert looks[0] == SOON and 8 < len(looks) < 12
    settling.hold("a", 2, 5.0, is_open=True)
    assert settling.deadline() == 5.0 + SOON
    settling.tell(["a"], 5.0 + SOON)
    assert settling.deadline() is None


def test_companions_wait_up_to_a_bound():
    """A save of several files stays one, and one file cannot hold up the rest for ever."""
    settling = Settling()
    settling.hold("a", 1, 0.0, is_open=False)
    assert settling.keep_with("a", {"a", "b"}, 0.0)
    assert settling.together(["a"]) == {"a", "b"}
    assert not settling.keep_with("a", {"c"}, LIMIT)
    assert settling.together(["a"]) == {"a"}


def test_nobody_is_woken_twice_for_one_deadline():
    """When the time is up and only a poll may apply it, there is nothing to wake up for."""
    settling = Settling()
    settling.hold("a", 1, 0.0, is_open=False)
    settling.tell(["a"], QUIET - 0.01)
    assert settling.deadline() == QUIET
    settling.tell(["a"], QUIET)
    assert settling.deadline() is None and settling.due(QUIET) == {"a"}
    assert settling.believes("a", 1, QUIET)
