"""What lines did to the process and its library: taken back, or named; and what read that."""

import abc
import atexit
import codecs
import decimal
import socket
import subprocess
import sys
from typing import Any

import pytest
import reloadr
from harness import Project


def edited(project: Project, before: str, after: str) -> tuple[Any, reloadr.Report]:
    module = project.start("m", before)
    watcher = project.watch()
    project.write("m", after)
    return module, watcher.poll()


def said(report: reloadr.Report) -> list[tuple[str, str]]:
    return [(each.code, each.qualname) for each in report.reasons]


ATEXIT = (
    "import atexit\n@atexit.register\ndef bye(): calls.append('bye')\ncalls = []\ndef other(): calls.append('other')\n"
)


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (ATEXIT.replace("@atexit.register\n", ""), []),
        (ATEXIT.replace("@atexit.register\n", "") + "atexit.register(other)\n", ["other"]),
    ],
)
def test_a_handler_of_the_end_goes_with_its_line(project: Project, after: str, wanted: list[str]) -> None:
    before = ATEXIT if "other)" not in after else ATEXIT.replace("@atexit.register\n", "") + "atexit.register(bye)\n"
    module, report = edited(project, before, after)
    assert report.verdict == "live", report
    atexit._run_exitfuncs()
    assert module.calls == wanted


def test_a_search_for_codecs_goes_with_its_line(project: Project) -> None:
    text = "import codecs\ndef find(name):\n    if name == 'reloadr_x': return codecs.lookup('ascii')\n"
    _, report = edited(project, text + "codecs.register(find)\n", text)
    assert report.verdict == "live", report
    with pytest.raises(LookupError):
        codecs.lookup("reloadr_x")


def test_a_handler_of_a_logger_goes_with_its_line(project: Project) -> None:
    text = "import logging\nlog = logging.getLogger('reloadr.here')\nh = logging.NullHandler()\n"
    module, report = edited(project, text + "log.addHandler(h)\n", text)
    assert report.verdict == "live", report
    assert module.log.handlers == []
    reloadr.undo()
    assert module.log.handlers == [module.h]


def test_an_abstract_class_keeps_what_registered(project: Project) -> None:
    text = "import abc\nclass Base(abc.ABC): ...\n@Base.register\nclass C: ...\n"
    module, report = edited(project, text, text.replace("@Base.register\n", ""))
    assert isinstance(module.Base, abc.ABCMeta)
    assert said(report) == [("RL208", "C")], report


def test_what_is_set_anew_leaves_nothing(project: Project) -> None:
    text = "import logging, sys\nlog = logging.getLogger('reloadr.set')\nlog.setLevel({})\nsys.setrecursionlimit({})\n"
    before = sys.getrecursionlimit()
    try:
        module, report = edited(project, text.format(10, before), text.format(20, before + 1))
        assert (report.verdict, module.log.level, sys.getrecursionlimit()) == ("live", 20, before + 1), report
    finally:
        sys.setrecursionlimit(before)


READING = {
    "decimal": (
        "import decimal\ndecimal.getcontext().prec = {}\nX = decimal.Decimal(1) / 3\n",
        (7, 5),
        "live",
    ),
    "builtins": ("import builtins\nbuiltins.reloadr_n = {}\nX = reloadr_n + 1\n", (1, 2), "live"),
    "iterator": ("import itertools\nids = itertools.count()\nY = {}\nX = next(ids)\n", ("0", "next(ids)"), "caveat"),
    "random": ("import random\nrandom.seed(1)\nX = random.randint(1, {})\n", (1000, 2000), "caveat"),
    "types": (
        "import mimetypes\nmimetypes.add_type('a/{}', '.rlx')\nX = mimetypes.guess_type('f.rlx')\n",
        "bc",
        "caveat",
    ),
}


@pytest.mark.parametrize("case", READING)
def test_who_reads_state_of_the_process(project: Project, case: str) -> None:
    text, (old, new), verdict = READING[case]
    with decimal.localcontext():
        module, report = edited(project, text.format(old), text.format(new))
    fresh: dict[str, object] = {}
    with decimal.localcontext():
        exec(text.format(new), fresh)
    assert verdict == "caveat" or fresh["X"] == module.X, report
    assert verdict == "live" or "X" in {qualname for _, qualname in said(report)}, report


def test_the_last_one_that_takes_from_an_iterator(project: Project) -> None:
    text = "import itertools\nids = itertools.count()\nA = next(ids)\n"
    module, report = edited(project, text, text + "B = next(ids)\n")
    assert (report.verdict, module.B) == ("live", 1), report


def test_who_calls_a_function_of_several_forms(project: Project) -> None:
    text = (
        "import functools\n@functools.singledispatch\ndef show(x): return 'any'\n"
        "@show.register\ndef _(x: int): return '{}'\nX = show(1)\n"
    )
    module, report = edited(project, text.format("a"), text.format("b"))
    assert module.X == "b" or said(report) == [("RL206", "X")], report


def test_what_a_decorator_set_on_a_class_is_named(project: Project) -> None:
    text = "def collect(cls):\n    cls.names = sorted(vars(cls))\n    return cls\n@collect\nclass C: a = 1\n"
    module, report = edited(project, text, text.replace("@collect\n", ""))
    assert not hasattr(module.C, "names") or said(report) == [("RL208", "C.names")], report


@pytest.mark.parametrize(("now", "named"), [("", [("RL208", "C.tag")]), ("@tag('b')\n", [])])
def test_what_a_decorator_with_arguments_set_on_a_class_is_named(
    project: Project, now: str, named: list[tuple[str, str]]
) -> None:
    text = (
        "def tag(x):\n    def mark(cls):\n        cls.tag = x\n        return cls\n    return mark\n"
        "@tag('a')\nclass C: a = 1\n"
    )
    module, report = edited(project, text, text.replace("@tag('a')\n", now))
    assert said(report) == named and module.C.tag == ("b" if now else "a"), report


def test_a_name_that_was_read_through_a_registry(project: Project) -> None:
    text = (
        "class Bus:\n    def __init__(self): self.subs = {{}}\n    def on(self, event):\n"
        "        def decorate(f):\n            self.subs.setdefault(event, []).append((0, f))\n            return f\n"
        "        return decorate\nbus = Bus()\n@bus.on('a')\ndef {}(): ...\n"
        "X = [f.__name__ for _, f in bus.subs['a']]\n"
    )
    module, report = edited(project, text.format("first"), text.format("other"))
    assert module.X == ["other"] or ("RL206", "X") in said(report), report


PORT = "import socket\n\nserver = socket.create_server(('127.0.0.1', {port}))\n"


def test_a_port_that_this_process_has_is_no_fault_of_the_line(project: Project) -> None:
    """A process that starts in its place finds it free. One that others have is."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    before = PORT.format(port=port)
    module, report = edited(project, before, before.replace("))\n", "), backlog=5)\n"))
    assert said(report) == [("RL301", "")] and report.verdict == "restart"
    assert "in use by this process" in report.reasons[0].message
    module.server.close()


def test_a_port_of_somebody_else_is_in_use(project: Project) -> None:
    code = (
        "import socket, sys\ns = socket.create_server(('127.0.0.1', 0))\nprint(s.getsockname()[1], flush=True)\ninput()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        port = int(other.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)):
            _, report = edited(project, "import socket\n", PORT.format(port=port))
        assert said(report) == [("RL402", "")]
        other.communicate("\n")
