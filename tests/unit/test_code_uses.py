"""What code looks up in the globals, beside what `dis` says of it."""

from __future__ import annotations

import argparse
import dis
import inspect
import typing

from reloadr.engine.follow.code_uses import global_names
from reloadr.live.codes import all_codes


def test_global_names_are_those_that_dis_tells() -> None:
    """Also of code whose names have numbers of more than one byte."""
    wide = "\n".join(f"name_{number}" for number in range(600))
    texts = [
        inspect.getsource(argparse),
        inspect.getsource(typing),
        f"{wide}\ndef f():\n    return [{wide.replace(chr(10), ', ')}]",
    ]
    for text in texts:
        for code in all_codes(compile(text, "text", "exec")):
            loads = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
            told = {each.argval for each in dis.get_instructions(code) if each.opname in loads}
            assert global_names(code) == told, code
