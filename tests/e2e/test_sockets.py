"""What a program listens on stays open over a restart, and what is being answered is answered first."""

import contextlib
import http.client
import sys
import threading

import pytest
from clients import Clients, asked
from program import PYTHON, replace, until

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no supervisor"),
]

RUN = (PYTHON, "-m", "reloadr", "run")
#: An edit of this, no living process can carry: the class is not where its source put it.
COLD = "class B:\n    x = {}\n\n\ndel B\n"

PLAIN = """
import http.server, os, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/slow":
            print("asked", flush=True)
            time.sleep(3.2)
        text = f"{os.getpid()} VALUE".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.path == "/pieces":
            print("asked", flush=True)
            work(0.2)
        self.wfile.write(text)
    def log_message(self, *words):
        pass
def work(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

ASYNCIO = """
import asyncio, os, sys
async def answer(reader, writer):
    path = (await reader.readuntil(b"\\r\\n\\r\\n")).split()[1]
    if path == b"/slow":
        print("asked", flush=True)
        await asyncio.sleep(3.2)
    text = f"{os.getpid()} VALUE"
    writer.write(f"HTTP/1.1 200 OK\\r\\nContent-Length: {len(text)}\\r\\nConnection: close\\r\\n\\r\\n{text}".encode())
    await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(main())
"""


def starts(start, folder, port, text):
    """The program with its server, and the process that serves."""
    (folder / "pyproject.toml").write_text("")
    (folder / "app.py").write_text(COLD.format(1) + text)
    program = start("app.py", str(port), command=RUN)
    until(lambda: listens(port), lambda: program.output)
    return program, asked(port)[1][0]


def listens(port):
    with contextlib.suppress(OSError, http.client.HTTPException):
        return bool(asked(port))
    return False


@pytest.mark.parametrize("text", [PLAIN, ASYNCIO], ids=["http.server", "asyncio"])
def test_nobody_is_refused_over_a_restart(start, tmp_path, port, text):
    """Neither who calls meanwhile, nor whose answer takes most of `--grace`; the port is the new process's alone."""
    program, pid = starts(start, tmp_path, port, text)
    slow = []
    late = threading.Thread(target=lambda: slow.append(asked(port, "/slow")))
    with Clients(port) as clients:
        late.start()
        program.prints("asked")
        replace(tmp_path / "app.py", COLD.format(2) + text.replace("VALUE", "new"))
        until(lambda: asked(port)[1][0] != pid, lambda: program.output)
        late.join(30)
    assert clients.lost == [] and clients.count > 2, program.output
    assert slow == [(200, [pid, "VALUE"])], program.output
    assert asked(port)[1][1] == "new"
    assert "Traceback" not in program.output, program.output
    program.process.terminate()
    program.ends()
    with pytest.raises(ConnectionRefusedError):
        asked(port)


def test_an_answer_in_two_pieces_is_not_cut_between_them(start, tmp_path, port):
    """What was written last was taken, but a thread is at work on the rest."""
    program, pid = starts(start, tmp_path, port, PLAIN)
    got = []
    asking = threading.Thread(target=lambda: got.append(asked(port, "/pieces")))
    asking.start()
    program.prints("asked")
    replace(tmp_path / "app.py", COLD.format(2) + PLAIN)
    asking.join(30)
    until(lambda: another_answers(port, pid), lambda: program.output)
    assert got == [(200, [pid, "VALUE"])], program.output


def another_answers(port, pid):
    """Whether a process other than that one does."""
    try:
        return asked(port)[1][0] != pid
    except (OSError, http.client.HTTPException):
        return False


def test_a_port_that_is_bound_no_more_or_by_another_name(start, tmp_path, port):
    """Nobody keeps it."""
    program, pid = starts(start, tmp_path, port, PLAIN)
    other = PLAIN.replace('"127.0.0.1"', '"localhost"')
    replace(tmp_path / "app.py", COLD.format(2) + other)
    # Who waits in the queue of a socket that is given up is turned away.
    until(lambda: another_answers(port, pid), lambda: program.output)
    replace(tmp_path / "app.py", COLD.format(3) + other.replace("int(sys.argv[1])", "int(sys.argv[1]) + 1000"))
    until(lambda: listens(port + 1000), lambda: program.output)
    until(lambda: not listens(port), lambda: program.output)
    assert "Traceback" not in program.output, program.output
