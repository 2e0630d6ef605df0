"""Open pages under `reloadr run --browser`, in a real browser: what is saved is seen, and nobody loads them again.

Needs Playwright (tests/requirements-browser.txt) and Chromium; is skipped where one is missing. The screenshots are in
`target/tests/screenshots`, or where RELOADR_SCREENSHOTS says.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from program import PYTHON, replace, until
from served import MANAGE, Served

pytest.importorskip("playwright", reason="Playwright is not installed: tests/requirements-browser.txt")
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed: apt-get install chromium", allow_module_level=True)

SCREENSHOTS = Path(
    os.environ.get("RELOADR_SCREENSHOTS", Path(__file__).resolve().parents[2] / "target" / "tests" / "screenshots")
)
PATIENCE = 20_000

PAGE = """
<!doctype html>
<html><head><title>shop</title><link rel="stylesheet" href="/static/style.css"></head>
<body><h1>first</h1><p id="word">{{ word }}</p><p id="process">{{ process }}</p>
<script>window.kept = Math.random()</script></body></html>
"""
LOOKS = {"templates/page.html": PAGE, "static/style.css": "h1 { color: rgb(200, 0, 0) }\n", "pyproject.toml": ""}
VIEWS = """
import os


def shown():
    return {"word": word(), "process": os.getpid()}


def word():
    return "one"
"""
FLASK = """
from flask import Flask, render_template

import views

app = Flask(__name__)


@app.route("/")
def index():
    return render_template("page.html", **views.shown())


@app.route("/process")
def process():
    return str(views.os.getpid())
"""
FASTAPI = """
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

import views

app = FastAPI(title="shop")
app.mount("/static", StaticFiles(directory="static"))
pages = Jinja2Templates("templates")


@app.get("/")
async def index(request: Request):
    return pages.TemplateResponse(request, "page.html", views.shown())


@app.get("/process", response_class=PlainTextResponse)
def process():
    return str(views.os.getpid())
"""
LITESTAR = """
import jinja2
from litestar import Litestar, get
from litestar.static_files import create_static_files_router

import views

pages = jinja2.Environment(loader=jinja2.FileSystemLoader("templates"))


@get("/", media_type="text/html")
async def index() -> str:
    return pages.get_template("page.html").render(views.shown())


@get("/process", media_type="text/plain")
async def process() -> str:
    return str(views.os.getpid())


app = Litestar([index, process, create_static_files_router("/static", ["static"])])
"""
AIOHTTP = """
import sys

import jinja2
from aiohttp import web

import views

pages = jinja2.Environment(loader=jinja2.FileSystemLoader("templates"))
routes = web.RouteTableDef()


@routes.get("/")
async def index(request):
    return web.Response(text=pages.get_template("page.html").render(views.shown()), content_type="text/html")


@routes.get("/process")
async def process(request):
    return web.Response(text=str(views.os.getpid()))


app = web.Application()
app.add_routes([*routes, web.static("/static", "static")])
if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""
DJANGO = {
    "manage.py": MANAGE,
    "settings.py": """
DEBUG = True
SECRET_KEY = "test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = "static/"
STATICFILES_DIRS = ["static"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["templates"]}]
""",
    "urls.py": """
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

import views

urlpatterns = [
    path("", lambda request: render(request, "page.html", views.shown())),
    path("process", lambda request: HttpResponse(views.os.getpid(), content_type="text/plain")),
]
""",
}
SERVERS = {
    "flask": ({"shop.py": FLASK}, ("--", "flask", "--app", "shop", "run", "--port")),
    "flask debug": ({"shop.py": FLASK}, ("--", "flask", "--app", "shop", "run", "--debug", "--port")),
    "gunicorn": ({"shop.py": FLASK}, ("--", "gunicorn", "shop:app", "--workers", "2", "--bind", "127.0.0.1:")),
    "uvicorn": ({"shop.py": FASTAPI}, ("--", "uvicorn", "shop:app", "--port")),
    "uvicorn workers": ({"shop.py": FASTAPI}, ("--", "uvicorn", "shop:app", "--workers", "2", "--port")),
    "fastapi": ({"shop.py": FASTAPI}, ("--", "fastapi", "dev", "shop.py", "--port")),
    "hypercorn": ({"shop.py": FASTAPI}, ("--", "hypercorn", "shop:app", "--bind", "127.0.0.1:")),
    "litestar": ({"shop.py": LITESTAR}, ("--", "uvicorn", "shop:app", "--port")),
    "aiohttp": ({"shop.py": AIOHTTP}, ("shop.py",)),
    "django": (DJANGO, ("manage.py", "runserver")),
}


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


