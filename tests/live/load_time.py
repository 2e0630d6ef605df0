"""Random programs that register, introspect, store into places and loop while they are loaded, and edits of them.

An item is a few lines around a number; it may use what items above it offer. An edit gives an item another number, puts
one in, takes one out that nothing uses, or lets two change places.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

HEAD = "import contextlib, functools, inspect, itertools\n"

#: What an item is: `#` is its own letters, `$` its number; `{const}` and the like stand for what one above offers.
KINDS = {
    "const": "K# = $\n",
    "default": "def f#(x=$): return x + {const}\nV# = f#()\n",
    "tag": "def t#(): return $\nt#.tag = {const} + $\n",
    "store": "D# = {{}}\nD#['a'] = {const}\nD#['b'] = $\nE# = D#['a'] + 1\n",
    "append": "L# = []\nL#.append({const})\nL#.append($)\n",
    "loop": "M# = []\nfor x# in range(3):\n    M#.append(x# + {const} + $)\n",
    "class": "class C#:\n    a = $\n    b = a + {const}\n    items = []\n    items.append({const})\n",
    "members": "N# = sorted(each for each in vars({cls}) if not each.startswith('_'))[:$]\n",
    "guard": "if not hasattr({cls}, 'z#'):\n    {cls}.z# = {const} + $\n",
    "docs": "def g#():\n    'doc $'\nH# = {{each.__name__: each.__doc__ for each in (g#,)}}\n",
    "signature": "S# = str(inspect.signature({function})) * ($ % 2 + 1)\n",
    "registry": (
        "R# = []\ndef reg#(key):\n    def decorate(function):\n        R#.append((key, function.__name__))\n"
        "        return function\n    return decorate\n@reg#($)\ndef h#(): return {const}\n"
    ),
    "registered": "@{registry}($)\ndef i#(): return 1\n",
    "subclasses": "class B#:\n    made = []\n    def __init_subclass__(cls): B#.made.append(cls.__name__)\nk# = $\n",
    "subclass": "class U#({base}):\n    u = $\n",
    "lambdas": "T# = {{'a': lambda x: x + $, 'b': {const}}}\n",
    "with": "with contextlib.nullcontext({const}) as w#:\n    y# = w# + $\n",
    "try": "try:\n    Q# = {const} // ($ - 1)\nexcept ZeroDivisionError:\n    Q# = 'zero'\n",
    "object": "class O#:\n    def __init__(self, n): self.n = n + {const}\no# = O#($)\n",
    "through": "P# = {object}.n + $\n",
    "imported": "class A#:\n    from conf import X\n    y = X + $\n",
    "module": "J# = conf.X + $\n",
    "insert": "I# = [{const}, 7]\nI#.insert(1, $)\nI#.append(9)\n",
    "remove": "Y# = [1, 2, 3, 4, 5]\nY#.remove($)\nY#.sort(reverse={const} > 2)\n",
    "update": "Z# = {{'a': 0}}\nZ#.update(a=$, b={const})\nz2# = list(Z#.values())\n",
    "patched": (
        "class W#:\n    def go(self): return 1\n_w# = W#.go\ndef go#(self): return _w#(self) + $\n"
        "W#.go = go#\nw2# = W#().go()\n"
    ),
    "metaclass": (
        "class Me#(type):\n    made = {{}}\n    def __new__(mcs, name, bases, space, key=None):\n"
        "        cls = super().__new__(mcs, name, bases, space)\n        mcs.made[key] = cls\n        return cls\n"
        "    def __init__(cls, name, bases, space, key=None): super().__init__(name, bases, space)\n"
        "class Mc#(metaclass=Me#, key=$): pass\nmk# = sorted(Me#.made)\n"
    ),
    "next": "it# = itertools.count({const})\nn1# = next(it#) + $\nn2# = next(it#)\n",
    "dispatch": (
        "@functools.singledispatch\ndef s#(x): return 0\n@s#.register\ndef _s#(x: int): return $\nr# = s#(1)\n"
    ),
    "helped": (
        "CM# = {{}}\ndef cm#(f):\n    f.tag = f.__doc__\n    CM#[f.__name__] = f\n    return f\n"
        "@cm#\ndef c1#():\n    'doc $'\nhp# = [f.tag for f in CM#.values()]\n"
    ),
    "nothing": "G# = None\nif G# is None:\n    G# = {const} + $\n",
}
#: What items offer, and of which kind.
OFFERS = {
    "const": ("const", "K#"),
    "default": ("function", "f#"),
    "class": ("cls", "C#"),
    "registry": ("registry", "reg#"),
    "subclasses": ("base", "B#"),
    "object": ("object", "o#"),
}
_WANTS = re.compile(r"(?<!\{)\{(\w+)\}")


@dataclass
class Item:
    letters: str
    kind: str
    number: int
    uses: dict[str, str]

    def render(self) -> str:
        text = KINDS[self.kind].format_map(self.uses)
        return text.replace("#", self.letters).replace("$", str(self.number))

    @property
    def offers(self) -> tuple[str, str] | None:
        found = OFFERS.get(self.kind)
        return found and (found[0], found[1].replace("#", self.letters))


@dataclass
class Program:
    items: list[Item]
    number: int = 1
    made: int = 0

    def sources(self) -> dict[str, str]:
        body = "".join(item.render() for item in self.items)
        return {"conf.py": f"X = {self.number}\ndef get(*args): return args\n", "m.py": f"{HEAD}import conf\n{body}"}

    def clone(self) -> Program:
        items = [Item(item.letters, item.kind, item.number, dict(item.uses)) for item in self.items]
        return Program(items, self.number, self.made)

    def add(self, rng: random.Random, kind: str | None = None, at: int | None = None) -> None:
        """Puts an item in, if what it wants is there."""
        kind = kind or rng.choice(list(KINDS))
        at = rng.randint(0, len(self.items)) if at is None else at
        uses = {}
        for want in _WANTS.findall(KINDS[kind]):
            above = [each.offers[1] for each in self.items[:at] if each.offers and each.offers[0] == want]
            if not above:
                return
            uses[want] = rng.choice(above)
        letters, self.made = f"_{self.made}", self.made + 1
        self.items.insert(at, Item(letters, kind, rng.randint(1, 5), uses))

    def edit(self, rng: random.Random) -> None:
        roll = rng.random()
        if roll < 0.15:
            self.number = rng.randint(1, 9)
        elif roll < 0.7:
            rng.choice(self.items).number = rng.randint(1, 5)
        elif roll < 0.83:
            self.add(rng)
        else:
            item = rng.choice(self.items)
            used = {name for each in self.items for name in each.uses.values()}
            if not item.offers or item.offers[1] not in used:
                self.items.remove(item)


def begin(rng: random.Random, size: int) -> Program:
    program = Program([])
    program.add(rng, "const", 0)
    program.add(rng, "class", 1)
    while len(program.items) < size:
        program.add(rng, at=len(program.items))
    return program
