"""The command line: `reloadr run`, `reloadr test`, `reloadr diff` and `reloadr explain`."""

from __future__ import annotations

import argparse
import difflib
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, get_args

from reloadr import _disabled
from reloadr._core import __version__
from reloadr.program.config import ConfigError, OnStale, Restart, RestartOn, Spare, load
from reloadr.program.diff import CannotCompare, diff
from reloadr.program.program import NoProgram, Program, find
from reloadr.program.supervisor import child_command, supervise
from reloadr.report.explain import pages
from reloadr.tree.wire import CHANNEL, TREE

__all__ = ["main"]

RUN = """\
Runs a program as Python would; what is saved is live in it. An edit that cannot be carried
into the living process starts it again. PROGRAM is one of

  script.py [arguments]
  -m module [arguments]
  -- command [arguments]
"""
DIFF = """\
The edits between two files or folders, or between a git revision and the work tree (a path: of the current folder).
"""
TEST = """\
Runs the tests by pytest, and on each save those that it can touch, each time in a fork of a process that has imported
everything and is patched. Keys: a (all tests), f (the files with failures), q (quit).
"""
EXPLAIN = """\
What a reason that a report gives means: an example, why it comes, what to do. Without a code: all of them, a line each.
"""


class _Wrong(Exception):
    """The command line makes no sense; the message says why."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in a line of ours, and knows its options, so that the nearest one can be named."""

    def __init__(self, **options: Any) -> None:
        self.names: list[str] = []
        options.setdefault("argument_default", argparse.SUPPRESS)
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        self.names += [name for name in names if name.startswith("--")]
        return super().add_argument(*names, **options)

    def error(self, message: str) -> NoReturn:
        raise _Wrong(message.replace("ignored explicit argument", "takes no value, not"))


def _unknown(what: str, word: str, known: Iterable[str]) -> _Wrong:
    """`no such option: --exlude; did you mean --exclude?`"""
    name = word.partition("=")[0]
    near = difflib.get_close_matches(name, list(known), n=1)
    return _Wrong(f"no such {what}: {name}" + (f"; did you mean {near[0]}?" if near else ""))


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out a command line; the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser, commands = _parsers()
    asked = parser
    try:
        if words and not words[0].startswith("-"):
            if words[0] not in commands:
                raise _unknown("command", words[0], commands)
            asked = commands[words[0]]
            return _COMMANDS[words[0]](asked, words[1:])
        _parse(parser, words)
        raise _Wrong("what to do?")
    except (_Wrong, ConfigError, CannotCompare) as error:
        print(f"reloadr: {error}\n{asked.format_usage()}", end="", file=sys.stderr)
        return 2
    except NoProgram as error:
        print(f"reloadr: {error}", file=sys.stderr)
        return error.code


def _parsers() -> tuple[_Parser, dict[str, _Parser]]:
    """The parser of what stands before a command, and those of the commands."""
    parser = _Parser(
        prog="reloadr",
        description="Saved code runs at once in the living process, with its state as it was.",
        epilog="`reloadr COMMAND --help` has the options of a command.",
    )
    parser.add_argument("-V", "--version", action="version", version=f"reloadr {__version__}")
    # For the help alone: what a command is given is parsed by itself, for a program has options of its own.
    listed = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    run = listed.add_parser(
        "run",
        usage="%(prog)s [options] PROGRAM",
        description=RUN,
        help="run a program hot, and start it again where an edit cannot be carried",
    )
    _add_run_options(run)
    compare = listed.add_parser("diff", description=DIFF, help="show the edits between two states of some source")
    compare.add_argument("old", metavar="OLD|REVISION", help="a file, a folder, or a git revision")
    compare.add_argument("new", metavar="NEW|PATH", nargs="?", help="the same after the edit; or what of a revision")
    compare.add_argument("--json", action="store_true", help="as JSON (off)")
    explain = listed.add_parser("explain", description=EXPLAIN, help="say what a reason of a report means")
    explain.add_argument("code", metavar="CODE", nargs="?", help="as RL206")
    test = listed.add_parser(
        "test",
        usage="%(prog)s [pytest arguments]",
        description=TEST,
        help="run the tests that each save can touch, from a process that has everything imported",
    )
    test.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser, {"run": run, "diff": compare, "explain": explain, "test": test}


