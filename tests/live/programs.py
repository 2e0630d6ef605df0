"""Random programs of a few modules, and random edits of them.

A program is a list of modules, a module a list of items, and an item renders to source text. Bodies refer to
other items by number (`<7>`), which renders as the name that item has at that moment in that module, so that
a rename is followed everywhere. Calls go to items with lower numbers only: no program recurses.
"""

from __future__ import annotations

import pickle
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

COMMENTS = ("# a comment", "# naïve — note", "#", "# def old(): pass")
DOCS = ("Adds.", "Does it.", "Two words", "Ünïcode.", "Line one.\n\n    Line two.\n    ")
ANNOTATIONS = ("int", "str", "'int'", "list[int]", "int | None", "tuple[int, ...]")


@dataclass
class Param:
    name: str
    kind: str = ""  # "" or "*" for a keyword-only one
    default: str | None = None
    annotation: str | None = None

    def render(self) -> str:
        text = self.name + (f": {self.annotation}" if self.annotation else "")
        if self.default is None:
            return text
        return f"{text} = {self.default}" if self.annotation else f"{text}={self.default}"


@dataclass
class Function:
    name: str
    params: list[Param]
    body: list[str]
    colour: str = "plain"  # "plain", "generator", "async", "closure", "agen"
    doc: str | None = None
    returns: str | None = None
    decorators: list[str] = field(default_factory=list)

    def render(self, first: str = "") -> list[str]:
        plain = [each.render() for each in self.params if not each.kind]
        named = [each.render() for each in self.params if each.kind]
        params = [*([first] if first else []), *plain, *(["*", *named] if named else [])]
        arrow = f" -> {self.returns}" if self.returns else ""
        word = "async def" if self.colour in ("async", "agen") else "def"
        lines = [f"@{each}" for each in self.decorators]
        lines.append(f"{word} {self.name}({', '.join(params)}){arrow}:")
        if self.doc is not None:
            lines.append(f'    """{self.doc}"""')
        lines += [f"    {line}" for line in self.body]
        return lines


@dataclass
class Method:
    function: Function
    kind: str = "plain"  # "plain", "static", "class", "property"

    def render(self) -> list[str]:
        word = {"static": "staticmethod", "class": "classmethod", "property": "property"}.get(self.kind)
        first = {"static": "", "class": "cls"}.get(self.kind, "self")
        return ([f"@{word}"] if word else []) + self.function.render(first)


@dataclass
class Item:
    """Something at module level."""

    uid: int
    kind: str
    name: str
    lead: list[str] = field(default_factory=list)
    #: A definition, for kinds "function", "decorator" and "conditional" (its two branches).
    function: Function | None = None
    other: Function | None = None
    #: Source text: of a constant, a statement or a condition.
    text: str = ""
    #: For imports: the item, or the index of the module.
    target: int = -1
    #: For classes.
    bases: list[int] = field(default_factory=list)
    methods: list[Method] = field(default_factory=list)
    fields: list[tuple[str, str, str]] = field(default_factory=list)
    nested: Function | None = None
    doc: str | None = None
    annotation: str | None = None
    trailing: str = ""


@dataclass
class Module:
    name: str
    items: list[Item] = field(default_factory=list)
    doc: str | None = None


