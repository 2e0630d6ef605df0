"""Members that a metaclass, an inherited `__init_subclass__` or a class decorator collects when the class is made."""

import builtins
import os

import pytest
import reloadr
from harness import Project, fresh

ON = """\
def on(event):
    def mark(f):
        f.event = event
        return f
    return mark
"""
FOUND = "{v.event: k for k, v in %s.items() if hasattr(v, 'event')}"
OF_CLASS, OF_SPACE = FOUND % "vars(cls)", FOUND % "ns"
#: What collects, and the header of the class.
CONFINED = {
    "init_subclass": (
        "class B:\n    def __init_subclass__(cls, **more):\n        super().__init_subclass__(**more)\n"
        f"        cls.table = {OF_CLASS}\n",
        "class C(B):\n",
    ),
    "metaclass, when the class is there": (
        "class M(type):\n    def __new__(meta, name, bases, ns):\n"
        "        cls = super().__new__(meta, name, bases, ns)\n"
        "        cls.table = {}\n        for k, v in ns.items():\n            if hasattr(v, 'event'):\n"
        "                cls.table[v.event] = k\n        return cls\n",
        "class C(metaclass=M):\n",
    ),
    "metaclass, before": (
        "class M(type):\n    def __new__(meta, name, bases, ns):\n"
        f"        ns['table'] = {OF_SPACE}\n        return super().__new__(meta, name, bases, ns)\n",
        "class C(metaclass=M):\n",
    ),
    "metaclass, afterwards": (
        "class M(type):\n    def __init__(cls, name, bases, ns):\n        super().__init__(name, bases, ns)\n"
        f"        cls.table = {OF_SPACE}\n",
        "class C(metaclass=M):\n",
    ),
    "decorator with a helper": (
        f"def find(cls):\n    return {OF_CLASS}\ndef collect(cls):\n    cls.table = find(cls)\n    return cls\n",
        "@collect\nclass C:\n",
    ),
    "decorator that is called": (
        "def collect(first):\n    def inner(cls):\n        cls.table = {}\n        for k in dir(cls):\n"
        "            v = getattr(cls, k)\n            if hasattr(v, 'event'):\n"
        "                cls.table[v.event] = first + k\n"
        "        return cls\n    return inner\n",
        "@collect('do ')\nclass C:\n",
    ),
}
RUN = "    @on('run')\n    def run(self): return 1\n"
END = "    @on('end')\n    def end(self): return 2\n"
#: What of the class's body is replaced by what.
MEMBERS = {
    "added": (RUN, RUN + END),
    "removed": (RUN + END, RUN),
    "decorated otherwise": (RUN + END, RUN + END.replace("'end'", "'stop'")),
    "renamed": (RUN + END, RUN + END.replace("def end", "def stop")),
    "no more decorated": (RUN + END, RUN + END.replace("    @on('end')\n", "")),
}


@pytest.mark.parametrize("what", MEMBERS)
@pytest.mark.parametrize("who", CONFINED)
def test_collected_on_the_class(project: Project, who: str, what: str) -> None:
    """The table follows, whoever makes it; twice, and back; the class stays, and nobody sees another one."""
    collector, header = CONFINED[who]
    before, after = (f"{ON}{collector}{header}{body}N = len(C.table)\n" for body in MEMBERS[what])
    module = project.start("collected", before)
    cls, subclasses = module.C, "len(B.__subclasses__()) if 'B' in globals() else 0"
    watcher = project.watch(module)
    for text in (after, before, after):
        assert repr(module.C.table) != fresh(module, text, "C.table")
        project.write("collected", text)
        report = watcher.poll()
        # What else reads an attribute through the user's metaclass may have effects.
        read = {"RL206"} if "metaclass" in who else set()
        assert {reason.code for reason in report.reasons} <= {"RL218", *read}, report
        for looked_at in ("C.table", "sorted(vars(C))", subclasses, *([] if read else ["N"])):
            assert repr(eval(looked_at, vars(module))) == fresh(module, text, looked_at)
    assert reloadr.undo().verdict == "live"
    assert repr(module.C.table) == fresh(module, before, "C.table") and module.C is cls


