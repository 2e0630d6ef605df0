"""Runs one edit case of `tests/cases` in this process.

    python tests/run_case.py NAME            watch, import, edit, poll, check
    python tests/run_case.py NAME --late     import first, watch afterwards
    python tests/run_case.py NAME --forced   as without, and each commit is taken back and carried out again on the way
    python tests/run_case.py NAME --fresh    no reloadr: does a fresh process of the new source pass?
    python tests/run_case.py NAME --noop     no reloadr: do the checks notice that nothing was applied?

A case is a page, `tests/cases/NAME.md`, that is read from top to bottom: what the edit is, then a fenced block for each
file, named behind the block's language (```python before/m.py). Where a file cannot stand in a page (other encodings
and line ends), the case is a folder of those files:

    before/            the files the process starts with
    after/             the files the edit writes (after_2/, after_3/ ... for further saves)
    driver.py          setup() imports modules and makes state; check(state, report), check_2, ... are
                       plain asserts on what a user would notice.  setup_fresh() makes the same state in a
                       process that started with the new source; `report` is None there and under --noop.
    case.toml          row      the row of the catalogue of edits that the case belongs to
                       verdict  the allowed verdict, or a list of allowed ones
                       names    "module:Qual.name" that the reasons must name
                       says     texts that the reasons must contain
                       changes  "module:Qual.name" that must be among the changes
                       removed  files that the edit deletes
                       mtime = "now"       the files were written just now, not a while ago
                       unchanged = true    the checks hold if nothing is applied, too
                       orders   ["early"], ["late"] or both (the default)
                       min_python, max_python    "3.12"
                       [step_2], [step_3]  the same keys for further saves

The driver finds among its globals `ROOT` (the folder the files are in), `line_of(file, text)`,
`frames(exception)`, `code_differences(function, file)`, which compares the function's code with the one of
the same qualified name in a compile of the whole file, and `migrate(cls, hook)`, which registers a migration.

Exit status: 0 passed, 1 failed, 77 skipped.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

CASES = Path(__file__).resolve().parent / "cases"
VERDICTS = ("nothing", "live", "caveat", "restart", "rejected")
CODE_PREFIX = {"caveat": "RL2", "restart": "RL3", "rejected": "RL4"}
SKIPPED = 77
COMPARED = (
    "co_name",
    "co_qualname",
    "co_filename",
    "co_firstlineno",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_nlocals",
    "co_stacksize",
    "co_flags",
    "co_code",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_cellvars",
    "co_exceptiontable",
)


@dataclass(frozen=True)
class Step:
    """One save and what is expected of it."""

    number: int
    after: dict[str, bytes]
    removed: tuple[str, ...]
    verdicts: tuple[str, ...]
    names: tuple[str, ...]
    says: tuple[str, ...]
    changes: tuple[str, ...]
    unchanged: bool
    just_now: bool

    @property
    def check_name(self) -> str:
        return "check" if self.number == 1 else f"check_{self.number}"


@dataclass(frozen=True)
class Case:
    """A page or folder under `tests/cases`, read."""

    name: str
    row: str
    #: Of the page, or the driver of the folder: for tracebacks.
    path: Path
    before: dict[str, bytes]
    driver: str
    steps: tuple[Step, ...]
    orders: tuple[str, ...]
    min_python: str | None
    max_python: str | None
    #: The driver says how its checks are met by a fresh process.
    has_fresh: bool

    def unsupported(self) -> str | None:
        """Why this interpreter cannot run the case, or None."""
        here = sys.version_info[:2]
        if self.min_python and here < _version(self.min_python):
            return f"needs Python {self.min_python} or later"
        if self.max_python and here > _version(self.max_python):
            return f"needs Python {self.max_python} or earlier"
        return None


def case_names() -> list[str]:
    pages = [path.stem for path in CASES.glob("*.md")]
    return sorted([*pages, *(path.parent.name for path in CASES.glob("*/case.toml"))])


_BLOCK = re.compile(r"^(`{3,})\w* (\S+)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)


def _files(name: str) -> tuple[Path, dict[str, bytes]]:
    """The page or driver of a case, and its files by their names in it. A driver that is left a line lower in the page
    than it is in a file of its own has its lines counted from there."""
    page = CASES / f"{name}.md"
    if not page.exists():
        folder = CASES / name
        found = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        return folder / "driver.py", {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
    text = page.read_text("utf-8")
    files: dict[str, bytes] = {}
    for block in _BLOCK.finditer(text):
        if block[2] in files:
            raise ValueError(f"{page}: {block[2]} stands there twice")
        # The driver's lines are those of the page, so that an assertion that fails can be clicked.
        above = text.count("\n", 0, block.start(3)) if block[2] == "driver.py" else 0
        files[block[2]] = ("\n" * above + block[3]).encode()
    return page, files


def _below(files: dict[str, bytes], folder: str) -> dict[str, bytes]:
    return {name.removeprefix(f"{folder}/"): data for name, data in files.items() if name.startswith(f"{folder}/")}


def read_case(name: str) -> Case:
    path, files = _files(name)
    data = tomllib.loads(files["case.toml"].decode())
    driver = files["driver.py"].decode()
    steps = [_read_step(name, files, data, 1)]
    while f"def check_{len(steps) + 1}(" in driver:
        number = len(steps) + 1
        steps.append(_read_step(name, files, data.get(f"step_{number}", {}), number))
    return Case(
        name=name,
        row=data["row"],
        path=path,
        before=_below(files, "before"),
        driver=driver,
        steps=tuple(steps),
        orders=tuple(data.get("orders", ("early", "late"))),
        min_python=data.get("min_python"),
        max_python=data.get("max_python"),
        has_fresh="\nsetup_fresh =" in driver or "\ndef setup_fresh(" in driver,
    )


def _read_step(name: str, files: dict[str, bytes], data: dict[str, Any], number: int) -> Step:
    allowed = data.get("verdict", "live")
    verdicts = (allowed,) if isinstance(allowed, str) else tuple(allowed)
    if unknown := set(verdicts) - set(VERDICTS):
        raise ValueError(f"{name}: unknown verdicts {sorted(unknown)}")
    return Step(
        number=number,
        after=_below(files, "after" if number == 1 else f"after_{number}"),
        removed=tuple(data.get("removed", ())),
        verdicts=verdicts,
        names=tuple(data.get("names", ())),
        says=tuple(data.get("says", ())),
        changes=tuple(data.get("changes", ())),
        unchanged=data.get("unchanged", False),
        just_now=data.get("mtime") == "now",
    )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


class Tree:
    """The files of a case in a folder of their own; every save has a later time than the one before."""

    def __init__(self, case: Case) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="reloadr-case-")).resolve()
        self._clock = time.time() - 1000
        self._write(case.before)

    def save(self, step: Step) -> None:
        self._clock = time.time() if step.just_now else self._clock + 5
        for name in step.removed:
            (self.root / name).unlink()
        self._write(step.after)

    def _write(self, files: dict[str, bytes]) -> None:
        for name, data in sorted(files.items()):
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            os.utime(target, (self._clock, self._clock))


def load_driver(case: Case, root: Path) -> dict[str, Any]:
    def line_of(file: str, text: str) -> int:
        lines = (root / file).read_text("utf-8-sig").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def frames(error: BaseException) -> list[tuple[str, int, str]]:
        entries = traceback.extract_tb(error.__traceback__)
        return [(Path(entry.filename).name, entry.lineno or 0, entry.name) for entry in entries]

    def code_differences(function: Any, file: str) -> list[str]:
        path = root / file
        whole = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        named = {code.co_qualname: code for code in _codes(whole)}
        return _differences(function.__code__, named[function.__code__.co_qualname])

    def migrate(cls: type, hook: Callable[..., None]) -> None:
        if "reloadr" in sys.modules:
            sys.modules["reloadr"].on_reload(cls, migrate=hook)

    namespace = {
        "__name__": "driver",
        "ROOT": root,
        "line_of": line_of,
        "frames": frames,
        "code_differences": code_differences,
        "migrate": migrate,
    }
    exec(compile(case.driver, str(case.path), "exec"), namespace)
    return namespace


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _differences(live: CodeType, fresh: CodeType) -> list[str]:
    """Where a code object is not, byte for byte and position for position, what the file compiles to."""
    found = [
        f"{live.co_qualname}.{name}: {getattr(live, name)!r}, fresh {getattr(fresh, name)!r}"
        for name in COMPARED
        if getattr(live, name) != getattr(fresh, name)
    ]
    if list(live.co_positions()) != list(fresh.co_positions()):
        found.append(f"{live.co_qualname}: positions")
    ours, theirs = list(live.co_consts), list(fresh.co_consts)
    for index, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        if isinstance(mine, CodeType) and isinstance(other, CodeType):
            found += _differences(mine, other)
            ours[index] = theirs[index] = None
    if [(type(c), c) for c in ours] != [(type(c), c) for c in theirs]:
        found.append(f"{live.co_qualname}.co_consts: {ours!r}, fresh {theirs!r}")
    return found


def run(case: Case, order: str) -> None:
    """Raise AssertionError unless every save of the case does what it must."""
    import reloadr

    tree = _start(case)
    try:
        driver = load_driver(case, tree.root)
        if order == "early":
            watcher = reloadr.watch(str(tree.root), on="look")
            state = driver["setup"]()
        else:
            state = driver["setup"]()
            watcher = reloadr.watch(str(tree.root), on="look")
        for step in case.steps:
            tree.save(step)
            report = watcher.poll()
            try:
                driver[step.check_name](state, report)
                check_report(step, report)
            except BaseException:
                print(f"--- report of step {step.number}\n{describe(report)}\n---", file=sys.stderr)
                raise
    finally:
        shutil.rmtree(tree.root, ignore_errors=True)


def check_report(step: Step, report: Any) -> None:
    reasons = report.reasons
    assert report.verdict in step.verdicts, f"verdict {report.verdict}, expected {' or '.join(step.verdicts)}"
    for reason in reasons:
        prefix = CODE_PREFIX.get(reason.verdict)
        assert prefix, f"a reason with verdict {reason.verdict}"
        assert reason.code.startswith(prefix), f"code {reason.code} for verdict {reason.verdict}"
        assert reason.message.strip() and "\n" not in reason.message, f"message {reason.message!r}"
    worst = max((VERDICTS.index(reason.verdict) for reason in reasons), default=-1)
    if report.verdict in CODE_PREFIX or reasons:
        assert VERDICTS.index(report.verdict) == worst, f"verdict {report.verdict} without a reason for it"
    for name in step.names:
        module, _, qualname = name.partition(":")
        assert any(
            reason.module == module and (reason.qualname == qualname or qualname in reason.message)
            for reason in reasons
        ), f"no reason names {name}"
    told = "\n".join(f"{reason.module} {reason.qualname} {reason.message} {reason.advice}" for reason in reasons)
    for text in step.says:
        assert text in told, f"no reason says {text!r}"
    applied = {f"{change.module}:{change.qualname}" for change in report.changes}
    for name in step.changes:
        assert name in applied, f"{name} is not among the changes"


def describe(report: Any) -> str:
    lines = [f"verdict {report.verdict}"]
    lines += [f"change {c.action} {c.module}:{c.qualname} {Path(str(c.path)).name}:{c.line}" for c in report.changes]
    lines += [
        f"reason {r.code} {r.verdict} {r.module}:{r.qualname} line {r.line}: {r.message} [{r.advice}]"
        for r in report.reasons
    ]
    return "\n".join(lines)


def run_fresh(case: Case, number: int) -> bool:
    """Check step `number` in a process that starts with its source; False if the driver has no word on it."""
    tree = _start(case)
    try:
        for step in case.steps[:number]:
            tree.save(step)
        driver = load_driver(case, tree.root)
        if "setup_fresh" not in driver:
            return False
        driver[case.steps[number - 1].check_name](driver["setup_fresh"](), None)
    finally:
        shutil.rmtree(tree.root, ignore_errors=True)
    return True


def run_noop(case: Case, number: int) -> None:
    """Save the files of the first `number` steps, apply nothing: the check must notice."""
    tree = _start(case)
    try:
        driver = load_driver(case, tree.root)
        state = driver["setup"]()
        step = case.steps[number - 1]
        for earlier in case.steps[:number]:
            tree.save(earlier)
        if step.unchanged:
            driver[step.check_name](state, None)
            return
        try:
            driver[step.check_name](state, None)
        except Exception:
            return
        raise AssertionError(f"{step.check_name} passes although nothing was applied")
    finally:
        shutil.rmtree(tree.root, ignore_errors=True)


def _start(case: Case) -> Tree:
    sys.dont_write_bytecode = True
    tree = Tree(case)
    sys.path[0] = str(tree.root)
    return tree


def _each_step_apart(name: str, mode: str, steps: int) -> int:
    """Steps must not see each other's state, so each gets a process of its own."""
    worst = 0
    for number in range(1, steps + 1):
        command = [sys.executable, __file__, name, mode, "--step", str(number)]
        status = subprocess.run(command, check=False).returncode
        worst = status if worst in (0, SKIPPED) and status else worst
    return worst


