"""Every page and folder of `tests/cases`, each in a process of its own."""

from collections.abc import Callable, Iterator

import pytest
from case_server import Server
from run_case import SKIPPED, case_names, read_case

CASES = [read_case(name) for name in case_names()]
BY_NAME = {case.name: case for case in CASES}

ROWS = {
    # functions and methods
    "body",
    "set of free variables changes",
    "default or keyword default",
    "annotations, docstring, type parameters, names",
    "decorator list unchanged",
    "decorator list changed",
    "signature changed under a decorator",
    "the decorator's own body changed",
    "plain, generator, async into one another",
    "nested functions, lambdas, comprehensions",
    "conditional definitions",
    "function or method that ran while modules were loaded",
    "added",
    "removed",
    "renamed",
    "moved, lines shifted",
    "code object as in a fresh compile",
    # classes
    "method, property, nested class",
    "class attribute: source unchanged",
    "class attribute: changed, added, removed",
    "bases",
    "classes whose content is generated",
    "__init__ sets new attributes",
    "migration hook",
    # module level
    "unchanged statement",
    "imports",
    "new or changed statement",
    "computed from a changed name",
    "removed assignment or statement",
    "the branch that did not run",
    "reloadr: once",
    "comment, blank line, formatting only",
    "new, removed, renamed file",
    "several files in one save",
    # errors, state and time
    "all or nothing",
    "no other thread runs in between",
    "half-written file",
    "running frames",
    "a call that would no longer bind",
    "undo",
}


Run = Callable[..., None]


def runner(*modules: str) -> Iterator[Run]:
    """What runs a case in a process that begins with these modules."""
    server = Server(*modules)

    def run(name: str, *options: str) -> None:
        status, printed = server.run(name, *options)
        if status == SKIPPED:
            pytest.skip(printed.strip() or "skipped")
        assert status == 0, f"python tests/run_case.py {' '.join([name, *options])}: {status}\n{printed}"

    yield run
    server.close()


@pytest.fixture(scope="session")
def edited() -> Iterator[Run]:
    """Runs a case beside a reloadr that stands in memory but does nothing yet."""
    yield from runner("reloadr.watching.auto")


@pytest.fixture(scope="session")
def unedited() -> Iterator[Run]:
    """Runs a case without reloadr."""
    yield from runner()


@pytest.mark.parametrize(("name", "order"), [(case.name, order) for case in CASES for order in case.orders])
def test_edit(edited: Run, name: str, order: str) -> None:
    """The edit becomes live, or the report says exactly what does not."""
    edited(name, *(["--late"] if order == "late" else []))


@pytest.mark.parametrize("name", list(BY_NAME)[::12])
def test_edit_that_is_taken_back_and_made_again(edited: Run, name: str) -> None:
    """Whatever is committed can be taken back. Some of the cases; `run_case.py NAME --forced` does it for any."""
    edited(name, "--forced")


@pytest.mark.parametrize("name", [case.name for case in CASES if case.has_fresh])
def test_expectation_holds_in_a_fresh_process(unedited: Run, name: str) -> None:
    """What a case expects is what a fresh process of the new source does."""
    unedited(name, "--fresh")


@pytest.mark.long
@pytest.mark.parametrize("name", BY_NAME)
def test_nothing_applied_is_noticed(unedited: Run, name: str) -> None:
    """The checks of a case fail where the edit is not applied."""
    unedited(name, "--noop")


@pytest.mark.parametrize("row", sorted(ROWS))
def test_every_row_has_a_case(row: str) -> None:
    """No row of the catalogue of edits is without a case."""
    assert any(case.row == row for case in CASES), f"no case for {row!r}"


@pytest.mark.parametrize("name", BY_NAME)
def test_row_is_in_the_catalogue(name: str) -> None:
    """No case belongs to a row that does not exist."""
    assert BY_NAME[name].row in ROWS
