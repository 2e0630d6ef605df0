"""Several definitions of one name, each registered as it was made: `def _` below `@show.register`."""

import pytest
from harness import Project
from probing import WAYS, probed

REGISTRIES = {
    "a list": "R = []\ndef on(key):\n    def deco(f):\n        R.append(f)\n        return f\n    return deco\n",
    "a table": "R = {}\ndef on(key):\n    def deco(f):\n        R[key] = f\n        return f\n    return deco\n",
    "a list of wrappers": (
        "import functools\nR = []\ndef on(key):\n    def deco(f):\n        @functools.wraps(f)\n"
        "        def wrapper(): return f()\n        R.append(wrapper)\n        return wrapper\n    return deco\n"
    ),
}
LOOK = "[each() for each in (m.R.values() if isinstance(m.R, dict) else m.R)]"
PARTS = ["@on(1)\ndef _(): return 'one'\n", "@on(2)\ndef _(): return 'two'\n", "@on(3)\ndef _(): return 'three'\n"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("gone", range(3))
@pytest.mark.parametrize("registry", REGISTRIES)
def test_the_one_that_goes_is_taken_out(project: Project, registry: str, gone: int, way: str) -> None:
    texts = [REGISTRIES[registry] + "".join(part for at, part in enumerate(PARTS) if at != out) for out in (None, gone)]
    done = probed(project, *texts, LOOK, way=way)
    assert done.right, done
    assert not done.said or way != "edit", done


SHOW = "import functools\n@functools.singledispatch\ndef show(x): return 'any'\n"
FORMS = [f"@show.register\ndef _(x: {kind}): return '{kind}'\n" for kind in ("int", "str", "list")]
ASKED = "A = [show(1), show('x'), show([]), show(None)]\n"


@pytest.mark.parametrize("gone", range(3))
def test_a_form_of_a_dispatcher_that_goes(project: Project, gone: int) -> None:
    texts = [SHOW + "".join(form for at, form in enumerate(FORMS) if at != out) + ASKED for out in (None, gone)]
    done = probed(project, *texts, "m.A, m.show(1), m.show('x'), m.show([])")
    assert done.right and not done.said, done


STACKED = "@show.register(int)\n@show.register(float)\ndef number(x): return 'number'\n"


@pytest.mark.parametrize("edit", [("@show.register(int)\n", ""), ("register(int)", "register(str)")])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_form_of_which_a_type_goes(project: Project, edit: tuple[str, str], elsewhere: bool) -> None:
    """The dispatcher forgets it, so there is nothing that could not be undone."""
    text = "from base import *\n" + STACKED if elsewhere else SHOW + STACKED
    files = {"base.py": SHOW, "m.py": text}
    done = probed(project, files, {**files, "m.py": text.replace(*edit)}, "m.show(1), m.show(1.5), m.show('x')")
    assert done.right and not done.said, done


def test_what_another_definition_had_before_is_named(project: Project) -> None:
    """A fresh process has that one again; who asked the dispatcher is one to be named."""
    project.start(
        "base",
        "import functools\n@functools.singledispatch\ndef s(x): return 0\n@s.register(bytes)\ndef sd(x): return 1\n",
    )
    text = "import base\n@base.s.register(bytes)\ndef other(x): return 4\n"
    m = project.start("m", text)
    watcher = project.watch()
    project.write("m", text.replace("bytes", "str"))
    report = watcher.poll()
    assert m.base.s("a") == 4
    assert m.base.s(b"a") == 1 or "RL208" in [each.code for each in report.reasons], report
