"""Programs that never leave their loop, edited in it under `reloadr run`: ten times, wrong once, and mended."""

import sys
import textwrap

import pytest
from program import PYTHON, replace, until
from reloadr.running.interpreter import TRIED

RUN = (PYTHON, "-m", "reloadr", "run")

pytestmark = pytest.mark.skipif(sys.version_info[:2] not in TRIED, reason="loops do not move on this CPython: RL201")

GAME = """
    import os, time

    class World:
        def __init__(self):
            self.frames = 0
            self.moved = []

    def main():
        world = World()
        shown = None
        start = os.getpid(), id(world)
        while True:
            world.frames += 1
            speed = VALUE
            if speed != shown:
                shown = speed
                world.moved.append(speed)
                print("speed", speed, start == (os.getpid(), id(world)), len(world.moved), flush=True)
            time.sleep(0.005)

    if __name__ == "__main__":
        main()
"""

WORKER = """
    import asyncio, contextlib, os

    @contextlib.asynccontextmanager
    async def connection():
        print("open", flush=True)
        yield object()

    async def worker(queue, name):
        done = []
        async with connection() as held:
            first = id(held), os.getpid()
            while (job := await queue.get()) is not None:
                value = VALUE
                done.append(job)
                if value not in done:
                    done.append(value)
                    count = sum(isinstance(each, str) for each in done)
                    print("value", value, first == (id(held), os.getpid()), count, flush=True)
                queue.task_done()

    async def main():
        queue = asyncio.Queue()
        task = asyncio.create_task(worker(queue, "a"))
        number = 0
        while True:
            await queue.put(str(number))
            await queue.join()
            number += 1
            await asyncio.sleep(0.005)

    asyncio.run(main())
"""

TRAINING = """
    import threading, time

    def epochs():
        number = 0
        while True:
            yield number
            number += 1

    def train(weights, stop):
        shown = None
        for epoch in epochs():
            rate = VALUE
            weights[:] = [each + rate for each in weights]
            if rate != shown:
                shown = rate
                seen.append(epoch)
                print("rate", rate, len(weights) == 3, seen == sorted(set(seen)), len(seen), flush=True)
            if stop.wait(0.005):
                return

    seen = []
    stop = threading.Event()
    thread = threading.Thread(target=train, args=([0, 0, 0], stop))
    thread.start()
    thread.join()
"""


#: What it has learned is in arrays; it writes them down now and then, and goes on from what it finds.
LEARNING = """
    import os, pathlib
    import numpy

    def batches(rng):
        while True:
            yield rng.normal(size=(8, 3))

    def train(path):
        rng = numpy.random.default_rng(0)
        weights, epoch, shown = numpy.zeros(3), 0, None
        start = os.getpid(), id(weights)
        moved = []
        for batch in batches(rng):
            epoch += 1
            rate = VALUE
            weights -= rate * batch.mean(axis=0)
            if epoch % 10 == 0:
                with open(f"{path}.new", "wb") as file:
                    numpy.savez(file, weights=weights, epoch=epoch, rate=rate)
                os.replace(f"{path}.new", path)
            if rate != shown:
                shown = rate
                moved.append(epoch)
                same = start == (os.getpid(), id(weights)) and moved == sorted(set(moved))
                print("rate", rate, same and bool(numpy.isfinite(weights).all()), len(moved), flush=True)
            pathlib.Path("stop").exists() and exit()

    train("checkpoint.npz")
"""

POOL = """
    import os, queue, threading, time

    jobs = queue.Queue(maxsize=20)
    lock = threading.Lock()
    done = []
    told = []

    def work(number):
        own = 0
        while (job := jobs.get()) is not None:
            try:
                own += 1
                value = VALUE
                with lock:
                    done.append(job)
                    if (number, value) not in told:
                        told.append((number, value))
                        if sum(each == value for _, each in told) == 3:
                            whole = sorted(done) == list(range(max(done) + 1)) or jobs.qsize() >= 0
                            print("value", value, whole and len(set(done)) == len(done), len(told) // 3, flush=True)
            finally:
                jobs.task_done()

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(3)]
    for thread in threads:
        thread.start()
    for job in range(10 ** 9):
        jobs.put(job)
        time.sleep(0.002)
"""

WORDS = {GAME: "speed", WORKER: "value", TRAINING: "rate", LEARNING: "rate", POOL: "value"}
PROGRAMS = pytest.mark.parametrize("text", WORDS, ids=["game", "asyncio", "thread", "numpy", "pool"])


@PROGRAMS
def test_edited_ten_times(start, tmp_path, text):
    """Each edit is taken by the loop that runs, in the process that was started, with its state; a mistake changes
    nothing, and its mending is taken too."""
    if text is LEARNING:
        pytest.importorskip("numpy")
    path = tmp_path / "app.py"
    word = WORDS[text]

    def save(number, more=""):
        replace(path, textwrap.dedent(text).replace("VALUE", str(number)) + more)

    save(0)
    program = start("app.py", command=RUN)
    program.prints(f"{word} 0 ")
    for number in range(1, 11):
        if number == 5:
            save(number, "\ndef (:\n")
            program.prints("rejected RL401")
        save(number)
        program.prints(f"{word} {number} ")
        program.prints("runs the new text", number)
    lines = [line for line in program.lines if line.startswith(word)]
    assert [line.split()[1] for line in lines] == [str(number) for number in range(11)]
    assert all("False" not in line for line in lines)
    counts = [int(line.split()[-1]) for line in lines]
    assert counts == sorted(set(counts)), "what was done before is known still"
    assert "RL201" not in program.output
    assert program.lines.count("open") <= 1
    if text is LEARNING:
        until(lambda: _rate(tmp_path / "checkpoint.npz") == 10, lambda: program.output)


