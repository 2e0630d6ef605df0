"""The command line: `reloadr run` and `reloadr diff`."""

from __future__ import annotations

import difflib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from reloadr import _disabled
from reloadr._core import __version__, read
from reloadr.program.config import ConfigError, load, on_stale_of, restart_of
from reloadr.program.program import NoProgram, Program, find
from reloadr.program.supervisor import child_command, supervise
from reloadr.report import log
from reloadr.report.explain import pages
from reloadr.source.plans import Plan, plan

__all__ = ["main"]

USAGE_RUN = """\
usage: reloadr run [options] script.py [arguments]
       reloadr run [options] -m module [arguments]
       reloadr run [options] -- command [arguments]

Runs a program as Python would; what is saved is live in it. An edit that cannot be carried
into the living process starts it again.

  --restart=auto|ask|never   what to do then (auto); on a terminal the keys r and q restart and quit
  --grace SECONDS            how long the program is given to end before a restart (5)
  --include PATH|PACKAGE     watch this as well as the project's own code; may be repeated
  --exclude PATTERN          do not watch this; may be repeated
  --verify                   after each save, compare the process with a fresh one, which imports
                             your modules once more
  --on-stale=tell|restart    what to do if it is not as that one (tell)
  --no-judge                 do not ask a fresh process whether a line that raised is right
  -h, --help                 show this
"""
USAGE_DIFF = """\
usage: reloadr diff OLD NEW [--json]
       reloadr diff REVISION [PATH] [--json]

The edits between two files or folders, or between a git revision and the work tree (PATH: of
the current folder).

  --json       as JSON (off)
  -h, --help   show this
"""
USAGE_EXPLAIN = """\
usage: reloadr explain CODE
       reloadr explain

What a reason that a report gives means: an example, why it comes, what to do. Without a code:
all of them, a line each.

  -h, --help   show this
"""
USAGE = """\
usage: reloadr run [options] script.py [arguments]
       reloadr run [options] -m module [arguments]
       reloadr run [options] -- command [arguments]
       reloadr diff OLD NEW [--json]
       reloadr diff REVISION [PATH] [--json]
       reloadr explain [CODE]
       reloadr COMMAND --help
       reloadr --version

run: runs a program as Python would; what is saved is live in it. An edit that cannot be carried
into the living process starts it again.

  --restart=auto|ask|never   what to do then (auto); on a terminal the keys r and q restart and quit
  --grace SECONDS            how long the program is given to end before a restart (5)
  --include PATH|PACKAGE     watch this as well as the project's own code; may be repeated
  --exclude PATTERN          do not watch this; may be repeated
  --verify                   after each save, compare the process with a fresh one, which imports
                             your modules once more
  --on-stale=tell|restart    what to do if it is not as that one (tell)
  --no-judge                 do not ask a fresh process whether a line that raised is right

diff: the edits between two files or folders, or between a git revision and the work tree.

explain: what a reason of a report means, as `reloadr explain RL206`.
"""


_COMMANDS = ("run", "diff", "explain", "--version", "--help")


class _Wrong(Exception):
    """The command line makes no sense; the message says why."""


def _unknown(what: str, word: str, known: Iterable[str]) -> _Wrong:
    """`no such option: --exlude; did you mean --exclude?`"""
    name = word.partition("=")[0]
    near = difflib.get_close_matches(name, list(known), n=1)
    return _Wrong(f"no such {what}: {name}" + (f"; did you mean {near[0]}?" if near else ""))


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out a command line; the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["run"]:
            if words[1:2] == ["-h"]:
                print(USAGE_RUN, end="")
                return 0
            return _run(words[1:])
        if words[:1] == ["diff"]:
            if "--help" in words or "-h" in words:
                print(USAGE_DIFF, end="")
                return 0
            return _diff(words[1:])
        if words[:1] == ["explain"]:
            if "--help" in words or "-h" in words:
                print(USAGE_EXPLAIN, end="")
                return 0
            return _explain(words[1:])
        if words in (["--version"], ["-V"]):
            print(f"reloadr {__version__}")
            return 0
        if words in (["--help"], ["-h"]):
            print(USAGE, end="")
            return 0
        raise _unknown("command", words[0], _COMMANDS) if words else _Wrong("what to do?")
    except (_Wrong, ConfigError) as error:
        print(f"reloadr: {error}", file=sys.stderr)
        print(USAGE, end="", file=sys.stderr)
        return 2
    except NoProgram as error:
        print(f"reloadr: {error}", file=sys.stderr)
        return error.code


# ---- explain -------------------------------------------------------------------------------------


def _explain(words: list[str]) -> int:
    known = pages()
    if not words:
        print("\n".join(page.partition("\n")[0] for page in known.values()))
        return 0
    if len(words) > 1:
        raise _Wrong(f"explain takes one code, not {' '.join(words)}")
    code = words[0].upper()
    if code not in known:
        raise _unknown("reason", words[0], known)
    print(known[code])
    return 0


# ---- run -----------------------------------------------------------------------------------------

_VALUES = ("--restart", "--grace", "--include", "--exclude", "--on-stale")
#: Options without a value, and the setting that each is.
_FLAGS = {"--verify": ("verify", True), "--no-judge": ("judge", False)}