#: What an `__init_subclass__` makes of the members, the classes below it, and what of them is replaced by what.
BESIDES = {
    "what classes below inherit": (
        "sorted(k for k in dir(cls) if k.startswith('do'))",
        "class C(B):\n    def do(self): return 1\nclass D(C):\n    pass\n",
        ("    def do(", "    def do_more(self): return 2\n    def do("),
        "C.table, D.table",
    ),
    "the order": (
        "[k for k in vars(cls) if k.startswith('do')]",
        "class C(B):\n    def do_a(self): return 1\n    def do_b(self): return 2\n",
        (
            "    def do_a(self): return 1\n    def do_b(self): return 2\n",
            "    def do_b(self): return 2\n    def do_a(self): return 1\n",
        ),
        "C.table",
    ),
    "signatures": (
        "{k: str(inspect.signature(v)) for k, v in vars(cls).items() if callable(v)}",
        "class C(B):\n    def do(self): return 1\n",
        ("do(self)", "do(self, more=1)"),
        "C.table",
    ),
    "docstrings": (
        "{k: v.__doc__ for k, v in vars(cls).items() if callable(v)}",
        "class C(B):\n    def do(self):\n        'one'\n",
        ("'one'", "'two'"),
        "C.table",
    ),
    "values that are computed from a name": (
        "[v for k, v in vars(cls).items() if k.startswith('n')]",
        "X = 1\nclass C(B):\n    n = X\nN = C.table[0]\n",
        ("X = 1", "X = 2"),
        "C.table, N",
    ),
}


@pytest.mark.parametrize("what", BESIDES)
def test_collected_besides(project: Project, what: str) -> None:
    makes, classes, (old, new), looked_at = BESIDES[what]
    before = f"import inspect\nclass B:\n    def __init_subclass__(cls):\n        cls.table = {makes}\n{classes}"
    after = before.replace(old, new)
    module = project.start("besides", before)
    watcher = project.watch(module)
    for text in (after, before, after):
        assert repr(eval(looked_at, vars(module))) != fresh(module, text, looked_at)
        project.write("besides", text)
        report = watcher.poll()
        assert report.verdict == "live", report
        assert repr(eval(looked_at, vars(module))) == fresh(module, text, looked_at)
    assert reloadr.undo().verdict == "live"
    assert repr(eval(looked_at, vars(module))) == fresh(module, before, looked_at)


ORDERED = """\
from functools import total_ordering
@total_ordering
class C:
    def __init__(self, value): self.value = value
    def __eq__(self, other): return self.value == other.value
    def __lt__(self, other): return self.value < other.value
"""
ORDER = "C(1) < C(2), C(1) <= C(1), C(1) > C(2), C(1) >= C(1), [k for k in vars(C) if k[2:4] in 'ltlegtge']"


@pytest.mark.parametrize(
    "new",
    [
        "    def __le__(self, other): return self.value <= other.value\n",
        "    def __ge__(self, other): return self.value >= other.value\n    def __gt__(self, other): return False\n",
    ],
)
def test_the_other_comparisons_are_derived_again(project: Project, new: str) -> None:
    module = project.start("ordered", ORDERED)
    watcher = project.watch(module)
    old = ORDERED.splitlines(keepends=True)[-1]
    for text in (ORDERED.replace(old, new), ORDERED, ORDERED.replace(old, new)):
        project.write("ordered", text)
        assert watcher.poll().verdict == "live"
        assert sorted(repr(eval(ORDER, vars(module)))) == sorted(fresh(module, text, ORDER))
    assert reloadr.undo().verdict == "live"
    assert sorted(repr(eval(ORDER, vars(module)))) == sorted(fresh(module, ORDERED, ORDER))


