"""The account of a program's processes: what each of them runs, and one word of it to the user for each save.

A process says which files it runs and from which text, and sends the report of each reload. With the first report of
a save a *round* begins: it ends when every process that runs one of the saved files has come to the text that was
saved, or has said why not. Whoever lets the others wait too long is named, and again when it has followed.

A process that waits for a processor is not silent, and one that imports the file has read it a moment ago: on a busy
machine both are given the time that they were kept waiting.

Pure but for the clock that is handed in: it reads no socket and no process table.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reloadr.report import log
from reloadr.report.caveats import RL239
from reloadr.report.merging import merge
from reloadr.report.reasons import RESTART, Change, Reason, Verdict
from reloadr.report.report import Report, summary

__all__ = ["Account", "Member", "Stranger"]

#: How long a round waits for those that have not answered, seconds.
PATIENCE = 5.0
#: How long a save may go unheard by all who run its file, seconds: they may wait for its writer, or be paused.
UNHEARD = 8.0
#: A process that is younger may be about to give account, seconds.
YOUNG = 2.0
#: How soon it is looked for again, seconds.
AGAIN = 0.1

#: A line that several processes say is shown once in so many seconds.
ONCE = 10.0

SILENT = "it has not answered yet"
IMPORTS = "it is importing it"
STRANGE = "nothing of reloadr is in it"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A Python process of the program that gives no account."""

    pid: int
    name: str
    #: Seconds since it was started, without those in which it waited for a processor.
    age: float


@dataclass(eq=False, slots=True)
class Member:
    """A process that gives account."""

    pid: int
    name: str = "python"
    #: Whether it is the one that was started, which shows its lines itself.
    is_main: bool = False
    #: By file: the hash of what runs, and that of the text that it was brought to or has refused.
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Those that it did not have before, until somebody takes them.
    came: list[str] = field(default_factory=list)
    #: What it said in this round.
    reports: list[Report] = field(default_factory=list)

    @property
    def label(self) -> str:
        """As people are told of it."""
        return f"{self.pid} ({self.name})"

    def has(self, path: str, running: str, tried: str) -> None:
        """From now on, of a file."""
        if path not in self.files:
            self.came.append(path)
        self.files[path] = (running, tried)

    def take(self) -> list[str]:
        """The files that came since the last time. A program begins with thousands, one by one."""
        came, self.came = self.came, []
        return [path for path in came if path in self.files]


class _Patience:
    """How long answers are waited for: in vain only by those who were not kept from answering."""

    def __init__(self, seconds: float, now: float, held_up: Callable[[int], float], members: Iterable[Member]) -> None:
        #: When it is looked again at the latest.
        self.until = self._end = now + seconds
        self._held_up = held_up
        self._before = {each.pid: held_up(each.pid) for each in members}

    def is_over(self, now: float, members: Iterable[Member]) -> bool:
        """Whether nothing is waited for any more, if these have not answered."""
        if now < self.until:
            return False
        more = [self._held_up(each.pid) - self._before.get(each.pid, 0.0) for each in members]
        end = self._end + max([*more, 0.0])
        if now < end:
            self.until = max(end, now + AGAIN)
        return now >= end


