"""Real servers under `reloadr run`: hot with their sockets and state, and started again on the same port."""

import http.client
import shutil
import time
import urllib.error
import urllib.request

import pytest
from clients import Clients
from program import PYTHON, replace, until

RUN = (PYTHON, "-m", "reloadr", "run")

FLASK = """
import flask, os
app = flask.Flask(__name__)
hits = []
@app.route('/')
def index():
    hits.append(1)
    return f'VALUE {len(hits)} {os.getpid()}'
"""

ASGI = """
import os
hits = []
async def app(scope, receive, send):
    if scope['type'] == 'lifespan':
        while True:
            message = await receive()
            await send({'type': message['type'] + '.complete'})
            if message['type'] == 'lifespan.shutdown':
                print('shut down', flush=True)
                return
    hits.append(1)
    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-type', b'text/plain')]})
    if scope['path'] == '/stream':
        while True:
            await send({'type': 'http.response.body', 'body': b'data: x\\n\\n', 'more_body': True})
            await __import__('asyncio').sleep(0.05)
    await send({'type': 'http.response.body', 'body': f'VALUE {len(hits)} {os.getpid()}'.encode()})
"""

WSGI = """
import os
hits = []
def app(environ, start):
    hits.append(1)
    start('200 OK', [('content-type', 'text/plain')])
    return [f'VALUE {len(hits)} {os.getpid()}'.encode()]
"""

#: An edit of this, no living process can carry: the class is not where its source put it.
COLD = "class B:\n    x = {}\n\n\ndel B\n"


def get(port, path="/"):
    """What a server answers; nothing where none listens or its process ends while it answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        error.close()
    except (OSError, http.client.HTTPException):
        pass
    return ""


def answers(port, start, program):
    """Waits for an answer; its words."""
    said = []

    def met():
        said.append(get(port))
        return said[-1].startswith(start)

    until(met, lambda: f"answers {said[-1:]}; printed:\n{program.output}")
    return said[-1].split()


def server(kind):
    """The command of a server, as its users type it."""
    if shutil.which(kind, path=str(PYTHON).rpartition("/")[0]) is None:
        pytest.skip(f"{kind} is not installed")
    tool = f"{str(PYTHON).rpartition('/')[0]}/{kind}"
    if kind == "flask":
        return lambda port: ("--", tool, "--app", "shop", "run", "--port", str(port)), FLASK
    if kind == "gunicorn":
        return lambda port: ("--", tool, "shop:app", "--reload", "--bind", f"127.0.0.1:{port}"), WSGI
    if kind == "hypercorn":
        return lambda port: ("--", tool, "shop:app", "--bind", f"127.0.0.1:{port}"), ASGI
    return lambda port: ("--", tool, "shop:app", "--port", str(port), "--log-level", "warning"), ASGI


@pytest.mark.parametrize("kind", ["flask", "uvicorn", "gunicorn", "hypercorn"])
def test_a_server_is_hot_and_starts_again_on_its_port(start, tmp_path, port, kind):
    """A handler's body in the same process, with what was counted; then an edit that needs a new one."""
    command, text = server(kind)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "shop.py").write_text(COLD.format(1) + text.replace("VALUE", "old"))
    program = start(*command(port), command=RUN)
    _, hits, pid = answers(port, "old", program)
    replace(tmp_path / "shop.py", COLD.format(1) + text.replace("VALUE", "new"))
    _, later, same = answers(port, "new", program)
    assert same == pid and int(later) > int(hits)
    with Clients(port) as clients:
        replace(tmp_path / "shop.py", COLD.format(2) + text.replace("VALUE", "cold"))
        program.prints("restarting")
        if kind == "uvicorn":
            program.prints("shut down")
        # What could be patched answers until the old process has ended.
        until(lambda: (words := get(port).split())[:1] == ["cold"] and words[2] != pid, lambda: program.output)
    assert clients.lost == [], program.output
    replace(tmp_path / "shop.py", COLD.format(2) + text.replace("VALUE", "again"))
    assert answers(port, "again", program)[2] != pid
    assert "Traceback" not in program.output, program.output


def test_every_worker_of_gunicorn_is_hot_and_a_restart_is_for_all(start, tmp_path, port):
    """Two processes that were forked: a save arrives in both; what one cannot take starts the program again."""
    (_, tool, *_), text = server("gunicorn")[0](port), WSGI
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "shop.py").write_text(COLD.format(1) + text.replace("VALUE", "old"))
    program = start("--", tool, "shop:app", "--workers", "2", "--bind", f"127.0.0.1:{port}", command=RUN)
    answers(port, "old", program)
    pids = set()
    until(lambda: pids.add(get(port).split()[-1]) or len(pids) == 2, lambda: f"{pids}\n{program.output}")
    replace(tmp_path / "shop.py", COLD.format(1) + text.replace("VALUE", "new"))
    hot = set()
    until(
        lambda: (words := get(port).split())[:1] == ["new"] and (hot.add(words[2]) or len(hot) == 2),
        lambda: f"{hot}\n{program.output}",
    )
    assert hot == pids
    replace(tmp_path / "shop.py", COLD.format(2) + text.replace("VALUE", "cold"))
    program.prints("restarting")
    until(lambda: (words := get(port).split())[:1] == ["cold"] and words[2] not in pids, lambda: program.output)


def test_an_open_stream_does_not_hold_up_a_restart(start, tmp_path, port):
    """Beyond the bound that was set."""
    command, text = server("uvicorn")
    (tmp_path / "pyproject.toml").write_text("[tool.reloadr]\ngrace = 0.5\n")
    (tmp_path / "shop.py").write_text(COLD.format(1) + text.replace("VALUE", "old"))
    program = start(*command(port), command=RUN)
    answers(port, "old", program)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/stream", timeout=30) as stream:
        assert stream.read(4) == b"data"
        began = time.monotonic()
        replace(tmp_path / "shop.py", COLD.format(2) + text.replace("VALUE", "new"))
        program.prints("did not end within 0.5 s")
        answers(port, "new", program)
        assert time.monotonic() - began < 20
