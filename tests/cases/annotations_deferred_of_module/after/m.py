"""Settings."""

import sys

# Two more lines.
DEBUG = False

host: bytes = "localhost"
port: int = 80; path: bytes = "/"
if DEBUG:
    trace: list[str] = []
else:
    quiet: int = True
    try:
        loud: Later
    except NameError:
        pass


def connect(to: host) -> int:
    return port
