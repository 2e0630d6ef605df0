"""`reloadr run`: the program as it would be without us, hot, and started again when nothing else is honest."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from program import PYTHON, descendants_in_session, replace, until

RUN = (PYTHON, "-m", "reloadr", "run")

#: What a program can see of itself.
MIRROR = """
import sys, __main__, json, os
print(json.dumps({
    "argv": sys.argv, "path": sys.path, "name": __name__, "file": __file__, "package": __package__,
    "spec": __spec__ and __spec__.name, "main": __main__.__dict__ is globals(), "orig": sys.orig_argv[1:],
    "cached": "__cached__" in globals() and __cached__ is None, "doc": __doc__,
    "builtins": __builtins__.__name__, "loader": type(__loader__).__name__, "flags": repr(sys.flags),
    "xoptions": sys._xoptions, "warnoptions": sys.warnoptions, "cwd": os.getcwd(),
}), flush=True)
"""

SERVER = """
import sys, time, signal
import shop
print('start', shop.VERSION, flush=True)
def serve():
    seen = None
    while True:
        now = shop.price()
        if now != seen:
            seen = now
            print('price', now, flush=True)
        time.sleep(0.002)
serve()
"""


def shop(value, version="VERSION = 1"):
    return f"{version}\ndef price():\n    return {value!r}\n"


#: An edit that no living process can carry: the class is not where its source put it.
BASE = "class B:\n    x = 1\n\n\ndel B\n"
OTHER_BASE = BASE.replace("1", "2")


def cold(value, base=BASE):
    return base + shop(value)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "shop.py").write_text(shop("old"))
    (tmp_path / "main.py").write_text(SERVER)
    return tmp_path


def mirror(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("interpreter", "arguments"),
    [
        ((), ("mirror.py", "a", "-b", "--", "c")),
        ((), ("sub/mirror.py",)),
        ((), ("-m", "pkg", "x")),
        ((), ("-m", "pkg.tool")),
        ((), ("folder_app", "y")),
        (("-X", "dev", "-W", "ignore::FutureWarning", "-O"), ("mirror.py",)),
        (("-P",), ("mirror.py",)),
    ],
)
def test_a_program_sees_the_same_as_without_us(tmp_path, interpreter, arguments):
    """argv, sys.path, `__main__`, flags and options."""
    for name in ("mirror.py", "sub/mirror.py", "pkg/__main__.py", "pkg/tool.py", "folder_app/__main__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(MIRROR)
    (tmp_path / "pkg/__init__.py").write_text("")
    plain = mirror([PYTHON, *interpreter, *arguments], tmp_path)
    ours = mirror([PYTHON, *interpreter, "-m", "reloadr", "run", *arguments], tmp_path)
    plain.pop("cached"), ours.pop("cached")
    assert ours == plain


def test_a_console_script_runs_in_process_and_hot(start, folder):
    """Found on PATH, started as the shell would."""
    tools = folder / "bin"
    tools.mkdir()
    (tools / "serve").write_text(
        f"#!{PYTHON}\nimport sys\nsys.path.insert(0, {str(folder)!r})\n"
        "print('argv', sys.argv[1:], flush=True)\nimport main\n"
    )
    (tools / "serve").chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    (folder / "main.py").write_text(SERVER)
    program = start("--", "serve", "--app", "shop", command=RUN, env={"PATH": path})
    program.prints("argv ['--app', 'shop']")
    program.prints("price old")
    replace(folder / "shop.py", shop("new"))
    program.prints("price new")
    assert program.output.count("argv") == 1


def test_a_shim_starts_the_interpreter_behind_it(start, folder):
    """As pyenv's: a shell script of that name."""
    shim = folder / "python"
    shim.write_text(f'#!/bin/sh\nexec "{PYTHON}" "$@"\n')
    shim.chmod(0o755)
    program = start("--", str(shim), "main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", shop("new"))
    program.prints("price new")


@pytest.mark.parametrize("code", [0, 3])
def test_the_exit_code_passes_through(start, folder, code):
    """And what the program printed, in order."""
    (folder / "main.py").write_text(f"import sys, atexit\natexit.register(print, 'bye')\nprint('hi')\nsys.exit({code})")
    program = start("main.py", command=RUN)
    assert program.ends() == code
    assert program.lines == ["hi", "bye"]


