"""Every server and every spelling of it: a body and a new view are live in the process, or processes, that served."""

import os
import shutil

import pytest
from program import replace, until
from served import MANAGE, TOOLS, Served

FLASK = """
import os

import flask

app = flask.Flask(__name__)


@app.route("/process")
def process():
    return str(os.getpid())


@app.route("/one")
def one():
    return "one"


@app.route("/page")
def page():
    return flask.render_template("page.html")
"""
FASTAPI = """
import os

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI(default_response_class=PlainTextResponse)


@app.get("/process")
def process():
    return str(os.getpid())


@app.get("/one")
def one():
    return "one"
"""
BODY = {"flask": ('return "one"', 'return "ONE"'), "django": ('HttpResponse("one")', 'HttpResponse("ONE")')}
NEW = {
    "flask": '\n\n@app.route("/two")\ndef two():\n    return "two"\n',
    "fastapi": '\n\n@app.get("/two")\ndef two():\n    return "two"\n',
}
DJANGO = {
    "manage.py": MANAGE,
    "settings.py": """
DEBUG = True
SECRET_KEY = "test"
ALLOWED_HOSTS = ["*"]
STATIC_URL = "static/"
ROOT_URLCONF = "shop"
INSTALLED_APPS = ["django_extensions"]
WSGI_APPLICATION = "served.app"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["templates"]}]
""",
    "served.py": """
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
app = get_wsgi_application()
""",
    "shop.py": """
import os

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path


def process(request):
    return HttpResponse(os.getpid())


def one(request):
    return HttpResponse("one")


urlpatterns = [
    path("process", process),
    path("one", one),
    path("page", lambda request: render(request, "page.html")),
]
""",
}
UNIX = "gunicorn {app} --bind 127.0.0.1:{port} "
SERVERS = {
    "flask without threads": ("flask", "flask --app shop run --without-threads --port {port}"),
    "gunicorn": ("flask", UNIX),
    "gunicorn, two workers": ("flask", UNIX + "--workers 2"),
    "gunicorn, threads": ("flask", UNIX + "--threads 4"),
    "gunicorn, preload": ("flask", UNIX + "--preload --workers 2"),
    "gunicorn, reload": ("flask", UNIX + "--reload"),
    "gunicorn, preload, Django": ("django", UNIX + "--preload --workers 2"),
    "gunicorn, Django": ("django", UNIX + "--workers 2"),
    "gunicorn, uvicorn's worker": ("fastapi", UNIX + "--worker-class uvicorn_worker.UvicornWorker --workers 2"),
    "uvicorn": ("fastapi", "uvicorn {app} --port {port}"),
    "uvicorn, reload": ("fastapi", "uvicorn {app} --reload --port {port}"),
    "uvicorn, two workers": ("fastapi", "uvicorn {app} --workers 2 --port {port}"),
    "hypercorn": ("fastapi", "hypercorn {app} --bind 127.0.0.1:{port}"),
    "hypercorn, reload": ("fastapi", "hypercorn {app} --reload --bind 127.0.0.1:{port}"),
    "granian": ("fastapi", "granian --interface asgi {app} --port {port}"),
    "granian, reload": ("fastapi", "granian --interface asgi {app} --reload --port {port}"),
    "granian, two workers": ("fastapi", "granian --interface asgi {app} --workers 2 --port {port}"),
    "granian, WSGI": ("flask", "granian --interface wsgi {app} --port {port}"),
    "fastapi dev": ("fastapi", "fastapi dev shop.py --port {port}"),
    "fastapi run": ("fastapi", "fastapi run shop.py --port {port}"),
    "runserver_plus": ("django", "manage.py runserver_plus 127.0.0.1:{port}"),
    "django-admin": ("django", "django-admin runserver --pythonpath . --settings settings 127.0.0.1:{port}"),
}


@pytest.fixture
def site(start, tmp_path, port):
    return Served(start, tmp_path, port)


def serve(site, kind):
    framework, line = SERVERS[kind]
    pytest.importorskip(framework)
    words = line.format(port=site.port, app="served:app" if framework == "django" else "shop:app").split()
    if words[0] != "manage.py" and not shutil.which(words[0], path=f"{TOOLS}{os.pathsep}{os.environ['PATH']}"):
        pytest.skip(f"{words[0]} is not installed")
    if "uvicorn's" in kind:
        pytest.importorskip("uvicorn_worker")
    files = {"flask": {"shop.py": FLASK}, "fastapi": {"shop.py": FASTAPI}, "django": DJANGO}[framework]
    if framework == "django":
        try:
            import django_extensions  # noqa: F401
        except ImportError:
            if kind == "runserver_plus":
                pytest.skip("django-extensions is not installed")
            files = {**files, "settings.py": files["settings.py"].replace('["django_extensions"]', "[]")}
    site.write({"pyproject.toml": "", "templates/page.html": "a page", **files})
    return framework, site.serve(*([] if words[0] == "manage.py" else ["--"]), *words)


def always(site, path, answer):
    """Whether each of the workers answers so."""
    return all(site.ask(path) == answer for _ in range(6))


@pytest.mark.long
@pytest.mark.parametrize("kind", SERVERS)
def test_a_body_and_a_new_view_are_live(site, kind):
    framework, _ = serve(site, kind)
    pids = set()
    count = 2 if "two workers" in kind or "--workers 2" in SERVERS[kind][1] else 1
    until(lambda: pids.add(site.ask("/process")) or len(pids) == count, site.log)
    site.edit("shop.py", BODY["django" if framework == "django" else "flask"])
    until(lambda: always(site, "/one", "ONE"), site.log, 10)
    if framework == "django":
        new = 'def two(request):\n    return HttpResponse("two")\n\n\nurlpatterns = [\n    path("two", two),\n'
        site.edit("shop.py", ("urlpatterns = [\n", new))
    else:
        replace(site.folder / "shop.py", (site.folder / "shop.py").read_text() + NEW[framework])
    until(lambda: always(site, "/two", "two"), site.log, 10)
    if framework != "fastapi":
        assert site.ask("/page") == "a page"
        replace(site.folder / "templates" / "page.html", "another page")
        until(lambda: always(site, "/page", "another page"), site.log, 10)
    assert {site.ask("/process") for _ in range(6)} <= pids
    assert site.said() == []
