"""Settings."""

import sys

DEBUG = False

host: str = "localhost"
port: int = 80; path: str = "/"
if DEBUG:
    trace: list = []
else:
    quiet: bool = True


def connect(to: host) -> int:
    return port