def test_a_traceback_shows_none_of_our_frames(start, folder):
    """An error that is no start-up error ends the program as without us."""
    (folder / "main.py").write_text("def f():\n    raise ValueError('mine')\nf()\n")
    program = start("main.py", command=RUN)
    assert program.ends() == 1
    plain = subprocess.run([PYTHON, "main.py"], cwd=folder, capture_output=True, text=True, check=False)
    expected = plain.stderr.replace('"main.py"', f'"{folder}/main.py"')
    assert program.output.replace('"main.py"', f'"{folder}/main.py"').strip() == expected.strip()


def test_a_missing_script(start, folder):
    """The words and the code of Python."""
    program = start("nothing.py", command=RUN)
    assert program.ends() == 2
    assert "can't open file" in program.output and "nothing.py" in program.output


def test_a_save_is_live_and_said_in_one_line(start, folder):
    """The module, and the script itself."""
    program = start("main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", shop("new"))
    program.prints("price new")
    program.prints("[reloadr] update shop.price shop.py:2  body")
    assert program.output.count("start 1") == 1
    assert sum("update shop.price" in line for line in program.lines) == 1


def test_standard_input_reaches_the_program(start, folder):
    """It need not be a terminal."""
    (folder / "main.py").write_text("import sys\nprint('got', sys.stdin.read().split())\n")
    program = start("main.py", command=RUN, stdin=-1)
    program.process.stdin.write("one two\n")
    program.process.stdin.close()
    assert program.ends() == 0
    assert program.lines == ["got ['one', 'two']"]


def test_what_cannot_be_carried_restarts_and_is_hot_again(start, folder):
    """Gracefully: `finally` and `atexit` run, without a traceback."""
    (folder / "shop.py").write_text(cold("old"))
    text = "import atexit\natexit.register(print, 'atexit ran', flush=True)\n" + SERVER
    (folder / "main.py").write_text(text)
    program = start("main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", cold("new", OTHER_BASE))
    program.prints("start 1", times=2)
    program.prints("atexit ran")
    program.prints("price new")
    replace(folder / "shop.py", cold("hot", OTHER_BASE))
    program.prints("price hot")
    assert program.output.count("start 1") == 2
    assert "Traceback" not in program.output and "restarting" in program.output


@pytest.mark.parametrize("way", ["never", "ask"])
def test_without_a_restart_the_old_code_runs_on_and_it_is_said(start, folder, way):
    """`never`, and `ask` where nobody can be asked."""
    (folder / "shop.py").write_text(cold("old"))
    program = start(f"--restart={way}", "main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", cold("new", OTHER_BASE))
    program.prints("restart RL")
    program.prints("price new")
    assert program.output.count("start 1") == 1


def test_a_program_that_does_not_end_is_killed_within_the_bound(start, folder):
    """An open stream, or a handler that ignores the request."""
    (folder / "shop.py").write_text(cold("old"))
    (folder / "main.py").write_text("import signal\nsignal.signal(signal.SIGTERM, lambda *_: None)\n" + SERVER)
    program = start("--grace", "0.5", "main.py", command=RUN)
    program.prints("price old")
    began = time.monotonic()
    replace(folder / "shop.py", cold("new", OTHER_BASE))
    program.prints("price new")
    program.prints("did not end within 0.5 s")
    assert time.monotonic() - began < 15


def test_grandchildren_and_pools_end_with_a_restart(start, folder):
    """One in the program's group, one that left it."""
    (folder / "shop.py").write_text(cold("old"))
    head = """
import subprocess, sys
sleep = [sys.executable, '-c', 'import time; time.sleep(600)']
p = [subprocess.Popen(sleep), subprocess.Popen(sleep, start_new_session=True)]
print('pids', *[each.pid for each in p], flush=True)
"""
    (folder / "main.py").write_text(head + SERVER)
    program = start("main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", cold("new", OTHER_BASE))
    program.prints("pids", times=2)
    first = next(line for line in program.lines if line.startswith("pids"))
    until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in first.split()[1:]), lambda: first)
    last = [line for line in program.lines if line.startswith("pids")][-1]
    for pid in last.split()[1:]:
        os.kill(int(pid), signal.SIGKILL)