def _run(words: list[str]) -> int:
    options, rest = _options(words)
    program = _program_of(rest)
    config = load(os.getcwd()).with_options(options)
    if config.on_stale == "restart" and config.restart == "never":
        raise _Wrong("--on-stale=restart needs what --restart=never leaves out: a supervisor")
    if program.kind == "foreign":
        print(f"reloadr: {program.target} is no Python program and runs without reloading", file=sys.stderr)
        os.execv(program.target, [program.target, *program.arguments])
    if config.restart == "never" or _disabled.is_disabled():
        command = child_command(program, config, generation=1)
        sys.stdout.flush()
        os.execv(command[0], command)
    log.show_on(log.stderr())
    code = supervise(program, config)
    if code < 0:
        _end_by(-code)
        return 128 - code
    return code


def _end_by(number: int) -> None:
    """Ends as the program did: by the same signal."""
    sys.stdout.flush()
    sys.stderr.flush()
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _options(words: list[str]) -> tuple[dict[str, Any], list[str]]:
    options: dict[str, Any] = {"include": [], "exclude": []}
    while words and words[0].startswith("--") and words[0] != "--":
        name, equals, value = words.pop(0).partition("=")
        if name == "--help":
            print(USAGE_RUN, end="")
            raise SystemExit(0)
        if name in _FLAGS:
            if equals:
                raise _Wrong(f"{name} takes no value")
            setting, on = _FLAGS[name]
            options[setting] = on
            continue
        if name not in _VALUES:
            raise _unknown("option", name, [*_VALUES, *_FLAGS, "--help"])
        if not equals:
            if not words:
                raise _Wrong(f"{name} wants a value")
            value = words.pop(0)
        _set(options, name[2:], value)
    return options, words


def _set(options: dict[str, Any], name: str, value: str) -> None:
    if name == "restart":
        options[name] = restart_of(value, "--restart")
    elif name == "on-stale":
        options.update(on_stale=on_stale_of(value, "--on-stale"), verify=True)
    elif name == "grace":
        try:
            options[name] = float(value)
        except ValueError:
            raise _Wrong(f"--grace wants a number of seconds, not {value!r}") from None
    else:
        options[name].append(value)


def _program_of(words: list[str]) -> Program:
    if not words:
        raise _Wrong("run what?")
    if words[0] == "--":
        if len(words) == 1:
            raise _Wrong("run what?")
        return find(words[1:])
    if words[0] == "-m":
        if len(words) == 1:
            raise _Wrong("-m wants a module")
        return Program("module", words[1], tuple(words[2:]))
    if words[0].startswith("-"):
        raise _unknown("option", words[0], [*_VALUES, *_FLAGS, "--help"])
    return Program("script", words[0], tuple(words[1:]))


# ---- diff ----------------------------------------------------------------------------------------


def _diff(words: list[str]) -> int:
    as_json = "--json" in words
    sides = [word for word in words if word != "--json"]
    unknown = [word for word in sides if word.startswith("-")]
    if unknown:
        raise _unknown("option", unknown[0], ["--json", "--help"])
    if not 1 <= len(sides) <= 2:
        raise _Wrong("diff wants OLD NEW, or a git revision")
    pairs = _pairs(*sides)
    failed = False
    plans: dict[str, dict[str, Any]] = {}
    for name, old, new in pairs:
        try:
            found = plan(old, new, filename=name)
        except SyntaxError as error:
            failed = True
            plans[name] = {"error": f"{error.filename or name}:{error.lineno}: {error.msg}"}
            if not as_json:
                print(f"{name}\nSyntaxError: {plans[name]['error']}\n")
            continue
        if found:
            plans[name] = found.to_dict()
            if not as_json:
                _print_plan(name, found, bare=len(pairs) == 1)
    if as_json:
        print(json.dumps(plans, indent=2))
    elif not plans:
        print("no edits")
    return 2 if failed else 1 if plans else 0


def _print_plan(name: str, found: Plan, *, bare: bool) -> None:
    print(f"{found}" if bare else f"{name}\n{found}\n")


def _pairs(old: str, new: str | None = None) -> list[tuple[str, str, str]]:
    """Names with both texts; "" where a file is on one side only."""
    if new is not None and os.path.exists(old) and os.path.exists(new):
        if os.path.isdir(old) != os.path.isdir(new):
            raise _Wrong("diff wants two files or two folders")
        if not os.path.isdir(old):
            return [(new, _text(Path(old)), _text(Path(new)))]
        return _folders(Path(old), Path(new))
    return _revision(old, new or ".")


def _folders(old: Path, new: Path) -> list[tuple[str, str, str]]:
    names = {str(path.relative_to(root)) for root in (old, new) for path in root.rglob("*.py")}
    return [(name, _text(old / name), _text(new / name)) for name in sorted(names)]


def _text(path: Path) -> str:
    if not path.exists():
        return ""
    return read(path).text()


def _revision(revision: str, path: str) -> list[tuple[str, str, str]]:
    """A git revision, or a range of two, against the work tree."""
    try:
        top = Path(_git("rev-parse", "--show-toplevel").strip())
        old, _, new = revision.partition("..")
        names = _git("diff", "--name-only", "--no-renames", "-z", revision, "--", path).split("\0")
    except (OSError, subprocess.CalledProcessError) as error:
        text = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise _Wrong(f"{revision!r} is no file, folder or git revision: {text[0] if text else error}") from None
    found: list[tuple[str, str, str]] = []
    for name in names:
        if name.endswith(".py"):
            now = _shown(new, name) if new else _text(top / name)
            found.append((name, _shown(old, name), now))
    return found


def _shown(revision: str, name: str) -> str:
    try:
        return _git("show", f"{revision}:{name}")
    except subprocess.CalledProcessError:
        return ""


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout
