"""The process of a program under `reloadr run`: the program, hot, and a line to its supervisor.

Started as a script, so that nothing of the current folder can stand in for what is imported here.
"""

import sys

if __name__ == "__main__" and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]

import atexit

if __name__ == "__main__":
    # Before anybody else's, so that it comes after them.
    atexit.register(lambda: _at_last())

import contextlib
import json
import logging
import os
import select
import signal
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from reloadr import _disabled, plugins
from reloadr._core import Snapshot, end_with_parent, read
from reloadr.browser import stand_ins as pages
from reloadr.browser.news import news
from reloadr.live import capture
from reloadr.program import config, leaving, member, post_mortem, program, stand_ins
from reloadr.program.line import END
from reloadr.program.screen import Screen
from reloadr.program.sockets import Sockets, unpacked
from reloadr.program.spare import warm
from reloadr.program.spare.record import Recorder
from reloadr.program.spare.shelf import Files
from reloadr.proof.background import Verifier
from reloadr.report import log
from reloadr.report.reasons import Reason
from reloadr.report.report import Report
from reloadr.running.holding import holding
from reloadr.tree import lines
from reloadr.tree.wire import Wire, mark
from reloadr.watching import auto
from reloadr.watching.others import others


class _Line:
    """Messages to the supervisor, and a sign from it; none where there is no supervisor."""

    def __init__(self, descriptor: int | None, sign: int | None) -> None:
        self._descriptor = descriptor
        self._sign = sign
        self._marks = {each: mark(each) for each in (descriptor, sign) if each is not None}
        self._lock = threading.Lock()
        #: What came and was not asked for yet.
        self._signs = b""
        for each in (descriptor, sign):
            if each is not None:
                os.set_inheritable(each, False)
        if descriptor is not None and hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._drop)

    def send(self, kind: str, **words: object) -> None:
        """One message; lost without harm when nobody listens."""
        if self.is_heard:
            assert self._descriptor is not None
            data = lines.line({"kind": kind, **words})
            try:
                with self._lock:
                    os.write(self._descriptor, data)
            except OSError:
                self._descriptor = None

    def tells(self, kind: str, words: dict[str, object]) -> bool:
        """The same; whether somebody may have got it."""
        self.send(kind, **words)
        return self.is_heard

    @property
    def is_heard(self) -> bool:
        """Whether there is a supervisor."""
        return self._descriptor is not None and self._is_ours(self._descriptor)

    @property
    def was_told_to_end(self) -> bool:
        """Whether the supervisor ends the program, so that what looks like the keyboard is no surprise."""
        self._hear()
        return END in self._signs

    def keys(self) -> str:
        """Those that were typed since this was asked, for what is held."""
        self._hear()
        with self._lock:
            signs, self._signs = self._signs, END if END in self._signs else b""
        return signs.replace(END, b"").decode()

    def _hear(self) -> None:
        with self._lock:
            while self._sign is not None and self._is_ours(self._sign) and select.select([self._sign], [], [], 0)[0]:
                data = os.read(self._sign, 1024)
                self._signs += data or END
                if not data:
                    # The supervisor is gone.
                    os.close(self._sign)
                    self._sign = None

    def _is_ours(self, descriptor: int) -> bool:
        """The program may have closed it: what has its number by now is none of ours."""
        return mark(descriptor) == self._marks[descriptor]

    def _drop(self) -> None:
        self._lock, self._signs = threading.Lock(), b""
        for each in (self._descriptor, self._sign):
            if each is not None and self._is_ours(each):
                os.close(each)
        self._descriptor = self._sign = None


