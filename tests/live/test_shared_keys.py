"""Keys that several definitions or calls say: their order is that of the first of them, whoever it was that went."""

import pytest
from harness import Project
from probing import WAYS, Probe, probed

REG = "def reg(key):\n    def keep(f):\n        R[key] = f\n        return f\n    return keep\n"
TABLES = {
    "the last one has it": f"R = {{}}\n{REG}",
    "all have it": (
        "R = {}\ndef reg(key):\n    def keep(f):\n        R.setdefault(key, []).append(f)\n        return f\n"
        "    return keep\n"
    ),
    "of an object": (
        "class Reg:\n    def __init__(self): self.table = {}\n    def on(self, key):\n        def keep(f):\n"
        "            self.table[key] = f\n            return f\n        return keep\n"
        "_reg = Reg()\nreg = _reg.on\nR = _reg.table\n"
    ),
}
FIRST, SECOND, THIRD = (
    "@reg('a')\ndef f(): pass\n",
    "@reg('b')\ndef g(): pass\n",
    "@reg('a')\ndef h(): pass\n",
)
CALLED = FIRST.replace("@reg('a')\n", "") + "reg('a')(f)\n"
EDITS = {
    "says another": (FIRST, FIRST.replace("'a'", "'c'")),
    "goes": (FIRST, ""),
    "is a call, and says another": (CALLED, CALLED.replace("'a'", "'c'")),
    "is a call, and goes": (CALLED, ""),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("edit", EDITS)
def test_in_one_module(project: Project, edit: str, table: str, way: str) -> None:
    before, after = EDITS[edit]
    rest = f"{SECOND}{THIRD}NAMES = list(R)\n"
    texts = [f"{TABLES[table]}{each}{rest}" for each in (before, after)]
    done = probed(project, *texts, "list(m.R), m.NAMES", way=way)
    assert _fits(done, edit, table), done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("edit", EDITS)
def test_in_several_modules(project: Project, edit: str, table: str, way: str) -> None:
    by_name = "from base import reg\n"
    last = f"import base, mid\n{by_name}{SECOND}{THIRD}NAMES = list(base.R)\n"
    befores, afters = ({"base.py": TABLES[table], "m.py": last, "mid.py": f"{by_name}{each}"} for each in EDITS[edit])
    done = probed(project, befores, afters, "list(base.R), m.NAMES", way=way)
    assert _fits(done, edit, table), done


def _fits(done: Probe, edit: str, table: str) -> bool:
    """Of a call whose entry another one has taken, nothing is left by which it could be told: it is named."""
    lost = "is a call" in edit and table != "all have it"
    return done.named if lost and done.named else done.right and not done.named


def test_another_registry_has_its_own_keys(project: Project) -> None:
    """`a` of the other one says nothing about where `a` of this one stands."""
    table = TABLES["of an object"].replace("reg = _reg.on\n", "").replace("_reg", "one") + "two = Reg()\n"
    text = f"{table}@two.on('a')\ndef e(): pass\n@one.on('b')\ndef f(): pass\n@one.on('c')\ndef g(): pass\n"
    done = probed(project, text, text.replace("'c'", "'a'"), "list(m.R), list(m.two.table)")
    assert done.right and not done.named, done


def test_what_is_said_beside_the_key_is_none(project: Project) -> None:
    table = (
        "R = {}\ndef reg(key, first):\n    def keep(f):\n        R[key] = f, first\n        return f\n    return keep\n"
    )
    text = f"{table}@reg(1, 2)\ndef f(): pass\n@reg(3, 4)\ndef g(): pass\n@reg(5, 6)\ndef h(): pass\n"
    done = probed(project, text, text.replace("reg(5", "reg(2"), "list(m.R)")
    assert done.right and not done.named, done
