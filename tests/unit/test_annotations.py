"""The code of deferred annotations (CPython 3.14+), compared with that of a compile of the whole file."""

import sys
from types import CodeType

import pytest
from reloadr.engine.annotations.of_scopes import annotating_units
from reloadr.source.compiling import Context, Unit, annotations_of, definition_code, function_code, module_code
from reloadr.source.outlines import parse, unit_of
from reloadr.source.statements import definitions_in

pytestmark = pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations became lazy with 3.14")

FILE = "/shop.py"
SOURCE = '''"""What the shop sells,
in two lines."""
import sys; VAT: float = .2; RATE: "int" = 1
import os

def total(cart: list[Item], *,
          rate: float = VAT) -> Money:
    for item in cart: yield item

if sys.platform:
    price: Money
    def find(name: str): pass
    class Inner:
        x: int
    if 0:
            late: int
    elif VAT: early: int
else:
    never: int
for each in []: count: int
with open(os.devnull): held: Späť

@final
class Item[T]:
    """Sold."""
    price: Money; tax: T
    if VAT:
        vat: __class__
    @final
    def cost(self, *, _: Item = 1, __private: int): return super().x
    class Size:
        __wide: int
        def of(self: T) -> Size: pass
    def __annotate__(self): pass
async def later[T](cart: T): pass
'''


def codes(code: CodeType) -> list[CodeType]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return inner + [each for one in inner for each in codes(one)]


def whole() -> CodeType:
    code = compile(SOURCE, FILE, "exec", dont_inherit=True)
    assert isinstance(code, CodeType)
    return code


def same(mine: CodeType | None, theirs: CodeType | None) -> bool:
    """Whether two code objects are the same in every respect, lines and columns included."""
    assert mine is not None and theirs is not None
    return mine == theirs and list(mine.co_positions()) == list(theirs.co_positions())


def test_module() -> None:
    """The annotations of a module are those of a compile of the whole file."""
    outline = parse(SOURCE, FILE)
    members = [node for node in outline.members_of("") if node.annotates is not None]
    assert [node.annotates for node in members] == [
        "VAT", "RATE", "price", "late", "early", "never", "count", "held",
    ]  # fmt: skip
    mine = annotations_of(module_code(annotating_units(outline, members, definitions_in), Context(FILE)))
    assert same(mine, annotations_of(whole()))


@pytest.mark.parametrize("qualname", ["Inner", "Item", "Item.Size"])
def test_class(qualname: str) -> None:
    """The annotations of a class are those of a compile of the whole file."""
    (node,) = parse(SOURCE, FILE).find(qualname)
    (body,) = (each for each in codes(whole()) if each.co_qualname == qualname)
    mine = annotations_of(function_code(unit_of(node), node.name or "", Context(FILE, imports=("sys", "os"))))
    assert same(mine, annotations_of(body))


@pytest.mark.parametrize("qualname", ["total", "find", "Item.cost", "Item.Size.of", "later"])
def test_function(qualname: str) -> None:
    """So are those of a function."""
    (node,) = parse(SOURCE, FILE).find(qualname)
    made = definition_code(unit_of(node), node.name or "", Context(FILE, imports=("sys", "os")))
    found = [each for each in codes(whole()) if each.co_name == "__annotate__" and each.co_firstlineno == node.def_line]
    assert len(found) == 1
    assert same(made.annotate, found[0])
    assert made.code in codes(whole())


def test_none() -> None:
    """What has no annotations has no code for them."""
    assert definition_code(Unit("def f(a): return lambda: a\n", 3), "f", Context(FILE)).annotate is None
    unit = Unit("def __annotate__(a): return a\n", 3)
    assert definition_code(unit, "__annotate__", Context(FILE)).annotate is None
    assert annotations_of(module_code([Unit("def __annotate__(a): return a\n", 3)], Context(FILE))) is None
