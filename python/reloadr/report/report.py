"""What a reload did and did not do, in this process or in another one."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from reloadr.report import html
from reloadr.report.reasons import RESTART, Change, Reason, Verdict, plural

__all__ = ["Report", "program_name", "summary"]


@functools.cache
def _host() -> str:
    """The name of the machine."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def program_name() -> str:
    """What this process is to people: the name that `multiprocessing` gave it, or that of its script."""
    try:
        name = str(sys.modules["multiprocessing.process"].current_process().name)
    except (KeyError, AttributeError, NameError):
        # It was not imported, or another thread is at it: what its functions read may not be there yet.
        name = "MainProcess"
    if name != "MainProcess":
        return name
    script: object = sys.argv[0] if getattr(sys, "argv", None) else ""
    name = os.path.basename(str(script))
    # A package is called by its folder.
    return os.path.basename(os.path.dirname(str(script))) if name == "__main__.py" else name or "python"


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """The outcome of one reload."""

    verdict: Verdict
    changes: tuple[Change, ...] = ()
    reasons: tuple[Reason, ...] = ()
    #: Seconds from the first look at the files to the last swap.
    elapsed: float = 0.0
    #: Text diffs by path, for the notebook.
    diffs: Mapping[str, str] = field(default_factory=dict, compare=False)
    #: The exception behind a rejection, if there was one. Reports in the history have only its text: it would keep
    #: alive whatever the frames of its traceback hold.
    error: BaseException | None = field(default=None, compare=False)
    #: That exception with its traceback, as Python prints it; "" if there was none.
    traceback: str = field(default="", compare=False)
    #: What runs after it in the modules that it is about: the SHA-256 of each module's source, as hexadecimal digits.
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)
    #: The machine, the process and its name, where it was carried out.
    host: str = field(default_factory=_host, compare=False)
    pid: int = field(default_factory=os.getpid, compare=False)
    program: str = field(default_factory=program_name, compare=False)
    #: The reports that it sums up, one a process: see `reloadr.merge`.
    members: tuple[Report, ...] = field(default=(), compare=False)
    #: What these are to people: processes, or the workers of an engine.
    kind: str = field(default="process", compare=False)

    def with_sources(self, sources: Mapping[str, str]) -> Report:
        """The same, of what runs after it. Each reload makes one, and `dataclasses.replace` takes ten times as long."""
        said = (self.verdict, self.changes, self.reasons, self.elapsed, self.diffs, self.error, self.traceback)
        return Report(*said, sources, self.host, self.pid, self.program, self.members, self.kind)

    @property
    def needs_restart(self) -> bool:
        """Some edit cannot be carried into this process."""
        return any(reason.verdict == "restart" for reason in self.reasons)

    def asking_for_restart(self, verdicts: Collection[Verdict] = RESTART) -> list[Reason]:
        """The reasons for which the program is to be started again, where it is for those of some verdicts."""
        if not (self.needs_restart or self.verdict == "caveat"):
            return []
        return [reason for reason in self.reasons if reason.verdict in verdicts]

    @property
    def rejected(self) -> bool:
        """The new source is wrong; nothing of it was applied."""
        return self.verdict == "rejected"

    def __bool__(self) -> bool:
        return self.verdict != "nothing"

    def __repr__(self) -> str:
        parts = [plural(len(self.changes), "change")] if self.changes else []
        for verdict, noun in (("caveat", "caveat"), ("restart", "restart"), ("rejected", "error")):
            count = sum(reason.verdict == verdict for reason in self.reasons)
            parts += [plural(count, noun)] if count else []
        return f"<report {self.verdict}{': ' * bool(parts)}{', '.join(parts)}>"

    def __str__(self) -> str:
        if self.verdict == "nothing":
            return "nothing to reload"
        lines = [str(change) for change in self.changes] + [str(reason) for reason in self.reasons]
        lines.append(summary(self) if self.members else f"{self.verdict} in {self.elapsed * 1000:.1f} ms")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; `from_dict` makes it a report again, in any process."""
        return {
            "verdict": self.verdict,
            "changes": [change.to_dict() for change in self.changes],
            "reasons": [reason.to_dict() for reason in self.reasons],
            "needs_restart": self.needs_restart,
            "rejected": self.rejected,
            "elapsed": self.elapsed,
            "traceback": self.traceback,
            "sources": dict(self.sources),
            "host": self.host,
            "pid": self.pid,
            "program": self.program,
            "members": [member.to_dict() for member in self.members],
            "kind": self.kind,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The report that `to_dict` gave. Without the exception and the text diffs, which do not travel.

        Raises KeyError or TypeError for what is no such data.
        """
        kept = {each.name: data[each.name] for each in fields(cls) if each.name not in ("diffs", "error")}
        kept["changes"] = tuple(Change(**each) for each in data["changes"])
        kept["reasons"] = tuple(Reason(**each) for each in data["reasons"])
        kept["members"] = tuple(cls.from_dict(each) for each in data["members"])
        return cls(**kept)

    def __reduce__(self) -> tuple[Any, ...]:
        # As it travels in other ways: without what would keep a process alive, and cannot be pickled.
        return type(self).from_dict, (self.to_dict(),)

    def _repr_html_(self) -> str:
        return html.fragment([self], is_open=True)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


#: What is said of a member that does not run what was saved.
_WORDS = {"restart": "needs a restart", "rejected": "rejects it", "unknown": "is not known to run it"}
_WORDS_OF_ALL = {"restart": "restart needed", "rejected": "rejected", "unknown": "not known to be live"}


def summary(report: Report) -> str:
    """One line for a report of several processes: `live in 7 of 8; 4711 (worker) needs a restart: RL303`."""
    concerned = [member for member in report.members if member.verdict != "nothing"]
    lagging = [member for member in concerned if _state(member) != "live"]
    preposition = "in" if report.kind == "process" else "on"
    count = plural(len(concerned), report.kind)
    if concerned and len(lagging) == len(concerned) and len({_state(each) for each in lagging}) == 1:
        word = _WORDS_OF_ALL[_state(lagging[0])]
        return f"{word} {preposition} {count}: {_codes(lagging)}"
    with_caveats = ", with caveats" if any(_is_mixed(each) for each in concerned) else ""
    if not lagging:
        return f"live {preposition} {count}{with_caveats}"
    several = len({member.host for member in report.members}) > 1
    names = [f"{_who(each, several)} {_WORDS[_state(each)]}: {_codes([each])}" for each in lagging]
    return "; ".join([f"live {preposition} {len(concerned) - len(lagging)} of {len(concerned)}{with_caveats}", *names])


def _state(member: Report) -> str:
    if any(reason.code == "RL239" for reason in member.reasons):
        return "unknown"
    return member.verdict if member.verdict in ("restart", "rejected") else "live"


def _is_mixed(member: Report) -> bool:
    return _state(member) == "live" and any(reason.verdict == "caveat" for reason in member.reasons)


def _who(member: Report, several_hosts: bool) -> str:
    return f"{member.pid} ({member.program})" + (f" on {member.host}" if several_hosts else "")


def _codes(members: Iterable[Report]) -> str:
    codes = (
        reason.code
        for member in members
        for reason in member.reasons
        if reason.verdict == member.verdict and (_state(member) != "unknown" or reason.code == "RL239")
    )
    return ", ".join(dict.fromkeys(codes))
