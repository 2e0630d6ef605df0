"""Names that functions bind by `global` as an edited line calls them: who reads one below it follows, or is named."""

import pytest
from harness import Project
from probing import probed

COUNTING = "COUNT = 0\ndef count(f=None):\n    global COUNT\n    COUNT += 1\n    return f\n"
EDITS = {
    "a call more": ("{0}count()\n", "{0}count()\n{0}count()\n"),
    "a decorator for one more function": (
        "@{0}count\ndef a(): pass\ndef b(): pass\n",
        "@{0}count\ndef a(): pass\n@{0}count\ndef b(): pass\n",
    ),
    "a decorated function more": ("@{0}count\ndef a(): pass\n", "@{0}count\ndef a(): pass\n@{0}count\ndef b(): pass\n"),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("elsewhere", [True, False])
def test_who_reads_it_is_not_left_behind(project: Project, edit: str, elsewhere: bool) -> None:
    way = "lib." if elsewhere else ""
    texts = [
        ("import lib\n" if elsewhere else COUNTING) + text.format(way) + f"C = {way}COUNT\n" for text in EDITS[edit]
    ]
    olds, news = ({"lib.py": COUNTING, "m.py": text} for text in texts)
    done = probed(project, olds, news, "m.C")
    assert done.right or done.said == ["RL206"], done


def test_who_has_read_it_above_is_not_named(project: Project) -> None:
    text = COUNTING + "BEFORE = COUNT\ncount()\n"
    done = probed(project, text, text + "count()\n", "m.BEFORE, m.COUNT")
    assert done.right and not done.said, done
