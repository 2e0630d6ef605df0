"""Registries that number what they are given, beside those that are told the number: renamed, one of several or all."""

import pytest
from harness import Project
from probing import WAYS, probed

REGISTRY = """\
class Reg:
    def __init__(self): self.names = {{}}
    def __call__(self, key):
        def keep(f):
            self.names[f.__name__] = {number}
            return f
        return keep
reg = Reg()
"""
NUMBERS = {"counts": "len(self.names)", "counts from one": "len(self.names) + 1", "is told": "key"}


def definitions(names: str, first: int) -> str:
    return "".join(f"@reg({at})\ndef {name}(): pass\n" for at, name in enumerate(names, first))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("first", [0, 1, 2])
@pytest.mark.parametrize("names", ["xbc", "ayc", "abz", "xyc", "xbz", "ayz", "xyz"])
@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_renamed_keeps_its_number(project: Project, number: str, names: str, first: int, way: str) -> None:
    """Also where a decorator says, by chance, the number that the registry would give next."""
    registry = REGISTRY.format(number=NUMBERS[number])
    texts = [f"{registry}{definitions(each, first)}NAMES = dict(reg.names)\n" for each in ("abc", names)]
    done = probed(project, *texts, "m.reg.names, m.NAMES", way=way)
    assert done.right and not done.named, done


@pytest.mark.parametrize(("first", "second"), [(1, 7), (2, 1), (2, 7), (7, 1), (7, 2)])
def test_another_number_is_told(project: Project, first: int, second: int) -> None:
    registry = REGISTRY.format(number=NUMBERS["is told"])
    known = f"{registry}@reg(0)\ndef a(): pass\n"
    texts = [f"{known}@reg({at})\ndef {name}(): pass\n" for at, name in ((first, "b"), (second, "c"))]
    done = probed(project, *texts, "m.reg.names")
    assert done.right and not done.named, done
