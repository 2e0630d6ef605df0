"""What code objects say: the same, what is inside, what they call and look up.

same = bare(old) == bare(new)      # the same program, wherever it stands in its file
"""

from __future__ import annotations

import dis
import inspect
import itertools
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any

from reloadr._core import references
from reloadr.live.kinds import is_a


def _operations(*beginnings: str) -> frozenset[int]:
    """The instructions whose names begin so."""
    return frozenset(code for name, code in dis.opmap.items() if name.startswith(beginnings))


#: Instructions that look a name up where no function is.
_LOOKING_UP = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_CLASSDEREF")
_CALLING = _operations("CALL", "LOAD_BUILD_CLASS", "IMPORT")


def inner_codes(code: CodeType) -> list[CodeType]:
    """All code objects inside one, at any depth."""
    found: list[CodeType] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found.append(constant)
            found += inner_codes(constant)
    return found


def all_codes(code: CodeType) -> list[CodeType]:
    """A code object and all those inside it."""
    return [code, *inner_codes(code)]


def names_in(codes: Iterable[CodeType]) -> set[str]:
    return {name for each in codes for name in each.co_names}


def is_comprehension(code: CodeType) -> bool:
    return code.co_name in ("<listcomp>", "<setcomp>", "<dictcomp>")


def attributes_in(code: CodeType, *, strings: bool) -> set[str]:
    """Names that code may look up as attributes, or import by name; with strings, for `getattr(module, "NAME")`."""

    found: set[str] = set()
    for each in all_codes(code):
        if strings:
            found.update(constant for constant in each.co_consts if isinstance(constant, str))
        for instruction in dis.get_instructions(each):
            if instruction.opname.endswith(("_ATTR", "_METHOD", "IMPORT_FROM")) and isinstance(instruction.argval, str):
                found.add(instruction.argval)
    return found


#: Operations that may run a special method of an object, and built-in functions that do.
_OPERATIONS = _operations(
    "BINARY_", "COMPARE_", "CONTAINS_", "UNARY_", "GET_ITER", "BEFORE_", "FORMAT_", "STORE_SUBSCR"
)
_ASKING = frozenset(
    {"len", "iter", "next", "list", "sum", "sorted", "str", "repr", "bool", "int", "hash", "abs", "print"}
)


_FORMATTING = _operations("FORMAT_", "CONVERT_VALUE")
_BINARY = dis.opmap["BINARY_OP"]
#: Of `%` and `%=`.
_REMAINDERS = (6, 19)
_TEXTS = frozenset({"str", "repr", "print", "format", "ascii", "join", "format_map", "write"})


def operates(code: CodeType) -> bool:
    """Whether code uses operators, or functions that stand for special methods."""
    return not _OPERATIONS.isdisjoint(code.co_code[::2]) or not _ASKING.isdisjoint(code.co_names)


def shows(code: CodeType) -> bool:
    """Whether code may make a text of objects: by formatting, `%`, or functions that do."""
    pairs = zip(code.co_code[::2], code.co_code[1::2], strict=True)
    formats = any(each in _FORMATTING or (each == _BINARY and argument in _REMAINDERS) for each, argument in pairs)
    return formats or not _TEXTS.isdisjoint(code.co_names)


def runs_apart(code: CodeType) -> bool:
    """Whether nothing that running this code makes or changes knows the globals that it ran in: it makes no
    functions or generators and binds no globals. (Comprehensions have code of their own up to CPython 3.11,
    in class bodies up to 3.12; a name at module level is bound in the locals.)"""
    return all(is_comprehension(each) for each in inner_codes(code)) and not _binds_globals(code)


def loaded_names(code: CodeType) -> set[str]:
    """The names that the code of a module or class looks up."""
    return {each.argval for each in dis.get_instructions(code) if each.opname in _LOOKING_UP}


def stored_globals(code: CodeType) -> set[str]:
    """The names that a code object binds by `global`."""
    return _named_by(code, dis.opmap["STORE_GLOBAL"])


def stored_attributes(code: CodeType) -> set[str]:
    """The names of attributes that a code object sets."""
    return _named_by(code, dis.opmap["STORE_ATTR"])


def _named_by(code: CodeType, operation: int) -> set[str]:
    """The names that an instruction stands for whose argument is the number of a name: without `dis`, which takes a
    hundred times as long, and is asked of all that some code may come to."""
    text = code.co_code
    names, operations = code.co_names, text[::2]
    found: set[str] = set()
    at = operations.find(operation)
    while at >= 0:
        number, shift, before = text[2 * at + 1], 8, at - 1
        while before >= 0 and operations[before] == dis.EXTENDED_ARG:
            number |= text[2 * before + 1] << shift
            shift, before = shift + 8, before - 1
        found.add(names[number])
        at = operations.find(operation, at + 1)
    return found


