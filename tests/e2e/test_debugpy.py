"""debugpy, as an editor drives it, beside a loop that takes edits: breakpoints and steps follow the saved lines."""

import json
import socket
import sys
import textwrap

import pytest
from program import PYTHON, replace, until
from reloadr.running.interpreter import TRIED

pytest.importorskip("debugpy")
pytestmark = [
    pytest.mark.skipif(sys.version_info[:2] not in TRIED, reason="loops do not move on this CPython: RL201"),
    pytest.mark.long,
]

PROGRAM = """
    import time
    import reloadr

    watcher = reloadr.watch(".", on="look")

    def main():
        n = 0
        while True:
            n += 1
            watcher.poll()
            value = VALUE
            MORE
            shown = n, value
            time.sleep(0.002)

    main()
"""


class Editor:
    """A client of the debug adapter protocol."""

    def __init__(self, port, program):
        until(lambda: self._connect(port), lambda: program.output)
        self._number = 0
        self._events = []

    def _connect(self, port):
        try:
            self._connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        except OSError:
            return False
        self._file = self._connection.makefile("rwb")
        return True

    def close(self):
        self._file.close()
        self._connection.close()

    def _read(self):
        size = 0
        while (line := self._file.readline()) != b"\r\n":
            if line.startswith(b"Content-Length:"):
                size = int(line.split(b":")[1])
        return json.loads(self._file.read(size))

    def send(self, command, **arguments):
        self._number += 1
        words = {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        data = json.dumps(words).encode()
        self._file.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._file.flush()

    def asks(self, command, **arguments):
        self.send(command, **arguments)
        while True:
            message = self._read()
            if message["type"] == "event":
                self._events.append(message)
            elif message["type"] == "response" and message["request_seq"] == self._number:
                return message.get("body") or {}

    def event(self, name):
        while True:
            for message in self._events:
                if message["event"] == name:
                    self._events.remove(message)
                    return message.get("body") or {}
            message = self._read()
            if message["type"] == "event":
                self._events.append(message)


@pytest.fixture
def connected():
    """Editors that are let go with the test."""
    editors = []

    def connect(port, program):
        editors.append(Editor(port, program))
        return editors[-1]

    yield connect
    for each in editors:
        each.close()


@pytest.mark.parametrize("more", ["pass", "a = b = c = d = e = f = max(n, n, n, n, n, n, n)"], ids=["small", "large"])
def test_breakpoints_and_steps_follow_the_saved_lines(start, connected, tmp_path, port, more):
    path = tmp_path / "app.py"

    def save(value, more, lines=0):
        text = textwrap.dedent(PROGRAM).replace("VALUE", repr(value)).replace("MORE", more)
        replace(path, text.replace("        n += 1\n", "        n += 1\n" + "        # a line\n" * lines))

    def line(word):
        return next(at for at, each in enumerate(path.read_text().splitlines(), 1) if word in each)

    def breaks(*words):
        editor.asks("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": line(each)} for each in words])

    def stops():
        """The source of the line that it stands on, and what the variable is."""
        thread = editor.event("stopped")["threadId"]
        frame = editor.asks("stackTrace", threadId=thread)["stackFrames"][0]
        told = editor.asks("evaluate", expression="value", frameId=frame["id"], context="watch").get("result")
        return thread, path.read_text().splitlines()[frame["line"] - 1].strip(), told

    save("old", "pass")
    command = (PYTHON, "-m", "debugpy", "--listen", f"127.0.0.1:{port}", "--wait-for-client")
    program = start("app.py", command=command, env={"PYDEVD_DISABLE_FILE_VALIDATION": "1"})
    editor = connected(port, program)
    editor.asks("initialize", adapterID="test", clientID="test", pathFormat="path", linesStartAt1=True)
    editor.send("attach", justMyCode=True)
    editor.event("initialized")
    breaks("shown =")
    editor.asks("configurationDone")
    thread, where, value = stops()
    assert (where, value) == ("shown = n, value", "'old'")
    save("new", more, lines=2)
    breaks("shown =")
    editor.asks("continue", threadId=thread)
    # The iteration that meets the save ends on the old text, whose lines are no longer these.
    seen = [stops()]
    while seen[-1][1:] != ("shown = n, value", "'new'"):
        editor.asks("continue", threadId=thread)
        seen.append(stops())
        assert len(seen) < 4, seen
    steps = []
    while "n += 1" not in steps:
        editor.asks("next", threadId=thread)
        steps.append(stops()[1])
        assert len(steps) < 5, steps
    # Not each version stops where an endless loop begins.
    assert [each for each in steps if each != "while True:"] == ["time.sleep(0.002)", "n += 1"]
