"""Who did without a module whose file has come since.

try: import fast                   # `fast.py` is there now: the block runs once more, or is named
except ImportError: fast = None
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.follow import calls, places
from reloadr.engine.follow.absence import trying
from reloadr.engine.follow.calls import Call
from reloadr.live.codes import all_codes
from reloadr.live.origin import absolute
from reloadr.source.statements import whole_suite

_FINDING = {"find_spec", "util.find_spec", "importlib.util.find_spec"}


def asked(batch: Batch) -> Iterator[Call]:
    """Who asked, while modules were loaded, for what came since."""
    for full in batch.came:
        last = full.rpartition(".")[2]
        for tracked in batch.works.mentioning([last]):
            work = batch.works.of(tracked)
            for node in _importing(work, full):
                block = trying(node, ("ImportError", "ModuleNotFound")) or whole_suite(node)
                if block is not None:
                    yield Call(work, block, frozenset({full}), asks=True)
            for node in work.outline.readers(_FINDING):
                if f'"{full}"' in node.segment or f"'{full}'" in node.segment:
                    yield from places.readers_call(batch, work, places.whole(node), frozenset({full}))

            def really(code: CodeType, full: str = full) -> bool:
                return any(
                    each.opname == "IMPORT_NAME" and full.endswith(str(each.argval))
                    for inner in all_codes(code)
                    for each in dis.get_instructions(inner)
                )

            # A function that imports it as it runs uses its name twice over.
            yield from calls.reading(batch.worlds, tracked, {f"{last}.{last}"}, frozenset(), [], really)


def _importing(work: Work, full: str) -> Iterator[Node]:
    for node in [*work.outline.nodes(), *work.outline.imports_in_classes()]:
        for module, name, _ in node.imported if node.kind in ("import", "from") else ():
            try:
                found = absolute(work.tracked.namespace, module)
            except ImportError:
                continue
            if full in (found, f"{found}.{name}"):
                yield node


__all__ = ["asked"]
