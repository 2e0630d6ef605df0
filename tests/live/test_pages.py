"""What is put into pages for the browser, and what is left as it is; and what a page is told that listens."""

import asyncio
import threading
import time

import pytest
from reloadr import web
from reloadr.browser import aiohttp, asgi, wsgi
from reloadr.browser.news import News, news
from reloadr.report.report import Report

BROWSER = {"accept": "text/html,*/*;q=0.8"}
HTML = {"content-type": "text/html; charset=utf-8"}


def ask_wsgi(status, headers, parts, method, given, path="/", root=""):
    told = {}

    def app(environ, start_response):
        start_response(f"{status} X", list(headers.items()))
        return iter(parts)

    def start_response(status, headers):
        told.update({name.lower(): value for name, value in headers}, status=int(status[:3]))

    variables = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in given.items()}
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": root, **variables}
    return list(wsgi.Pages(app)(environ, start_response)), told


def ask_asgi(status, headers, parts, method, given, path="/", root=""):
    sent = []

    async def app(scope, receive, send):
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        for part in parts[:-1]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": parts[-1]})

    async def send(message):
        sent.append(message)

    encoded = [(name.encode(), value.encode()) for name, value in given.items()]
    scope = {"type": "http", "method": method, "headers": encoded, "path": path, "root_path": root}
    asyncio.run(asgi.Pages(app)(scope, None, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert not sent[-1].get("more_body")
    return [each["body"] for each in sent[1:]], {**told, "status": sent[0]["status"]}


def of_aiohttp(web_app):
    """Around all handlers, as the application's own is under `reloadr run --browser`."""

    @web_app.middleware
    async def pages(request, handler):
        return await aiohttp.answer(handler, request)

    return pages


def ask_aiohttp(status, headers, parts, method, given, path="/", root=""):
    web_app = pytest.importorskip("aiohttp.web")
    from aiohttp.test_utils import TestClient, TestServer

    async def answer(request):
        if root or len(parts) > 1:
            response = web_app.StreamResponse(status=status, headers=headers)
            await response.prepare(request)
            for part in parts:
                await response.write(part)
            return response
        return web_app.Response(body=parts[0], status=status, headers=headers)

    async def asked():
        app = web_app.Application(middlewares=[of_aiohttp(web_app)])
        app.router.add_route("*", "/", answer)
        async with TestClient(TestServer(app), auto_decompress=False) as client:
            got = await client.request(method, path, headers=given)
            told = {name.lower(): value for name, value in got.headers.items()}
            return [await got.read()], {**told, "status": got.status}

    return asyncio.run(asked())


@pytest.fixture(params=[ask_wsgi, ask_asgi])
def ask(request):
    def asked(headers, *parts, status=200, method="GET", given=BROWSER, **more):
        return request.param(status, headers, parts, method, given, **more)

    return asked


def test_a_page_gets_one_line_at_its_end(ask):
    body, told = ask({**HTML, "content-length": "13"}, b"<p>hello</p>\n")
    added = b"".join(body).removeprefix(b"<p>hello</p>\n").decode()
    assert added.startswith('\n<script src="/__reloadr__/page.js" data-seen="') and added.endswith(" async></script>\n")
    assert news.now in added
    assert int(told["content-length"]) == 13 + len(added)


def test_a_page_that_comes_in_pieces_is_not_kept_back(ask):
    body, told = ask(HTML, b"<p>", b"hello", b"</p>")
    assert body[:2] == [b"<p>", b"hello"] and b"".join(body).count(b"<script") == 1
    assert "content-length" not in told


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({"content-type": "application/json", "content-length": "4"}, {}),
        ({"content-type": "text/plain"}, {}),
        ({**HTML, "content-encoding": "gzip", "content-length": "4"}, {}),
        ({**HTML, "content-disposition": "attachment; filename=a.html"}, {}),
        ({"content-type": "text/html; charset=utf-16"}, {}),
        ({**HTML, "content-range": "bytes 0-3/9"}, {"status": 206}),
        (HTML, {"status": 304}),
        ({**HTML, "content-length": "4"}, {"method": "HEAD"}),
        (HTML, {"given": {"accept": "*/*"}}),
        (HTML, {"given": {**BROWSER, "sec-fetch-dest": "empty"}}),
        (HTML, {"given": {**BROWSER, "hx-request": "true"}}),
        (HTML, {"given": {**BROWSER, "x-requested-with": "XMLHttpRequest"}}),
    ],
)
def test_all_else_is_left_as_it_is(ask, headers, more):
    body, told = ask(headers, b"abcd", **more)
    assert body == [b"abcd"]
    assert {name: told[name] for name in headers} == headers


