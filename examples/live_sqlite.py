"""A living process holds a real SQLite connection and is in use while its source is edited.

    python examples/live_sqlite.py

The script writes a module `shop.py` into a folder of its own, imports it, opens a database and fills it. A
thread keeps on selling. Then the file is edited four times, as an editor would, and each edit becomes live by
`Watcher.poll()` or `reloadr.reload(...)`: the connection, the objects and every reference stay what they were.
"""

import importlib
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import reloadr

SHOP = '''\
import sqlite3
import threading

connection = sqlite3.connect("shop.db", check_same_thread=False)
connection.execute("CREATE TABLE sales (item TEXT, cents INTEGER)")
lock = threading.Lock()

VAT = 0.20


class Till:
    """Takes money."""

    def __init__(self, clerk):
        self.clerk = clerk
        self.sold = 0

    def sell(self, item, cents):
        with lock:
            connection.execute("INSERT INTO sales VALUES (?, ?)", (item, cents))
            connection.commit()
        self.sold += 1


def total():
    with lock:
        (cents,) = connection.execute("SELECT SUM(cents) FROM sales").fetchone()
    return f"{cents / 100:.2f}"
'''

GREET = """
    def greet(self):
        return f"Hello from {self.clerk}"
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        live(Path(folder))


def live(folder: Path) -> None:
    """The process: everything below happens in one run, without a restart."""
    source = folder / "shop.py"
    source.write_text(SHOP.replace("shop.db", str(folder / "shop.db")))
    sys.path.insert(0, str(folder))
    shop = importlib.import_module("shop")

    # References as an application holds them: objects, bound methods, functions in tables.
    till = shop.Till("Ada")
    connection, sell, report = shop.connection, till.sell, {"total": shop.total}
    sell("tea", 250)
    sell("cake", 400)
    print("total:", report["total"]())

    done = threading.Event()
    seller = threading.Thread(target=keep_selling, args=(till, done))
    seller.start()
    try:
        with reloadr.watch(shop, on="look") as watcher:
            edits(source, watcher, till, report)
    finally:
        done.set()
        seller.join()

    # Nothing was closed, made anew or lost.
    assert shop.connection is connection and till.sell == sell and type(till) is shop.Till
    (rows,) = connection.execute("SELECT COUNT(*) FROM sales").fetchone()
    assert rows == till.sold >= 3
    print("\nthe same connection, the same objects, every sale recorded")
    connection.close()


def keep_selling(till: Any, done: threading.Event) -> None:
    """Another thread, in the middle of the shop's code all the time."""
    while not done.is_set():
        till.sell("sweets", 0)
        time.sleep(0.001)


def edits(source: Path, watcher: reloadr.Watcher, till: Any, report: dict[str, Callable[[], str]]) -> None:
    """Four saves."""
    # 1. A function body, and a line inserted above it. The table holds the same function; it runs the new code.
    print("\n# saved: a comment inserted at the top, and a function that adds the tax")
    edit(source, "import sqlite3\n", "# The corner shop.\nimport sqlite3\n")
    edit(source, 'return f"{cents / 100:.2f}"', 'return f"{cents * (1 + VAT) / 100:.2f} EUR"')
    print(watcher.poll())
    print("total:", report["total"]())
    assert report["total"]() == "7.80 EUR"

    # 2. A new method, on an object that was made before the method was written.
    print("\n# saved: a new method")
    edit(source, "        self.sold += 1\n", "        self.sold += 1\n" + GREET)
    print(watcher.poll())
    print("till:", till.greet())
    assert till.greet() == "Hello from Ada"

    # 3. A constant, and `reload` with the module's name instead of `poll`.
    print("\n# saved: another constant")
    edit(source, "VAT = 0.20", "VAT = 0.10")
    print(reloadr.reload("shop"))
    print("total:", report["total"]())
    assert report["total"]() == "7.15 EUR"

    # 4. A mistake. Nothing changes, the shop goes on, and the error says where.
    print("\n# saved: a mistake")
    edit(source, 'FROM sales").fetchone()', 'FROM sales".fetchone()')
    print(watcher.poll())
    print("total:", report["total"]())
    assert report["total"]() == "7.15 EUR"
    assert not reloadr.status().in_step


def edit(source: Path, old: str, new: str) -> None:
    """Saves the file with a piece replaced."""
    text = source.read_text()
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
    source.write_text(text.replace(old, new))


if __name__ == "__main__":
    main()
