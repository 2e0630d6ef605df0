"""When plug-ins are asked: about each edit, before and after it is carried out, and about all that followed.

edit ─▶ before ─▶ handler ─▶ changed ─▶ ... ─▶ derive ─▶ changed, of what followed ─▶ answers to reasons ─▶ commit
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reloadr import plugins
from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.follow import values
from reloadr.engine.follow.readers import home_of, watched
from reloadr.engine.registrations.named import calls_of
from reloadr.engine.rules.asking import Asking
from reloadr.engine.rules.matching import bases_of, matching
from reloadr.live import locate
from reloadr.live.codes import own_work
from reloadr.live.kinds import is_a
from reloadr.plugins import Action, Change
from reloadr.report.findings import NeedsRestart, Waiting
from reloadr.report.reasons import Reason
from reloadr.source.edits import Edit
from reloadr.source.snippets import first_line
from reloadr.source.statements import below_scope, scope_of
from reloadr.stage.spaces import Space
from reloadr.stage.steps import MISSING

__all__ = ["Rules"]

#: How often what followed is followed up in turn.
ROUNDS = 10


class Rules:
    """The plug-ins that are awake, in one batch."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._plugins = list(plugins.awake()) if batch.works else []
        self._asking = Asking(batch)
        #: By namespace, name and value: what was asked already.
        self._asked: set[tuple[int, str, int]] = set()
        self._answered: set[Reason] = set()

    # ---- one edit --------------------------------------------------------------------------------

    def before(self, work: Work, *edits: Edit) -> None:
        """Edits are about to be carried out, as one. Raises NeedsRestart."""
        self._asking.begin()
        for edit in self._told(edits):
            for change in self._of_edit(work, edit):
                for plugin, rule in matching(self._plugins, change):
                    if rule.before is not None:
                        self._asking.ask(plugin, rule.before, change)
        if self._asking.is_waiting:
            # What runs now is to find it so.
            self._batch.flush()

    def after(self, work: Work, *edits: Edit) -> None:
        """Edits were carried out, as far as it goes. Raises NeedsRestart."""
        for edit in self._told(edits):
            if edit.node.name is None and not edit.node.binds:
                for change in self._of_edit(work, edit):
                    self._ask_changed(change)
            for node, old in ((edit.new, False), (edit.old, True)):
                space = self._batch.worlds.find_space(work, node, old=old) if node is not None else None
                if node is not None and space is not None:
                    for name in node.binds or ([locate.bound_name(node)] if node.name else []):
                        self._changed(space, name, node, edit)

    def moved(self, work: Work, nodes: Iterable[Node]) -> None:
        """Definitions and calls changed places in the source."""
        if not any(rule.moved for plugin in self._plugins for rule in plugin.rules):
            return
        self._asking.begin()
        for node in nodes:
            value = work.space.get(node.name) if node.name else MISSING
            calls = calls_of(work, node)
            shown = _shown(value)
            change = Change(
                work.tracked.name, node.name or "", node.line, first_line(node), "moved", shown, shown, calls=calls
            )
            for plugin, rule in matching(self._plugins, change):
                if rule.moved is not None:
                    with self._batch.findings.waiting(work.tracked, change.name, node.line):
                        self._asking.ask(plugin, rule.moved, change)

    def _told(self, edits: Iterable[Edit]) -> list[Edit]:
        """Those that are more than another layout, if anybody is awake."""
        return [each for each in edits if each.action != "formatted"] if self._plugins else []

    def take_back(self) -> None:
        """The edit has to wait."""
        self._asking.take_back()

    def _of_edit(self, work: Work, edit: Edit) -> Iterator[Change]:
        node = edit.node
        old = edit.old or node
        space = self._batch.worlds.find_space(work, old, old=edit.old is not None)
        names = old.binds or [locate.bound_name(old) if old.name else ""]
        for name in names:
            known = space is not None and name and edit.old is not None
            value = space.get(name) if known and space is not None else MISSING
            yield Change(
                work.tracked.name,
                below_scope(scope_of(old), name) if name else old.qualname,
                node.line,
                first_line(node),
                _action(edit),
                _shown(value),
                owners=_owners(work, scope_of(old)),
                bases=bases_of(work, node) if node.kind == "class" else (),
                called=calls_of(work, edit.old),
                calls=calls_of(work, edit.new),
                facets=self._facets(edit),
            )

    def _facets(self, edit: Edit) -> list[str]:
        swap = self._batch.swaps.of(edit)
        works = swap is not None and own_work(swap.old) != own_work(swap.new)
        return [*edit.facets, *(["own work"] if works else [])]

    # ---- names and members that got another value ------------------------------------------------

    def _changed(self, space: Space, name: str, node: Node | None, edit: Edit | None) -> None:
        batch = self._batch
        before = batch.stage.before.get(id(space.owner), {})
        # Decorators may have changed a function that stays what it is to others.
        is_handed = edit is not None and "decorators" in edit.facets
        if name not in before and not is_handed:
            return
        new = space.get(name)
        old = before.get(name, new)
        key = (id(space.owner), name, id(new))
        if (new is old and not is_handed) or key in self._asked:
            return
        self._asked.add(key)
        owner = space.owner if is_a(space.owner, type) else None
        tracked = (
            home_of(batch.works, owner) if owner is not None else watched(batch.works, str(space.live.get("__name__")))
        )
        if tracked is None:
            return
        work, scope = batch.works.of(tracked), locate.qualname_of(owner) if owner is not None else ""
        change = Change(
            tracked.name,
            below_scope(scope, name),
            node.line if node is not None else 0,
            first_line(node) if node is not None else "",
            _action(edit),
            _shown(old),
            _shown(new),
            owners=_owners(work, scope),
            calls=calls_of(work, node),
            facets=edit.facets if edit is not None else (),
        )
        self._ask_changed(change)

    def _ask_changed(self, change: Change) -> None:
        for plugin, rule in matching(self._plugins, change):
            if rule.changed is not None:
                self._asking.ask(plugin, rule.changed, change)

    # ---- all that followed -----------------------------------------------------------------------

    def settle(self) -> None:
        """Asks about all that followed, until nothing more follows; takes out the reasons that were answered."""
        if not self._plugins:
            return
        for _ in range(ROUNDS):
            self._asking.has_run = False
            self._asking.begin()
            for owner, names in list(self._batch.stage.before.items()):
                for name in list(names):
                    self._followed(self._batch.stage.spaces[owner], name)
            self._answer_all()
            if not self._asking.has_run:
                break
            values.follow(self._batch)
        self._take_out_answered()

    def answer(self) -> None:
        """Asks about the reasons that were given since, and takes out those that were answered."""
        if not self._plugins:
            return
        self._asking.has_run = False
        self._asking.begin()
        self._answer_all()
        if self._asking.has_run:
            values.follow(self._batch)
        self._take_out_answered()

    def answer_read_by(self, work: Work, node: Node) -> None:
        """A line is about to run: plug-ins are asked now about what it reads and was kept as it was. They would make
        it anew later, and the line had read the earlier one.

        Name = Annotated[str, Field(max_length=LIMIT)]      # `LIMIT` is edited
        class User(BaseModel):
            name: Name                                      # and the model as well
        """
        if not self._plugins:
            return
        kept = [each for each in self._batch.findings.reasons if each.code == "RL206" and each not in self._answered]
        if not kept:
            return
        read = self._read_by(work, node)
        self._asking.has_run = False
        for reason in kept:
            tracked = watched(self._batch.works, reason.module)
            value = self._batch.works.of(tracked).space.get(reason.qualname) if tracked is not None else MISSING
            if id(value) in read:
                self._answer(reason)
        if self._asking.has_run:
            # Whoever imports it has it too.
            values.follow_before(self._batch, work)
            self._batch.agenda.reach(work.tracked, node.line)

    def _read_by(self, work: Work, node: Node) -> set[int]:
        """What a line reads by names, a class with its members and with the classes that it is below, by its ids."""
        lines = [node, *node.members] if node.kind == "class" else [node]
        read = [value for each in lines for name in each.reads if (value := work.space.get(name)) is not MISSING]
        found = set(map(id, read))
        for value in read if node.bases else ():
            home = home_of(self._batch.works, value) if is_a(value, type) else None
            above = self._batch.works.of(home) if home is not None else None
            for each in above.outline.find(locate.qualname_of(value)) if above is not None else ():  # type: ignore[arg-type]
                found |= self._read_by(above, each) if above is not None and each != node else set()
        return found

    def _answer_all(self) -> None:
        for reason in sorted(self._batch.findings.reasons, key=lambda each: each.line):
            if reason not in self._answered:
                self._answer(reason)

    def _take_out_answered(self) -> None:
        reasons = self._batch.findings.reasons
        reasons[:] = [each for each in reasons if each not in self._answered]

    def _followed(self, space: Space, name: str) -> None:
        def wait(needs: NeedsRestart) -> None:
            tracked = watched(self._batch.works, str(space.live.get("__name__", space.live.get("__module__"))))
            if tracked is not None:
                self._batch.findings.reason(needs.kind, tracked, name, 0)

        with Waiting(wait):
            self._changed(space, name, None, None)

    def _answer(self, reason: Reason) -> None:
        tracked = watched(self._batch.works, reason.module)
        if tracked is None:
            return
        work = self._batch.works.of(tracked)
        change = self._of_reason(work, reason)

        def wait(needs: NeedsRestart) -> None:
            self._answered.add(reason)
            if not any(_is_restart(each, reason) for each in self._batch.findings.reasons):
                self._batch.findings.reason(needs.kind, tracked, reason.qualname, reason.line)
                _refuse(work, reason.line)

        for plugin, rule in matching(self._plugins, change):
            answer = rule.answers.get(reason.code)
            with Waiting(wait):
                if answer is not None and self._asking.ask(plugin, answer, change) is not False:
                    self._answered.add(reason)

    def _of_reason(self, work: Work, reason: Reason) -> Change:
        scope, _, name = reason.qualname.rpartition(".")
        node = _node_at(work, reason)
        owners = _owners(work, scope)
        space = self._batch.stage.class_space(owners[-1]) if owners else work.space
        new = space.get(name) if name else MISSING
        return Change(
            reason.module,
            reason.qualname,
            reason.line,
            first_line(node) if node is not None else "",
            "followed",
            _shown(self._batch.stage.before.get(id(space.owner), {}).get(name, new)),
            _shown(new),
            owners=owners,
            bases=bases_of(work, node) if node is not None and node.kind == "class" else (),
            calls=calls_of(work, node),
            code=reason.code,
        )