class Account:
    """The processes of one program, and the round that is under way."""

    def __init__(
        self,
        say: Callable[[int, str], object],
        restart: Callable[[list[str]], object],
        strangers: Callable[[Iterable[int]], list[Stranger]],
        on_disk: Callable[[str], str],
        held_up: Callable[[int], float],
        restarts_for: Collection[Verdict] = RESTART,
    ) -> None:
        """`restart` is asked for with the reasons; `strangers` finds the Python processes that are none of these;
        `on_disk` gives the hash of what a file holds, or ""; `held_up` for how long a process has waited for a
        processor since it was started, seconds; `restarts_for` has the verdicts for which all is started again.
        """
        self._say = say
        self._restart = restart
        self._strangers = strangers
        self._on_disk = on_disk
        self._held_up = held_up
        self._restarts_for = restarts_for
        self.members: list[Member] = []
        #: By file: the text that was saved last, as its hash. Empty where no round is under way.
        self._saved: dict[str, str] = {}
        self._patience = _Patience(0.0, 0.0, held_up, ())
        #: Files that were saved and of which nobody has said anything yet: until when that is no wonder.
        self._unheard: dict[str, _Patience] = {}
        self._look_at: float | None = None
        #: Those that were named, for they had not answered: by file, the text that they were at.
        self._late: dict[Member, dict[str, str]] = {}
        self._told_restart = False
        self._is_ending = False
        #: When a line was shown that a process has said.
        self._heard: dict[str, float] = {}

    # ---- who is there ----------------------------------------------------------------------------

    def came(self, pid: int) -> Member:
        """A process gives account from now on."""
        member = Member(pid)
        self.members.append(member)
        return member

    def went(self, member: Member, now: float) -> None:
        """It has ended, or has become another program. Whoever is gone runs nothing that is old."""
        if member in self.members:
            self.members.remove(member)
            self._late.pop(member, None)
            self.turn(now)

    def end(self) -> None:
        """The program is being ended: what its processes do meanwhile is nobody's concern."""
        self._is_ending = True
        self._unheard.clear()
        self._close()

    def forget(self) -> None:
        """The program was started again."""
        self._is_ending = False
        self.members.clear()
        self._late.clear()
        self._unheard.clear()
        self._close()

    def heard(self, member: Member, message: Mapping[str, Any], now: float) -> None:
        """Takes a message in. One that makes no sense is none."""
        if self._is_ending:
            return
        try:
            self._take(member, message, now)
        except (KeyError, TypeError, ValueError, AttributeError):
            return
        self.turn(now)

    def _take(self, member: Member, message: Mapping[str, Any], now: float) -> None:
        kind = message["kind"]
        if kind == "hello":
            member.pid = member.pid or int(message["pid"])
        elif kind == "imports":
            # Until it has said what came of it, nobody knows which text it has read.
            path = str(message["path"])
            member.has(path, *member.files.get(path, ("", "")))
        elif kind == "files":
            member.name, member.is_main = str(message["name"]), bool(message["is_main"])
            self._runs(member, message["files"], message["gone"])
        elif kind == "report":
            member.is_main = bool(message["is_main"])
            self._report(member, Report.from_dict(message["report"]), message["tried"], now)
        elif kind == "restart":
            self._restart([str(each) for each in message["reasons"]])
        elif kind == "said":
            self._said(int(message["level"]), str(message["text"]), now)

    def _runs(self, member: Member, files: Mapping[str, list[str]], gone: Iterable[str]) -> None:
        for path, (running, tried) in files.items():
            if self._saved and path in member.files and member.files[path][1] not in ("", tried):
                self._saved[path] = tried
            member.has(path, running, tried)
        for path in gone:
            member.files.pop(path, None)

    def _said(self, level: int, text: str, now: float) -> None:
        """What is said by many at once is said once."""
        if now - self._heard.get(text, -ONCE) >= ONCE:
            self._heard[text] = now
            self._say(level, text)

    def saved(self, path: str, now: float) -> None:
        """The supervisor itself has seen that a file was saved."""
        who = [] if self._is_ending else [member for member in self.members if path in member.files]
        if who and path not in self._unheard:
            self._unheard[path] = _Patience(UNHEARD, now, self._held_up, who)

    # ---- a round ---------------------------------------------------------------------------------

    def _report(self, member: Member, report: Report, tried: Mapping[str, str], now: float) -> None:
        member.name = report.program
        if member in self._late and not self._saved and report.verdict in ("live", "caveat"):
            # What all others have done before it; that it followed is said.
            for path, text in tried.items():
                member.has(path, member.files.get(path, ("", ""))[0], text)
            return
        if not self._saved:
            who = [each for each in self.members if each.files.keys() & tried.keys()]
            self._patience = _Patience(PATIENCE, now, self._held_up, who)
            self._late.clear()
        member.reports.append(report)
        self._saved.update(tried)
        for path, text in tried.items():
            member.has(path, member.files.get(path, ("", ""))[0], text)
        # Where the first process runs the file too, it has something to say of it as well: not everything twice.
        if not any(each.is_main and each.files.keys() & tried.keys() for each in self.members):
            self._may_restart(report, [])

    def _may_restart(self, report: Report, said: Iterable[Report]) -> None:
        """Asks for a restart, once a round, if a report has a reason for one. A process of which nothing is known is
        none: it would be one again."""
        reasons = [each for each in report.asking_for_restart(self._restarts_for) if each.code != "RL239"]
        if reasons and not self._told_restart:
            self._told_restart = True
            self._show(report, said)
            self._restart([f"{each.code} {each.message}" for each in reasons])

    def deadline(self) -> float | None:
        """When `turn` is to be called at the latest."""
        times = [each.until for each in self._unheard.values()]
        times += [self._look_at] if self._look_at is not None else []
        return min([*times, *([self._patience.until] if self._saved else [])], default=None)

    def turn(self, now: float) -> None:
        """Ends the round if it is over."""
        self._look_at = None
        self._follow()
        self._listen(now)
        if not self._saved:
            return
        if now >= self._patience.until:
            # Saves in quick succession reach processes at different times: the file says which was the last.
            self._saved = {path: self._on_disk(path) or text for path, text in self._saved.items()}
        concerned = self._concerned()
        waiting = [member for member in concerned if not self._has_come(member)]
        is_over = self._patience.is_over(now, waiting)
        if waiting and not is_over:
            return
        strangers = self._strangers(member.pid for member in self.members)
        if not is_over and any(each.age < YOUNG for each in strangers):
            self._look_at = min(now + AGAIN, self._patience.until)
            return
        self._tell(concerned, waiting, [each for each in strangers if each.age >= YOUNG])
        self._late = {
            member: {
                path: member.files[path][1]
                for path, text in self._saved.items()
                if path in member.files and member.files[path][1] != text
            }
            for member in waiting
        }
        self._close()

    def _close(self) -> None:
        self._saved.clear()
        self._look_at = None
        self._told_restart = False
        for member in self.members:
            member.reports.clear()

    def _concerned(self) -> list[Member]:
        return [member for member in self.members if member.reports or member.files.keys() & self._saved.keys()]

    def _has_come(self, member: Member) -> bool:
        """Whether a process has come to the text that was saved, applied or not."""
        return all(member.files[path][1] == text for path, text in self._saved.items() if path in member.files)

    def _listen(self, now: float) -> None:
        """Saves that nobody has said anything of: whoever runs the file is stopped, or busy, or lost its watch."""
        for path in [path for path, patience in self._unheard.items() if patience.until <= now]:
            text = self._on_disk(path)
            deaf = [each for each in self.members if path in each.files and each.files[path][1] != text]
            if text and not self._saved and not self._unheard[path].is_over(now, deaf):
                continue
            del self._unheard[path]
            if not text or self._saved:
                continue
            for member in deaf:
                if member not in self._late:
                    report = _silent(member, [path])
                    self._say(logging.WARNING, str(report.reasons[0]))
                self._late.setdefault(member, {})[path] = member.files[path][1]

    def _follow(self) -> None:
        """Those that were named follow: that is said once none of them is left."""
        if not self._late or self._saved:
            return
        left = {
            member: at
            for member, at in self._late.items()
            if any(path in member.files and member.files[path][1] == text for path, text in at.items())
        }
        if not left:
            names = ", ".join(member.label for member in self._late)
            self._say(logging.INFO, f"{names} followed")
        self._late = left

    # ---- what is said ----------------------------------------------------------------------------

    def _tell(self, concerned: list[Member], waiting: list[Member], strangers: list[Stranger]) -> None:
        said = [_summed(member) for member in concerned if member.is_main and member.reports]
        rest = [member for member in concerned if not (member.is_main and member.reports)]
        others = [self._report_of(member, is_late=member in waiting) for member in rest]
        others += [_unknown(each.pid, each.name, STRANGE, self._saved) for each in strangers]
        if not others:
            return
        whole = merge([*said, *others])
        if not any(each.asking_for_restart(self._restarts_for) for each in said):
            self._may_restart(merge(others), said)
        if not self._told_restart:
            self._show(merge(others), said)
        level = (
            logging.INFO if whole.verdict in ("live", "caveat") and not waiting and not strangers else logging.WARNING
        )
        self._say(level, summary(whole))

    def _report_of(self, member: Member, *, is_late: bool) -> Report:
        """What a process did in this round."""
        if is_late:
            return _silent(member, self._saved)
        if not member.reports:
            # It was started with the new text, or there was nothing to do.
            return Report("live", pid=member.pid, program=member.name)
        return _summed(member)

    def _show(self, report: Report, said: Iterable[Report]) -> None:
        """The lines of a report, but for those that the program's first process has shown."""
        known = {_key(each) for one in said for each in one.changes} | {
            _key(each) for one in said for each in one.reasons
        }
        changes = {_key(each): each for each in report.changes}
        # Who does not answer is named in the last line.
        reasons = {_key(each): each for each in report.reasons if each.code != "RL239"}
        rest = replace(
            report,
            changes=tuple(each for key, each in changes.items() if key not in known),
            reasons=tuple(each for key, each in reasons.items() if key not in known),
        )
        if rest.changes or rest.reasons:
            for level, text in log.lines_of(rest):
                self._say(level, text)


