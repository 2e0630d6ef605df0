"""`reloadr.web`: what is on disk is live before a request is handled; an error is shown, and the old code serves on."""

import asyncio
import html
import threading
import time

import pytest
import reloadr
from harness import wait_until
from reloadr import web

VIEWS = "def answer():\n    return {0!r}\n\n\ndef other():\n    return 1\n"
BROWSER = {"accept": "text/html,*/*;q=0.8"}


def wsgi_app(module):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [module.answer().encode()]

    def ask(app, method="GET", **headers):
        told = {}
        environ = {"REQUEST_METHOD": method, **{f"HTTP_{name.upper()}": value for name, value in headers.items()}}

        def start_response(status, headers):
            told.update({name.lower(): value for name, value in headers}, status=int(status[:3]))

        parts = app(environ, start_response)
        body = b"".join(parts).decode()
        getattr(parts, "close", bool)()
        return told["status"], body, told

    return app, ask


def asgi_app(module):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": module.answer().encode()})

    def ask(app, method="GET", **headers):
        sent = []

        async def send(message):
            sent.append(message)

        given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        asyncio.run(app({"type": "http", "method": method, "headers": given}, None, send))
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], sent[1]["body"].decode(), told

    return app, ask


@pytest.fixture(params=["wsgi", "asgi"])
def served(request, project):
    """Asks an application under the middleware."""
    module = project.start("views", VIEWS.format("old"))
    app, ask = {"wsgi": wsgi_app, "asgi": asgi_app}[request.param](module)
    app = getattr(web, request.param)(app, watcher=project.watch(module))
    return lambda *words, **headers: ask(app, *words, **headers)


def test_the_request_after_a_save_is_answered_by_the_new_code(project, served):
    assert served()[:2] == (200, "old")
    project.write("views", VIEWS.format("new"))
    status, body, headers = served()
    assert (status, body) == (200, "new") and "x-reloadr" not in headers


def test_an_error_is_shown_with_its_line_until_it_is_mended(project, served):
    project.write("views", VIEWS.format("new").replace("return 1", "return 1 <b>"))
    for _ in range(2):
        status, body, headers = served(**BROWSER)
        assert status == 500 and headers["content-type"].startswith("text/html")
        shown = html.unescape(body)
        assert "views.py, line 6" in shown and "return 1 <b>" in shown and "^" in shown and "<b>" not in body
    project.write("views", VIEWS.format("new"))
    assert served(**BROWSER)[:2] == (200, "new")


SLOW = "import time\n\nsteps = []\n\n\ndef word():\n    return {0!r}\n\n\ndef answer():\n    first = word()\n" \
    "    steps.append(1)\n    while len(steps) < 2:\n        time.sleep(0.01)\n    return first + word()\n"  # fmt: skip


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
@pytest.mark.parametrize("wait", [0, 20])
def test_requests_in_flight_are_waited_for_when_asked(project, interface, wait):
    """The one at work is answered by one state of the code; who comes after the save, by the other."""
    module = project.start("views", SLOW.format("old"))
    _, ask = {"wsgi": wsgi_app, "asgi": asgi_app}[interface](module)
    answers = {}
    if interface == "wsgi":
        plain, _ = wsgi_app(module)
    else:

        async def plain(scope, receive, send):
            text = await asyncio.to_thread(module.answer)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": text.encode()})

    app = getattr(web, interface)(plain, watcher=project.watch(module), wait=wait)
    threads = [threading.Thread(target=lambda: answers.update(first=ask(app)[1]))]
    threads[0].start()
    while not module.steps:
        time.sleep(0.01)
    project.write("views", SLOW.format("new").replace("< 2", "< 1"))
    threads.append(threading.Thread(target=lambda: answers.update(second=ask(app)[1])))
    threads[1].start()
    if wait:
        time.sleep(0.2)
        assert "second" not in answers
    else:
        wait_until(lambda: "second" in answers, "the second answer")
    module.steps.append(2)
    for each in threads:
        each.join(20)
    assert answers == {"first": "oldold" if wait else "oldnew", "second": "newnew"}


def test_what_is_live_by_itself_waits_for_nobody(project):
    with pytest.raises(ValueError, match="wait="):
        web.wsgi(None, wait=1, browser=True)


def test_of_the_traceback_only_the_users_frames_are_shown(project, served):
    project.write("views", VIEWS.format("new") + "\n\ndef bad():\n    return 1 / 0\n\n\nGIVEN = bad()\n")
    status, body, _ = served(**BROWSER)
    shown = html.unescape(body)
    assert status == 500 and "in bad" in shown and "ZeroDivisionError" in shown and "reloadr/" not in shown
    project.write("views", VIEWS.format("new") + "def bad(:\n")
    assert html.unescape(served(**BROWSER)[1]).count('File "') == 1


def test_the_old_code_serves_on_for_others_and_says_so(project, served):
    project.write("views", VIEWS.format("new") + "\n1 / 0\n")
    for words, headers in [((), {}), (("POST",), BROWSER), ((), {**BROWSER, "x_reloadr": "old"})]:
        status, body, told = served(*words, **headers)
        assert (status, body) == (200, "old")
        assert told["x-reloadr"].startswith("rejected ") and told["x-reloadr"].endswith("views.py:8")
    # Taken back, rather than mended.
    project.write("views", VIEWS.format("old"))
    status, body, told = served(**BROWSER)
    assert (status, body) == (200, "old") and "x-reloadr" not in told


def test_all_of_the_users_code_is_watched_where_nothing_is_named(project):
    module = project.start("views", VIEWS.format("old"))
    app, ask = wsgi_app(module)
    app = web.wsgi(app, module)
    project.write("views", VIEWS.format("new"))
    assert ask(app)[:2] == (200, "new")
    app._disk._watcher.stop()
    assert reloadr.status().errors == ()
