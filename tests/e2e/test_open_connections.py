"""What a client has open outlives hot edits of every kind: an event stream, a websocket, its cart in the session."""

import contextlib
import threading

import pytest
from program import until
from served import Served

FLASK = """
import os
import time

from flask import Flask, session

import texts

app = Flask(__name__)
app.secret_key = "test"


@app.route("/process")
def process():
    return str(os.getpid())


@app.route("/add")
def add():
    session["cart"] = session.get("cart", 0) + 1
    return str(session["cart"])


@app.route("/stream")
def stream():
    def events():
        while True:
            yield f"data: {texts.word()}\\\\n\\\\n"
            time.sleep(0.1)

    return events(), {"content-type": "text/event-stream"}
"""
FASTAPI = """
import asyncio
import os

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import PlainTextResponse, StreamingResponse

import texts

app = FastAPI(default_response_class=PlainTextResponse)
carts = {}


@app.get("/process")
def process():
    return str(os.getpid())


@app.get("/add")
def add(request: Request):
    carts["me"] = carts.get("me", 0) + 1
    return str(carts["me"])


@app.get("/stream")
async def stream():
    async def events():
        while True:
            yield f"data: {texts.word()}\\\\n\\\\n"
            await asyncio.sleep(0.1)

    return StreamingResponse(events(), media_type="text/event-stream")


@app.websocket("/socket")
async def socket(websocket: WebSocket):
    await websocket.accept()
    while True:
        text = await websocket.receive_text()
        await websocket.send_text(f"{text} {texts.word()}")
"""
DJANGO = """
import os
import sys
import time

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

import texts

if not settings.configured:
    settings.configure(
        DEBUG=True,
        SECRET_KEY="test",
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    )


def process(request):
    return HttpResponse(os.getpid())


def add(request):
    request.session["cart"] = request.session.get("cart", 0) + 1
    return HttpResponse(request.session["cart"])


def stream(request):
    def events():
        while True:
            yield f"data: {texts.word()}\\\\n\\\\n"
            time.sleep(0.1)

    return StreamingHttpResponse(events(), content_type="text/event-stream")


urlpatterns = [
    path("process", process),
    path("add", add),
    path("stream", stream),
]

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
#: The same for an ASGI server, with a websocket beside what Django answers.
DJANGO_ASGI = (
    DJANGO.replace("    def events", "    async def events")
    .replace("            time.sleep(0.1)", "            await asyncio.sleep(0.1)")
    .replace("import time\n", "import asyncio\n")
    .partition("\nif __name__")[0]
    + """

from django.core.asgi import get_asgi_application

pages = get_asgi_application()


async def app(scope, receive, send):
    if scope["type"] != "websocket":
        await pages(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": f"{message['text']} {texts.word()}"})
"""
)
NEW = {
    "flask": ('@app.route("/add")', '@app.route("/new")\ndef new():\n    return texts.word()\n\n\n@app.route("/add")'),
    "fastapi": ('@app.get("/add")', '@app.get("/new")\ndef new():\n    return texts.word()\n\n\n@app.get("/add")'),
    "django": (
        "urlpatterns = [\n",
        'def new(request):\n    return HttpResponse(texts.word())\n\n\nurlpatterns = [\n    path("new", new),\n',
    ),
}
SERVERS = {
    "flask": (FLASK, ("--", "flask", "--app", "shop", "run", "--port")),
    "fastapi": (FASTAPI, ("--", "uvicorn", "shop:app", "--port")),
    "django": (DJANGO, ("shop.py", "runserver")),
    "django, uvicorn": (DJANGO_ASGI, ("--", "uvicorn", "shop:app", "--lifespan", "off", "--port")),
}


class Stream(threading.Thread):
    """What comes over an open event stream."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self._site, self.events, self.ended = site, [], False

    def run(self):
        with self._site._opener.open(f"http://127.0.0.1:{self._site.port}/stream", timeout=30) as answer:
            for line in answer:
                self.events.append(line.decode().strip())
        self.ended = True

    def says(self, word):
        """Waits until it says so, over the same connection."""
        until(lambda: f"data: {word}" in self.events[-3:], lambda: f"{self.events[-3:]}\n{self._site.log()}")
        assert not self.ended


@pytest.fixture
def opened():
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("server", SERVERS)
def test_what_is_open_stays_open(start, tmp_path, port, opened, server):
    framework = server.partition(",")[0]
    pytest.importorskip(framework)
    text, words = SERVERS[server]
    site = Served(start, tmp_path, port)
    site.write(
        {"pyproject.toml": "", "shop.py": text.replace("\\\\", "\\"), "texts.py": 'def word():\n    return "one"\n'}
    )
    site.serve(*words, str(port))
    pid, cart = site.ask("/process"), 1
    stream = Stream(site)
    stream.start()
    stream.says("one")
    socket = None
    if "uvicorn" in words:
        client = pytest.importorskip("websockets.sync.client")
        socket = opened.enter_context(client.connect(f"ws://127.0.0.1:{port}/socket", proxy=None))
    assert site.ask("/add") == "1"
    edits = [
        ("texts.py", ('"one"', '"two"'), "two"),
        ("shop.py", NEW[framework], "two"),
        ("texts.py", ("def word():", 'TONE = "!"\n\n\ndef word(tone=TONE):'), "two"),
        ("texts.py", ('return "two"', 'return "two" + tone'), "two!"),
        ("texts.py", ('TONE = "!"', 'TONE = "?"'), "two?"),
        ("shop.py", (f"{NEW[framework][1]}", NEW[framework][0]), "two?"),
    ]
    for name, pair, word in edits:
        site.edit(name, pair)
        stream.says(word)
        cart += 1
        assert (site.ask("/process"), site.ask("/add")) == (pid, str(cart))
        if socket is not None:
            socket.send("say")
            assert socket.recv(10) == f"say {word}"
        assert (site.ask("/new") == word) == ("def new" in (tmp_path / "shop.py").read_text())
    assert [line for line in site.said() if " RL201 " not in line] == []
