"""Four processes save twenty modules of a living program, over and over and in every way.

    python tests/e2e/storm.py [SAVES]        10,000 by default; ends with 1 and says why if anything went wrong

Some saves are atomic, some in place, some in pieces with pauses, some broken (no Python, or an error when it runs) and
mended a moment later. Meanwhile the program looks at its modules all the time. In the end each must run what was saved
last; none may ever have shown half of a save, or an earlier one again, and the log may hold no error of ours.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

WRITERS, MODULES = 4, 20
PATIENCE = 60.0

PROGRAM = """
import importlib, json, sys, threading, time
import reloadr
sys.path.insert(0, sys.argv[1])
last = json.loads(sys.argv[2])
modules = [importlib.import_module(f'part{at}') for at in range(len(last))]
reports = []
reloadr.watch(*modules, on_report=reports.append)
print('ready', flush=True)
seen = [0] * len(modules)
def look(at, module):
    value = module.pair()
    # One step for the interpreter, so what it copies is of one moment.
    names = dict(module.__dict__)
    if value[0] != value[1] or names['FIRST'] != names['LAST']:
        print('HALF', at, value, names['FIRST'], names['LAST'], flush=True)
    if value[0] < seen[at] or names['FIRST'] < seen[at]:
        print('BACK', at, seen[at], value, names['FIRST'], flush=True)
    seen[at] = value[0]
while seen != last:
    for at, module in enumerate(modules):
        look(at, module)
    time.sleep(0.0002)
print('final', len(reports), sum(each.verdict == 'rejected' for each in reports), flush=True)
"""


def text(value: int) -> str:
    filler = "".join(f"def other{at}():\n    return {at}\n\n\n" for at in range(5))
    return f"FIRST = {value}\n\n\n{filler}def pair():\n    return {value}, {value}\n\n\nLAST = {value}\n"


def write(path: Path, content: str) -> None:
    with open(path, "w") as file:
        file.write(content)


def save_atomically(path: Path, content: str, chance: random.Random) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    write(beside, content)
    os.replace(beside, path)


def save_in_place(path: Path, content: str, chance: random.Random) -> None:
    write(path, content)


def save_with_backup(path: Path, content: str, chance: random.Random) -> None:
    os.replace(path, path.with_name(f"{path.name}~"))
    write(path, content)


def save_in_pieces(path: Path, content: str, chance: random.Random) -> None:
    """Cut where it is Python and where it is not."""
    cuts = sorted(chance.sample(range(1, len(content)), 3))
    with open(path, "w") as file:
        for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
            file.write(content[start:end])
            file.flush()
            time.sleep(chance.choice([0, 0.001, 0.01]))


def save_broken(path: Path, content: str, chance: random.Random) -> None:
    """Closed while it is no Python, then mended."""
    write(path, content[: chance.randrange(1, len(content))] + "\ndef (:\n")
    time.sleep(chance.choice([0, 0.002, 0.02]))
    chance.choice([save_atomically, save_in_place])(path, content, chance)


def save_wrong(path: Path, content: str, chance: random.Random) -> None:
    """Python that raises when it runs, after half of it ran."""
    save_atomically(path, content.replace("LAST =", "LAST = undefined_name +"), chance)
    time.sleep(chance.choice([0, 0.002, 0.02]))
    save_atomically(path, content, chance)


WAYS = [save_atomically, save_in_place, save_with_backup, save_in_pieces, save_broken, save_wrong]


def writer(folder: Path, number: int, saves: int) -> None:
    """One writing process: its modules, round and round."""
    chance = random.Random(number)
    own = range(number, MODULES, WRITERS)
    for at in range(saves):
        module = own[at % len(own)]
        chance.choice(WAYS)(folder / f"part{module}.py", text(at // len(own) + 1), chance)
        time.sleep(chance.choice([0, 0, 0.001, 0.005]))


def last_values(saves: int) -> list[int]:
    """What each module holds in the end."""
    each = saves // WRITERS
    own = MODULES // WRITERS
    return [(each - 1 - at // WRITERS) // own + 1 for at in range(MODULES)]


def storm(saves: int) -> tuple[str, str]:
    """All of it; what the program said, and its log."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for at in range(MODULES):
            write(folder / f"part{at}.py", text(0))
        command = [sys.executable, "-c", PROGRAM, str(folder), str(last_values(saves))]
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("RELOADR", "PYTHONUNBUFFERED"))}
        environ = {**kept, "PYTHONDONTWRITEBYTECODE": "1"}
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)
        assert program.stdout is not None and program.stderr is not None
        log: list[str] = []
        reader = threading.Thread(target=lambda: log.extend(program.stderr or ()), daemon=True)
        reader.start()
        try:
            assert program.stdout.readline() == "ready\n", "".join(log)
            each = str(saves // WRITERS)
            me = [sys.executable, __file__, "--writer", str(folder)]
            writers = [subprocess.Popen([*me, str(number), each]) for number in range(WRITERS)]
            for process in writers:
                assert process.wait() == 0
            said, _ = _rest(program)
        finally:
            program.kill()
            program.wait()
            reader.join(5)
            program.stdout.close()
            program.stderr.close()
        return said, "".join(log)


def _rest(program: subprocess.Popen[str]) -> tuple[str, int]:
    """What it still says, within a bounded time after the last save."""
    assert program.stdout is not None
    timer = threading.Timer(PATIENCE, program.kill)
    timer.start()
    try:
        return program.stdout.read(), program.wait()
    finally:
        timer.cancel()


def faults(said: str, log: str) -> list[str]:
    """What went wrong."""
    lines = [line for line in said.splitlines() if not line.startswith("final")]
    if not any(line.startswith("final") for line in said.splitlines()):
        lines.append(f"the final state was not reached within {PATIENCE:.0f} s of the last save")
    told = log.splitlines()
    if any("report this" in line or line.startswith("Traceback") for line in told):
        lines += told[-40:]
    return lines


def main() -> None:
    if sys.argv[1:2] == ["--writer"]:
        writer(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
        return
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    began = time.monotonic()
    said, log = storm(saves)
    wrong = faults(said, log)
    print(f"{saves:,} saves by {WRITERS} writers in {time.monotonic() - began:.0f} s: {said.splitlines()[-1:]}")
    print("\n".join(wrong[-30:]) or "final state right, no half, nothing lost")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
