"""Edits of Celery's tasks that have run: the applications know them as a fresh process would."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import reloadr
from harness import Project

celery = pytest.importorskip("celery", reason="no celery is installed here")

TASKS = """\
from celery import Celery, shared_task

app = Celery("shop")
app.conf.task_always_eager = True


@app.task(name="price", max_retries=3)
def price(number):
    "A price."
    return number


@app.task(bind=True)
def told(self, number):
    return self.name, number


@shared_task(max_retries=2)
def shared(number):
    return number
"""


NUMBERS = itertools.count()


def known(module: Any) -> dict[str, Any]:
    """What the application knows of the project's tasks, as people see it."""
    tasks = {name: task for name, task in module.app.tasks.items() if not name.startswith("celery.")}
    own = f"{module.__name__}."
    return {name.removeprefix(own): (task.max_retries, task.__doc__, task.__name__) for name, task in tasks.items()}


@pytest.fixture
def tasks(project: Project) -> Any:
    """The module, each task of which has run."""
    from celery import _state

    before = set(_state._on_app_finalizers)
    # Another name each time: tasks that are shared are told to all applications that there are.
    module = project.start(f"shop_tasks_{next(NUMBERS)}", TASKS)
    module.app.set_current()
    assert (module.price.delay(2).get(), module.shared.delay(3).get()) == (2, 3)
    assert module.told.delay(1).get() == (f"{module.__name__}.told", 1)
    yield module
    _state._on_app_finalizers.clear()
    _state._on_app_finalizers.update(before)
    _state._set_current_app(None)


EDITS = {
    "option": ("max_retries=3", "max_retries=7", "price", (7, "A price.", "price")),
    "name": ('name="price"', 'name="cost"', "cost", (3, "A price.", "price")),
    "docstring": ('"A price."', '"A cost."', "price", (3, "A cost.", "price")),
    "function": ("def price", "def cost", "price", (3, "A price.", "cost")),
    "named by its function": ("def shared", "def common", "common", (2, None, "common")),
    "option of a shared one": ("max_retries=2", "max_retries=5", "shared", (5, None, "shared")),
}


@pytest.mark.parametrize("kind", EDITS)
def test_a_task_is_known_as_it_is_saved(project: Project, tasks: Any, kind: str) -> None:
    """By its name of now only, with the options of now; and as it was after an undo."""
    before = known(tasks)
    old, new, name, expected = EDITS[kind]
    watcher = project.watch()
    project.write(tasks.__name__, TASKS.replace(old, new))
    report = watcher.poll()
    assert report.verdict == "live", str(report)
    now = known(tasks)
    assert now[name] == expected
    assert len(now) == len(before)
    reloadr.undo()
    assert known(tasks) == before


@pytest.mark.parametrize("name", ["price", "shared"])
def test_a_signature_is_what_calls_are_checked_against(project: Project, tasks: Any, name: str) -> None:
    watcher = project.watch()
    project.write(tasks.__name__, TASKS.replace(f"def {name}(number)", f"def {name}(number, more=1)"))
    assert watcher.poll().verdict == "live"
    task = getattr(tasks, name)
    assert task.delay(2, more=5).get() == 2
    reloadr.undo()
    with pytest.raises(TypeError):
        task.delay(2, more=5)


def test_a_task_that_is_removed_is_unknown(project: Project, tasks: Any) -> None:
    """And one in its place is a task of its own; a body runs anew, with the state of the process."""
    watcher = project.watch()
    removed = TASKS[: TASKS.index("@shared_task")]
    project.write(tasks.__name__, removed)
    report = watcher.poll()
    assert report.verdict == "live", str(report)
    assert sorted(known(tasks)) == ["price", "told"]
    project.write(tasks.__name__, removed + "@app.task\ndef other(number):\n    return -number\n")
    assert watcher.poll().verdict == "live"
    assert tasks.app.tasks[f"{tasks.__name__}.other"].delay(1).get() == -1
    project.write(tasks.__name__, TASKS.replace("return self.name, number", "return self.name, -number"))
    assert watcher.poll().verdict == "live"
    assert tasks.told.delay(1).get() == (f"{tasks.__name__}.told", -1)
    assert sorted(known(tasks)) == ["price", "shared", "told"]