FIELD = """\
class Field:
    name = None
    def __init__(self, default): self.default = default
    def __get__(self, instance, owner):
        if self.name is None: raise ValueError("nobody told me my name")
        return self.name, self.default
"""
NAMED = "for k, v in %s.items():\n            if isinstance(v, Field): v.name = k\n"
FIELDS = {
    "metaclass": (
        "class M(type):\n    def __new__(meta, name, bases, ns):\n"
        "        cls = super().__new__(meta, name, bases, ns)\n"
        f"        {NAMED % 'ns'}        return cls\n",
        "class C(metaclass=M):\n",
    ),
    "init_subclass": (f"class B:\n    def __init_subclass__(cls):\n        {NAMED % 'vars(cls)'}", "class C(B):\n"),
}


@pytest.mark.parametrize("who", FIELDS)
def test_a_declared_field_is_told_its_name(project: Project, who: str) -> None:
    collector, header = FIELDS[who]
    text = f"{FIELD}{collector}{header}    x = Field(1)\n"
    module = project.start("fields", text)
    watcher = project.watch(module)
    for after in (text.replace("(1)", "(2)"), f"{text}    y = Field(3)\n", text):
        project.write("fields", after)
        assert watcher.poll().verdict == "live"
        assert [vars(module)["C"].x, getattr(module.C, "y", None)] == [
            ("x", 2 if "(2)" in after else 1),
            ("y", 3) if "y" in after.rpartition("class C")[2] else None,
        ]


def test_a_field_that_cannot_be_told_its_name_needs_a_restart(project: Project) -> None:
    """The class stays usable: the earlier field is kept."""
    collector, header = FIELDS["init_subclass"]
    collector = f"SEEN = []\n{collector}        SEEN.append(cls)\n"
    text = f"{FIELD}{collector}{header}    x = Field(1)\n"
    module = project.start("fields", text)
    watcher = project.watch(module)
    project.write("fields", text.replace("Field(1)", "Field(2)"))
    report = watcher.poll()
    assert [(reason.code, reason.qualname) for reason in report.reasons] == [("RL301", "C")], report
    assert module.C.x == ("x", 1)


@pytest.mark.parametrize("what", MEMBERS)
def test_what_writes_elsewhere_does_not_run_again_and_is_named(project: Project, what: str) -> None:
    collector = f"R = []\nclass B:\n    def __init_subclass__(cls):\n        R.append({OF_CLASS})\n"
    before, after = (f"{ON}{collector}class C(B):\n{body}" for body in MEMBERS[what])
    module = project.start("registry", before)
    watcher = project.watch(module)
    project.write("registry", after)
    report = watcher.poll()
    reasons = [(reason.code, reason.qualname) for reason in report.reasons if reason.code == "RL215"]
    names = {"renamed": {"C.end", "C.stop"}}.get(what, {"C.end"})
    assert [code for code, _ in reasons] == ["RL215"] and reasons[0][1] in names, report
    assert len(module.R) == 1


@pytest.mark.parametrize(
    "edit",
    [
        (RUN, RUN + "    def helper(self): return 3\n"),
        (RUN, RUN + "    def __len__(self): return 3\n"),
        ("return 1", "return 3"),
    ],
)
def test_what_goes_by_marks_has_nothing_to_do_with_other_members(project: Project, edit: tuple[str, str]) -> None:
    collector = f"R = []\nclass B:\n    def __init_subclass__(cls):\n        R.append({OF_CLASS})\n"
    text = f"{ON}{collector}class C(B):\n{RUN}"
    module = project.start("registry", text)
    watcher = project.watch(module)
    project.write("registry", text.replace(*edit))
    assert watcher.poll().verdict == "live"


def test_what_a_program_did_to_a_table_since_is_named(project: Project) -> None:
    collector, header = CONFINED["init_subclass"]
    text = f"{ON}{collector}{header}{RUN}"
    module = project.start("collected", text)
    watcher = project.watch(module)
    module.C.table["more"] = "mine"
    project.write("collected", text + END)
    report = watcher.poll()
    assert [(reason.code, reason.qualname) for reason in report.reasons] == [("RL226", "C.table")], report
    assert module.C.table == {"run": "run", "end": "end"}


