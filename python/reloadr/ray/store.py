"""The log of a job, where all its processes find it: in the store that Ray has for what it exports itself.

Not in an actor: a worker that is about to make a function of what was exported has no task yet that could wait for one,
and who only submits tasks would pay with a process. The one that saves writes; each text is under its hash, so who asks
is sent what it has not.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

from ray.experimental import internal_kv

from reloadr.cluster.protocol import Message, Sources

__all__ = ["Texts", "publish", "pull"]

SPACE = b"reloadr"
#: By their hashes.
Texts = dict[str, str]


def publish(job: str, message: Message, known: Texts) -> None:
    """Writes the log as a message that brings anybody up to it. `known`: the texts that are there."""
    sources: Mapping[str, Mapping[str, Any]] = message["sources"]
    texts = {str(each["hash"]): each["text"] for each in sources.values() if each["text"] is not None}
    for hashed in texts.keys() - known.keys():
        internal_kv._internal_kv_put(_text(job, hashed), pickle.dumps(texts[hashed]), True, namespace=SPACE)
    rest = {name: {key: value for key, value in each.items() if key != "text"} for name, each in sources.items()}
    index = pickle.dumps({**message, "sources": rest})
    internal_kv._internal_kv_put(_index(job), index, True, namespace=SPACE)
    for hashed in known.keys() - texts.keys():
        internal_kv._internal_kv_del(_text(job, hashed), namespace=SPACE)
    known.clear()
    known.update(texts)


def pull(job: str, known: Texts) -> Message | None:
    """The log. `known`: the texts that this process has; None where nobody has written one."""
    while True:
        index = internal_kv._internal_kv_get(_index(job), namespace=SPACE)
        if index is None:
            return None
        message: Message = pickle.loads(index)
        texts = {hashed: _fetched(job, hashed, known) for hashed in _hashes(message["sources"])}
        # One that is gone is of a log that is over.
        if None not in texts.values():
            known.clear()
            known.update({hashed: str(text) for hashed, text in texts.items()})
            sources = {
                name: {**each, "text": known[str(each["hash"])] if each["hash"] else None}
                for name, each in message["sources"].items()
            }
            return {**message, "sources": sources}


def _hashes(sources: Sources) -> set[str]:
    return {str(each["hash"]) for each in sources.values() if each["hash"]}


def _fetched(job: str, hashed: str, known: Texts) -> str | None:
    if hashed in known:
        return known[hashed]
    data = internal_kv._internal_kv_get(_text(job, hashed), namespace=SPACE)
    return None if data is None else str(pickle.loads(data))


def _index(job: str) -> bytes:
    return f"log:{job}".encode()


def _text(job: str, hashed: str) -> bytes:
    return f"text:{job}:{hashed}".encode()
