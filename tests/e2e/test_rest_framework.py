"""Django REST framework and forms in a living process, without a server: each save compared with a fresh process."""

import json
import subprocess

import pytest
from program import PYTHON, replace
from served import TOOLS

pytest.importorskip("rest_framework")

import django_site

#: Run in the living process and in fresh ones: what the site answers.
ASK = """
import json, logging
logging.disable(50)
from django.test import Client
def ask():
    client = Client(raise_request_exception=False)
    answers = [(path, client.get(path)) for path in {paths!r}]
    return [[path, each.status_code, each.status_code == 200 and each.content.decode()] for path, each in answers]
"""

PATHS = ["/api/b/?format=json", "/api/c/?format=json", "/api/b/top/?format=json", "/hello?format=json", "/form"]

API = """
from django import forms
from django.http import HttpResponse
from rest_framework import routers, serializers, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.response import Response

from books.models import Book


class Contact(forms.Form):
    name = forms.CharField(max_length=10)


class BookForm(forms.ModelForm):
    class Meta:
        model = Book
        fields = ["title"]


class Long(Contact):
    more = forms.CharField()


def form(request):
    contact = Contact({"name": "abcdef"})
    return HttpResponse(f"{contact.is_valid()} {[*contact.fields]} {[*BookForm().fields]} {[*Long().fields]}")


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["title"]


class BookViewSet(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer


router = routers.DefaultRouter()
router.register("b", BookViewSet)


@api_view(["GET"])
def hello(request):
    return Response("hello")
"""

URLS = """
from django.urls import include, path

from books import api

urlpatterns = [path("api/", include(api.router.urls)), path("hello", api.hello), path("form", api.form)]
"""

EDITS = {
    "a field of a form": ("max_length=10", "max_length=3"),
    "a field that is new": ("    name = forms", "    mail = forms.EmailField()\n    name = forms"),
    "a field that goes": ("    mail = forms.EmailField()\n", ""),
    "fields of a model form": ('fields = ["title"]\n\n\nclass Long', "fields = []\n\n\nclass Long"),
    "fields of a serializer": ('fields = ["title"]\n\n\nclass BookV', 'fields = ["id", "title"]\n\n\nclass BookV'),
    "a declared field of a serializer": (
        'Serializer):\n    class Meta:\n        model = Book\n        fields = ["id", "title"]',
        'Serializer):\n    size = serializers.CharField(source="title")\n\n    class Meta:\n'
        '        model = Book\n        fields = ["id", "title", "size"]',
    ),
    "a queryset": ("Book.objects.all()", "Book.objects.filter(id__gt=1)"),
    "an action": (
        "    serializer_class = BookSerializer\n",
        "    serializer_class = BookSerializer\n\n    @action(detail=False)\n    def top(self, request):\n"
        '        return Response("top")\n',
    ),
    "an action that goes": (
        '\n    @action(detail=False)\n    def top(self, request):\n        return Response("top")\n',
        "",
    ),
    "another prefix": ('router.register("b"', 'router.register("c"'),
    "one more": ("\n\n\n@api_view", '\nrouter.register("b", BookViewSet, basename="more")\n\n\n@api_view'),
    "methods of a view": ('@api_view(["GET"])', '@api_view(["POST"])'),
}

LIVE = """
import pathlib, subprocess, sys
import reloadr, django
django.setup()
{ask}
ask()
watcher = reloadr.watch(on="look")
watcher.poll()
print("ready", flush=True)
for line in sys.stdin:
    report = watcher.poll()
    said = str(report) if report.verdict != "live" else ""
    print("@@" + json.dumps([said, ask()]), flush=True)
"""


@pytest.mark.long
def test_each_save_is_as_in_a_fresh_process(start, tmp_path, monkeypatch):
    """Fields of forms and serializers, querysets, actions, routers: one process, no caveat."""
    for name, text in {**django_site.FILES, "books/api.py": API, "shop/urls.py": URLS}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n").replace('    "books",\n]', '    "books",\n    "rest_framework",\n]'))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "shop.settings")
    for command in (["makemigrations", "books"], ["migrate"], ["shell", "-c", MAKE]):
        subprocess.run([PYTHON, "manage.py", *command], cwd=tmp_path, check=True, capture_output=True)
    ask = ASK.format(paths=PATHS)
    program = start("-c", LIVE.format(ask=ask), stdin=subprocess.PIPE, env={"PYTHONPATH": str(tmp_path)})
    program.prints("ready")
    api = tmp_path / "books" / "api.py"
    for number, (title, (old, new)) in enumerate(EDITS.items()):
        text = api.read_text()
        assert text.count(old) == 1, title
        replace(api, text.replace(old, new))
        assert program.process.stdin is not None
        program.process.stdin.write("\n")
        program.process.stdin.flush()
        program.prints("@@", number + 1)
        said, ours = json.loads([line for line in program.lines if line.startswith("@@")][-1][2:])
        code = f"import django\ndjango.setup()\n{ask}\nprint(json.dumps(ask()))"
        done = subprocess.run(
            [PYTHON, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True, env=_env(tmp_path)
        )
        assert ours == json.loads(done.stdout), title
        assert said == "", title
    assert program.process.stdin is not None
    program.process.stdin.close()
    assert program.ends() == 0


MAKE = "from books.models import Book; [Book.objects.create(title=each) for each in 'abc']"


def _env(folder):
    # Else a fresh process takes cached bytecode for what was saved twice in a second at the same size.
    fresh = {"PYTHONDONTWRITEBYTECODE": "1", "PATH": TOOLS}
    return {"PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "shop.settings", **fresh}
