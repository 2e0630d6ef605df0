"""Random programs of several modules, of the kinds in `handed_on`, and random edits of them."""

from __future__ import annotations

import copy
import random
import re
from dataclasses import dataclass, field

from handed_on import KINDS

MODULES = ("base", "mid", "top")
USED = "abc, collections, contextlib, dataclasses, enum, functools, inspect, itertools, types, typing"
HEAD = f"import {USED}\nimport conf\n"
#: What every module has, and what it has besides now and then.
CONF = (
    "X = {0}\ndef get(*args): return args\n",
    "X = {0}\nY = {1}\ndef get(*args): return args\n",
    "X = {0}\nZ = {1}\n",
)
_WANT = re.compile(r"§(\w+)§")
_SLOT = re.compile(r"«([^»]*)»|\$")


@dataclass
class Item:
    letters: str
    kind: str
    #: What was chosen in each slot: an index, or a number.
    picks: list[int]
    uses: dict[str, Item] = field(default_factory=dict)

    @property
    def offer(self) -> tuple[str, str] | None:
        offers = KINDS[self.kind][0]
        if not offers:
            return None
        what, _, name = offers.partition(" ")
        return what, name.replace("#", self.letters)


def slots(kind: str) -> list[list[str] | None]:
    """The choices of each slot, outer before inner; None for a number."""
    found: list[list[str] | None] = []
    for match in _SLOT.finditer(KINDS[kind][1]):
        choices = None if match[1] is None else match[1].split("|")
        found.append(choices)
        if choices:
            found += [None] * max(each.count("$") for each in choices)
    return found