class Program:
    """The modules and everything that was ever made in them."""

    def __init__(self, names: list[str]) -> None:
        self.modules = [Module(name) for name in names]
        self.count = 0

    def clone(self) -> Program:
        """A copy that edits of this one do not reach."""
        made: Program = pickle.loads(pickle.dumps(self))
        return made

    def item(self, uid: int) -> tuple[int, Item] | None:
        """Where an item is, if it still is."""
        for at, module in enumerate(self.modules):
            for item in module.items:
                if item.uid == uid and not item.kind.startswith("import"):
                    return at, item
        return None

    def sources(self) -> dict[str, str]:
        """The text of each module."""
        return {module.name: self.render(at) for at, module in enumerate(self.modules)}

    # ---- rendering ----

    def render(self, at: int) -> str:
        module = self.modules[at]
        lines = [f'"""{module.doc}"""'] if module.doc is not None else []
        for item in module.items:
            lines += item.lead
            lines += [self.resolve(at, line) for line in self._lines(at, item)]
        text = "\n".join(lines)
        return text + "\n" if text else ""

    def resolve(self, at: int, line: str) -> str:
        return re.sub(r"<(\d+)>", lambda match: self.name_in(at, int(match[1])), line)

    def name_in(self, at: int, uid: int) -> str:
        found = self.item(uid)
        if found is None:
            return f"gone_{uid}"
        where, item = found
        if where == at:
            return item.name
        for each in self.modules[at].items:
            if each.kind == "import name" and each.target == uid:
                return each.name or item.name
            if each.kind == "import module" and each.target == where:
                return f"{each.name or self.modules[where].name}.{item.name}"
        return item.name

    def _lines(self, at: int, item: Item) -> list[str]:
        lines = getattr(self, "_" + item.kind.replace(" ", "_"))(at, item)
        if item.trailing:
            lines[-1] += item.trailing
        return lines

    def _function(self, at: int, item: Item) -> list[str]:
        assert item.function is not None
        item.function.name = item.name
        return item.function.render()

    def _decorator(self, at: int, item: Item) -> list[str]:
        wraps = ["    @functools.wraps(function)"] if item.annotation else []
        return [
            f"def {item.name}(function):",
            *([f'    """{item.doc}"""'] if item.doc else []),
            *wraps,
            "    def wrapper(*args, **kwargs):",
            "        result = function(*args, **kwargs)",
            f"        return ('{item.text}', result)",
            "    return wrapper",
        ]

    def _factory(self, at: int, item: Item) -> list[str]:
        return [
            f"def {item.name}(label={item.text!r}):",
            "    def decorate(function):",
            "        @functools.wraps(function)",
            "        def wrapper(*args):",
            f"            return (label, {len(item.text)}, function(*args))",
            "        return wrapper",
            "    return decorate",
        ]

    def _constant(self, at: int, item: Item) -> list[str]:
        return [f"{item.name}{f': {item.annotation}' if item.annotation else ''} = {item.text}"]

    _derived = _constant

    def _state(self, at: int, item: Item) -> list[str]:
        return [f"{item.name} = {item.text}"]

    def _statement(self, at: int, item: Item) -> list[str]:
        return [item.text]

    def _conditional(self, at: int, item: Item) -> list[str]:
        assert item.function is not None and item.other is not None
        item.function.name = item.other.name = item.name
        return [
            f"if {item.text}:",
            *(f"    {line}" for line in item.function.render()),
            "else:",
            *(f"    {line}" for line in item.other.render()),
        ]

    def _attempt(self, at: int, item: Item) -> list[str]:
        return ["try:", f"    {item.text} as {item.name}", "except ImportError:", f"    {item.name} = None"]

    def _import_name(self, at: int, item: Item) -> list[str]:
        found = self.item(item.target)
        if found is None:
            return ["pass"]
        name = found[1].name
        alias = f" as {item.name}" if item.name else ""
        return [f"from {self.modules[found[0]].name} import {name}{alias}"]

    def _import_module(self, at: int, item: Item) -> list[str]:
        alias = f" as {item.name}" if item.name else ""
        return [f"import {self.modules[item.target].name}{alias}"]

    def _import_standard(self, at: int, item: Item) -> list[str]:
        return [item.text]

    def _class(self, at: int, item: Item) -> list[str]:
        bases = f"({', '.join(f'<{uid}>' for uid in item.bases)})" if item.bases else ""
        lines = [f"class {item.name}{bases}:"]
        body = [f'"""{item.doc}"""'] if item.doc is not None else []
        for name, annotation, value in item.fields:
            body.append(f"{name}{f': {annotation}' if annotation else ''} = {value}")
        for method in item.methods:
            body += ["", *method.render()]
        if item.nested is not None:
            body += ["class Inner:", *(f"    {line}" for line in item.nested.render("self"))]
        return lines + [f"    {line}" if line else "" for line in body or ["pass"]]

    def _dataclass(self, at: int, item: Item) -> list[str]:
        lines = [f"@dataclasses.dataclass{item.text}", f"class {item.name}:"]
        body = [f'"""{item.doc}"""'] if item.doc is not None else []
        for name, annotation, value in item.fields:
            body.append(f"{name}: {annotation} = {value}")
        for method in item.methods:
            body += method.render()
        return lines + [f"    {line}" for line in body or ["pass"]]

    def _enum(self, at: int, item: Item) -> list[str]:
        lines = [f"class {item.name}(enum.{item.text}):"]
        body = [f'"""{item.doc}"""'] if item.doc is not None else []
        body += [f"{name} = {value}" for name, _, value in item.fields]
        for method in item.methods:
            body += method.render()
        return lines + [f"    {line}" for line in body]


