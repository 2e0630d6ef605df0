"""What a report consists of: verdicts, changes, and reasons with their catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

__all__ = ["CATALOGUE", "Action", "Change", "Code", "Reason", "Verdict", "plural", "worst"]

Verdict = Literal["nothing", "live", "caveat", "restart", "rejected"]

Action = Literal[
    "add",
    "lines",
    "migrate",
    "move",
    "rebind",
    "rebuild",
    "recompute",
    "remove",
    "rename",
    "resume",
    "run",
    "undo",
    "update",
]
"""What was done. `add`: a new definition was executed. `update`: a living one has the new code, defaults, members.
`remove`: a name was taken away. `rename`, `move`: the same object under another name, in another file. `run`: a new or
changed statement ran. `rebind`: another module's name means the new object. `rebuild`: a class was made once more, and
its living self took over what differs. `recompute`: an unchanged line was evaluated again, for what it reads changed.
`lines`: only its place in the file changed. `resume`: a running loop goes on in the new text, or will at its next
iteration. `migrate`: living instances went through a hook. `undo`: a reload was taken back."""

#: From the least to the most serious.
ORDER: Final[tuple[Verdict, ...]] = ("nothing", "live", "caveat", "restart", "rejected")


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The most serious of some verdicts; "nothing" of none."""
    return max(verdicts, key=ORDER.index, default="nothing")


