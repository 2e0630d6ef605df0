"""Two files that an editor saves one after the other are one reload, with nothing said of the state in between."""

import os
import time
from pathlib import Path

import reloadr
from harness import Project, wait_until


def prepared(project: Project, name: str, text: str) -> tuple[Path, Path]:
    path = project.path(name)
    beside = path.with_name(path.name + "~")
    beside.write_text(text)
    return beside, path


def test_save_all(project: Project) -> None:
    project.write("a", "def f0(): return 0\n")
    b = project.start("b", "from a import f0\nX = f0()\n")
    reports: list[reloadr.Report] = []
    together = 0
    with reloadr.watch(str(project.root), on_report=reports.append):
        for number in range(1, 16):
            name = f"f{number}"
            pairs = [
                prepared(project, "b", f"from a import {name}\nX = {name}()\n"),
                prepared(project, "a", f"def {name}(): return {number}\n"),
            ]
            reports.clear()
            start = time.perf_counter()
            for beside, path in pairs:
                os.replace(beside, path)
            # On a busy machine the second may come much later.
            at_once = time.perf_counter() - start < 0.002
            wait_until(lambda wanted=number: wanted == b.X and reports, "both are live")
            if at_once:
                together += 1
                # What loops of other tests have come to is told here as well.
                ours = [each for each in reports if {change.module for change in each.changes} & {"a", "b"}]
                assert [each.verdict for each in ours] == ["live"], [str(each) for each in reports]
    assert together