def _binds_globals(code: CodeType) -> bool:

    stores = {dis.opmap["STORE_GLOBAL"], dis.opmap["DELETE_GLOBAL"]}
    return any(
        not stores.isdisjoint(each.co_code[::2]) or not {"globals", "exec", "eval"}.isdisjoint(each.co_names)
        for each in all_codes(code)
    )


def run_at_once(code: CodeType) -> Iterator[CodeType]:
    """A code object and its inner ones that run where they stand: bodies of classes, comprehensions and generator
    expressions. Other functions run when something calls them."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            stands = is_comprehension(each) or each.co_name == "<genexpr>"
            if stands or not each.co_flags & inspect.CO_OPTIMIZED:
                yield from run_at_once(each)


def calls_something(code: CodeType) -> bool:
    """Whether a code object calls anything (operators on foreign objects aside)."""
    return not _CALLING.isdisjoint(code.co_code[::2])


def nested_pairs(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]]:
    """Which inner code object of the old function became which of the new one.

    By name; where a name occurs more than once, equal ones first, then in order if there are equally
    many. What stays without a partner is left out: its living instances cannot be matched.
    """
    pairs: list[tuple[CodeType, CodeType]] = []
    olds, news = _by_name(old), _by_name(new)
    for name, left in olds.items():
        right = list(news.get(name, ()))
        left = list(left)
        if len(left) != len(right):
            for code in list(left):
                twin = next((other for other in right if bare(other) == bare(code)), None)
                if twin is not None:
                    pairs.append((code, twin))
                    left.remove(code)
                    right.remove(twin)
            if len(left) != len(right):
                continue
        pairs += zip(left, right, strict=True)
    if len(olds) == len(news):
        # A single inner function that was renamed.
        lone = [codes[0] for name, codes in olds.items() if name not in news and len(codes) == 1]
        fresh = [codes[0] for name, codes in news.items() if name not in olds and len(codes) == 1]
        if len(lone) == len(fresh) == 1:
            pairs.append((lone[0], fresh[0]))
    for a, b in list(pairs):
        pairs += nested_pairs(a, b)
    return pairs


def _by_name(code: CodeType) -> dict[str, list[CodeType]]:
    found: dict[str, list[CodeType]] = {}
    codes = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    for each, following in itertools.zip_longest(codes, codes[1:]):
        # What gives a function's annotations (3.14+) stands before the function.
        whose = f"{following.co_name}." if each.co_name == "__annotate__" and following is not None else ""
        found.setdefault(whose + each.co_name, []).append(each)
    return found


def bare(code: CodeType) -> tuple[object, ...]:
    """What a code object does, without where it stands."""
    consts = tuple(bare(each) if isinstance(each, CodeType) else (type(each), each) for each in code.co_consts)
    return (
        code.co_name,
        code.co_code,
        consts,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_flags,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_exceptiontable,
    )


def own_work(code: CodeType) -> tuple[object, ...]:
    """`bare` without inner functions: what running the outer one itself does."""
    name, text, consts, *rest = bare(code)
    assert is_a(consts, tuple)
    plain = tuple(const for const, raw in zip(consts, code.co_consts, strict=True) if not isinstance(raw, CodeType))
    return (name, text, plain, *rest)


def docstring_of(code: CodeType) -> str | None:
    """The docstring that a function of this code gets."""
    if sys.version_info >= (3, 14) and not code.co_flags & 0x4000000:
        return None
    first = code.co_consts[0] if code.co_consts else None
    return first if isinstance(first, str) and not code.co_name.startswith("<") else None


def default_values(function: FunctionType, code: CodeType | None = None) -> dict[str, object]:
    """The defaults of a function by parameter, of those that `code` has."""
    code = code or function.__code__
    names = code.co_varnames[: code.co_argcount]
    values = function.__defaults__ or ()
    found: dict[str, object] = dict(zip(names[len(names) - len(values) :], values, strict=True))
    found.update(function.__kwdefaults__ or {})
    return found


def _nested_alone() -> int:
    """What `references` says of an inner code object that only its outer one holds."""
    namespace: dict[str, Any] = {}
    exec("def f():\n    return lambda: 0", namespace)
    return next(references(inner) for inner in inner_codes(namespace["f"].__code__))


NESTED_ALONE = _nested_alone()
"""What `references` says of an inner code object that only its outer one holds."""
