"""Compare the code objects of `reloadr.source.compiling` with those of whole files, on real code.

    python tests/exactness.py [--sample N] [--seed N] [PATH...]

Without a path: the standard library with its tests, and the packages installed beside it. For every file,
each outermost function and each statement of module and class bodies is compiled as a unit of its own; the
result must equal what a compile of the whole file holds, in every attribute and recursively. Exits with 1
if any does not.
"""

from __future__ import annotations
import __future__ as features

import argparse
import ast
import importlib.util
import io
import marshal
import random
import site
import sys
import sysconfig
import time
import tokenize
import unicodedata
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, ModuleType

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def engine() -> ModuleType:
    """Return `reloadr.source.compiling` of this tree; it needs nothing of the package that has to be built first."""
    path = Path(__file__).resolve().parent.parent / "python" / "reloadr" / "source" / "compiling.py"
    spec = importlib.util.spec_from_file_location("reloadr_compile_of_this_tree", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


compiling = engine()


@dataclass
class Site:
    """A unit, and what the file's tree says of it."""

    unit: compiling.Unit  # type: ignore[name-defined]
    name: str | None
    """The name of the function, or nothing for a statement."""
    scope: tuple[ast.ClassDef, ...]
    direct: bool
    """Whether it stands in its scope's body itself and not in an `if`, `try` or the like there."""


class Outline:
    """Units of one file, with the facts that the engine wants, from `ast`."""

    def __init__(self, data: bytes, filename: str) -> None:
        self.text = decoded(data)
        self.lines = self.text.split("\n")
        self.tree = ast.parse(self.text, filename)
        self.scopes: dict[ast.ClassDef, compiling.Scope] = {}  # type: ignore[name-defined]
        self.context = compiling.Context(filename, *self._module_facts())

    def _module_facts(self) -> tuple[int, tuple[str, ...], bool]:
        flags = 0
        imports: dict[str, None] = {}
        for node in walk_scope(self.tree.body):
            if isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level:
                for alias in node.names:
                    flags |= getattr(features, alias.name).compiler_flag
            if isinstance(node, ast.Import | ast.ImportFrom):
                imports.update(dict.fromkeys(imported(node)))
        super_at_top = "super" in self.text and (
            any(isinstance(node, ast.Name) and node.id == "super" for node in walk_scope(self.tree.body))
            or any(isinstance(node, ast.Global) and "super" in node.names for node in ast.walk(self.tree))
            or "super" in bound(self.tree.body)
        )
        return flags, tuple(imports), super_at_top

    def functions(self) -> Iterator[Site]:
        """Yield each outermost function."""
        yield from self._functions(self.tree.body, ())

    def _functions(self, body: list[ast.stmt], classes: tuple[ast.ClassDef, ...]) -> Iterator[Site]:
        for statement in body:
            if isinstance(statement, Definition):
                yield Site(self._unit(statement, classes), statement.name, classes, True)
            elif isinstance(statement, ast.ClassDef):
                yield from self._functions(statement.body, (*classes, statement))
            else:
                for block in blocks(statement):
                    yield from self._functions(block, classes)

    def statements(self) -> Iterator[Site]:
        """Yield each statement of each module and class body, at any depth of `if`, `try` and `with`."""
        yield from self._statements(self.tree.body, (), True)

    def _statements(self, body: list[ast.stmt], classes: tuple[ast.ClassDef, ...], direct: bool) -> Iterator[Site]:
        for statement in body:
            docstring = direct and statement is body[0]
            if not self._is_elif(statement):
                yield Site(self._unit(statement, classes, docstring), None, classes, direct)
            if isinstance(statement, ast.ClassDef):
                yield from self._statements(statement.body, (*classes, statement), True)
            # What is in a loop may say `break`, and is no unit.
            elif not isinstance(statement, ast.For | ast.While | Definition):
                for block in blocks(statement):
                    yield from self._statements(block, classes, False)

    def _is_elif(self, node: ast.stmt) -> bool:
        # For the tree it is an `if` in the `else` block of another.
        line = self.lines[node.lineno - 1].encode()
        return isinstance(node, ast.If) and line[node.col_offset :].startswith(b"elif")

    def _unit(
        self,
        node: ast.stmt,
        classes: tuple[ast.ClassDef, ...],
        docstring: bool = False,
    ) -> compiling.Unit:  # type: ignore[name-defined]
        first = self._first_line(node)
        assert node.end_lineno is not None and node.end_col_offset is not None
        lines = [line.encode() for line in self.lines[first - 1 : node.end_lineno]]
        rest = lines[-1][node.end_col_offset :]
        if not rest.lstrip().startswith(b"#"):
            lines[-1] = lines[-1][: node.end_col_offset] + b" " * len(rest)
        column = node.col_offset
        if lines[0][:column].strip(b" \t\f"):
            lines[0] = b" " * column + lines[0][column:]
        source = b"\n".join(lines).decode() + "\n"
        return compiling.Unit(source, first, tuple(map(self._scope, classes)), docstring)

    def _first_line(self, node: ast.stmt) -> int:
        decorators = getattr(node, "decorator_list", ())
        if not decorators:
            return node.lineno
        # The tree says where the decorator's expression begins, and that may be in a later line than the `@`.
        line: int = decorators[0].lineno
        while self.lines[line - 1].encode()[node.col_offset : node.col_offset + 1] != b"@":
            line -= 1
        return line

    def _scope(self, node: ast.ClassDef) -> compiling.Scope:  # type: ignore[name-defined]
        if node not in self.scopes:
            line = self.lines[node.lineno - 1]
            self.scopes[node] = compiling.Scope(
                indent=line[: len(line) - len(line.lstrip(" \t\f"))],
                name=node.name,
                type_params=self._type_params(node),
                binds=tuple(sorted(bound(node.body))),
                globals=tuple(name for n in walk_scope(node.body) if isinstance(n, ast.Global) for name in n.names),
            )
        return self.scopes[node]

    def _type_params(self, node: ast.ClassDef) -> str:
        params = getattr(node, "type_params", None)
        if not params:
            return ""
        lines = [line.encode() for line in self.lines[params[0].lineno - 1 : params[-1].end_lineno]]
        lines[-1] = lines[-1][: params[-1].end_col_offset]
        lines[0] = lines[0][params[0].col_offset :]
        return "[" + b"\n".join(lines).decode() + "]"


def decoded(data: bytes) -> str:
    """Return a file's text as the compiler reads it."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a compound statement that are of the same scope."""
    for name in ("body", "orelse", "finalbody"):
        if block := getattr(statement, name, None):
            yield block
    for name in ("handlers", "cases"):
        for part in getattr(statement, name, ()):
            yield part.body


def walk_scope(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a scope, and of a definition in it only those evaluated where it stands."""
    pending = list(body)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, Definition):
            pending += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
            if not getattr(node, "type_params", None):
                pending += [a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg) and a.annotation]
                pending += [node.returns] if node.returns else []
        elif isinstance(node, ast.ClassDef):
            pending += node.decorator_list
            if not getattr(node, "type_params", None):
                pending += [*node.bases, *node.keywords]
        elif isinstance(node, ast.Lambda):
            pending += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif isinstance(node, ast.GeneratorExp) or (
            isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp) and sys.version_info < (3, 12)
        ):
            pending.append(node.generators[0].iter)
        else:
            pending += ast.iter_child_nodes(node)


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield the names that an import statement binds."""
    for alias in node.names:
        if alias.name != "*":
            yield alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)


def bound(body: list[ast.stmt]) -> set[str]:
    """Return the names that a module or class body binds."""
    names = set()
    for node in walk_scope(body):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import() | ast.ImportFrom():
                names.update(imported(node))
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.MatchMapping(rest=str(name)):
                names.add(name)
    return names


def children(code: CodeType) -> list[CodeType]:
    """Return the code objects that a code object holds.

    From 3.14 on one of them has a scope's annotations together; no single unit can make it, and it is left out.
    """
    found = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    if {"__annotate__", "__annotate_func__"} & set(code.co_names):
        # Functions have one each that on 3.14 goes by the same name, but the scope's own is made last.
        name = "__annotate__" if code.co_name == "<module>" else f"{code.co_qualname}.__annotate__"
        own = [constant for constant in found if constant.co_qualname == name][-1:]
        found = [constant for constant in found if constant not in own]
    return found


def image(code: CodeType) -> bytes:
    """Return everything that a code object consists of; some of it shows nowhere in Python."""
    # Versions beyond this one mark objects that are referred to more than once, which differs. It has no
    # slices, which are constants from 3.14 on; the order of a frozen set is an accident of how it was made.
    if any(isinstance(constant, frozenset | slice) for constant in all_constants(code)):
        return repr(list(attributes(code))).encode()
    return marshal.dumps(code, 2)


def all_constants(code: CodeType) -> Iterator[object]:
    """Yield the constants of a code object, of those in it, and what is in tuples of them."""
    pending: list[object] = list(code.co_consts)
    while pending:
        constant = pending.pop()
        yield constant
        if isinstance(constant, CodeType):
            pending += constant.co_consts
        elif isinstance(constant, tuple):
            pending += constant


def attributes(code: CodeType) -> Iterator[object]:
    """Yield everything of a code object that Python shows."""
    for name in ATTRIBUTES:
        value = getattr(code, name)
        yield name, list(value()) if callable(value) else value
    for constant in code.co_consts:
        yield list(attributes(constant)) if isinstance(constant, CodeType) else written(constant)


def written(constant: object) -> str:
    """Return a constant as text that tells apart all that differ, and depends on no accidental order."""
    match constant:
        case frozenset():
            return f"frozenset({sorted(map(written, constant))})"
        case tuple():
            return f"({', '.join(map(written, constant))})"
        case _:
            return repr(constant)


ATTRIBUTES = [name for name in dir(CodeType) if name.startswith("co_") and name not in ("co_lnotab", "co_consts")]


def differences(mine: CodeType, theirs: CodeType) -> Iterator[str]:
    """Say in what two code objects differ."""
    where = theirs.co_qualname
    for name in ATTRIBUTES:
        left, right = getattr(mine, name), getattr(theirs, name)
        if callable(left):
            left, right = list(left()), list(right())
        if left != right:
            yield f"{where}: {name}: {str(left)[:300]} for {str(right)[:300]}"
    if len(mine.co_consts) != len(theirs.co_consts):
        yield f"{where}: co_consts: {mine.co_consts} for {theirs.co_consts}"
        return
    for left, right in zip(mine.co_consts, theirs.co_consts, strict=True):
        if isinstance(left, CodeType) and isinstance(right, CodeType):
            yield from differences(left, right)
        elif written(left) != written(right):
            yield f"{where}: constant {left!r} for {right!r}"


class Whole:
    """The code objects of a whole file, by where they are."""

    def __init__(self, data: bytes, filename: str) -> None:
        self.code: CodeType = compile(data, filename, "exec", dont_inherit=True)
        self.scopes: dict[tuple[str, ...], list[CodeType]] = defaultdict(list)
        self._add((), self.code)

    def _add(self, path: tuple[str, ...], code: CodeType) -> None:
        self.scopes[path].append(code)
        for child in children(code):
            name = child.co_name
            for inner in children(child) if name.startswith("<generic parameters of") else ():
                if name == f"<generic parameters of {inner.co_name}>" and is_class(inner):
                    self._add((*path, inner.co_name), inner)
            if is_class(child):
                self._add((*path, name), child)

    def found(self, site: Site) -> list[CodeType]:
        """Return the code objects of the scopes that the unit may be in: a class name may occur twice."""
        return self.scopes.get(tuple(unicodedata.normalize("NFKC", c.name) for c in site.scope), [])


def is_class(code: CodeType) -> bool:
    """Whether the code is that of a class body."""
    return not code.co_flags & 2 and "__qualname__" in code.co_names


@dataclass
class Tally:
    """What was compared."""

    files: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    functions: int = 0
    scopes: int = 0
    statements: int = 0
    nested: int = 0
    dead: int = 0
    """Units that the whole file holds no code for, as in `if 0:`."""
    seconds: float = 0
    compile_seconds: float = 0
    mismatches: int = 0

    def unused(self, place: str) -> None:
        """Count and print a unit that the whole file holds no code for."""
        self.dead += 1
        print(f"NO CODE {place}")

    def mismatch(self, place: str, reasons: Iterable[str]) -> None:
        """Count and print one."""
        self.mismatches += 1
        print(f"MISMATCH {place}")
        for reason in list(reasons)[:5] or ["something that no attribute shows"]:
            print(f"    {reason}")


def check_file(path: Path, tally: Tally) -> None:
    """Compare every unit of one file."""
    check_source(path.read_bytes(), str(path), tally)


def check_source(data: bytes, filename: str, tally: Tally) -> None:
    """Compare every unit of a file of that name."""
    try:
        start = time.perf_counter()
        whole = Whole(data, filename)
        tally.compile_seconds += time.perf_counter() - start
        outline = Outline(data, filename)
    except (SyntaxError, UnicodeDecodeError, ValueError, RecursionError) as error:
        tally.skipped[type(error).__name__] += 1
        return
    tally.files += 1
    for found in outline.functions():
        check_function(found, outline, whole, tally)
    check_statements(outline, whole, tally)


def check_function(found: Site, outline: Outline, whole: Whole, tally: Tally) -> None:
    """Compare the code of one function, and of its type parameters' scope."""
    place = f"{outline.context.filename}:{found.unit.line}: {found.name}"
    assert found.name is not None
    name = unicodedata.normalize("NFKC", found.name)
    start = time.perf_counter()
    try:
        code = compiling.function_code(found.unit, found.name, outline.context)
    except Exception as error:
        tally.mismatch(place, [f"{type(error).__name__}: {error}", repr(found.unit)])
        return
    finally:
        tally.seconds += time.perf_counter() - start
    tally.functions += 1
    in_scope = [child for scope in whole.found(found) for child in children(scope)]
    generic = [code for code in in_scope if code.co_name == f"<generic parameters of {name}>"]
    inner = in_scope + [child for scope in generic for child in children(scope)[-1:]]
    compare(code, inner, place, tally)
    scope = compiling.type_params_code(found.unit, found.name, outline.context) if generic else None
    if scope is not None:
        tally.scopes += 1
        compare(scope, generic, place + " (type parameters)", tally)


def compare(code: CodeType, candidates: list[CodeType], place: str, tally: Tally) -> None:
    """Compare a code object with the one of the whole file that stands where it does."""
    same = [c for c in candidates if c.co_name == code.co_name and c.co_firstlineno == code.co_firstlineno]
    if not same and any(c.co_name == code.co_name for c in candidates):
        tally.mismatch(place, [f"line {code.co_firstlineno} for {[c.co_firstlineno for c in candidates]}"])
    elif not same:
        tally.unused(place)
    elif image(code) not in map(image, same):
        tally.mismatch(place, differences(code, same[0]))


def check_statements(outline: Outline, whole: Whole, tally: Tally) -> None:
    """Compare the code objects that the statements of each scope hold with those that the scope holds."""
    wanted = {
        path: {image(child): child.co_qualname for code in codes for child in children(code)}
        for path, codes in whole.scopes.items()
    }
    held: dict[tuple[str, ...], set[bytes]] = defaultdict(set)
    for found in outline.statements():
        place = f"{outline.context.filename}:{found.unit.line}: body"
        try:
            code = compiling.body_code(found.unit, outline.context)
        except Exception as error:
            tally.mismatch(place, [f"{type(error).__name__}: {error}", repr(found.unit)])
            continue
        tally.statements += 1
        path = tuple(unicodedata.normalize("NFKC", c.name) for c in found.scope)
        for child in children(code):
            tally.nested += 1
            mine = image(child)
            if path in wanted and mine not in wanted[path]:
                near = [c for c in whole.found(found) for c in children(c)]
                near = [c for c in near if (c.co_name, c.co_firstlineno) == (child.co_name, child.co_firstlineno)]
                if near:
                    tally.mismatch(place, differences(child, near[0]))
                else:
                    tally.unused(f"{place} of {child.co_qualname}")
            if found.direct:
                held[path].add(mine)
    for path, images in wanted.items():
        names = [name for code, name in images.items() if code not in held[path]]
        if names:
            tally.mismatch(f"{outline.context.filename}: {'.'.join(path)}", [f"never made: {names}"])


def files(paths: list[Path]) -> Iterator[Path]:
    """Yield the Python files at or below the paths."""
    for path in paths:
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def main() -> int:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--sample", type=int, help="only so many files, chosen at random")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    defaults = [Path(sysconfig.get_path("stdlib")), *map(Path, site.getsitepackages())]
    found = list(dict.fromkeys(files(options.paths or defaults)))
    if options.sample and options.sample < len(found):
        found = random.Random(options.seed).sample(found, options.sample)
    warnings.simplefilter("ignore")
    tally = Tally()
    for path in found:
        check_file(path, tally)
    print(f"Python {sys.version.split()[0]}: {tally.files} files, {sum(tally.skipped.values())} not compilable")
    print(f"{tally.functions} functions, {tally.scopes} scopes of type parameters")
    print(f"{tally.statements} statements with {tally.nested} code objects")
    print(f"{tally.dead} units that the whole file holds no code for")
    print(f"{tally.seconds / max(tally.functions, 1) * 1e6:.0f} µs a function")
    print(f"{tally.compile_seconds / max(tally.files, 1) * 1e6:.0f} µs a whole file")
    print(f"{tally.mismatches} mismatches")
    return 1 if tally.mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