def test_orphans_that_end_are_not_left_in_the_table_of_processes(start, folder):
    """They come to the supervisor when their parents end, for it would end them at a restart."""
    head = """
import subprocess, sys
middle = "import subprocess; print('orphan', subprocess.Popen(['sleep', '0.2']).pid, flush=True)"
subprocess.run([sys.executable, '-c', middle])
"""
    (folder / "main.py").write_text(head + SERVER)
    program = start("main.py", command=RUN)
    program.prints("price old")
    (pid,) = (line.split()[1] for line in program.lines if line.startswith("orphan"))
    until(lambda: not os.path.exists(f"/proc/{pid}"), lambda: program.output)
    replace(folder / "shop.py", shop("new"))
    program.prints("price new")


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("def price(:\n", shop("mended")),
        ("import nothing_of_the_kind\n" + shop("no"), shop("mended")),
        ("VERSION = undefined\n", shop("mended")),
    ],
)
def test_an_error_at_the_start_waits_for_its_fix(start, folder, broken, mended):
    """A syntax, import or name error; without a loop, in a module or the script."""
    (folder / "shop.py").write_text(broken)
    program = start("main.py", command=RUN)
    program.prints("save a file to start again")
    time.sleep(0.3)
    assert program.output.count("Traceback") + program.output.count("SyntaxError: ") <= 2
    assert program.output.count("save a file") == 1
    replace(folder / "shop.py", mended)
    program.prints("price mended")


def test_a_null_byte_at_the_start_names_its_file_and_is_waited_for(start, folder):
    """The interpreter's own message does not say where it is."""
    (folder / "shop.py").write_bytes(b"x = 1\0\n")
    program = start("main.py", command=RUN)
    program.prints("null bytes")
    program.prints("save a file to start again")
    assert "shop.py)" in program.output
    replace(folder / "shop.py", shop("mended"))
    program.prints("price mended")


def test_a_module_that_is_missing_at_the_start_is_waited_for(start, folder):
    """The file that makes the import work need not exist yet."""
    (folder / "shop.py").unlink()
    program = start("main.py", command=RUN)
    program.prints("save a file to start again")
    replace(folder / "shop.py", shop("there"))
    program.prints("price there")


def test_an_error_after_a_restart_is_waited_for_whatever_it_is(start, folder):
    """A server that was up is not lost by a mistake; without a change nothing is tried again."""
    head = "import os\nif os.path.exists('lost'):\n    raise RuntimeError('mine')\n"
    (folder / "shop.py").write_text(head + cold("old"))
    program = start("main.py", command=RUN)
    program.prints("price old")
    (folder / "lost").write_text("")
    replace(folder / "shop.py", head + cold("new", OTHER_BASE))
    program.prints("RuntimeError: mine")
    program.prints("RuntimeError at the start: save a file to start again")
    (folder / "lost").unlink()
    replace(folder / "main.py", SERVER + "\n")
    program.prints("start 1", times=2)
    assert program.output.count("RuntimeError: mine") == 1


def test_an_edit_while_the_program_starts_is_not_lost(start, folder):
    """Saved between the reading of a module and the end of its import."""
    slow = "print('importing', flush=True)\nimport time\ntime.sleep(0.5)\n"
    (folder / "shop.py").write_text(slow + shop("old"))
    program = start("main.py", command=RUN)
    program.prints("importing")
    replace(folder / "shop.py", slow + shop("new"))
    program.prints("price new")


def test_an_edit_while_a_module_is_imported_is_not_lost_among_others(start, folder):
    """The other files' saves have what was imported taken in, as soon as its import has ended."""
    slow = "print('importing', flush=True)\nimport time\ntime.sleep(0.7)\n"
    (folder / "late.py").write_text(slow + shop("old"))
    main = "import threading\n" + SERVER.replace("import shop", "import shop\nlate = None").replace(
        "serve()\n", "threading.Thread(target=bring, daemon=True).start()\nserve()\n"
    )
    main = main.replace(
        "def serve():",
        "def bring():\n    global late\n    import late as found\n    late = found\n    print('done', flush=True)\n"
        "    while late.price() == 'old':\n        time.sleep(0.002)\n    print('late', late.price(), flush=True)\n"
        "def serve():",
        1,
    )
    (folder / "main.py").write_text(main)
    program = start("main.py", command=RUN)
    program.prints("importing")
    replace(folder / "late.py", slow + shop("new"))
    for at in range(400):
        replace(folder / "shop.py", shop(f"shop{at}"))
        if "late new" in program.output:
            break
        time.sleep(0.01)
    program.prints("late new")


