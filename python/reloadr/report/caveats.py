"""The caveats, RL2xx: what is live, and yet not all as in a fresh process."""

from __future__ import annotations

from reloadr.report.kinds import Caveat, dataclass


@dataclass(frozen=True, kw_only=True)
class RL202(Caveat):
    """new code of a closure reads a variable that its living copies never captured"""

    message = "{count} of {name} cannot be given {variables} and keep the old code"
    advice = "make it anew by calling the function that made it"
    count: str
    name: str
    variables: str


@dataclass(frozen=True, kw_only=True)
class RL203(Caveat):
    """a function's lambdas or inner functions of one name changed in number"""

    message = "{count} of {name} could belong to several places in the new source and keep the old code"
    advice = "make it anew by calling the function that made it"
    count: str
    name: str


@dataclass(frozen=True, kw_only=True)
class RL204(Caveat):
    """a route, command, fixture or validator gets another signature"""

    message = "the signature of {name} changed under @{decorator}, which may have read it when it was applied"
    advice = "check what the decorator recorded, or restart"
    name: str
    decorator: str


@dataclass(frozen=True, kw_only=True)
class RL205(Caveat):
    """the body of a decorator changed, outside of the wrapper that it returns"""

    message = "{name} was decorated by the old {decorator}, whose work at decoration time is not repeated"
    advice = "restart if what it does at decoration time matters"
    name: str
    decorator: str


@dataclass(frozen=True, kw_only=True)
class RL206(Caveat):
    """`db = connect(URL)` stays when `URL` changes, because connecting again could be noticed"""

    message = "{name} was computed from the old {source}"
    advice = "assign it anew, edit its line, or restart"
    name: str
    source: str


@dataclass(frozen=True, kw_only=True)
class RL207(Caveat):
    """`from m import f` elsewhere, and `f` is deleted in `m`"""

    message = "{name} was removed but is still held by {holders}"
    advice = "edit what holds it as well, or restart"
    name: str
    holders: str


@dataclass(frozen=True, kw_only=True)
class RL208(Caveat):
    """`signal.signal(...)` or `registry.append(...)` is deleted"""

    message = "what {name} did when it ran cannot be undone"
    advice = "undo it by hand, or restart"
    name: str


@dataclass(frozen=True, kw_only=True)
class RL209(Caveat):
    """`self.tax = 0` is new in `__init__`, and there are instances"""

    message = "{count} of {name} made earlier {lack} {attributes}, which __init__ now sets"
    advice = "give the class a migration with reloadr.on_reload(Class, migrate=...), or make the instances anew"
    count: str
    name: str
    lack: str
    attributes: str


@dataclass(frozen=True, kw_only=True)
class RL210(Caveat):
    """slots, fields of a NamedTuple, or a pydantic model changed"""

    message = "{name} is a new class, because {why}; the earlier class keeps {count}"
    advice = "make the instances anew, or restart"
    name: str
    why: str
    count: str


@dataclass(frozen=True, kw_only=True)
class RL211(Caveat):
    """the function of a `cached_property` changed"""

    message = "the old code computed {name} for {count} before; the value is kept"
    advice = "delete the cached value, or make the instances anew"
    name: str
    count: str


@dataclass(frozen=True, kw_only=True)
class RL212(Caveat):
    """a parameter was added, and a call in a watched module does not give it"""

    message = "this call of {name} no longer fits: {why}"
    advice = "edit the call"
    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL213(Caveat):
    """the file was deleted or renamed"""

    message = "the file is gone ({why}); its module lives on as it was"
    advice = "restart without it"
    why: str


@dataclass(frozen=True, kw_only=True)
class RL214(Caveat):
    """a line of the main block, or below the line that the running script is at, changed"""

    message = "{name} stands in code of the module that {state}; it is not run again"
    advice = "restart to run the new lines"
    name: str
    state: str


@dataclass(frozen=True, kw_only=True)
class RL215(Caveat):
    """a member came, went or changed under an `__init_subclass__`, a metaclass or a class decorator that writes
    elsewhere than on the class"""

    message = "{reader} may have read {name} when the class was made"
    advice = "check what it recorded, or restart"
    reader: str
    name: str


@dataclass(frozen=True, kw_only=True)
class RL216(Caveat):
    """`if MODE == ...:` around definitions, and `MODE` changed"""

    message = "the condition of {name} reads {source}, which changed; the branch that ran is kept"
    advice = "restart if another branch should run"
    name: str
    source: str


@dataclass(frozen=True, kw_only=True)
class RL217(Caveat):
    """the marked statement was changed"""

    message = "{name} is marked `# reloadr: once` and was not run again"
    advice = "restart to run it"
    name: str


@dataclass(frozen=True, kw_only=True)
class RL218(Caveat):
    """a decorated function was deleted"""

    message = "{name} was removed, but {decorator} may have registered it"
    advice = "undo the registration by hand, or restart"
    name: str
    decorator: str


@dataclass(frozen=True, kw_only=True)
class RL219(Caveat):
    """another class attribute in a class that a function makes"""

    message = "classes that {name} made earlier run its new methods but keep their other attributes"
    advice = "make them anew by calling the function that made them"
    name: str


@dataclass(frozen=True, kw_only=True)
class RL220(Caveat):
    """a module that was imported before `reloadr` was edited before it was watched"""

    message = (
        "the module was loaded before it was watched and its file has changed since; what its statements "
        "outside definitions did is unknown"
    )
    advice = "restart if they changed"


