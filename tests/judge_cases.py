"""Judges the cases by `reloadr.verify()`: where it and a case disagree about what is live.

    python tests/judge_cases.py [NAME ...] [--jobs 2]

After each save of a case the process is compared with fresh ones. What is stale or in conflict there, and no report of
the case names, is a disagreement: the case says that all is well. Each of them must be explained in `EXPLAINED`; exit
status 1 if one is not, or an explanation is no longer needed. What could not be compared is counted.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from run_case import Case, case_names, check_report, describe, load_driver, read_case

sys.dont_write_bytecode = True

#: By case: why what verify names is no fault of the reload.
EXPLAINED: dict[str, str] = {
    # Lists and counters in which a case notes what ran: a reload runs only what changed, a fresh process all of it.
    "class_set_name_called": "a counter of calls, which the reload raised by its own",
    "default_changed_with_what_it_reads": "a list of what was evaluated",
    "derived_default_impure_is_named": "a list of what was evaluated; RL206 names what was not",
    "derived_impure_is_kept_and_named": "a list of what was connected; RL206 names the connection",
    "derived_through_a_function": "a list of what was connected; RL206 names the connection",
    # What a removed or kept registration left elsewhere than where the report names it.
    "derived_decorator_argument_is_named": "a registry; the report names the function and its decorator",
    "init_subclass_comes": "a registry; RL227 names the class that it lacks",
    "names_of_a_module_copied_by_a_function": "a registry of another module; RL206 names the call that filled it",
    "renamed_class_of_a_metaclass_that_keeps_names": "a registry; RL215 names the class and its metaclass",
    "statement_removed_cannot_be_undone": "a registry of another module; RL208 names the statement",
    # The program has set a name that an edit is about, and the case wants it kept: that is what a conflict is.
    "constant_importer_rebound_its_own": "state and edit both changed the name",
    "import_removed_but_name_was_rebound": "state and edit both changed the name",
    # Asked for.
    "once_derived_not_recomputed": "the line is marked `# reloadr: once`",
    "undo_functions_classes_values": "undone: `status()` names the module that was saved, not who imports from it",
    "star_import_brings_what_new_lines_read": "undone: as above, by way of `import *`",
    "half_written_empty_file": "an empty file is not believed at once",
}


def judged(case: Case) -> list[dict[str, Any]]:
    """What verify names and no report does, save by save."""
    import reloadr
    from reloadr.proof.verification import named_by
    from reloadr.report.report import Report
    from run_case import Tree

    tree = Tree(case)
    sys.path[0] = str(tree.root)
    found: list[dict[str, Any]] = []
    reports = []
    try:
        driver = load_driver(case, tree.root)
        watcher = reloadr.watch(str(tree.root), on="look")
        state = driver["setup"]()
        for step in case.steps:
            tree.save(step)
            report = watcher.poll()
            reports.append(report)
            driver[step.check_name](state, report)
            check_report(step, report)
            proof = reloadr.verify()
            status = reloadr.status()
            # A case may have undone its save.
            waiting = Report("restart", (), (*status.pending, *status.errors))
            wrong = [("stale", each) for each in proof.stale] + [("conflict", each) for each in proof.conflicts]
            found += [
                {"step": step.number, "kind": kind, "what": str(each)}
                for kind, each in wrong
                if not named_by(each.path, [*reports, waiting])
            ]
            if found:
                found[-1]["report"] = describe(report)
    finally:
        shutil.rmtree(tree.root, ignore_errors=True)
    return found


def one(name: str) -> tuple[str, list[dict[str, Any]] | str]:
    """Judges a case in a process of its own; what it found, or why it could not."""
    command = [sys.executable, __file__, "--one", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        return name, (done.stderr or done.stdout).strip()
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return name, found


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge the cases by reloadr.verify().")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        found = judged(read_case(options.one))
        print(json.dumps(found), flush=True)
        os._exit(0)
    names = options.names or [name for name in case_names() if read_case(name).unsupported() is None]
    wrong = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, result in pool.map(one, names):
            if isinstance(result, str):
                print(f"{name}: could not be judged\n{result}", flush=True)
                wrong += 1
            elif result and name not in EXPLAINED:
                print(f"{name}:", *(f"  {each['step']} {each['kind']}: {each['what']}" for each in result), sep="\n")
                sys.stdout.flush()
                wrong += 1
            elif not result and name in EXPLAINED:
                print(f"{name}: agrees; its explanation is not needed")
                wrong += 1
    print(f"{len(names)} cases, {wrong} that disagree without an explanation, {len(EXPLAINED)} explained")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