def _summed(member: Member) -> Report:
    """All that a process did in a round of several saves. What it refused counts only if that came last: the earlier
    text is not what is saved.
    """
    *earlier, last = member.reports
    applied = [report for report in earlier if report.verdict in ("live", "caveat")]
    changes = dict.fromkeys(change for report in [*applied, last] for change in report.changes)
    reasons = dict.fromkeys(reason for report in [*applied, last] for reason in report.reasons)
    return replace(last, changes=tuple(changes), reasons=tuple(reasons), pid=member.pid, program=member.name)


def _silent(member: Member, files: Iterable[str]) -> Report:
    """It has not answered yet."""
    files = list(files)
    is_importing = any(member.files.get(path, ("", ""))[1] == "" for path in files)
    return _unknown(member.pid, member.name, IMPORTS if is_importing else SILENT, files)


def _unknown(pid: int, name: str, why: str, files: Iterable[str]) -> Report:
    reason = Reason.of(
        RL239(who=f"{pid} ({name})", why=why), module="", qualname="", path=next(iter(files), ""), line=0
    )
    return Report("caveat", (), (reason,), pid=pid, program=name)


def _key(each: Change | Reason) -> tuple[object, ...]:
    """What is said, whatever its module is called: workers call the main one otherwise."""
    word = (each.code, each.message) if isinstance(each, Reason) else (each.action, each.detail)
    return (each.path, each.line, each.qualname, *word)
