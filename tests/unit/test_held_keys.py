"""Keys for exceptions that are held: one who waits has them at a time, and none that were typed before."""

from reloadr.program.post_mortem import Keyboard


def test_who_waits_first_has_the_keys() -> None:
    """The next one has them when it has ended; what was typed before it came is not meant for it."""
    typed: list[str] = ["cc"]
    keyboard = Keyboard(lambda: typed.pop() if typed else "", lambda: None)
    first, second = ValueError(), KeyError()
    keyboard.begin(first)
    keyboard.begin(second)
    assert not keyboard.lets_go(first)
    typed.append("xc")
    assert not keyboard.lets_go(second)
    assert keyboard.lets_go(first)
    keyboard.end(first)
    keyboard.end(second)
    third = OSError()
    keyboard.begin(third)
    keyboard.begin(second)
    typed.append("c")
    assert keyboard.lets_go(third)
    keyboard.end(third)
    assert not keyboard.lets_go(second), "it takes its turn"
    typed.append("c")
    assert keyboard.lets_go(second)