def _add_run_options(run: _Parser) -> None:
    run.add_argument("--restart", choices=get_args(Restart), help="what to do then; on a terminal the keys r and q "
                     "restart and quit (auto)")  # fmt: skip
    run.add_argument("--restart-on", choices=get_args(RestartOn), help="start again for what needs it only, for each "
                     "caveat too, or for what is not as in a fresh process (restart)")  # fmt: skip
    run.add_argument("--grace", type=float, metavar="SECONDS", help="how long the program is given to end before a "
                     "restart (5)")  # fmt: skip
    run.add_argument("--include", action="append", metavar="PATH|PACKAGE", help="watch this as well as the project's "
                     "own code; may be repeated")  # fmt: skip
    run.add_argument("--exclude", action="append", metavar="PATTERN", help="do not watch this; may be repeated")
    run.add_argument("--verify", action="store_true", help="after each save, compare the process with a fresh one, "
                     "which imports your modules once more (off)")  # fmt: skip
    run.add_argument("--on-stale", choices=get_args(OnStale), help="what to do if it is not as that one; verifies "
                     "(tell)")  # fmt: skip
    run.add_argument("--hold", action="store_const", const="again", help="what an edit has made raise waits in its "
                     "loop for the mend, and is done again; on a terminal the keys c and p let it go on, and show it "
                     "in pdb (off)")  # fmt: skip
    run.add_argument("--hold-next", dest="hold", action="store_const", const="next", help="the same, but it goes on "
                     "with the next iteration (off)")  # fmt: skip
    run.add_argument("--browser", action="store_true", help="have the open pages of a web application loaded again "
                     "when what they show may have changed (off)")  # fmt: skip
    run.add_argument("--no-judge", dest="judge", action="store_false", help="do not ask a fresh process whether a "
                     "line that raised is right (it is asked)")  # fmt: skip
    run.add_argument("--log", metavar="FILE", help="append to this file what is said; a program that draws the whole "
                     "screen hides it until it ends (no file)")  # fmt: skip
    run.add_argument("--spare", choices=get_args(Spare), help="keep a process ready that has imported the libraries, "
                     "so that a restart need not; and tell which (libraries on Linux, else none)")  # fmt: skip
    run.add_argument("-m", dest="module", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    run.add_argument("program", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def _parse(parser: _Parser, words: list[str]) -> dict[str, Any]:
    """What was given. Raises _Wrong; ends the process after `--help`."""
    given, left = parser.parse_known_args(words)
    if left:
        if left[0].startswith("-"):
            raise _unknown("option", left[0], [*parser.names, "--help"])
        raise _Wrong(f"what is {left[0]}?")
    return vars(given)


def _explain(parser: _Parser, words: list[str]) -> int:
    known = pages()
    code = _parse(parser, words).get("code")
    if code is None:
        print("\n".join(page.partition("\n")[0] for page in known.values()))
        return 0
    if code.upper() not in known:
        raise _unknown("reason", code, known)
    print(known[code.upper()])
    return 0


def _diff(parser: _Parser, words: list[str]) -> int:
    given = _parse(parser, words)
    return diff([given[side] for side in ("old", "new") if side in given], as_json=given.get("json", False))


def _run(parser: _Parser, words: list[str]) -> int:
    options, program = _program(parser, words)
    if "on_stale" in options:
        options["verify"] = True
    config = load(os.getcwd()).with_options(options)
    if config.restart == "never" and (config.on_stale == "restart" or config.restart_on != "restart"):
        option = "--on-stale=restart" if config.restart_on == "restart" else f"--restart-on={config.restart_on}"
        raise _Wrong(f"{option} needs what --restart=never leaves out: a supervisor")
    if program.kind == "foreign":
        named = os.path.basename(program.target).startswith("python")
        what = f"is another Python than {sys.executable}" if named else "is no Python program"
        print(f"reloadr: {program.target} {what} and runs without reloading", file=sys.stderr)
        os.execv(program.target, [program.target, *program.arguments])
    if config.restart == "never" or _disabled.is_disabled():
        command = child_command(program, config, generation=1)
        sys.stdout.flush()
        for name in (TREE, CHANNEL):
            os.environ.pop(name, None)
        os.execv(command[0], command)
    code = supervise(program, config)
    if code < 0:
        _end_by(-code)
        return 128 - code
    return code


def _test(parser: _Parser, words: list[str]) -> int:
    if words[:1] in (["-h"], ["--help"]):
        parser.print_help()
        return 0
    if importlib.util.find_spec("pytest") is None:
        raise _Wrong("pytest is not installed")
    if not hasattr(os, "fork"):
        raise _Wrong("the system has no fork")
    options = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *options, "-m", "reloadr.testing", *words])


def _program(parser: _Parser, words: list[str]) -> tuple[dict[str, Any], Program]:
    """The options, and the program that follows them. All that comes behind it is its own."""
    at = words.index("--") if "--" in words else len(words)
    options = _parse(parser, words[:at])
    module, script = options.pop("module", None), options.pop("program", [])
    if module is not None:
        module += [*script, *words[at:]]
        if not module:
            raise _Wrong("-m wants a module")
        return options, Program("module", module[0], tuple(module[1:]))
    if script:
        return options, Program("script", script[0], (*script[1:], *words[at:]))
    if not words[at + 1 :]:
        raise _Wrong("run what?")
    return options, find(words[at + 1 :])


def _end_by(number: int) -> None:
    """Ends as the program did: by the same signal."""
    sys.stdout.flush()
    sys.stderr.flush()
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


_COMMANDS = {"run": _run, "diff": _diff, "explain": _explain, "test": _test}
