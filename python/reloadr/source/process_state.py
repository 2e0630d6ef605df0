"""State that belongs to the process, by the words that change it and those that read it.

decimal.getcontext().prec = 10     # changes the context of `decimal`
THIRD = decimal.Decimal(1) / 3     # reads it
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from reloadr._core import Node
from reloadr.source.statements import parse_statements
from reloadr.source.stores import stores, stores_otherwise


@dataclass(frozen=True)
class State:
    """Something of the process that lines change and others read."""

    #: As a report says it.
    name: str
    #: Who uses none of these words does not change it; who uses none of those does not read it.
    written: frozenset[str]
    read: frozenset[str]
    #: The classes of objects whose methods and attributes change it as well.
    kinds: frozenset[str] = frozenset()


def _state(name: str, written: str, read: str, kinds: str = "") -> State:
    return State(name, frozenset(written.split()), frozenset(read.split()), frozenset(kinds.split()))


_DRAWS = (
    "randint randrange uniform choice choices sample shuffle gauss betavariate normalvariate triangular expovariate "
    "getrandbits randbytes"
)
DRAWS = frozenset(_DRAWS.split())
"""What gives another value each time, and the same ones again after a `seed`."""
STATES = (
    _state("context of decimal", "getcontext setcontext DefaultContext", "Decimal getcontext", "decimal.Context"),
    _state("generator of random", "seed setstate", f"{_DRAWS} random"),
    _state("types of mimetypes", "add_type init", "guess_type guess_extension guess_all_extensions guess_file_type"),
    _state("locale", "setlocale", "setlocale getlocale localeconv format_string currency strcoll strxfrm strftime"),
    _state("codecs", "register register_error unregister", "encode decode lookup lookup_error getencoder getdecoder"),
    _state("recursion limit", "setrecursionlimit", "getrecursionlimit"),
    _state("switch interval", "setswitchinterval", "getswitchinterval"),
    _state("default timeout", "setdefaulttimeout", "getdefaulttimeout"),
    _state("signal handlers", "signal", "getsignal"),
    _state("reducers of copyreg", "pickle", "dumps dump copy deepcopy dispatch_table"),
    _state(
        "configuration of logging",
        "setLevel addHandler removeHandler addFilter basicConfig dictConfig fileConfig disable addLevelName "
        "setLoggerClass setLogRecordFactory propagate disabled",
        "isEnabledFor getEffectiveLevel hasHandlers getLevelName getLevelNamesMapping level handlers filters",
        "logging.Logger logging.Handler",
    ),
    _state("filters of warnings", "filterwarnings simplefilter resetwarnings", "filters"),
    _state("working directory", "chdir", "getcwd cwd abspath realpath resolve absolute listdir exists is_file is_dir"),
    _state("paths of modules", "path meta_path path_hooks", "find_spec iter_modules walk_packages find_loader"),
)


def words_of(tree: ast.AST) -> set[str]:
    """The names and attributes that code uses."""
    found: set[str] = set()
    for each in ast.walk(tree):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
    return found


def may_change(node: Node) -> set[str]:
    """The words of a statement that may change state of the process: a call, or a store that is no binding."""
    store = node.kind == "assignment" and bool(stores(node) or stores_otherwise(node))
    if not store and (node.kind != "statement" or "(" not in node.source):
        return set()
    tree = parse_statements(node.segment)
    return words_of(tree) if tree is not None else set()


def taken_from(node: Node) -> Iterator[str]:
    """The names that a statement takes the next value from: `next(ids)`, `generator.randint(1, 6)`."""
    tree = parse_statements(node.segment) if not node.name and "(" in node.source else None
    for each in ast.walk(tree) if tree is not None else ():
        if not isinstance(each, ast.Call):
            continue
        if isinstance(each.func, ast.Name) and each.func.id == "next" and each.args:
            if isinstance(each.args[0], ast.Name):
                yield each.args[0].id
        elif isinstance(each.func, ast.Attribute) and each.func.attr in DRAWS and isinstance(each.func.value, ast.Name):
            yield each.func.value.id


def sows(node: Node) -> bool:
    """Whether a line decides what `random` gives from there on."""
    return node.kind == "statement" and ".seed(" in node.source


__all__ = ["STATES", "State", "may_change", "sows", "taken_from", "words_of"]