HEADER = ("import functools", "import dataclasses", "import enum", "import contextlib")


class Author:
    """Makes programs and edits them, by one stream of random numbers."""

    def __init__(self, rng: random.Random, program: Program) -> None:
        self.rng = rng
        self.program = program

    # ---- choosing ----

    def chance(self, of: float) -> bool:
        return self.rng.random() < of

    def number(self) -> int:
        return self.rng.choice((0, 1, 2, 3, 7, 10, 100, 257, -1, 12345))

    def value(self) -> str:
        roll = self.rng.randrange(8)
        return (
            str(self.number()),
            repr(f"s{self.number()}"),
            f"({self.number()}, {self.number()})",
            "None",
            str(self.number() / 4),
            "True",
            f"[{self.number()}, {self.number()}]",
            f"{{'a': {self.number()}}}",
        )[roll]

    def fresh(self, stem: str) -> tuple[int, str]:
        self.program.count += 1
        return self.program.count, f"{stem}{self.program.count}"

    def visible(self, at: int, kinds: tuple[str, ...], below: int = 10**9) -> list[int]:
        """Items that code of a module can name."""
        found = []
        for where, module in enumerate(self.program.modules):
            for item in module.items:
                if item.kind not in kinds or item.uid >= below:
                    continue
                if where == at or self._imported(at, where, item.uid):
                    found.append(item.uid)
        return found

    def _imported(self, at: int, where: int, uid: int) -> bool:
        return any(
            (each.kind == "import name" and each.target == uid)
            or (each.kind == "import module" and each.target == where)
            for each in self.program.modules[at].items
        )

    # ---- parts ----

    def params(self, few: bool = False) -> list[Param]:
        names = self.rng.sample(("a", "b", "c", "d", "e"), self.rng.randrange(3 if few else 4))
        params = []
        optional = False
        for name in names:
            optional = optional or self.chance(0.3)
            default = self.default() if optional else None
            params.append(Param(name, "", default, self.rng.choice(ANNOTATIONS) if self.chance(0.25) else None))
        if self.chance(0.2):
            params.append(Param("key", "*", self.default() if self.chance(0.7) else None))
        return params

    def default(self) -> str:
        return self.rng.choice((str(self.number()), "None", "[]", "()", repr("d"), "{}", "2 ** 8"))

    def body(self, at: int, uid: int, params: list[Param], colour: str, me: str = "") -> list[str]:
        rng = self.rng
        names = [each.name for each in params]
        lines = [f"total = [{', '.join([*names, str(self.number())])}]"]
        for _ in range(rng.randrange(4)):
            lines += self.piece(at, uid, names, me)
        if colour in ("generator", "agen"):
            return [*lines, "for each in total:", "    yield each", f"yield {self.number()}"]
        if colour == "closure":
            captured = rng.sample(["total", *names], rng.randrange(1, 2 + len(names)))
            return [
                *lines,
                "def inner(x):",
                f"    return (x, {self.number()}, {', '.join(captured)})",
                "return inner",
            ]
        return [*lines, rng.choice(("return total", "return tuple(total)", "return total, len(total)"))]

    def piece(self, at: int, uid: int, names: list[str], me: str) -> list[str]:
        rng = self.rng
        roll = rng.randrange(12)
        things = self.visible(at, ("function", "conditional"), uid)
        if roll in (0, 1) and things:
            arguments = ", ".join(str(self.number()) for _ in range(rng.randrange(3)))
            return [f"total.append(<{rng.choice(things)}>({arguments}))"]
        if roll in (2, 3):
            values = self.visible(at, ("constant", "derived", "attempt"))
            if values:
                return [f"total.append(<{rng.choice(values)}>)"]
        if roll == 4:
            state = self.visible(at, ("state",))
            if state:
                return [f"total.append(len(<{rng.choice(state)}>))"]
        if roll == 5:
            classes = self.visible(at, ("class",), uid)
            if classes:
                return [f"total.append(<{rng.choice(classes)}>.__name__)"]
        if roll == 6:
            return [f"total += [n * {self.number()} for n in range({rng.randrange(4)}) if n or total]"]
        if roll == 7:
            return ["for n in range(2):", f"    if n == {rng.randrange(3)}:", "        total.append('hit')"]
        if roll == 8:
            quotient = f"    total.append({self.number()} // {rng.randrange(2)})"
            return ["try:", quotient, "except ZeroDivisionError as e:", "    total.append(str(e))"]
        if roll == 9:
            name = rng.choice(names) if names else "total"
            return [f"key = lambda n: (n, {name if name != 'total' else 1})", "total.append(key(3))"]
        if roll == 10:
            return [f"import {rng.choice(('math', 'json', 'string'))} as lib", "total.append(lib.__name__)"]
        if roll == 11 and me:
            return [f"total.append({me}.__class__.__name__)"]
        value = rng.choice(("1 + 2", repr("é"), "None", "3.5", 'b"x"', "(1, 2)", "..."))
        return [f"total.append({value})"]

    def function(self, at: int, uid: int, name: str, few: bool = False) -> Function:
        colour = self.rng.choice(("plain", "plain", "plain", "generator", "async", "closure", "agen"))
        params = self.params(few)
        function = Function(name, params, self.body(at, uid, params, colour), colour)
        function.doc = self.rng.choice(DOCS) if self.chance(0.3) else None
        function.returns = self.rng.choice(ANNOTATIONS) if self.chance(0.2) else None
        return function

    def decorators(self, at: int, uid: int) -> list[str]:
        choices = [f"<{each}>" for each in self.visible(at, ("decorator",), uid)]
        choices += [f"<{each}>({self.number()})" for each in self.visible(at, ("factory",), uid)]
        choices += ["functools.lru_cache", "functools.lru_cache(maxsize=4)"]
        return self.rng.sample(choices, 1 if self.chance(0.8) else min(2, len(choices)))

    def method(self, at: int, uid: int, name: str) -> Method:
        kind = self.rng.choice(("plain", "plain", "plain", "static", "class", "property"))
        function = self.function(at, uid, name, few=True)
        if kind == "property":
            function.params = []
            function.colour = "plain"
            function.body = self.body(at, uid, [], "plain", "self")
        if kind in ("plain", "class") and function.colour == "plain":
            roll = self.rng.randrange(4)
            if roll == 0:
                function.body.insert(1, f"total.append(getattr(super(), '{name}', None) is not None)")
            elif roll == 1 and kind == "plain":
                function.body.insert(1, f"self.__secret = {self.number()}")
                function.body.insert(2, "total.append(self.__secret)")
            elif roll == 2 and kind == "plain":
                function.body.insert(1, "total.append(__class__.__name__)")
            elif roll == 3 and kind == "plain":
                function.body.insert(1, f"total.append(sorted(vars(self)) + [{self.number()}])")
        return Method(function, kind)

    # ---- items ----

    def item(self, at: int) -> Item:
        kinds = ("function",) * 6 + ("constant",) * 3 + ("class",) * 4
        kinds += ("decorator", "factory", "derived", "derived", "state", "conditional", "attempt", "dataclass", "enum")
        kinds += ("decorated", "decorated", "import name", "import name", "import module")
        kind = self.rng.choice(kinds)
        made = getattr(self, "_make_" + kind.replace(" ", "_"))(at)
        return made if made is not None else self._make_function(at)

    def _make_function(self, at: int) -> Item:
        uid, name = self.fresh("f")
        return Item(uid, "function", name, function=self.function(at, uid, name))

    def _make_decorated(self, at: int) -> Item:
        item = self._make_function(at)
        assert item.function is not None
        item.function.decorators = self.decorators(at, item.uid)
        return item

    def _make_decorator(self, at: int) -> Item:
        uid, name = self.fresh("deco")
        return Item(uid, "decorator", name, text=f"t{self.number()}", annotation="w" if self.chance(0.7) else None)

    def _make_factory(self, at: int) -> Item:
        uid, name = self.fresh("made")
        return Item(uid, "factory", name, text="x" * self.rng.randrange(1, 5))

    def _make_constant(self, at: int) -> Item:
        uid, name = self.fresh("K")
        return Item(uid, "constant", name, text=self.value(), annotation="object" if self.chance(0.2) else None)

    def _make_derived(self, at: int) -> Item | None:
        values = self.visible(at, ("constant", "derived"))
        if not values:
            return None
        uid, name = self.fresh("D")
        return Item(uid, "derived", name, text=self.derivation(values))

    def derivation(self, values: list[int]) -> str:
        one = f"<{self.rng.choice(values)}>"
        two = f"<{self.rng.choice(values)}>"
        return self.rng.choice(
            (f"({one}, 1)", f"[{one}, {two}]", f"{{'x': {one}}}", f"str({one}) + 'z'", f"{one} == {two}", f"not {one}")
        )

    def _make_state(self, at: int) -> Item:
        uid, name = self.fresh("state")
        return Item(uid, "state", name, text=self.rng.choice(("[]", "{}", "set()", "list()")))

    def _make_conditional(self, at: int) -> Item:
        uid, name = self.fresh("c")
        flags = self.visible(at, ("constant",))
        text = self.rng.choice(["True", "False", "1 < 2", *(f"<{each}>" for each in flags[:2])])
        return Item(
            uid, "conditional", name, text=text,
            function=self.function(at, uid, name), other=self.function(at, uid, name),
        )  # fmt: skip

    def _make_attempt(self, at: int) -> Item:
        uid, name = self.fresh("opt")
        text = self.rng.choice(
            ("import no_such_module_here", "import bisect", "from json import no_such_name", "import colorsys")
        )
        return Item(uid, "attempt", name, text=text)

    def _make_import_name(self, at: int) -> Item | None:
        choices = [
            item
            for module in self.program.modules[:at]
            for item in module.items
            if not item.kind.startswith(("import", "statement"))
        ]
        if not choices:
            return None
        chosen = self.rng.choice(choices)
        uid, name = self.fresh("alias")
        return Item(uid, "import name", name if self.chance(0.3) else "", target=chosen.uid)

    def _make_import_module(self, at: int) -> Item | None:
        if not at:
            return None
        uid, name = self.fresh("mod")
        return Item(uid, "import module", name if self.chance(0.4) else "", target=self.rng.randrange(at))

    def _make_class(self, at: int) -> Item:
        uid, name = self.fresh("C")
        item = Item(uid, "class", name)
        self._bases(at, item)
        item.doc = self.rng.choice(DOCS) if self.chance(0.3) else None
        for n in range(self.rng.randrange(3)):
            item.fields.append((f"attr{n}", "", self.value()))
        if self.chance(0.3):
            item.methods.append(Method(Function("__init__", [], [f"self.x = {self.number()}"])))
        for n in range(self.rng.randrange(1, 4)):
            item.methods.append(self.method(at, uid, f"m{n}"))
        if self.chance(0.2):
            item.nested = self.function(at, uid, "run", few=True)
        return item

    def _bases(self, at: int, item: Item) -> None:
        choices = self.visible(at, ("class",), item.uid)
        item.bases = self.rng.sample(choices, min(len(choices), self.rng.choice((0, 0, 1, 1, 2))))

    def _make_dataclass(self, at: int) -> Item:
        uid, name = self.fresh("P")
        item = Item(uid, "dataclass", name, text=self.rng.choice(("", "", "(frozen=True)", "(order=True)")))
        for n in range(self.rng.randrange(1, 4)):
            item.fields.append((f"field{n}", self.rng.choice(("int", "str", "object")), str(self.number())))
        if self.chance(0.5):
            item.methods.append(self.method(at, uid, "m0"))
        return item

    def _make_enum(self, at: int) -> Item:
        uid, name = self.fresh("E")
        item = Item(uid, "enum", name, text=self.rng.choice(("Enum", "Enum", "IntEnum")))
        numbers = self.rng.sample(range(1, 30), 3)
        for n in range(self.rng.randrange(1, 4)):
            item.fields.append((f"ONE{n}", "", str(numbers[n])))
        if self.chance(0.4):
            item.methods.append(Method(self.function(at, uid, "m0", few=True)))
        return item

    def start(self, items: int) -> None:
        """Fills the empty program."""
        for at, module in enumerate(self.program.modules):
            module.doc = "A module." if self.chance(0.5) else None
            for line in HEADER:
                uid, _ = self.fresh("")
                module.items.append(Item(uid, "import standard", "", text=line))
            for _ in range(items):
                made = self.item(at)
                made.lead = self.lead()
                module.items.append(made)

    def lead(self) -> list[str]:
        return [self.rng.choice(("", "", *COMMENTS)) for _ in range(self.rng.randrange(3))]

    # ---- edits ----

    def edit(self) -> str:
        """One random edit; says which."""
        names = [name for name in dir(self) if name.startswith("_edit_")]
        weights = [getattr(getattr(self, name), "weight", 2) for name in names]
        while True:
            name = self.rng.choices(names, weights)[0]
            done: bool = getattr(self, name)()
            if done:
                return name[6:]

    def pick(self, *kinds: str) -> tuple[int, Item] | None:
        found = [
            (at, item) for at, module in enumerate(self.program.modules) for item in module.items if item.kind in kinds
        ]
        return self.rng.choice(found) if found else None

    def _some_function(self) -> tuple[int, Item, Function] | None:
        found = self.pick("function", "function", "conditional", "class", "dataclass", "enum")
        if found is None:
            return None
        at, item = found
        if item.kind in ("class", "dataclass", "enum"):
            functions = [method.function for method in item.methods if method.kind != "property"]
            functions += [item.nested] if item.nested is not None else []
        else:
            functions = [each for each in (item.function, item.other) if each is not None]
        return (at, item, self.rng.choice(functions)) if functions else None

    def _edit_body(self) -> bool:
        found = self._some_function()
        if found is None:
            return False
        at, item, function = found
        if function.name == "__init__":
            function.body = [f"self.{self.rng.choice('xyz')} = {self.number()}"]
        else:
            function.body = self.body(at, item.uid, function.params, function.colour)
        return True

    def _edit_colour(self) -> bool:
        found = self._some_function()
        if found is None or found[2].name == "__init__":
            return False
        at, item, function = found
        function.colour = self.rng.choice(("plain", "generator", "async", "closure", "agen"))
        function.body = self.body(at, item.uid, function.params, function.colour)
        return True

    def _edit_signature(self) -> bool:
        found = self._some_function()
        if found is None or found[2].name == "__init__":
            return False
        at, item, function = found
        function.params = self.params(few=True)
        if self.chance(0.6):
            function.body = self.body(at, item.uid, function.params, function.colour)
        return True

    def _edit_default(self) -> bool:
        found = self._some_function()
        if found is None:
            return False
        optional = [each for each in found[2].params if each.default is not None]
        if not optional:
            return False
        self.rng.choice(optional).default = self.default()
        return True

    def _edit_doc(self) -> bool:
        found = self._some_function()
        if found is None:
            return False
        found[2].doc = self.rng.choice((None, *DOCS))
        return True

    def _edit_annotation(self) -> bool:
        found = self._some_function()
        if found is None:
            return False
        function = found[2]
        if function.params and self.chance(0.6):
            self.rng.choice(function.params).annotation = self.rng.choice((None, *ANNOTATIONS))
        else:
            function.returns = self.rng.choice((None, *ANNOTATIONS))
        return True

    def _edit_decorators(self) -> bool:
        found = self.pick("function")
        if found is None:
            return False
        at, item = found
        assert item.function is not None
        item.function.decorators = (
            [] if item.function.decorators and self.chance(0.5) else self.decorators(at, item.uid)
        )
        return True

    def _edit_decorator_body(self) -> bool:
        found = self.pick("decorator", "factory")
        if found is None:
            return False
        found[1].text = self.rng.choice("tuvw") * self.rng.randrange(1, 4)
        return True

    def _edit_add(self) -> bool:
        at = self.rng.randrange(len(self.program.modules))
        items = self.program.modules[at].items
        made = self.item(at)
        made.lead = self.lead()
        items.insert(self.rng.randrange(min(4, len(items)), len(items) + 1), made)
        return True

    _edit_add.weight = 4  # type: ignore[attr-defined]

    def _edit_remove(self) -> bool:
        at = self.rng.randrange(len(self.program.modules))
        items = self.program.modules[at].items
        if len(items) < 7:
            return False
        del items[self.rng.randrange(4, len(items))]
        return True

    _edit_remove.weight = 3  # type: ignore[attr-defined]

    def _edit_rename(self) -> bool:
        found = self.pick("function", "class", "constant", "decorator", "derived", "dataclass", "conditional", "enum")
        if found is None:
            return False
        _, found[1].name = self.fresh(found[1].name.rstrip("0123456789"))
        return True

    def _edit_reorder(self) -> bool:
        at = self.rng.randrange(len(self.program.modules))
        items = self.program.modules[at].items
        if len(items) < 6:
            return False
        item = items.pop(self.rng.randrange(4, len(items)))
        items.insert(self.rng.randrange(4, len(items) + 1), item)
        return True

    def _edit_move(self) -> bool:
        if len(self.program.modules) < 2:
            return False
        found = self.pick("function", "class", "constant")
        if found is None:
            return False
        at, item = found
        self.program.modules[at].items.remove(item)
        other = self.rng.choice([each for each in range(len(self.program.modules)) if each != at])
        target = self.program.modules[other].items
        target.insert(self.rng.randrange(4, len(target) + 1), item)
        return True

    _edit_move.weight = 1  # type: ignore[attr-defined]

    def _edit_constant(self) -> bool:
        found = self.pick("constant")
        if found is None:
            return False
        found[1].text = self.value()
        return True

    def _edit_derived(self) -> bool:
        found = self.pick("derived")
        if found is None:
            return False
        values = self.visible(found[0], ("constant", "derived"), found[1].uid)
        if not values:
            return False
        found[1].text = self.derivation(values)
        return True

    def _edit_lines(self) -> bool:
        at = self.rng.randrange(len(self.program.modules))
        item = self.rng.choice(self.program.modules[at].items)
        item.lead = self.lead()
        return True

    def _edit_trailing(self) -> bool:
        found = self.pick("constant", "function", "derived", "state")
        if found is None:
            return False
        found[1].trailing = self.rng.choice(("", "  # note", "  # ünï"))
        return True

    def _edit_module_doc(self) -> bool:
        module = self.rng.choice(self.program.modules)
        module.doc = self.rng.choice((None, *DOCS[:4]))
        return True

    _edit_module_doc.weight = 1  # type: ignore[attr-defined]

    def _edit_methods(self) -> bool:
        found = self.pick("class", "class", "dataclass", "enum")
        if found is None:
            return False
        at, item = found
        if item.methods and self.chance(0.4):
            item.methods.remove(self.rng.choice(item.methods))
        elif item.methods and self.chance(0.3):
            self.rng.shuffle(item.methods)
        else:
            taken = {method.function.name for method in item.methods}
            names = [f"m{n}" for n in range(6) if f"m{n}" not in taken]
            item.methods.insert(self.rng.randrange(len(item.methods) + 1), self.method(at, item.uid, names[0]))
        return True

    _edit_methods.weight = 3  # type: ignore[attr-defined]

    def _edit_method_kind(self) -> bool:
        found = self.pick("class")
        if found is None or not found[1].methods:
            return False
        at, item = found[0], found[1]
        method = self.rng.choice(item.methods)
        if method.function.name == "__init__":
            return False
        fresh = self.method(at, item.uid, method.function.name)
        method.kind, method.function = fresh.kind, fresh.function
        return True

    def _edit_rename_method(self) -> bool:
        found = self.pick("class")
        if found is None or not found[1].methods:
            return False
        method = self.rng.choice(found[1].methods)
        taken = {each.function.name for each in found[1].methods}
        names = [f"m{n}" for n in range(8) if f"m{n}" not in taken]
        if method.function.name == "__init__":
            return False
        method.function.name = names[-1]
        return True

    def _edit_bases(self) -> bool:
        found = self.pick("class")
        if found is None:
            return False
        before = list(found[1].bases)
        self._bases(*found)
        return found[1].bases != before

    def _edit_fields(self) -> bool:
        found = self.pick("class", "dataclass", "enum")
        if found is None:
            return False
        item = found[1]
        value = {
            "class": self.value,
            "dataclass": lambda: str(self.number()),
            "enum": lambda: str(self.rng.randrange(30, 99)),
        }
        make: Callable[[], str] = value[item.kind]
        roll = self.rng.randrange(3)
        if roll == 0 and len(item.fields) > 1:
            item.fields.remove(self.rng.choice(item.fields))
        elif roll == 1 and item.fields:
            at = self.rng.randrange(len(item.fields))
            name, annotation, _ = item.fields[at]
            item.fields[at] = (name, annotation, make())
        else:
            stem = {"class": "attr", "dataclass": "field", "enum": "ONE"}[item.kind]
            taken = {name for name, _, _ in item.fields}
            name = next(f"{stem}{n}" for n in range(20) if f"{stem}{n}" not in taken)
            item.fields.append((name, "int" if item.kind == "dataclass" else "", make()))
        return True

    _edit_fields.weight = 3  # type: ignore[attr-defined]

    def _edit_class_doc(self) -> bool:
        found = self.pick("class", "dataclass", "enum")
        if found is None:
            return False
        found[1].doc = self.rng.choice((None, *DOCS[:4]))
        return True

    def _edit_condition(self) -> bool:
        found = self.pick("conditional")
        if found is None:
            return False
        found[1].text = self.rng.choice(("True", "False", "1 < 2", "not 1"))
        return True

    _edit_condition.weight = 1  # type: ignore[attr-defined]