class Program:
    def __init__(self) -> None:
        self.modules: dict[str, list[Item]] = {name: [] for name in MODULES}
        self.made = 0
        self.conf = (0, 1, 2)
        #: How a module comes by a name of another: `from`, `import`, `star`.
        self.ways: dict[str, str] = {}

    def clone(self) -> Program:
        return copy.deepcopy(self)

    @property
    def items(self) -> list[Item]:
        return [item for each in self.modules.values() for item in each]

    def where(self, item: Item) -> tuple[int, int]:
        for at, items in enumerate(self.modules.values()):
            for number, each in enumerate(items):
                if each is item:
                    return at, number
        raise LookupError(item.letters)

    def sound(self) -> bool:
        """Whether everything that is used is above, or in a module that is loaded before."""
        places = {id(item): self.where(item) for item in self.items}
        return all(
            places.get(id(used), (9, 9)) < places[id(item)] for item in self.items for used in item.uses.values()
        )

    # ---- text ----

    def sources(self) -> dict[str, str]:
        which, first, second = self.conf
        texts = {"conf": CONF[which].format(first, second)}
        for name in MODULES:
            texts[name] = self.text(name)
        return texts

    def text(self, module: str) -> str:
        homes = {id(item): name for name, items in self.modules.items() for item in items}
        imports: dict[str, None] = {}
        body = []
        for item in self.modules[module]:
            names = {}
            for want, used in item.uses.items():
                offer = used.offer
                assert offer is not None
                home = homes[id(used)]
                names[want] = offer[1]
                if home == module:
                    continue
                way = self.ways.get(f"{module} {home}", "from")
                if way == "from":
                    imports[f"from {home} import {offer[1]}"] = None
                elif way == "star":
                    imports[f"from {home} import *"] = None
                else:
                    imports[f"import {home}"] = None
                    names[want] = f"{home}.{offer[1]}"
            body.append(self.render(item, names))
        before = MODULES[: MODULES.index(module)]
        loads = "".join(f"import {each}\n" for each in before)
        return HEAD + loads + "".join(f"{each}\n" for each in imports) + "".join(body)

    def render(self, item: Item, names: dict[str, str]) -> str:
        picks = iter(item.picks)

        def chosen(match: re.Match[str]) -> str:
            if match[1] is None:
                return str(next(picks))
            choices = match[1].split("|")
            text = choices[next(picks)]
            numbers = [next(picks) for _ in range(max(each.count("$") for each in choices))]
            for number in numbers[: text.count("$")]:
                text = text.replace("$", str(number), 1)
            return text

        text = _SLOT.sub(chosen, KINDS[item.kind][1]).replace("\\n", "\n")
        text = _WANT.sub(lambda match: names[match[1]], text)
        lines = [line for line in text.replace("#", item.letters).split("\n") if line.strip()]
        return "".join(f"{line}\n" for line in lines)

    def text_of(self, item: Item) -> str:
        """An item alone, names of others as they are called where they are made."""
        return self.render(item, {want: used.offer[1] for want, used in item.uses.items() if used.offer})

    # ---- edits ----

    def add(self, rng: random.Random, kind: str | None = None, module: str | None = None, last: bool = False) -> bool:
        kind = kind or rng.choice(list(KINDS))
        module = module or rng.choice(MODULES)
        items = self.modules[module]
        at = len(items) if last else rng.randint(0, len(items))
        uses = {}
        for want in dict.fromkeys(_WANT.findall(KINDS[kind][1])):
            above = [each for name in MODULES[: MODULES.index(module)] for each in self.modules[name]] + items[:at]
            fit = [each for each in above if each.offer and each.offer[0] == want]
            if not fit:
                return False
            uses[want] = rng.choice(fit)
        picks = [rng.randint(1, 5) if each is None else rng.randrange(len(each)) for each in slots(kind)]
        items.insert(at, Item(f"_{self.made}", kind, picks, uses))
        self.made += 1
        return True

    def pick(self, rng: random.Random) -> bool:
        """Another choice in one slot of an item."""
        item = rng.choice(self.items)
        choices = slots(item.kind)
        if not choices:
            return False
        at = rng.randrange(len(choices))
        each = choices[at]
        item.picks[at] = rng.randint(1, 5) if each is None else rng.randrange(len(each))
        return True

    def configure(self, rng: random.Random) -> bool:
        self.conf = (rng.choice((0, 0, 1, 2)), rng.randint(1, 5), rng.randint(1, 5))
        return True

    def remove(self, rng: random.Random) -> bool:
        used = {id(each) for item in self.items for each in item.uses.values()}
        free = [item for item in self.items if id(item) not in used]
        item = rng.choice(free)
        for items in self.modules.values():
            items[:] = [each for each in items if each is not item]
        return True

    def rename(self, rng: random.Random) -> bool:
        rng.choice(self.items).letters = f"_{self.made}"
        self.made += 1
        return True

    def swap(self, rng: random.Random) -> bool:
        items = self.modules[rng.choice(MODULES)]
        if len(items) < 2:
            return False
        one = rng.randrange(len(items) - 1)
        items[one], items[one + 1] = items[one + 1], items[one]
        return True

    def move(self, rng: random.Random) -> bool:
        item = rng.choice(self.items)
        source, target = self.where(item)[0], rng.choice(MODULES)
        if MODULES[source] == target:
            return False
        self.modules[MODULES[source]].remove(item)
        items = self.modules[target]
        items.insert(0 if rng.random() < 0.3 else len(items), item)
        return True

    def way(self, rng: random.Random) -> bool:
        module = rng.choice(MODULES[1:])
        home = rng.choice(MODULES[: MODULES.index(module)])
        self.ways[f"{module} {home}"] = rng.choice(("from", "import", "star"))
        return True

    def again(self, rng: random.Random) -> bool:
        """Another of what is used."""
        item = rng.choice(self.items)
        if not item.uses:
            return False
        want = rng.choice(list(item.uses))
        fit = [each for each in self.items if each.offer and each.offer[0] == want and each is not item]
        item.uses[want] = rng.choice(fit)
        return True

    def edit(self, rng: random.Random) -> Program:
        """This program with one edit more that leaves it sound."""
        ways = (self.pick,) * 10 + (self.configure, self.add, self.add, self.remove, self.rename, self.swap)
        ways += (self.move, self.way, self.again)
        while True:
            made = self.clone()
            done = getattr(made, rng.choice(ways).__name__)(rng)
            if done and made.sound() and made.sources() != self.sources():
                return made


def begin(rng: random.Random, size: int) -> Program:
    program = Program()
    program.conf = (rng.choice((0, 0, 1, 2)), rng.randint(1, 5), rng.randint(1, 5))
    for module in MODULES[1:]:
        for home in MODULES[: MODULES.index(module)]:
            program.ways[f"{module} {home}"] = rng.choice(("from", "from", "import", "star"))
    program.add(rng, "const", "base", last=True)
    kinds = rng.sample(list(KINDS), 12)
    while len(program.items) < size:
        kind = rng.choice(kinds) if rng.random() < 0.8 else rng.choice(list(KINDS))
        for want in dict.fromkeys(_WANT.findall(KINDS[kind][1])):
            makers = [each for each, (offers, _) in KINDS.items() if offers.split(" ")[0] == want]
            if not any(each.offer and each.offer[0] == want for each in program.items):
                program.add(rng, rng.choice(makers), "base", last=True)
        program.add(rng, kind, last=True)
    return program