def test_errors_are_pages_too(ask):
    body, _ = ask(HTML, b"no such page", status=404)
    assert b"<script" in b"".join(body)


def test_what_is_posted_stays(ask):
    body, _ = ask(HTML, b"thanks", method="POST")
    assert b" data-stays " in b"".join(body)
    assert b"data-stays" not in b"".join(ask(HTML, b"thanks")[0])


def test_the_nonce_of_the_policy_is_used(ask):
    policy = {"content-security-policy": "default-src 'none'; script-src 'nonce-abc123=='"}
    body, _ = ask({**HTML, **policy}, b"x")
    assert b' nonce="abc123=="' in b"".join(body)


def test_an_application_may_be_mounted_anywhere(ask):
    body, _ = ask(HTML, b"x", root="/shop")
    assert b'src="/shop/__reloadr__/page.js"' in b"".join(body)


@pytest.mark.parametrize("path", ["/__reloadr__/page.js", "/shop/__reloadr__/page.js"])
def test_the_script_is_at_the_applications_own_address(path):
    body, told = ask_asgi(200, HTML, [b"x"], "GET", {}, path=path, root="/shop")
    assert told["content-type"] == "text/javascript; charset=utf-8" and b"EventSource" in body[0]


def test_pages_within_pages_get_one_line(ask):
    def inner(environ, start_response):
        start_response("200 OK", list(HTML.items()))
        return [b"x"]

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_ACCEPT": "text/html"}
    body = b"".join(wsgi.Pages(wsgi.Pages(inner))(environ, lambda *_: None))
    assert body.count(b"<script") == 1


def test_nobody_who_shares_a_thread_is_kept_waiting():
    """The stream ends at once where the thread is not the connection's own; it is asked for again each second."""
    started = {}
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/__reloadr__/events", "QUERY_STRING": f"seen={news.now}"}
    body = wsgi.Pages(None)(environ, lambda status, headers: started.update(headers))
    assert b"".join(body) == b"retry: 1000\n\n"
    assert started["Content-Type"].startswith("text/event-stream")
    environ = {**environ, "QUERY_STRING": "seen=another"}
    del environ[wsgi.MARK]
    assert b'"do": "page"' in b"".join(wsgi.Pages(None)(environ, lambda *_: None))


def test_a_stream_of_events_ends_when_the_page_is_closed():
    sent = []

    async def listen():
        gone = asyncio.Event()

        async def receive():
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "headers": [], "path": "/__reloadr__/events"}
        task = asyncio.create_task(
            asgi.Pages(None)({**scope, "query_string": f"seen={news.now}".encode()}, receive, send)
        )
        while len(sent) < 2:
            await asyncio.sleep(0.01)
        gone.set()
        await asyncio.wait_for(task, 10)

    asyncio.run(listen())
    assert [each["type"] for each in sent] == ["http.response.start", "http.response.body"]


def test_a_listening_page_is_told_at_once():
    """In a thread of its own connection."""
    found = []

    def listen():
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/__reloadr__/events", "QUERY_STRING": f"seen={news.now}"}
        found.extend(wsgi.Pages(None)(environ, lambda *_: None))

    thread = threading.Thread(target=listen, name="Thread-1 (process_request_thread)")
    thread.start()
    while not found:
        time.sleep(0.01)
    news._happens("page", ["/x.py"], news._last + 1)
    thread.join(10)
    assert not thread.is_alive() and b'"do": "page"' in found[-1]


# ---- what a page is told ----------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("RELOADR_BROWSER", "1")
    own = News()

    def save(name, text=""):
        (tmp_path / name).write_text(text)
        own._settled(str(tmp_path / name))

    return own, save, tmp_path