class _Run:
    """One run of the program."""

    def __init__(self, job: dict[str, Any], begun: Files | None) -> None:
        """`begun`: who is to know of the user's files that run, where libraries are imported already."""
        words = job["program"]
        words["arguments"] = tuple(words["arguments"])
        self.program = program.Program(**words)
        words = job["config"]
        words = {**words, "include": tuple(words["include"]), "exclude": tuple(words["exclude"])}
        self.config = config.Config(**words)
        self.generation: int = job["generation"]
        #: The interpreter's options as they were typed.
        self.typed: list[str] = job["typed"]
        self.line = _Line(job["line"], job["sign"])
        self._begun = begun
        self._recorder = (
            Recorder(self._imported, self._rests) if self.line.is_heard and self.config.spare != "none" else None
        )
        self._sees = [each.saw for each in (self._recorder, begun) if each is not None]
        self._channel: str | None = job["channel"]
        self._ports: dict[str, Any] | None = job["ports"]
        self._membership: member.Membership | None = None
        #: The files that the program was made from, with the hashes of what was read.
        self.files: dict[str, int] = {}
        self.prepared: program.Prepared | None = None
        self._verifier = Verifier(self._stale) if self.config.verify else None

    def start(self) -> None:
        """Runs the program to its end."""
        sys.orig_argv[:] = [sys.executable, *self.typed, *self._as_typed()]
        try:
            self._prepare()
            assert self.prepared is not None
            self.prepared.run()
        except program.NoProgram as error:
            print(f"{sys.executable}: {error}", file=sys.stderr)
            sys.exit(error.code)
        except SystemExit:
            raise
        except BaseException as error:
            since = holding.saves
            self._show(error)
            if self.config.hold is not None and holding.concerns(error):
                post_mortem.wait_before_the_end(error, since, self._start_again)
            raise

    def _as_typed(self) -> list[str]:
        head = ["-m", self.program.target] if self.program.kind == "module" else [self.program.target]
        return [*head, *self.program.arguments]

    def _prepare(self) -> None:
        if _disabled.is_disabled():
            self.prepared = program.prepare(self.program, lambda snapshot: None)
            return
        screen = Screen(sys.stderr, os.getpgrp, self.config.log)
        screen.keeper = self.line.tells
        atexit.register(screen.release)
        log.show_on(screen)
        holding.everywhere = self.config.hold
        if self.line.is_heard:
            holding.keyboard = post_mortem.Keyboard(self.line.keys, lambda: self.line.send("typed"))
        plugins.host.say, plugins.host.watch = log.say, others.watch
        stand_ins.install(self._asked)
        if self.config.browser:
            pages.install(anew=True)
        if self._ports is not None:
            Sockets(self._ports["line"], unpacked(self._ports["held"])).install()
        capture.reads.append(self._saw)
        if self._recorder is not None:
            self._recorder.install()
        self.prepared = program.prepare(self.program, self._saw)
        member.invite(self.config, self._channel)
        self._membership = member.Membership(Wire(self._channel), is_main=True)
        watcher = auto.start_with([config.rule_of(self.config)], on_report=self._told, judges=self.config.judge)
        if self.config.browser:
            watcher.on_report(news.told)

    def _asked(self, why: str) -> None:
        """A framework's own reloader, which is stood in for, would start the program again."""
        log.say(logging.WARNING, f"a restart is needed: {why}")
        self.line.send("restart", reasons=[why])

    def _rests(self) -> None:
        """The program has imported nothing for a moment."""
        self.line.send("settled")

    def _imported(self, **words: object) -> None:
        """The program has come to rest, for now."""
        if self._begun is not None:
            self._begun.have_started = True
        self.line.send("libraries", **words)

    def _reads(self, path: str) -> None:
        with contextlib.suppress(OSError):
            self._saw(read(path))

    def _saw(self, snapshot: Snapshot) -> None:
        self.files.setdefault(os.path.abspath(snapshot.path), snapshot.hash)
        for each in self._sees:
            each(snapshot)

    def _told(self, report: Report) -> None:
        for path in {change.path for change in report.changes}:
            self._refresh(path)
        if self._verifier is not None:
            self._verifier.heard(report)
        if self._membership is not None:
            self._membership.told(report)
            if not self._membership.is_main:
                # Of what a fork needs the supervisor hears with its report, and lets the first process speak first.
                return
        if reasons := report.asking_for_restart(self.config.restarts_for):
            self._restart(reasons)

    def _stale(self, report: Report) -> None:
        if self.config.on_stale == "restart":
            self._restart(report.reasons)

    def _restart(self, reasons: Sequence[Reason]) -> None:
        words = [f"{each.code} {each.message}" for each in reasons]
        if not self.line.tells("restart", {"reasons": words}) and self._membership is not None:
            # The program has closed the line, as a daemon does.
            self._membership.restart(words)

    def _start_again(self) -> bool:
        """After the program has come to its end; whether somebody was asked for it."""
        self.line.send("restart", reasons=["the program had come to its end"])
        return self.line.is_heard

    def _refresh(self, path: str) -> None:
        try:
            self.files[os.path.abspath(path)] = read(path).hash
        except OSError:
            self.files.pop(os.path.abspath(path), None)

    def _show(self, error: BaseException) -> None:
        """The traceback as without us, by whatever hook the program has set; then silence for the interpreter's
        own, which comes to the same exit code."""
        trace = program.own_frames_off(error.__traceback__, self.prepared)
        if not isinstance(error, KeyboardInterrupt):
            name = error.filename if isinstance(error, SyntaxError) else None
            if isinstance(name, str) and os.path.exists(name):
                self._reads(name)
            early = plugins.host.serves or _is_early(error)
            words = {"error": type(error).__name__, "early": early, "absent": _absent(error)}
            self.line.send("failed", files=self.files, **words)
        error.__traceback__ = trace
        try:
            # The supervisor ends a program that does not handle SIGTERM as the keyboard would.
            if not (isinstance(error, KeyboardInterrupt) and self.line.was_told_to_end):
                sys.excepthook(type(error), error, trace)
        finally:
            sys.excepthook = _silent


def _silent(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    pass


def _is_early(error: BaseException) -> bool:
    """Whether it is of the kind that an unfinished edit leaves at a start."""
    return isinstance(error, (SyntaxError, ImportError, NameError))


def _absent(error: BaseException) -> list[str]:
    """Files or folders of which one, had it been there, would have been the module that is missing."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return []
    parts = error.name.split(".")
    stems = [os.path.join(os.path.abspath(folder), *parts) for folder in sys.path if isinstance(folder, str)]
    found = [each for stem in stems for each in (f"{stem}.py", os.path.join(stem, "__init__.py"))]
    # What is there was no help.
    return [] if any(os.path.exists(each) for each in found) else found


def main() -> None:
    """Reads the job from the first argument and runs it."""
    logging.getLogger("reloadr").setLevel(logging.INFO)
    job, begun = json.loads(sys.argv[1]), None
    if job["spare"] is not None:
        job, begun = warm.wait(*job["spare"])
    if job["line"] is not None:
        end_with_parent(signal.SIGTERM)
    run = _Run(job, begun)
    _lines.append(run.line)
    run.start()


#: The line of the program that runs here.
_lines: list[_Line] = []


def _at_last() -> None:
    """After all that the program and its libraries do at the end."""
    if any(line.was_told_to_end for line in _lines):
        leaving.leave_circles()


if __name__ == "__main__":
    main()