@dataclass(frozen=True, kw_only=True)
class RL222(Caveat):
    """`reload(f)` left the rest of the file; or it was undone"""

    message = "saved but not live: {why}"
    advice = "reload it, or save the file again"
    why: str


@dataclass(frozen=True, kw_only=True)
class RL223(Caveat):
    """a notebook's cell that ran again: a function became a class, for example"""

    message = "{name} is made anew, because {why}; what holds the earlier one keeps it"
    advice = "hand the new one to those that hold the earlier one"
    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL224(Caveat):
    """a `functools.cache` around a function that calls what changed"""

    message = "the cache of {name} holds {count} that the old {source} may have had a part in"
    advice = "call its cache_clear() if they should be computed anew"
    name: str
    count: str
    source: str


@dataclass(frozen=True, kw_only=True)
class RL225(Caveat):
    """a decorator that rewrites `__code__`, an instrumenting tool"""

    message = "{name} runs code that something else made of its source; the edit does not reach it"
    advice = "restart, or leave out what rewrites its code while you edit it"
    name: str


@dataclass(frozen=True, kw_only=True)
class RL226(Caveat):
    """`HANDLERS = {}` becomes `HANDLERS = {"x": f}`, and decorators had registered others"""

    message = "{name} was assigned anew: what became of its old value since it was made ({count}) is not in the new one"
    advice = "do it again, or restart"
    name: str
    count: str


@dataclass(frozen=True, kw_only=True)
class RL227(Caveat):
    """an `__init_subclass__` or what it calls, a metaclass's `__new__`, what makes an enumeration's members"""

    message = "{name} was made with the old {source}, whose work when a class is made is not repeated"
    advice = "edit the class statement, or restart, if that work matters"
    name: str
    source: str


@dataclass(frozen=True, kw_only=True)
class RL228(Caveat):
    """a default of an inner function that is not a literal, or before CPython 3.14 its annotations"""

    message = "{count} of {name} made earlier keep {what}"
    advice = "make them anew by calling the function that made them"
    count: str
    name: str
    what: str


@dataclass(frozen=True, kw_only=True)
class RL230(Caveat):
    """`reloadr run --verify` has compared the process with a fresh one after a save: see [verify.md](verify.md)"""

    message = "not as a fresh process would have it: {paths}"
    advice = "restart, or look at reloadr.verify()"
    paths: str


@dataclass(frozen=True, kw_only=True)
class RL231(Caveat):
    """`self.retries = 3` becomes `5` in `__init__`, and there are instances that no name of a module holds"""

    message = "{count} of {name} made earlier {keep} what the old __init__ gave: {attributes}"
    advice = "give the class a migration with reloadr.on_reload(Class, migrate=...), or make the instances anew"
    count: str
    name: str
    keep: str
    attributes: str


@dataclass(frozen=True, kw_only=True)
class RL234(Caveat):
    """`app = App(1)` becomes `App(2)`, and a set or a bound method holds the earlier one"""

    message = "{name} was made anew, and the earlier one is still held by {holders}"
    advice = "hand them the new one, or restart"
    name: str
    holders: str


@dataclass(frozen=True, kw_only=True)
class RL235(Caveat):
    """`START = events.add("start")` comes or goes, and `add` numbers what it is given"""

    message = "ids that {registry} gives out are not those of a fresh process: {name}"
    advice = "restart, if anything beyond this process goes by them"
    registry: str
    name: str


@dataclass(frozen=True, kw_only=True)
class RL238(Caveat):
    """reports of several [processes](processes.md) were put together, and one of them runs an earlier text"""

    message = "{name} does not run the same text everywhere: {versions}"
    advice = "save it again, or restart those that lag behind"
    name: str
    versions: str


@dataclass(frozen=True, kw_only=True)
class RL239(Caveat):
    """a [process](processes.md) of the program is busy or stopped, or was started so that it cannot be reached"""

    message = "process {who} is not known to run what was saved: {why}"
    advice = "restart it, or wait if it is busy"
    who: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL240(Caveat):
    """what a [plug-in](web.md#a-plug-in-of-your-own) does once all is live failed"""

    message = "{name} of a plug-in raised {error}"
    advice = "restart"
    name: str
    error: str


@dataclass(frozen=True, kw_only=True)
class RL244(Caveat):
    """an engine of [a cluster](processes.md#dask) keeps what tasks of the old code gave"""

    message = "results that the old {name} computed are held ({count}): {keys}"
    advice = "forget them, or compute them again"
    name: str
    count: str
    keys: str


@dataclass(frozen=True, kw_only=True)
class RL245(Caveat):
    """[`reloadr.prepare`](processes.md#first-to-try-then-to-make-live) and `commit` of a statement that is not known
    to only compute"""

    message = (
        "{name} ran twice: to try the text, and to make it live; what it does beside binding names may be done twice"
    )
    advice = "undo it once by hand, or restart"
    name: str


@dataclass(frozen=True, kw_only=True)
class RL246(Caveat):
    """a worker of [a cluster](processes.md#dask) needs a restart, and no other can take what it holds"""

    message = "{who} was restarted, and results went that it alone held ({count}): {keys}"
    advice = "whoever needs them has them computed again, by the new code"
    who: str
    count: str
    keys: str


@dataclass(frozen=True, kw_only=True)
class RL247(Caveat):
    """a decorator of your own keeps what the function gave, and the function changed"""

    message = "what wraps {name} holds {count} of the old code"
    advice = "empty what it keeps them in, or restart"
    name: str
    count: str
