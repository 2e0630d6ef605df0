"""Programs that an edit breaks under `reloadr run --hold`: they wait with all that they hold, and go on once mended."""

import signal
import socket
import sys
import textwrap

import pytest
from program import PYTHON, replace
from reloadr.running.interpreter import TRIED

HOLD = (PYTHON, "-m", "reloadr", "run", "--hold")

moves = pytest.mark.skipif(sys.version_info[:2] not in TRIED, reason="loops are not held on this CPython: RL243")

TRAINING = """
    import os, time

    class Model:
        def __init__(self):
            self.weights = [0.0, 0.0]
            self.seen = []

    def batches():
        number = 0
        while True:
            yield number
            number += 1

    def step(model, batch):
        model.weights = [each + 1 for each in model.weights]
        return "first"

    def train(model):
        start = os.getpid(), id(model)
        shown = None
        for batch in batches():
            word = step(model, batch)
            model.seen.append(batch)
            if word != shown:
                shown = word
                same = start == (os.getpid(), id(model)) and model.seen == list(range(batch + 1))
                print("word", word, same, flush=True)
            time.sleep(0.005)

    if __name__ == "__main__":
        try:
            train(Model())
        finally:
            print("ended", flush=True)
"""


ASKING = TRAINING.replace("import os", "import reloadr, os").replace("batches():\n", "LOOP:\n")
ASKING = ASKING.replace("def LOOP:", "def batches():").replace("LOOP", "reloadr.loop(batches(), hold=True)")


@pytest.mark.parametrize(
    ("training", "command"),
    [pytest.param(TRAINING, HOLD, marks=moves), (ASKING, (PYTHON, "-m", "reloadr", "run"))],
    ids=["all are held", "it asks for it"],
)
def test_a_training_loop(start, tmp_path, training, command):
    """What raises in a function that it calls, or in its own body, is shown and done again: no batch is lost."""
    path = tmp_path / "app.py"

    def save(*edits):
        text = textwrap.dedent(training)
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        replace(path, text)

    save()
    program = start("app.py", command=command)
    program.prints("word first True")
    save(('return "first"', 'return "second" + batch'))
    program.prints("TypeError: can only concatenate")
    program.prints("RL241")
    assert "train is held: TypeError: can only" in program.output
    assert any('return "second" + batch' in line for line in program.lines), "the traceback has the saved line"
    save(('return "first"', 'return "second"'))
    program.prints("word second True")
    program.prints("begins its iteration again")
    save(('return "first"', 'return "second"'), ("time.sleep(0.005)", "time.slep(0.005)"))
    program.prints("has no attribute 'slep'")
    program.prints("RL241", 2)
    save(('return "first"', 'return "third"'))
    program.prints("begins its iteration again", 2)
    program.prints("word third")
    assert "ended" not in program.output
    program.send(signal.SIGINT)
    assert program.ends() != 0
    assert "ended" in program.lines


@moves
def test_the_keyboard_ends_what_is_held(start, tmp_path):
    """Its `finally` is run, as if the loop had been interrupted."""
    path = tmp_path / "app.py"
    text = textwrap.dedent(TRAINING)
    replace(path, text)
    program = start("app.py", command=HOLD)
    program.prints("word first True")
    replace(path, text.replace('return "first"', "return 1 / 0"))
    program.prints("RL241")
    program.send(signal.SIGINT)
    assert program.ends() != 0
    assert "ended" in program.lines


WAITING = """
    import socket, threading, time

    def serve(server):
        while True:
            server.accept()[0].sendall(b"alive")

    def main():
        server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        print("port", server.getsockname()[1], flush=True)
        event = threading.Event()
        threading.Timer(1.5, event.set).start()
        event.wait()
        work()

    def work():
        time.sleep(10)

    main()
"""