def test_styles_alone_do_not_load_the_page_again(files):
    own, save, _ = files
    seen = own.now
    assert own.since(seen) is None
    save("style.css")
    assert own.since(seen) == {"do": "style", "names": ["style.css"], "now": own.now}
    save("page.html")
    assert own.since(seen) == {"do": "page", "now": own.now}
    assert own.since(own.now) is None


def test_processes_of_one_program_agree(files):
    """Who has not seen a save yet does not send a page back."""
    own, save, folder = files
    other = News()
    seen = own.now
    save("page.html")
    assert other.now == seen and other.since(own.now) is None
    other._settled(str(folder / "page.html"))
    assert other.now == own.now


def test_a_page_of_another_program_is_loaded_again(files):
    own, _, _ = files
    for seen in ("", "2.0", "1", "1.x"):
        assert own.since(seen) == {"do": "page", "now": own.now}


def test_what_an_editor_writes_beside_a_file_is_nothing(files):
    own, save, folder = files
    save("page.html")
    seen = own.now
    own._settled(str(folder / "page.html.a8f3"))
    for name in (".page.html.swp", "page.html~", "views.py"):
        own.saved(str(folder / name))
    time.sleep(0.1)
    assert own.since(seen) is None
    save("other.html")
    seen = own.now
    (folder / "other.html").unlink()
    own._settled(str(folder / "other.html"))
    assert own.since(seen) == {"do": "page", "now": own.now}


def test_a_rejected_save_changes_no_page(files):
    own, _, _ = files
    seen = own.now
    own.told(Report("rejected"))
    own.told(Report("nothing"))
    assert own.since(seen) is None


def test_who_does_not_hear_of_saves_cannot_tell_pages(project):
    module = project.start("views", "def answer():\n    return 1\n")
    with pytest.raises(ValueError, match='on="look"'):
        web.wsgi(None, watcher=project.watch(module), browser=True)


@pytest.mark.parametrize("parts", [[b"<p>hello</p>"], [b"<p>", b"hello", b"</p>"]], ids=["whole", "in pieces"])
def test_a_page_of_aiohttp_gets_one_line_at_its_end(parts):
    """Whether its length is told before, or it comes in pieces."""
    (body,), told = ask_aiohttp(200, HTML, parts, "GET", BROWSER)
    assert body.startswith(b"<p>hello</p>\n<script src=") and body.endswith(b" async></script>\n")
    assert told.get("content-length", str(len(body))) == str(len(body))


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({"content-type": "text/plain"}, {}),
        ({**HTML, "content-encoding": "gzip"}, {}),
        (HTML, {"given": {"accept": "*/*"}}),
    ],
)
def test_all_else_of_aiohttp_is_left_as_it_is(headers, more):
    given = more.get("given", BROWSER)
    (body,), told = ask_aiohttp(200, headers, [b"abcd"], "GET", given)
    assert (body, told["content-length"]) == (b"abcd", "4")
    assert ask_aiohttp(200, HTML, [b"abcd"], "HEAD", BROWSER)[0] == [b""]


def test_files_and_the_script_of_aiohttp(tmp_path):
    """A file that the system sends is a page as well; the script is at the application's own address."""
    web_app = pytest.importorskip("aiohttp.web")
    from aiohttp.test_utils import TestClient, TestServer

    (tmp_path / "page.html").write_text("<p>file</p>" * 100_000)

    async def asked():
        app = web_app.Application(middlewares=[of_aiohttp(web_app)])
        app.router.add_static("/static", tmp_path)
        async with TestClient(TestServer(app)) as client:
            for path in ("/static/page.html", "/nowhere", "/__reloadr__/page.js"):
                async with client.get(path, headers=BROWSER) as got:
                    yield got.status, got.headers["content-type"], await got.text()

    async def all_of_them():
        return [each async for each in asked()]

    page, missing, script = asyncio.run(all_of_them())
    assert page[0] == 200 and page[2].startswith("<p>file") and page[2].endswith(" async></script>\n")
    assert page[2].count("<p>file</p>") == 100_000
    assert missing[0] == 404 and "<script" not in missing[2]
    assert script[:2] == (200, "text/javascript; charset=utf-8") and "EventSource" in script[2]
