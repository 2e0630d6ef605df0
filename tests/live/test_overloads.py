"""`typing.get_overloads` after edits: the forms that the source has, in order; who asked is right or named."""

import pytest
from harness import Project
from probing import WAYS, probed

HEAD = "import typing\n"
INT, STR, BYTES = (f"@typing.overload\ndef f(a: {kind}) -> {kind}: ...\n" for kind in ("int", "str", "bytes"))
BODY = "def f(a): return a\n"
LOOK = "[each.__annotations__['a'].__name__ for each in m.typing.get_overloads(m.f)]"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (INT + STR, INT),
        (INT + STR, ""),
        ("", INT + STR),
        (INT + STR, STR + INT),
        (INT + STR, BYTES + INT + "\n# below\n" + STR),
        (INT + STR, INT + STR.replace("str", "bytes")),
        (INT + STR + BYTES, BYTES + INT),
    ],
)
def test_forms_come_go_and_change_places(project: Project, way: str, before: str, after: str) -> None:
    done = probed(project, HEAD + before + BODY, HEAD + after + BODY, LOOK, way=way)
    assert done.right, done


@pytest.mark.parametrize("way", WAYS)
def test_of_a_method(project: Project, way: str) -> None:
    def body(forms: str) -> str:
        return HEAD + "class C:\n" + "".join(f"    {line}\n" for line in (forms + BODY).splitlines())

    done = probed(project, body(INT + STR), body(STR), LOOK.replace("m.f", "m.C.f"), way=way)
    assert done.right, done


@pytest.mark.parametrize("after", [INT, STR + INT, INT + STR + BYTES])
def test_who_asked_for_them(project: Project, after: str) -> None:
    ask = "def ask(): return [each.__annotations__ for each in typing.get_overloads(f)]\nN = ask()\n"
    done = probed(project, HEAD + INT + STR + BODY + ask, HEAD + after + BODY + ask, "m.N")
    assert done.right or "N was computed from" in str(done.report), done


def test_a_second_edit(project: Project) -> None:
    module = project.start("m", HEAD + INT + STR + BODY)
    watcher = project.watch()
    for forms in (STR, BYTES + STR, INT + BYTES):
        project.write("m", HEAD + forms + BODY)
        assert watcher.poll().verdict == "live"
        found = [each.__annotations__["a"].__name__ for each in module.typing.get_overloads(module.f)]
        assert found == [line.split(")")[0].split(": ")[1] for line in forms.splitlines() if "def" in line]