def _rate(path):
    with pytest.importorskip("numpy").load(path) as kept:
        return int(kept["rate"])


@pytest.mark.parametrize("text", [GAME, WORKER, TRAINING, LEARNING], ids=["game", "asyncio", "thread", "numpy"])
def test_a_mistake_that_raises_is_held_and_mended(start, tmp_path, text):
    """By `--hold`: the loop waits with its state, is mended by the next save, and takes nine more."""
    if text is LEARNING:
        pytest.importorskip("numpy")
    path = tmp_path / "app.py"
    word = WORDS[text]

    def save(value):
        replace(path, textwrap.dedent(text).replace("VALUE", str(value)))

    save(0)
    program = start("--hold", "app.py", command=RUN)
    program.prints(f"{word} 0 ")
    for number in range(1, 11):
        if number == 3:
            save("2 + undefined")
            program.prints("NameError: name 'undefined' is not defined")
            program.prints("RL241")
        save(number)
        program.prints(f"{word} {number} ")
    lines = [line for line in program.lines if line.startswith(word)]
    assert [line.split()[1] for line in lines] == [str(number) for number in range(11)]
    assert all("False" not in line for line in lines)
    assert "begins its iteration again" in program.output
    assert program.lines.count("open") <= 1


SCRIPT = """
    import os, time
    pid = os.getpid()
    shown = count = None
    for number in range(10 ** 9):
        value = VALUE
        if value != shown:
            shown = value
            count = (count or 0) + 1
            print("value", value, pid == os.getpid(), count, flush=True)
        time.sleep(0.005)
"""
MAIN = """
    import os, time

    if __name__ == "__main__":
        pid = os.getpid()
        shown, count = None, 0
        while True:
            value = VALUE
            if value != shown:
                shown = value
                count += 1
                print("value", value, pid == os.getpid(), count, flush=True)
            time.sleep(0.005)
"""


@pytest.mark.parametrize("text", [SCRIPT, MAIN], ids=["script", "main block"])
def test_a_script_that_ends_in_its_own_loop(start, tmp_path, text):
    """Its lines are the module's own; they move as those of a function do, whatever room they need."""
    path = tmp_path / "app.py"

    def save(number):
        more = str(number) if number % 2 else f"max(0, max(0, max(0, max(0, {number}, 0), 0), 0), 0)"
        replace(path, textwrap.dedent(text).replace("VALUE", more))

    save(0)
    program = start("app.py", command=RUN)
    program.prints("value 0 ")
    for number in range(1, 6):
        save(number)
        program.prints(f"value {number} ")
        program.prints("runs the new text", number)
    lines = [line for line in program.lines if line.startswith("value")]
    assert lines == [f"value {number} True {number + 1}" for number in range(6)]
    assert "caveat" not in program.output


ABOVE = """
    import time
    RATE = 1
    def show(n):
        print("shows", n * RATE, flush=True)
    n = 0
    while True:
        n += 1
        time.sleep(0.3)
        show(1)
"""


def test_lines_above_the_loop_of_a_script_are_edited(start, tmp_path):
    """They run as they are edited; what the loop calls is called once more as it was, and that is said beforehand."""
    path, text = tmp_path / "app.py", textwrap.dedent(ABOVE)
    path.write_text(text)
    program = start("app.py", command=RUN)
    program.prints("shows 1", 2)
    text = text.replace("RATE = 1", "RATE = 3").replace("show(1)", "show(2)")
    replace(path, text)
    program.prints("shows 6")
    assert "caveat" not in program.output
    replace(path, text.replace("show(n)", "show(n, more)").replace("show(2)", "show(2, 0)"))
    program.prints("RL248 app.py:7: the module is at work on its earlier text, which calls show as it was: missing")
    program.prints("TypeError: show() missing 1 required positional argument: 'more'")
    assert "RL232" not in program.output


BELOW = """
    import time

    def load():
        return VALUE

    TABLE = load()

    def main():
        shown = None
        while True:
            if TABLE != shown:
                shown = TABLE
                print("table", TABLE, flush=True)
            time.sleep(0.005)

    main()
"""


def test_lines_above_a_running_main_come_and_go(start, tmp_path):
    """What stands above the line at work has run, and what stands below has not, wherever they are by now."""
    path = tmp_path / "app.py"

    def save(number, lines):
        replace(path, "# a line\n" * lines + textwrap.dedent(BELOW).replace("VALUE", str(number)))

    save(0, 5)
    program = start("app.py", command=RUN)
    program.prints("table 0")
    for number, lines in enumerate((25, 1, 25), 1):
        save(number - 1, lines)
        save(number, lines)
        program.prints(f"table {number}")
        program.prints("recompute __main__.TABLE", number)
    assert "caveat" not in program.output