def test_sigterm_reaches_the_program_which_drains(start, folder):
    """Its exit code passes through."""
    head = """
import signal, sys
def drain(*_):
    print('draining', flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, drain)
"""
    (folder / "main.py").write_text(head + SERVER)
    program = start("main.py", command=RUN)
    program.prints("price old")
    program.send(signal.SIGTERM)
    assert program.ends() == 7
    assert program.output.count("draining") == 1


@pytest.mark.parametrize("whole_group", [False, True])
def test_sigint_is_delivered_once(start, folder, whole_group):
    """Whether it was sent to us or to our whole group, as a terminal does."""
    head = """
import signal
signal.signal(signal.SIGINT, lambda *_: print('interrupted', flush=True))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
"""
    (folder / "main.py").write_text("import sys\n" + head + SERVER)
    program = start("main.py", command=RUN)
    program.prints("price old")
    if whole_group:
        os.killpg(program.process.pid, signal.SIGINT)
    else:
        program.send(signal.SIGINT)
    program.prints("interrupted")
    time.sleep(0.3)
    program.send(signal.SIGTERM)
    assert program.ends() == 0
    assert program.output.count("interrupted") == 1


def test_a_death_by_signal_is_ours_too(start, folder):
    """The shell sees what it would have seen."""
    program = start("main.py", command=RUN)
    program.prints("price old")
    program.send(signal.SIGTERM)
    assert program.ends() == -signal.SIGTERM


def test_the_program_ends_with_a_killed_supervisor(start, folder):
    """No orphan that holds a port."""
    program = start("main.py", command=RUN)
    program.prints("price old")
    program.process.kill()
    program.process.wait()
    until(lambda: not descendants_in_session(program.process.pid))


def test_settings_in_pyproject(start, folder):
    """Excluded files are not watched, included packages are; a wrong setting is named."""
    (folder / "pyproject.toml").write_text("[tool.reloadr]\nexclude = ['shop.py']\n")
    (folder / "other.py").write_text("def f():\n    return 'old'\n")
    main = SERVER.replace("import shop", "import shop, other").replace("shop.price()", "shop.price() + other.f()")
    (folder / "main.py").write_text(main)
    program = start("main.py", command=RUN)
    program.prints("price oldold")
    replace(folder / "shop.py", shop("new"))
    time.sleep(0.2)
    replace(folder / "other.py", "def f():\n    return 'new'\n")
    program.prints("price oldnew")
    (folder / "pyproject.toml").write_text("[tool.reloadr]\nexlude = []\n")
    wrong = start("main.py", command=RUN)
    assert wrong.ends() == 2
    assert "tool.reloadr has no setting 'exlude'" in wrong.output


def test_disabled_runs_the_program_plainly(start, folder):
    """Nothing of it is watched."""
    (folder / "main.py").write_text("import sys, threading\nprint(threading.active_count(), sys.argv)\n")
    program = start("main.py", "x", command=RUN, env={"RELOADR_DISABLE": "1"})
    assert program.ends() == 0
    assert program.lines == ["1 ['main.py', 'x']"]


def test_keys_on_a_terminal(terminal, folder):
    """r restarts, q quits; colours are used."""
    typed = terminal([*RUN, "main.py"])
    typed.shows("price old")
    typed.types("r")
    typed.shows("price old", times=2)
    replace(folder / "shop.py", shop("new"))
    typed.shows("price new")
    typed.shows("\x1b[")
    typed.types("q")
    typed.ends()
    assert "KeyboardInterrupt" not in typed.screen and "Traceback" not in typed.screen


def test_ask_on_a_terminal(terminal, folder):
    """The old code runs on until r is pressed."""
    (folder / "shop.py").write_text(cold("old"))
    typed = terminal([*RUN, "--restart=ask", "main.py"])
    typed.shows("price old")
    replace(folder / "shop.py", cold("new", OTHER_BASE))
    typed.shows("press r to restart")
    typed.shows("price new")
    typed.types("r")
    typed.shows("start 1", times=2)
    typed.types("q")
    typed.ends()


