"""Conditions that their own suite answers, so that they hold no more: what the suite gave follows, or is named."""

import pytest
from harness import Project
from probing import WAYS, probed

#: Programs in which `R` changes from 1 to 2, and what is looked at.
FOLLOWING = {
    "attribute of a class": ("class C: pass\nif not hasattr(C, 'b'):\n    C.b = R\n", "m.C.b"),
    "attribute of a function": ("def f(): pass\nif not hasattr(f, 'b'):\n    f.b = R\n", "m.f.b"),
    "attribute tried": ("class C: pass\ntry:\n    C.b\nexcept AttributeError:\n    C.b = R\n", "m.C.b"),
    "attribute with a default": ("class C: pass\nif getattr(C, 'x', None) is None:\n    C.x = R\n", "m.C.x"),
    "key": ("D = {}\nif 'b' not in D:\n    D['b'] = R\n", "m.D"),
    "key in the other branch": ("D = {}\nif 'a' in D:\n    X = 1\nelse:\n    D['a'] = R\n", "m.D"),
    "empty": ("D = {}\nif not D:\n    D['a'] = R\n", "m.D"),
    "name of the module": ("if 'b' not in globals():\n    b = R\n", "m.b"),
    "name tried": ("try:\n    X\nexcept NameError:\n    X = R\n", "m.X"),
    "none": ("X = None\nif X is None:\n    X = R\n", "m.X"),
    "called": ("X = None\ndef make(): return [R]\nif X is None:\n    X = make()\n", "m.X"),
    "none in a class": ("class C:\n    x = None\n    if x is None:\n        x = R\n", "m.C.x"),
    "read below": ("X = 5\nif X > 3:\n    X = R\nY = X\n", "m.Y"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", FOLLOWING)
def test_what_it_reads_changes(project: Project, case: str, way: str) -> None:
    text, look = FOLLOWING[case]
    done = probed(project, "R = 1\n" + text, "R = 2\n" + text, look, way=way)
    assert done.right and not done.said, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", ["attribute of a class", "key", "none"])
def test_its_line_changes(project: Project, case: str, way: str) -> None:
    text, look = FOLLOWING[case]
    done = probed(project, "R = 1\n" + text, "R = 1\n" + text.replace("= R", "= R + 1"), look, way=way)
    assert done.right and not done.said, done


@pytest.mark.parametrize("way", WAYS)
def test_the_block_comes_and_goes(project: Project, way: str) -> None:
    text = "class C: pass\n"
    block = "if not hasattr(C, 'b'):\n    C.b = 1\n"
    look = "getattr(m.C, 'b', 0)"
    for before, after in ((text, text + block), (text + block, text)):
        done = probed(project, before, after, look, way=way)
        assert done.right and not done.said, done
        project.close()
        project.reopen()


def test_another_line_answers_it_now(project: Project) -> None:
    text = "class C:\n    a = 1\nif not hasattr(C, 'b'):\n    C.b = 1\n"
    done = probed(project, text, text.replace("a = 1", "b = 7"), "m.C.b")
    assert done.right or done.named, done


def test_a_block_that_did_not_run_stays_dead(project: Project) -> None:
    text = "R = 1\nclass C:\n    b = 7\nif not hasattr(C, 'b'):\n    C.b = R\n"
    done = probed(project, text, text.replace("R = 1", "R = 2"), "m.C.b")
    assert done.right and not done.said, done
