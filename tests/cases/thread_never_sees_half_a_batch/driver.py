import importlib
import threading


class Reader(threading.Thread):
    """Two equal readings around another one must agree with it: a batch has no middle."""

    def __init__(self, parts):
        super().__init__(daemon=True)
        self.parts, self.torn, self.last = parts, [], None
        self.reading, self.stop = threading.Event(), False

    def readings(self):
        first, last = self.parts[0], self.parts[-1]
        return (
            (first.get, last.get),
            (last.get, first.get),
            (first.Holder().get, last.Holder().get),
            (lambda: last.VALUE, first.get),
            (lambda: first.VALUE, last.get),
        )

    def run(self):
        readings = self.readings()
        while not self.stop:
            for outer, inner in readings:
                before, between, after = outer(), inner(), outer()
                if before == after != between:
                    self.torn.append((before, between, after))
                self.last = after
            self.reading.set()


def setup():
    parts = [importlib.import_module(f"part{n}") for n in range(6)]
    readers = [Reader(parts) for _ in range(3)]
    for reader in readers:
        reader.start()
        assert reader.reading.wait(10)
    return parts, readers


setup_fresh = setup


def check(state, report):
    parts, readers = state
    for reader in readers:
        reader.reading.clear()
        assert reader.reading.wait(10), "a reader died"
        assert reader.reading.clear() is None and reader.reading.wait(10)
        reader.stop = True
        reader.join(10)
        assert reader.torn == [], f"half of the batch was seen: {reader.torn[:3]}"
        assert reader.last == "new", reader.last