def test_a_class_that_its_collectors_refuse_is_rejected(project: Project) -> None:
    collector = "def check(cls):\n    if 'run' not in vars(cls): raise TypeError('it does not run')\n    return cls\n"
    text = f"{ON}{collector}@check\nclass C:\n{RUN}{END}"
    module = project.start("checked", text)
    watcher = project.watch(module)
    project.write("checked", text.replace(RUN, ""))
    report = watcher.poll()
    assert [reason.code for reason in report.reasons] == ["RL402"] and "it does not run" in str(report)
    assert module.C().run() == 1
    project.write("checked", text.replace("return 2", "return 3"))
    assert watcher.poll().verdict == "live"
    assert (module.C().run(), module.C().end()) == (1, 3)


def test_methods_that_a_decorator_wraps_are_wrapped_when_they_come(project: Project) -> None:
    wrap = (
        "def wrap(cls):\n    for k, v in list(vars(cls).items()):\n        if callable(v):\n"
        "            def call(self, v=v): return 'wrapped', v(self)\n"
        "            setattr(cls, k, call)\n    return cls\n"
    )
    text = f"{wrap}@wrap\nclass C:\n    def run(self): return 1\n"
    module = project.start("wrapped", text)
    watcher, run = project.watch(module), module.C.run
    project.write("wrapped", text + "    def end(self): return 2\n")
    assert watcher.poll().verdict == "live"
    assert module.C().end() == ("wrapped", 2) and module.C.run is run and module.C().run() == ("wrapped", 1)


HOOK = """\
class Field:
    def __init__(self, default): self.default = default
    def __set_name__(self, owner, name):
        self.name = name
        %s
    def __repr__(self): return f"{self.name}={self.default}"
"""
#: What `__set_name__` does, where that is kept, what of the class is replaced by what, and what is looked at.
REGISTERED = {
    "list": ("owner.fields.append(self)", "    fields = []\n", ("(1)", "(2)"), "C.fields"),
    "table by name": ("owner.fields[name] = self", "    fields = {}\n", ("(1)", "(2)"), "C.fields"),
    "table by value": ("owner.fields[self.default] = self", "    fields = {}\n", ("(1)", "(2)"), "C.fields"),
    "list of a base": ("owner.fields.append(self)", "", ("(1)", "(2)"), "B.fields"),
    "list of the module": ("ALL.append(self)", "", ("(1)", "(2)"), "ALL"),
    "one more": (
        "owner.fields.append(self)",
        "    fields = []\n",
        ("y = Field(3)", "y = Field(3)\n    z = Field(4)"),
        "C.fields",
    ),
    "one less": ("owner.fields.append(self)", "    fields = []\n", ("    y = Field(3)\n", ""), "C.fields"),
}


@pytest.mark.parametrize("where", REGISTERED)
def test_what_set_name_registers_takes_the_place_of_the_earlier_one(project: Project, where: str) -> None:
    does, kept, (old, new), looked_at = REGISTERED[where]
    before = (
        f"ALL = []\n{HOOK % does}class B:\n    fields = []\nclass C(B):\n{kept}    x = Field(1)\n    y = Field(3)\n"
    )
    after = before.replace(old, new)
    module = project.start("registered", before)
    watcher, held = project.watch(module), eval(looked_at, vars(module))
    for text in (after, before, after):
        project.write("registered", text)
        assert watcher.poll().verdict == "live"
        assert repr(eval(looked_at, vars(module))) == fresh(module, text, looked_at)
    assert reloadr.undo().verdict == "live"
    assert repr(held) == fresh(module, before, looked_at) and held is eval(looked_at, vars(module))