def plural(count: int, noun: str) -> str:
    """`1 frame`, `2 frames`."""
    if count != 1:
        noun += "es" if noun.endswith("s") else "s"
    return f"{count} {noun}"


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the catalogue: a numbered kind of reason, never reused for another."""

    verdict: Verdict
    message: str
    advice: str


#: Every reason that a report can give. RL2xx is a caveat, RL3xx a restart, RL4xx a rejection.
CATALOGUE: Final[Mapping[str, Code]] = {
    "RL201": Code(
        "caveat",
        "{count} running on the old code of {name} until done: {why}",
        "nothing to do if it ends soon; otherwise end it and start it again",
    ),
    "RL202": Code(
        "caveat",
        "{count} of {name} cannot be given {variables} and keep the old code",
        "make it anew by calling the function that made it",
    ),
    "RL203": Code(
        "caveat",
        "{count} of {name} could belong to several places in the new source and keep the old code",
        "make it anew by calling the function that made it",
    ),
    "RL204": Code(
        "caveat",
        "the signature of {name} changed under @{decorator}, which may have read it when it was applied",
        "check what the decorator recorded, or restart",
    ),
    "RL205": Code(
        "caveat",
        "{name} was decorated by the old {decorator}, whose work at decoration time is not repeated",
        "restart if what it does at decoration time matters",
    ),
    "RL206": Code(
        "caveat",
        "{name} was computed from the old {source}",
        "assign it anew, edit its line, or restart",
    ),
    "RL207": Code(
        "caveat", "{name} was removed but is still held by {holders}", "edit what holds it as well, or restart"
    ),
    "RL208": Code("caveat", "what {name} did when it ran cannot be undone", "undo it by hand, or restart"),
    "RL209": Code(
        "caveat",
        "{count} of {name} made earlier {lack} {attributes}, which __init__ now sets",
        "give the class a migration with reloadr.on_reload(Class, migrate=...), or make the instances anew",
    ),
    "RL210": Code(
        "caveat",
        "{name} is a new class, because {why}; the earlier class keeps {count}",
        "make the instances anew, or restart",
    ),
    "RL211": Code(
        "caveat",
        "the old code computed {name} for {count} before; the value is kept",
        "delete the cached value, or make the instances anew",
    ),
    "RL212": Code("caveat", "this call of {name} no longer fits: {why}", "edit the call"),
    "RL213": Code("caveat", "the file is gone ({why}); its module lives on as it was", "restart without it"),
    "RL214": Code(
        "caveat",
        "{name} stands in code of the module that {state}; it is not run again",
        "restart to run the new lines",
    ),
    "RL215": Code(
        "caveat",
        "{reader} may have read {name} when the class was made",
        "check what it recorded, or restart",
    ),
    "RL216": Code(
        "caveat",
        "the condition of {name} reads {source}, which changed; the branch that ran is kept",
        "restart if another branch should run",
    ),
    "RL217": Code(
        "caveat",
        "{name} is marked `# reloadr: once` and was not run again",
        "restart to run it",
    ),
    "RL218": Code(
        "caveat",
        "{name} was removed, but {decorator} may have registered it",
        "undo the registration by hand, or restart",
    ),
    "RL219": Code(
        "caveat",
        "classes that {name} made earlier run its new methods but keep their other attributes",
        "make them anew by calling the function that made them",
    ),
    "RL220": Code(
        "caveat",
        "the module was loaded before it was watched and its file has changed since; "
        "what its statements outside definitions did is unknown",
        "restart if they changed",
    ),
    "RL222": Code("caveat", "saved but not live: {why}", "reload it, or save the file again"),
    "RL223": Code(
        "caveat",
        "{name} is made anew, because {why}; what holds the earlier one keeps it",
        "hand the new one to those that hold the earlier one",
    ),
    "RL224": Code(
        "caveat",
        "the cache of {name} holds {count} that the old {source} may have had a part in",
        "call its cache_clear() if they should be computed anew",
    ),
    "RL225": Code(
        "caveat",
        "{name} runs code that something else made of its source; the edit does not reach it",
        "restart, or leave out what rewrites its code while you edit it",
    ),
    "RL226": Code(
        "caveat",
        "{name} was assigned anew: what became of its old value since it was made ({count}) is not in the new one",
        "do it again, or restart",
    ),
    "RL227": Code(
        "caveat",
        "{name} was made with the old {source}, whose work when a class is made is not repeated",
        "edit the class statement, or restart, if that work matters",
    ),
    "RL228": Code(
        "caveat",
        "{count} of {name} made earlier keep {what}",
        "make them anew by calling the function that made them",
    ),
    "RL230": Code(
        "caveat",
        "not as a fresh process would have it: {paths}",
        "restart, or look at reloadr.verify()",
    ),
    "RL231": Code(
        "caveat",
        "{count} of {name} made earlier {keep} what the old __init__ gave: {attributes}",
        "give the class a migration with reloadr.on_reload(Class, migrate=...), or make the instances anew",
    ),
    "RL232": Code(
        "caveat",
        "lines above the loop of {name} changed as well, or what it goes through; what runs it does not run them again",
        "end it and start it again if they matter",
    ),
    "RL233": Code(
        "caveat",
        "the loop of {name} stays on its old text: {why}",
        "end it and start it again, or edit it so that it can move",
    ),
    "RL234": Code(
        "caveat",
        "{name} was made anew, and the earlier one is still held by {holders}",
        "hand them the new one, or restart",
    ),
    "RL235": Code(
        "caveat",
        "ids that {registry} gives out are not those of a fresh process: {name}",
        "restart, if anything beyond this process goes by them",
    ),
    "RL238": Code(
        "caveat",
        "{name} does not run the same text everywhere: {versions}",
        "save it again, or restart those that lag behind",
    ),
    "RL239": Code(
        "caveat",
        "process {who} is not known to run what was saved: {why}",
        "restart it, or wait if it is busy",
    ),
    "RL240": Code("caveat", "{name} of a plug-in raised {error}", "restart"),
    "RL241": Code(
        "caveat",
        "{name} is held: {why}",
        "save a mend, and it goes on; Ctrl-C ends it",
    ),
    "RL242": Code(
        "caveat",
        "the program waits before it ends: {name} raised {why}",
        "save a mend, and it starts again; Ctrl-C ends it",
    ),
    "RL243": Code(
        "caveat",
        "the loop of {name} is not held: {why}",
        "put `with reloadr.hold():` around what it does",
    ),
    "RL244": Code(
        "caveat",
        "results that the old {name} computed are held ({count}): {keys}",
        "forget them, or compute them again",
    ),
    "RL245": Code(
        "caveat",
        "{name} ran twice: to try the text, and to make it live; what it does beside binding names may be done twice",
        "undo it once by hand, or restart",
    ),
    "RL246": Code(
        "caveat",
        "{who} was restarted, and results went that it alone held ({count}): {keys}",
        "whoever needs them has them computed again, by the new code",
    ),
    "RL247": Code(
        "caveat",
        "what wraps {name} holds {count} of the old code",
        "empty what it keeps them in, or restart",
    ),
    "RL301": Code("restart", "{name} cannot be made anew in this process: {why}", "restart"),
    "RL303": Code(
        "restart",
        "{name} cannot get the bases {bases} while it lives: {why}",
        "restart",
    ),
    "RL305": Code(
        "restart",
        "left pending, because strict=True and another edit needs a restart",
        "restart, or reload without strict",
    ),
    "RL306": Code(
        "restart",
        "a fresh process starts with this source, this one refuses it: {error}",
        "restart; nothing was changed",
    ),
    "RL310": Code("restart", "{framework} cannot take {name} into this process: {why}", "restart"),
    "RL318": Code(
        "restart",
        "the text was made for {base}, and what runs is {running}; nothing was changed",
        "hand the text over without a base, or restart",
    ),
    "RL319": Code(
        "restart",
        "what was prepared is not made live: {why}; nothing was changed",
        "prepare it again",
    ),
    "RL401": Code("rejected", "{error}", "mend the syntax and save again"),
    "RL402": Code(
        "rejected",
        "{error}",
        "mend what raised it and save again, or restart if only this process refuses it; nothing was changed",
    ),
    "RL403": Code("rejected", "{error}", "save the file in the encoding it declares"),
    "RL404": Code("rejected", "{error}", "mend the hook and save again; nothing was changed"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is not simply "live"."""

    code: str
    verdict: Verdict
    #: The module concerned, "" when the file belongs to none.
    module: str
    #: The definition or name concerned, below the module; "" for the module itself.
    qualname: str
    path: str
    #: From 1; 0 when there is no line.
    line: int
    message: str
    advice: str
    #: The source line and a caret below it, for rejections.
    excerpt: str = ""

    @classmethod
    def of(
        cls, code: str, *, module: str, qualname: str, path: str, line: int, excerpt: str = "", **words: object
    ) -> Reason:
        """A reason of the catalogue; `words` fill its message. Raises KeyError for an unknown code."""
        entry = CATALOGUE[code]
        return cls(
            code, entry.verdict, module, qualname, path, line, entry.message.format(**words), entry.advice, excerpt
        )

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        text = f"{self.verdict} {self.code} {where}: {self.message} ({self.advice})"
        return f"{text}\n{self.excerpt}" if self.excerpt else text

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was done: `update shop.cart.Cart.total :23`."""

    action: Action
    module: str
    qualname: str
    path: str
    line: int
    #: What exactly: the facets of a definition, the statement that ran, the new name.
    detail: str = ""

    def __str__(self) -> str:
        name = f"{self.module}.{self.qualname}" if self.qualname else self.module
        line = f" :{self.line}" if self.line else ""
        return f"{self.action} {name}{line}" + (f"  {self.detail}" if self.detail else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}
