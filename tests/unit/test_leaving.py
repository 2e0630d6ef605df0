"""The end of a program: circles are left as they are where nothing can be noticed of that, and nowhere else."""

import subprocess
import sys
import textwrap

import pytest

UNNOTICED = {
    "nothing": "",
    "streams": "import io\nheld = [open(sys.argv[1], 'a'), io.StringIO(), open(sys.argv[1], 'rb')]\nheld[0].write('x')",
    "a closed loop and its tasks": """
        import asyncio
        async def main():
            held = asyncio.create_task(asyncio.sleep(0))
            await held
            return held
        held = asyncio.run(main())
    """,
    "a generator that has not begun": "held = (lambda: (yield))()",
    "a socket and a database": "import socket, sqlite3\nheld = [socket.socket(), sqlite3.connect(':memory:')]",
    "who only lets go": """
        class Held:
            def __del__(self):
                del self.other
        held = Held()
    """,
    "who raises when asked": """
        class Asked(type):
            def __getattr__(cls, name):
                raise RuntimeError(name)
        class Held(metaclass=Asked):
            __class__ = property(lambda self: 1 / 0)
        held = Held()
    """,
}
NOTICED = {
    "a finalizer": """
        class Held:
            def __del__(self):
                print("ended")
        held = Held()
    """,
    "a suspended generator": "held = (each for each in [1, 2])\nnext(held)",
    "an archive": "import io, zipfile\nheld = zipfile.ZipFile(io.BytesIO(), 'w')",
    "a stream that takes nothing": """
        import io
        class Raw(io.RawIOBase):
            def writable(self):
                return True
            def write(self, data):
                raise OSError
        held = io.BufferedWriter(Raw())
        held.write(b"x")
    """,
    "a task whose exception nobody has seen": """
        import asyncio
        async def fails():
            1 / 0
        async def main():
            held = asyncio.create_task(fails())
            await asyncio.sleep(0.01)
            return held
        held = asyncio.run(main())
    """,
}
END = """
from reloadr.program.leaving import leave_circles
before = gc.get_freeze_count()
leave_circles()
print("left", gc.get_freeze_count() > before, flush=True)
os._exit(0)
"""


def leaves(text, folder):
    program = f"import gc, os, sys\n{textwrap.dedent(text)}\n{END}"
    words = [sys.executable, "-c", program, str(folder / "file")]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()[-1]


@pytest.mark.parametrize("text", UNNOTICED.values(), ids=UNNOTICED)
def test_where_nothing_can_be_noticed(text, tmp_path):
    assert leaves(text, tmp_path) == "left True"


@pytest.mark.parametrize("text", NOTICED.values(), ids=NOTICED)
def test_where_something_can(text, tmp_path):
    assert leaves(text, tmp_path) == "left False"