def main() -> int:
    parser = argparse.ArgumentParser(description="Run one edit case.")
    parser.add_argument("name")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--late", action="store_true", help="watch after the modules are imported")
    mode.add_argument("--fresh", action="store_true", help="check the expectation in a fresh process")
    mode.add_argument("--noop", action="store_true", help="check that doing nothing is noticed")
    mode.add_argument("--forced", action="store_true", help="take the journal back after each commit, commit again")
    parser.add_argument("--step", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    case = read_case(options.name)
    if reason := case.unsupported():
        print(f"{case.name}: {reason}")
        return SKIPPED
    if (options.fresh or options.noop) and options.step is None and len(case.steps) == 1:
        options.step = 1
    if (options.fresh or options.noop) and options.step is None:
        return _each_step_apart(case.name, "--fresh" if options.fresh else "--noop", len(case.steps))
    try:
        if options.fresh:
            if not run_fresh(case, options.step):
                print(f"{case.name}: no setup_fresh")
                return SKIPPED
        elif options.noop:
            run_noop(case, options.step)
        else:
            if options.forced:
                # Read when reloadr is imported, which it is not yet.
                os.environ["RELOADR_FORCE_ROLLBACK"] = "1"
            run(case, "late" if options.late else "early")
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def end(status: int) -> None:
    """Ends this process; a case may leave threads behind."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    end(main())