def test_a_program_that_reads_its_terminal_gets_it(terminal, folder):
    """With echo and whole lines, as if we were not there; afterwards the terminal is as it was."""
    (folder / "main.py").write_text(
        textwrap.dedent("""
        import termios, sys
        name = input('name? ')
        print('hello', name, flush=True)
        modes = termios.tcgetattr(0)
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(0, termios.TCSANOW, modes)
        print('done', flush=True)
        """)
    )
    after = "import sys, termios; print('echo', bool(termios.tcgetattr(0)[3] & termios.ECHO), flush=True)"
    command = f'{PYTHON} -m reloadr run main.py; {PYTHON} -c "{after}"'
    typed = terminal(["/bin/sh", "-c", command])
    typed.shows("name? ")
    typed.has_the_terminal()
    typed.types("ren\n")
    typed.shows("hello ren")
    typed.shows("echo True")
    assert typed.ends() == 0


def test_interrupt_on_a_terminal_comes_once(terminal, folder):
    """Control-C reaches the program, whoever has the terminal."""
    head = "import signal\nsignal.signal(signal.SIGINT, lambda *_: print('interrupted', flush=True))\n"
    (folder / "main.py").write_text(head + SERVER)
    typed = terminal([*RUN, "main.py"])
    typed.shows("price old")
    typed.types("\x03")
    typed.shows("interrupted")
    time.sleep(0.2)
    assert typed.look().count("interrupted") == 1
    typed.types("q")
    typed.ends()


