"""The processes below this one, without `reloadr run`: they are hot, and give their account here.

What `reloadr run` has a supervisor for is done by a thread: it lets in whoever gives account, tells of saves, and says
one line of all. Nobody starts the program again, so a restart that one of them needs is said, and that is all.
"""

from __future__ import annotations

import atexit
import logging
import os
import selectors
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from reloadr.program.config import Config
from reloadr.program.member import Membership, invite, uninvite
from reloadr.program.tree import Tree
from reloadr.report import log
from reloadr.report.report import Report
from reloadr.session.rules import Rule, Target, rules_for
from reloadr.tree.wire import TREE, Wire
from reloadr.watching.auto import start_with
from reloadr.watching.watcher import AfterFork, On, OnReport, Watcher

Say = Callable[[int, str], object]

__all__ = ["Children", "children", "watching"]


class Children:
    """Those that are started from now on, and what becomes of a save in them."""

    def __init__(self) -> None:
        self._membership: Membership | None = None
        self._rules: list[Rule] = []
        self._tree: Tree | None = None
        self._selector: selectors.BaseSelector | None = None
        #: Whether forks begin to watch by themselves.
        self._anew = False

    def begin(
        self, rules: Sequence[Rule], told: OnReport | None, *, anew: bool = False, say: Say = log.say
    ) -> OnReport | None:
        """Processes that are started from now on watch this as well. Gives what is to hear of reloads here, besides
        `told`. `anew`: forks do not go on with the watchers of this process; `say`: shows a line of the account. Under
        `reloadr run` they are hot anyway.
        """
        if self._tree is None and TREE in os.environ:
            return told
        self._rules += rules
        if self._tree is None:
            self._open(say)
        assert self._tree is not None
        invite(Config(root=os.getcwd()), self._tree.path, self._rules)
        if self._membership is None:
            self._membership = Membership(Wire(self._tree.path), is_main=True)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._forked)
        self._anew = self._anew or anew
        account = self._membership.told

        def both(report: Report) -> None:
            account(report)
            if told is not None:
                told(report)

        return both

    def leave(self, rules: Sequence[Rule]) -> None:
        """Processes that are started from now on do not watch this any more; those that do, go on."""
        self._rules = [each for each in self._rules if not any(each is one for one in rules)]
        if self._tree is not None and self._rules:
            invite(Config(root=os.getcwd()), self._tree.path, self._rules)
        elif self._tree is not None:
            uninvite()

    def _open(self, say: Say) -> None:
        self._selector = selectors.DefaultSelector()
        self._tree = Tree(self._selector, _nobody_restarts, say=say)
        threading.Thread(
            target=self._run, args=(self._tree, self._selector), name="reloadr-children", daemon=True
        ).start()
        # Its folder goes with this process, and not with a fork of it.
        atexit.register(self._close, os.getpid())

    def _run(self, tree: Tree, selector: selectors.BaseSelector) -> None:
        while self._tree is tree:
            try:
                for key, _ in selector.select(tree.timeout()):
                    key.data()
                tree.turn()
            except Exception as error:
                if self._tree is tree:
                    log.say(logging.ERROR, f"the account of this process's children is lost: {error!r}", error=error)
                return

    def _close(self, pid: int) -> None:
        tree, self._tree = self._tree, None
        if tree is not None and pid == os.getpid():
            tree.close()

    def _forked(self) -> None:
        """This is one of them: who gives account, gives it to the process above."""
        if self._tree is not None and self._selector is not None:
            self._tree.abandon()
            self._selector.close()
        self._tree = self._selector = None
        if self._anew and self._rules and self._membership is not None:
            start_with(self._rules, on_report=self._membership.told, judges=False)


def _nobody_restarts(reasons: list[str]) -> None:
    """They are in the account's line."""


children = Children()


def watching(
    targets: Iterable[Target],
    *,
    strict: bool,
    on: On,
    on_report: OnReport | None,
    after_fork: AfterFork,
    judges: bool,
) -> Watcher:
    """A watcher of targets here and in the processes below. Raises ValueError for what cannot be watched."""
    if on != "save" or after_fork != "watch":
        raise ValueError('children=True needs on="save" and after_fork="watch": they watch by themselves')
    rules = rules_for(targets)
    told = children.begin(rules, on_report)
    watcher = start_with(rules, strict=strict, on=on, on_report=told, after_fork=after_fork, judges=judges)
    watcher.at_stop.append(partial(children.leave, rules))
    return watcher
