"""What the supervisor orders a process that stands by: the job of a program, with the descriptors that it needs."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reloadr.tree import lines
from reloadr.tree.wire import mark

__all__ = ["Order", "receive", "send"]

#: How many descriptors an order may have, and how much is read at once.
MOST, SIZE = 250, 1 << 16


@dataclass(slots=True)
class Order:
    """An order, as it came."""

    #: The job, as a program that is started with it finds it in its arguments.
    job: dict[str, Any]
    #: The command of such a program, but for the job.
    head: list[str]
    #: What its descriptors were.
    files: dict[int, tuple[int, int]]

    def command(self) -> list[str]:
        """The command that does the same in a process that has imported nothing; what it needs is inherited."""
        job = json.loads(json.dumps(self.job))
        ports = job["ports"]
        if ports is not None:
            ports["held"] = [each for each in ports["held"] if self.is_there(each["descriptor"])]
        for holder, name in _places(job):
            if self.is_there(holder[name]):
                os.set_inheritable(holder[name], True)
        return [*self.head, json.dumps(job)]

    def is_there(self, descriptor: int) -> bool:
        """Whether a descriptor is still what it was."""
        return descriptor in self.files and mark(descriptor) == self.files[descriptor]


def send(line: socket.socket, command: list[str]) -> None:
    """Orders the process at the other end to do what a command would. Raises OSError."""
    *head, text = command
    numbers = [holder[name] for holder, name in _places(json.loads(text))]
    data = lines.line({"head": head, "job": text})
    sent = socket.send_fds(line, [data[:SIZE]], numbers)
    # Whoever has all of it listens no more.
    if sent < len(data):
        line.sendall(data[sent:])


def receive(line: socket.socket) -> Order | None:
    """Waits for an order; None where none can come any more."""
    data, numbers = b"", list[int]()
    while not data.endswith(b"\n"):
        try:
            more, descriptors, *_ = socket.recv_fds(line, SIZE, MOST)
        except OSError:
            return None
        if not more:
            return None
        data += more
        numbers += descriptors
    words = json.loads(data)
    job = json.loads(words["job"])
    for (holder, name), number in zip(_places(job), numbers, strict=True):
        os.set_inheritable(number, False)
        holder[name] = number
    return Order(job, words["head"], {number: mark(number) for number in numbers})


def _places(job: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Where a job names descriptors."""
    for name in ("line", "sign"):
        if job[name] is not None:
            yield job, name
    if job["ports"] is not None:
        yield job["ports"], "line"
        for each in job["ports"]["held"]:
            yield each, "descriptor"