@pytest.fixture
def page(browser):
    made = browser.new_page(viewport={"width": 900, "height": 500})
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def site(start, tmp_path, port):
    served = Served(start, tmp_path, port)
    served.write({**LOOKS, "views.py": VIEWS})
    return served


def serve(site, name):
    files, words = SERVERS[name]
    framework = {"flask": "flask", "uvicorn": "fastapi"}.get(name.split()[0], name)
    pytest.importorskip(framework)
    site.write(files)
    *words, last = words
    last = [f"{last}{site.port}"] if last.endswith(":") else [last, str(site.port)]
    return site.serve("--browser", *words, *last)


def shows(page, what):
    """Waits until the page shows it."""
    page.wait_for_function(what)


def listens(page):
    """Waits until the page listens to the stream: what happens from then on it is told at once."""
    page.wait_for_function("window.reloadr && window.reloadr.seen")


def word(text):
    return f"document.querySelector('#word')?.innerText === '{text}'"


@pytest.mark.parametrize("name", SERVERS)
def test_what_is_saved_is_seen_on_the_open_page(site, page, name):
    """A style, without loading the page again; a template; a view. What is wrong is said in the console."""
    serve(site, name)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"http://127.0.0.1:{site.port}/")
    listens(page)
    process, kept = page.inner_text("#process"), page.evaluate("window.kept")
    replace(site.folder / "static" / "style.css", "h1 { color: rgb(0, 100, 0) }\n")
    shows(page, "getComputedStyle(document.querySelector('h1')).color === 'rgb(0, 100, 0)'")
    assert page.evaluate("window.kept") == kept
    replace(site.folder / "templates" / "page.html", PAGE.replace("first", "second"))
    shows(page, "document.querySelector('h1')?.innerText === 'second'")
    listens(page)
    site.edit("views.py", ('"one"', '"two"'))
    shows(page, word("two"))
    listens(page)
    kept = page.evaluate("window.kept")
    site.edit("views.py", ('"two"', '"two" 2'))
    if name not in ("gunicorn", "uvicorn workers"):
        # Its workers have no stream, but are asked each second what there is to do.
        until(lambda: page.evaluate("1") and any("rejected RL401" in text for text in said), site.log)
    assert page.evaluate("window.kept") == kept
    site.edit("views.py", ('"two" 2', '"three"'))
    shows(page, word("three"))
    if name not in ("gunicorn", "uvicorn workers"):
        assert page.inner_text("#process") == process
    assert not any("__reloadr__" in line for line in site.program.lines)


def test_all_tabs_follow_and_a_new_process_is_asked_again(site, browser, page):
    """An edit that starts the program again: the pages are loaded again from the process that comes."""
    serve(site, "uvicorn")
    other = browser.new_page()
    for each in (page, other):
        each.goto(f"http://127.0.0.1:{site.port}/")
        listens(each)
    site.edit("views.py", ('"one"', '"two"'))
    for each in (page, other):
        shows(each, word("two"))
        listens(each)
    process = page.inner_text("#process")
    site.edit("shop.py", ('title="shop"', 'title="shop", lifespan=None'))
    for each in (page, other):
        shows(each, f"!['{process}', undefined].includes(document.querySelector('#process')?.innerText)")
    assert page.inner_text("#process") == other.inner_text("#process")
    listens(page)
    # It does not wait for those who listen.
    began = time.monotonic()
    site.program.send(signal.SIGINT)
    site.program.ends()
    assert time.monotonic() - began < 4
    other.close()


def test_the_answer_to_a_form_is_not_asked_for_again(site, page):
    """That would send the form once more."""
    form = '<form method="post" action="/form"><button>send</button></form>'
    more = f"""
@app.get("/form")
def form():
    return {form!r}


@app.post("/form")
def sent():
    sales.append(1)
    return f"<p id='word'>{{len(sales)}}</p>"


sales = []
"""
    SERVERS["flask form"] = ({"shop.py": FLASK + more}, SERVERS["flask"][1])
    serve(site, "flask form")
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"http://127.0.0.1:{site.port}/form")
    page.click("button")
    shows(page, word("1"))
    listens(page)
    site.edit("views.py", ('"one"', '"two"'))
    until(lambda: page.evaluate("1") and any("answer to a form" in text for text in said), site.log)
    assert page.inner_text("#word") == "1"


