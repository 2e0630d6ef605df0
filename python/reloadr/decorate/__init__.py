"""`@autoreload`: what has no code object gets a proxy.

`@autoreload` gives callables that cannot be patched a proxy (`live/proxy.py`). The statement that makes it is found
by the line from which `autoreload` was called (`live/places.py`), and its names are watched. When it runs again it
makes another proxy; then both share a cell, so that whoever holds the first one calls the new callable. The engine
looks through proxies (`locate.unwrap`).
"""