def test_a_program_without_a_loop(start, tmp_path):
    """It waits before it ends, its threads and sockets alive; a save starts it again."""
    path = tmp_path / "app.py"
    text = textwrap.dedent(WAITING)
    replace(path, text)
    program = start("app.py", command=HOLD)
    program.prints("port ")
    replace(path, text.replace("time.sleep(10)", "raise ValueError('no')"))
    program.prints("update __main__.work")
    program.prints("ValueError: no")
    program.prints("RL242")
    assert "the program waits before it ends: work raised ValueError: no" in program.output
    port = int(next(line for line in program.lines if line.startswith("port ")).split()[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        assert connection.recv(10) == b"alive"
    replace(path, text.replace("time.sleep(10)", "print('mended', flush=True)"))
    program.prints("restarting")
    program.prints("mended")
    assert program.ends() == 0


def test_without_the_option_it_ends(start, tmp_path):
    """As ever."""
    path = tmp_path / "app.py"
    text = textwrap.dedent(WAITING)
    replace(path, text)
    program = start("app.py", command=HOLD[:-1])
    program.prints("port ")
    replace(path, text.replace("time.sleep(10)", "raise ValueError('no')"))
    program.prints("ValueError: no")
    assert program.ends() == 1
    assert "RL24" not in program.output


SCRIPT = """
    import os, time

    def step(count):
        return "first"

    pid = os.getpid()
    shown = None
    for count in range(10 ** 9):
        word = step(count)
        if word != shown:
            shown = word
            print("word", word, pid == os.getpid(), flush=True)
        time.sleep(0.005)
"""
MAIN = """
    import os, time

    def step(count):
        return "first"

    if __name__ == "__main__":
        pid = os.getpid()
        shown, count = None, 0
        while True:
            word = step(count)
            if word != shown:
                shown = word
                print("word", word, pid == os.getpid(), flush=True)
            count += 1
            time.sleep(0.005)
"""


@moves
@pytest.mark.parametrize("text", [SCRIPT, MAIN], ids=["script", "main block"])
def test_a_script_that_ends_in_its_own_loop(start, tmp_path, text):
    """Its loop is held as that of a function is: for what it calls, and for its own lines."""
    path = tmp_path / "app.py"
    text = textwrap.dedent(text)
    replace(path, text)
    program = start("app.py", command=HOLD)
    program.prints("word first True")
    replace(path, text.replace('"first"', '"second" + count'))
    program.prints("RL241")
    replace(path, text.replace('"first"', '"second"'))
    program.prints("word second True")
    replace(path, text.replace('"first"', '"second"').replace("time.sleep", "time.slep"))
    program.prints("RL241", 2)
    # Who raises while a save is still becoming live tries once more by its end: the second may be of the first error.
    program.prints("has no attribute 'slep'")
    replace(path, text.replace('"first"', '"third"'))
    program.prints("word third True")


# ---- keys ----------------------------------------------------------------------------------------

LOOP = """
    import time

    def step(count):
        return count

    def main():
        for count in range(10 ** 9):
            if count == 0:
                print("begun", flush=True)
            step(count)
            time.sleep(0.005)

    try:
        main()
    finally:
        print("ended", flush=True)
"""
NO_LOOP = """
    import threading

    def work(count):
        threading.Event().wait(1.0)
        return step(count)

    def step(count):
        return count

    print("begun", flush=True)
    work(7)
"""
KEYS = "keys: c lets ZeroDivisionError go on"


def held(terminal, tmp_path, text):
    """A program on a terminal, which an edit has made raise, and that waits."""
    path = tmp_path / "app.py"
    replace(path, textwrap.dedent(text))
    typed = terminal([*HOLD, "app.py"])
    typed.shows("begun")
    # What is typed before is of no wait.
    typed.types("c")
    replace(path, path.read_text().replace("return count\n", "return count / 0\n"))
    typed.shows(KEYS)
    return typed, path


@pytest.mark.parametrize("text", [pytest.param(LOOP, marks=moves), NO_LOOP], ids=["loop", "before the end"])
def test_a_key_lets_the_exception_go_on(terminal, tmp_path, text):
    """The program ends as it would have, also where another loop further out could hold it."""
    typed, _ = held(terminal, tmp_path, text.replace("        main()", "        while True: main()"))
    typed.shows("RL241" if text is LOOP else "RL242")
    typed.types("c")
    assert typed.ends() == 1
    assert typed.screen.count(KEYS) == 1 and "KeyboardInterrupt" not in typed.screen
    assert ("ended" in typed.screen) == (text is LOOP)


TASKS = """
    import asyncio

    async def work():
        count = 0
        while True:
            step(count)
            await asyncio.sleep(0.01)

    def step(count):
        return count

    async def main():
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(work())
            print("begun", flush=True)

    asyncio.run(main())
"""


@moves
def test_a_key_lets_all_of_them_go_on(terminal, tmp_path):
    """Five tasks raise, and their group raises what they have."""
    typed, _ = held(terminal, tmp_path, TASKS)
    typed.types("c")
    assert typed.ends() == 1
    assert typed.screen.count(KEYS) == 1 and "ExceptionGroup" in typed.screen


@pytest.mark.parametrize("text", [pytest.param(LOOP, marks=moves), NO_LOOP], ids=["loop", "before the end"])
def test_a_key_opens_a_debugger(terminal, tmp_path, text):
    """It has the terminal meanwhile; then the keys are the supervisor's again, and a save still mends it."""
    typed, path = held(terminal, tmp_path, text)
    typed.types("p")
    typed.shows("(Pdb)")
    typed.has_the_terminal()
    typed.types("p count, 6 * 7\n")
    typed.shows(", 42)")
    typed.types("q\n")
    typed.shows(KEYS, 2)
    replace(path, path.read_text().replace("return count / 0", "return 'mended'"))
    typed.shows("begins its iteration again" if text is LOOP else "restarting")
    if text is LOOP:
        typed.types("q")
        typed.ends()
        assert "ended" in typed.screen
    else:
        typed.shows("begun", 2)
        assert typed.ends() == 0