ADMIN = {
    "manage.py": MANAGE,
    "settings.py": """
DEBUG = True
SECRET_KEY = "test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
STATIC_URL = "static/"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "books",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
""",
    "urls.py": """
import os

from django.contrib import admin
from django.http import HttpResponse
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("process", lambda request: HttpResponse(os.getpid(), content_type="text/plain")),
]
""",
    "books/__init__.py": "",
    "books/models.py": """
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=50)

    def __str__(self):
        return self.title
""",
    "books/admin.py": """
from django.contrib import admin

from books.models import Book


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title"]
""",
    "filled.py": """
from django.contrib.auth.models import User

from books.models import Book

User.objects.create_superuser("ann", password="secret")
Book.objects.create(title="Emma")
""",
}


def test_who_is_logged_in_stays_so_and_the_admin_follows(site, page):
    """Django's own pages: the login, and an admin whose options and model are edited while it is looked at."""
    pytest.importorskip("django")
    site.write(ADMIN)
    for words in (["makemigrations", "books"], ["migrate"], ["shell", "-c", "import filled"]):
        subprocess.run([PYTHON, "manage.py", *words], cwd=site.folder, check=True, capture_output=True)
    site.serve("--browser", "manage.py", "runserver", str(site.port))
    process = site.ask("/process")
    address = f"http://127.0.0.1:{site.port}/admin/"
    page.goto(address)
    listens(page)
    page.fill("#id_username", "ann")
    page.fill("#id_password", "secret")
    page.click("input[type=submit]")
    page.wait_for_selector("#user-tools")
    page.goto(f"{address}books/book/")
    listens(page)
    assert page.inner_text(".field-title") == "Emma"
    loud = '    list_display = ["title", "loud"]\n\n    def loud(self, book):\n        return book.title.upper()\n'
    site.edit("books/admin.py", ('    list_display = ["title"]\n', loud))
    shows(page, "document.querySelector('.field-loud')?.innerText === 'EMMA'")
    listens(page)
    page.goto(f"{address}books/book/1/change/")
    listens(page)
    site.edit("books/models.py", ("return self.title", 'return f"the book {self.title}"'))
    shows(page, "document.querySelector('#content')?.innerText.includes('the book Emma')")
    listens(page)
    # The next process knows the session, which is in the database.
    site.edit("books/models.py", ("    title =", '    class Meta:\n        verbose_name = "volume"\n\n    title ='))
    shows(page, "document.querySelector('h1')?.innerText === 'Change volume'")
    assert page.locator("#user-tools").count() == 1
    assert site.starts_anew("/process", process) != process
    site.edit("books/admin.py", ("@admin.register(Book)\n", ""))
    shows(page, "document.title.includes('not found') || document.title.includes('404')")


MIDDLEWARE = {
    "wsgi": (
        FLASK + "\n\nimport reloadr.web\n\napp.wsgi_app = reloadr.web.wsgi(app.wsgi_app, browser=True)\n",
        ("-m", "flask", "--app", "shop", "run", "--port"),
    ),
    "asgi": (
        FASTAPI + '\n\nimport reloadr.web\n\napp.add_middleware(reloadr.web.asgi, browser=["static"])\n',
        ("-m", "uvicorn", "shop:app", "--port"),
    ),
}


@pytest.mark.parametrize("interface", MIDDLEWARE)
def test_the_middleware_shows_the_error_until_it_is_mended(site, page, interface):
    """By itself: the page of the error is loaded again as well. Who asks otherwise is answered by the old code."""
    text, words = MIDDLEWARE[interface]
    site.write({"shop.py": text})
    site.program = site._start(*words, str(site.port), env={"PYTHONPATH": str(site.folder)})
    until(lambda: site.ask("/process") != "down", site.log)
    page.goto(f"http://127.0.0.1:{site.port}/")
    listens(page)
    replace(site.folder / "views.py", VIEWS.replace('"one"', '"two"'))
    shows(page, word("two"))
    replace(site.folder / "static" / "style.css", "h1 { color: rgb(0, 100, 0) }\n")
    shows(page, "getComputedStyle(document.querySelector('h1')).color === 'rgb(0, 100, 0)'")
    replace(site.folder / "views.py", VIEWS.replace('"one"', '"two" 2'))
    until(lambda: site.ask("/process").isdigit() and "X-Reloadr" in site.headers, site.log)
    assert site.headers["X-Reloadr"].endswith("views.py:10")
    page.reload()
    shown = page.inner_text("pre")
    assert 'return "two" 2' in shown and "^" in shown and "views.py, line 10" in page.inner_text("h1")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENSHOTS / f"error-page-{interface}.png"))
    listens(page)
    replace(site.folder / "views.py", VIEWS.replace('"one"', '"three"'))
    shows(page, word("three"))
    assert site.ask("/process").isdigit() and "X-Reloadr" not in site.headers