def _is_restart(reason: Reason, other: Reason) -> bool:
    """Whether what another reason is about needs a restart in any case."""
    same_place = (reason.module, reason.line) == (other.module, other.line)
    return reason.verdict == "restart" and same_place


def _refuse(work: Work, line: int) -> None:
    """The edit that a reason is about stays pending."""
    for edit in work.edits:
        if edit.new is not None and edit.new.line <= line <= edit.new.end_line:
            work.refused.update(edit.numbers)


def _owners(work: Work, scope: str) -> list[type]:
    """The classes that a scope is in, the outermost first."""
    found: list[type] = []
    parts = scope.split(".") if scope else []
    for end in range(1, len(parts) + 1):
        cls = locate.class_at(work.tracked, work.space.get(parts[0]), ".".join(parts[:end]))
        if cls is not None:
            found.append(cls)
    return found


def _action(edit: Edit | None) -> Action:
    if edit is None:
        return "followed"
    return edit.action if edit.action in ("added", "removed", "renamed") else "changed"  # type: ignore[return-value]


def _node_at(work: Work, reason: Reason) -> Node | None:
    """What a reason is about."""
    olds = [edit.old for edit in work.edits if edit.old is not None and edit.new is None]
    nodes = [*work.outline.nodes(), *olds]
    if reason.code in ("RL208", "RL218"):
        # Of what was removed. Something else may stand where it stood.
        nodes = [*olds, *nodes]
    return next((each for each in nodes if each.line == reason.line), None)


def _shown(value: object) -> object:
    return plugins.MISSING if value is MISSING else value