TAKING = """\
ALL = {}
class M(type):
    def __new__(meta, name, bases, ns):
        fields = {k: ns.pop(k) for k, v in list(ns.items()) if isinstance(v, list)}
        cls = super().__new__(meta, name, bases, ns)
        cls.fields, cls.strict = fields, ns["Meta"].strict
        %s
        return cls
class C(metaclass=M):
    class Meta:
        strict = True
    x = ["int"]
    y = ["str"]
"""
#: What is edited of it, and what is named.
TAKEN = {
    "one less": ('    y = ["str"]\n', "", "may have read y when"),
    "one more": ('    y = ["str"]\n', '    y = ["str"]\n    z = []\n', "may have read z when"),
    "another name": ("    y =", "    z =", "may have read z, y when"),
    "another value": ('["str"]', '["bytes"]', "may have read y when"),
    "a class within": ("strict = True", "strict = False", "may have read Meta when"),
    "one more in a class within": ("strict = True", "strict = True\n        many = 1", "may have read Meta when"),
}


@pytest.mark.parametrize("registers", ["pass", "ALL[name] = cls"])
@pytest.mark.parametrize("edit", TAKEN)
def test_members_that_a_metaclass_takes_out_of_the_class_and_classes_within_are_named(
    project: Project, edit: str, registers: str
) -> None:
    old, new, said = TAKEN[edit]
    before = TAKING % registers
    module = project.start("taken", before)
    watcher = project.watch(module)
    fields = dict(module.C.fields)
    project.write("taken", before.replace(old, new))
    report = watcher.poll()
    looked_at = "C.fields, C.strict"
    if repr(eval(looked_at, vars(module))) != fresh(module, before.replace(old, new), looked_at):
        assert any(reason.code == "RL215" and said in reason.message for reason in report.reasons)
        # What stays is what there was.
        assert module.C.fields == fields


def test_a_method_of_a_class_within_is_no_business_of_who_collects(project: Project) -> None:
    before = TAKING.replace("strict = True", "strict = True\n        def run(self): return 1") % "pass"
    module = project.start("taken", before)
    watcher = project.watch(module)
    project.write("taken", before.replace("return 1", "return 2"))
    assert watcher.poll().verdict == "live" and module.C.Meta().run() == 2


#: A metaclass of a library, which asks all that a class has.
LIBRARY = """\
class Mapped(type):
    def __init__(cls, name, bases, space):
        cls.columns = {k: v for each in cls.__mro__ for k, v in vars(each).items() if isinstance(v, Column)}
class Column:
    def __init__(self, kind): self.kind = kind
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Column(1)", "Column(2)", "x"),
        ("x = Column(1)", "x = Column(1)\n    y = Column(2)", "y"),
        ("size = 1", "size = 2", ""),
        ("return 1", "return 2", ""),
    ],
)
def test_what_a_library_collects_of_a_plain_base_is_named(
    project: Project, monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
) -> None:
    library: dict[str, object] = {"__name__": "library"}
    exec(compile(LIBRARY, os.__file__, "exec"), library)
    text = (
        "class Plain:\n    size = 1\n    x = Column(1)\n    def run(self): return 1\n"
        "class C(Plain, metaclass=Mapped): pass\n"
    )
    project.write("mapped", text)
    for name in ("Mapped", "Column"):
        monkeypatch.setattr(builtins, name, library[name], raising=False)
    module = project.load("mapped")
    watcher = project.watch(module)
    project.write("mapped", text.replace(old, new))
    named = [reason.message for reason in watcher.poll().reasons if reason.code == "RL215"]
    assert named == ([f"the metaclass Mapped may have read {said} when the class was made"] if said else [])


TELLING = """\
class Field:
    __slots__ = ("name", "default")
    def __init__(self, default): self.name, self.default = None, default
    def __get__(self, instance, owner): return self.default if self.name else 1 / 0
class M(type):
    def __init__(cls, name, bases, space):
        for key, each in space.items():
            if isinstance(each, Field): each.name = key
        ALL.append(cls)
ALL = []
class C(metaclass=M):
    x = Field(1)
    y = Field(2)
"""


def test_a_member_that_is_told_its_name_in_a_slot_is_not_put_there_untold(project: Project) -> None:
    module = project.start("telling", TELLING)
    watcher = project.watch(module)
    project.write("telling", TELLING.replace("Field(1)", "Field(3)"))
    report = watcher.poll()
    assert [reason.code for reason in report.reasons] == ["RL301"] and module.C.x == 1
