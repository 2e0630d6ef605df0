"""The tables of a code object, read and written: what handles exceptions, and on which lines instructions stand."""

from __future__ import annotations

import dis
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """A stretch of instructions, and where an exception in it leads with how much left on the stack."""

    start: int
    end: int
    target: int
    depth: int
    lasti: bool

    def moved(self, by: int) -> Entry:
        """The same for code that stands further behind."""
        return self._replace(start=self.start + by, end=self.end + by, target=self.target + by)


def entries_of(code: CodeType) -> list[Entry]:
    """The exception table."""
    parse: Any = dis._parse_exception_table  # type: ignore[attr-defined]
    return [Entry(each.start, each.end, each.target, each.depth, bool(each.lasti)) for each in parse(code)]


def table_of(entries: Iterable[Entry]) -> bytes:
    """An exception table; neighbours that are alike become one."""
    joined: list[Entry] = []
    for entry in entries:
        last = joined[-1] if joined else None
        if last is not None and last.end == entry.start and last[2:] == entry[2:]:
            joined[-1] = last._replace(end=entry.end)
        else:
            joined.append(entry)
    return b"".join(number for entry in joined for number in _numbers(entry))


def _numbers(entry: Entry) -> Iterator[bytes]:
    yield _varint(entry.start // 2, 0x80)
    yield _varint((entry.end - entry.start) // 2)
    yield _varint(entry.target // 2)
    yield _varint(entry.depth << 1 | entry.lasti)


def _varint(number: int, first: int = 0) -> bytes:
    parts = [number & 63]
    while number := number >> 6:
        parts.append(number & 63 | 64)
    parts.reverse()
    parts[0] |= first
    return bytes(parts)


def nowhere(units: int) -> bytes:
    """A line table that says of so many units that they stand nowhere."""
    return b"".join(bytes((0x80 | 15 << 3 | length - 1,)) for length in _lengths(units))


def line_entry(units: int, delta: int) -> bytes:
    """A line table that says of so many units that they stand on one line, so far below the last one."""
    found = b""
    for length in _lengths(units):
        found += bytes((0x80 | 13 << 3 | length - 1,)) + _signed(delta)
        delta = 0
    return found


def last_line(code: CodeType) -> int:
    """The line from which the next entry of a line table would count."""
    line, at, table = code.co_firstlineno, 0, code.co_linetable
    while at < len(table):
        kind = table[at] >> 3 & 15
        at += 1
        if kind in (13, 14):
            number, shift, start = 0, 0, at
            while True:
                number |= (table[at] & 63) << shift
                shift += 6
                at += 1
                if not table[at - 1] & 64:
                    break
            assert at > start
            line += -(number >> 1) if number & 1 else number >> 1
        elif 10 <= kind <= 12:
            line += kind - 10
        while at < len(table) and not table[at] & 0x80:
            at += 1
    return line


def _lengths(units: int) -> Iterator[int]:
    while units:
        yield min(units, 8)
        units -= min(units, 8)


def _signed(number: int) -> bytes:
    number = -number << 1 | 1 if number < 0 else number << 1
    parts = []
    while number > 63:
        parts.append(number & 63 | 64)
        number >>= 6
    return bytes((*parts, number))


__all__ = ["Entry", "entries_of", "last_line", "line_entry", "nowhere", "table_of"]