def test_help_and_unknown_words(folder):
    """Help is on standard output and ends with 0; a misspelt word names the nearest and ends with 2."""

    def run(*words):
        reloadr = [sys.executable, "-m", "reloadr", *words]
        done = subprocess.run(reloadr, cwd=folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    for words, said in (
        (["--help"], "explain"),
        (["run", "--grace=1", "--help"], "--grace"),
        (["run", "-h"], "-m"),
        (["diff", "-h"], "--json"),
    ):
        code, out, err = run(*words)
        assert (code, err) == (0, "") and said in out
    assert "--grace" not in run("diff", "--help")[1]
    for words, near in (
        (["rum"], "run"),
        (["run", "--exlude=x", "m.py"], "--exclude"),
        (["diff", "a", "--jsn"], "--json"),
    ):
        code, out, err = run(*words)
        assert (code, out) == (2, "") and f"did you mean {near}?" in err


def test_diff(folder):
    """Files, folders and a git revision; as text and as JSON."""
    old, new = folder / "old", folder / "new"
    for side, value in ((old, 1), (new, 2)):
        side.mkdir()
        (side / "m.py").write_text(f"def f():\n    return {value}\n")
        (side / "same.py").write_text("x = 1\n")
    reloadr = [sys.executable, "-m", "reloadr", "diff"]

    def run(*words):
        done = subprocess.run([*reloadr, *words], cwd=folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    code, text = run("old/m.py", "new/m.py")
    assert code == 1 and "changed" in text and "body" in text
    code, text = run("old", "new", "--json")
    assert code == 1
    plans = json.loads(text)
    assert list(plans) == ["m.py"] and plans["m.py"]["edits"][0]["qualname"] == "f"
    assert run("old/same.py", "new/same.py") == (0, "no edits\n")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    (folder / "shop.py").write_text(shop("new"))
    code, text = run("HEAD", "--json")
    assert code == 1 and list(json.loads(text)) == ["shop.py"]
    assert run("nonsense")[0] == 2


def test_control_z_stops_both_and_both_go_on(terminal, folder):
    """Under a shell with job control: the supervisor rests with the program, and wakes it again."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash, whose job control this is about")

    def state(pid):
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0]

    (folder / "main.py").write_text("import os\nprint('pid', os.getpid(), flush=True)\n" + SERVER)
    typed = terminal([bash, "--norc", "--noprofile", "-i"])
    typed.types(" ".join([*RUN, "main.py"]) + "\n")
    typed.shows("price old")
    program = int(re.search(r"pid (\d+)", typed.screen)[1])
    typed.types("\x1a")
    typed.shows("Stopped")
    until(lambda: state(program) == "T", lambda: f"{state(program)}; {typed.look()}")
    replace(folder / "shop.py", shop("new"))
    typed.types("fg\n")
    typed.shows("price new")
    typed.types("q")
    until(lambda: os.tcgetpgrp(typed.descriptor) == typed.pid, typed.look)
    typed.types("exit\n")
    typed.ends()


#: Takes the terminal as Textual does: where it is in the background, it puts itself to sleep until it is not.
FULL_SCREEN = """
import os, signal, sys, termios
signal.signal(signal.SIGTTOU, lambda *_: os.kill(os.getpid(), signal.SIGSTOP))
signal.signal(signal.SIGTTIN, lambda *_: os.kill(os.getpid(), signal.SIGSTOP))
while True:
    try:
        termios.tcsetattr(0, termios.TCSANOW, termios.tcgetattr(0))
        break
    except termios.error:
        pass
print('drawn', flush=True)
while (key := sys.stdin.readline()) != 'q\\n':
    print('typed', key, flush=True)
"""


def test_a_program_that_handles_sigttou_gets_its_terminal(terminal, folder):
    """And then it is the program that q ends."""
    (folder / "main.py").write_text(FULL_SCREEN)
    typed = terminal([*RUN, "main.py"])
    typed.shows("drawn")
    typed.types("r\n")
    typed.shows("typed r")
    typed.types("q\n")
    assert typed.ends() == 0


def test_who_hung_up_costs_nothing(terminal, folder):
    """The program ignores that; its supervisor waits for it, and does nothing else."""
    head = "import os, signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    tail = "open('pids', 'w').write(f'{os.getppid()} {os.getpid()}')\nwhile True: time.sleep(1)\n"
    (folder / "main.py").write_text(f"{head}import time\n{tail}")
    typed = terminal([*RUN, "main.py"])
    until(lambda: (folder / "pids").exists() and (folder / "pids").read_text())
    supervisor, program = map(int, (folder / "pids").read_text().split())

    def used():
        with open(f"/proc/{supervisor}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    try:
        os.close(typed.descriptor)
        time.sleep(0.3)
        before = used()
        time.sleep(1)
        assert used() - before < 0.2
    finally:
        typed.descriptor = os.open(os.devnull, os.O_RDONLY)
        os.kill(program, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(supervisor, signal.SIGKILL)


def test_sigterm_to_the_group_ends_the_programs_children(start, folder):
    """As it would without us: they are of its group."""
    (folder / "main.py").write_text(
        "import os, time\nchild = os.fork()\nprint('child' if not child else 'parent', os.getpid(), flush=True)\n"
        "while True:\n    time.sleep(1)\n"
    )
    program = start("main.py", command=RUN)
    program.prints("parent")
    program.prints("child")
    (child,) = [int(line.split()[1]) for line in program.lines if line.startswith("child")]
    os.killpg(program.process.pid, signal.SIGTERM)
    assert program.ends() == -signal.SIGTERM
    until(lambda: not os.path.exists(f"/proc/{child}"), lambda: program.output, 5)


def test_settings_and_options_say_what_is_watched(start, folder):
    """`include` of a folder and of an installed package, `exclude` by a pattern; the command line adds to the table."""
    library = folder / "environment"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(library)], check=True)
    (site,) = library.glob("lib/python3*/site-packages")
    import reloadr

    package = os.path.dirname(os.path.dirname(reloadr.__file__))
    (site / "reloadr.pth").write_text(f"{package}\n")
    for name in ("wanted", "other"):
        (site / name).mkdir()
        (site / name / "__init__.py").write_text(shop("old"))
    (folder / "gen").mkdir()
    (folder / "gen" / "made.py").write_text(shop("old"))
    (folder / "pyproject.toml").write_text("[tool.reloadr]\ninclude = ['wanted']\n")
    main = SERVER.replace("import shop", "import shop, wanted, other\nfrom gen import made")
    main = main.replace("now = shop.price()", "now = ' '.join(m.price() for m in (shop, wanted, other, made))")
    (folder / "main.py").write_text(main)
    run = (str(library / "bin" / "python"), "-m", "reloadr", "run", "--exclude", "gen/*")
    program = start("main.py", command=run)
    program.prints("price old old old old")
    replace(folder / "gen" / "made.py", shop("new"))
    replace(site / "other" / "__init__.py", shop("new"))
    replace(site / "wanted" / "__init__.py", shop("new"))
    program.prints("price old new old old")
    replace(folder / "shop.py", shop("new"))
    program.prints("price new new old old")
    wrong = start("--include", "nothing_of_the_kind", "main.py", command=run[:4])
    wrong.prints("cannot include 'nothing_of_the_kind'")
    assert wrong.ends() != 0
