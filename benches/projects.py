"""Projects that `verify.py` plays edits on: a package, Django's tutorial, a FastAPI service, a notebook's modules."""

from __future__ import annotations

import importlib
import os
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MODULE = '''\
"""Module {n}."""
import dataclasses
import functools
from big.registry import register
{imports}
LIMIT = {n}
TABLE = {{"limit": LIMIT, "name": "m{n}"}}
CACHE = {{}}
calls = 0


@dataclasses.dataclass
class Item:
    """An item."""
    name: str
    price: int = LIMIT


class Base:
    kind = "base{n}"
    def __init__(self, value=LIMIT):
        self.value = value
    def total(self, rate=2):
        return self.value * rate + 0
    @property
    def double(self):
        return self.value * 2


class Sub(Base):
    def total(self, rate=3):
        return super().total(rate) + 1


@register("m{n}")
def handler(request=None):
    global calls
    calls += 1
    CACHE[calls] = [calls]
    return LIMIT, 0


@functools.cache
def cached(x):
    return x + 0


def helper(a, b=LIMIT):
    return a + b + 0


ITEM = Item("m{n}", 1)
SHARED = Sub(3)
'''
REGISTRY = "HANDLERS = {}\ndef register(name):\n    def decorate(f):\n        HANDLERS[name] = f\n        return f\n"
REGISTRY += "    return decorate\n"
#: Edits of ordinary work: a pattern, and what takes its place. `{r}` is another number each time.
PACKAGE_EDITS = [
    (r"return self\.value \* rate \+ \d+", "return self.value * rate + {r}"),
    (r"return x \+ \d+", "return x + {r}"),
    (r"return a \+ b \+ \d+", "return a + b + {r}"),
    (r"return LIMIT, \d+", "return LIMIT, {r}"),
    (r"(?m)^LIMIT = \d+$", "LIMIT = {r}"),
    (r'kind = "base\d+"', 'kind = "base{r}"'),
    (r"def total\(self, rate=(?!2\b)\d+\)", "def total(self, rate={r})"),
    (r"def helper\(a, b=LIMIT\)", "def added{r}(): return {r}\n\n\ndef helper(a, b=LIMIT)"),
    (r'"""An item.*"""', '"""An item, {r}."""'),
    (r"        return self\.value \* 2\n", "        return self.value * 2\n    def more{r}(self): return {r}\n"),
]

DJANGO = {
    "mysite/__init__.py": "",
    "mysite/settings.py": """
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "x"
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "polls.apps.PollsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "mysite.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
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
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
POLLS_SHOWN = 5
""",
    "mysite/urls.py": """
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("polls/", include("polls.urls")), path("admin/", admin.site.urls)]
""",
    "polls/__init__.py": "",
    "polls/apps.py": """
from django.apps import AppConfig


class PollsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "polls"
""",
    "polls/models.py": '''
import datetime

from django.contrib import admin
from django.db import models
from django.utils import timezone


class Question(models.Model):
    question_text = models.CharField(max_length=200)
    pub_date = models.DateTimeField("date published")

    def __str__(self):
        return self.question_text

    @admin.display(boolean=True, ordering="pub_date", description="Published recently?")
    def was_published_recently(self):
        """Within 1 day."""
        now = timezone.now()
        return now - datetime.timedelta(days=1) <= self.pub_date <= now


class Choice(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    choice_text = models.CharField(max_length=200)
    votes = models.IntegerField(default=0)

    def __str__(self):
        return self.choice_text
''',
    "polls/views.py": '''
from django.conf import settings
from django.db.models import F
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views import generic

from .models import Choice, Question

seen = 0


class IndexView(generic.ListView):
    template_name = "polls/index.html"
    context_object_name = "latest_question_list"

    def get_queryset(self):
        """The last 5."""
        return Question.objects.filter(pub_date__lte=timezone.now()).order_by("-pub_date")[:5]


class DetailView(generic.DetailView):
    model = Question


def count(request):
    global seen
    seen += 1
    return HttpResponse(f"seen 0: {settings.POLLS_SHOWN}")


def vote(request, question_id):
    question = get_object_or_404(Question, pk=question_id)
    choice = question.choice_set.get(pk=request.POST["choice"])
    choice.votes = F("votes") + 1
    choice.save()
    return HttpResponseRedirect(reverse("polls:count"))
''',
    "polls/urls.py": """
from django.urls import path

from . import views

app_name = "polls"
urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("<int:pk>/", views.DetailView.as_view(), name="detail"),
    path("count/", views.count, name="count"),
    path("<int:question_id>/vote/", views.vote, name="vote"),
]
""",
    "polls/admin.py": """
from django.contrib import admin

from .models import Choice, Question


class ChoiceInline(admin.TabularInline):
    model = Choice
    extra = 3


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    list_display = ["question_text", "pub_date", "was_published_recently"]
    list_filter = ["pub_date"]
    inlines = [ChoiceInline]
""",
}
DJANGO_EDITS = [
    ("polls/views.py", r"seen \d+:", "seen {r}:"),
    ("polls/views.py", r'"""The last \d+\."""', '"""The last {r}."""'),
    ("polls/views.py", r"\[:\d+\]", "[:{r}]"),
    ("polls/views.py", r"def vote\(", "def more{r}(request):\n    return HttpResponse('{r}')\n\n\ndef vote("),
    ("polls/models.py", r"days=\d+", "days={r}"),
    ("polls/models.py", r"Within \d+ day", "Within {r} day"),
    ("polls/admin.py", r"extra = \d+", "extra = {r}"),
    ("polls/urls.py", r"urlpatterns = \[\n", 'urlpatterns = [\n    path("c{r}/", views.count, name="c{r}"),\n'),
    ("mysite/settings.py", r"POLLS_SHOWN = \d+", "POLLS_SHOWN = {r}"),
]

FASTAPI = {
    "app/__init__.py": "",
    "app/dependencies.py": """
from typing import Annotated

from fastapi import Depends, Header

LIMIT = 10
hits = {}


def paging(skip: int = 0, limit: int = LIMIT):
    return {"skip": skip, "limit": limit, "most": 100}


async def token(x_token: Annotated[str, Header()] = "t"):
    hits[x_token] = hits.get(x_token, 0) + 1
    return x_token


Paging = Annotated[dict, Depends(paging)]
Token = Annotated[str, Depends(token)]
""",
    "app/models.py": """
from pydantic import BaseModel, Field


class Item(BaseModel):
    \"\"\"An item, 0.\"\"\"

    name: str
    price: float = Field(default=1.0, ge=0)
    tags: list[str] = []

    def total(self, count=1):
        return self.price * count + 0
""",
    "app/items.py": """
from fastapi import APIRouter, HTTPException

from .dependencies import Paging, Token
from .models import Item

router = APIRouter(prefix="/items", tags=["items"])
STORE = {"a": Item(name="a")}


@router.get("/")
def read_items(paging: Paging, token: Token):
    return {"items": list(STORE), "version": 0, **paging}


@router.get("/{name}")
def read_item(name: str) -> Item:
    if name not in STORE:
        raise HTTPException(404, "no such item 0")
    return STORE[name]


@router.put("/{name}")
def write_item(name: str, item: Item) -> Item:
    STORE[name] = item
    return item
""",
    "app/main.py": """
from fastapi import FastAPI

from . import items

app = FastAPI(title="shop")
app.include_router(items.router)
started = []


@app.get("/health")
def health():
    started.append(1)
    return {"ok": True, "build": 0}
""",
}
FASTAPI_EDITS = [
    ("app/main.py", r'"build": \d+', '"build": {r}'),
    ("app/items.py", r'"version": \d+', '"version": {r}'),
    ("app/items.py", r"no such item \d+", "no such item {r}"),
    ("app/models.py", r"\* count \+ \d+", "* count + {r}"),
    ("app/models.py", r"An item, \d+", "An item, {r}"),
    ("app/dependencies.py", r'"most": \d+', '"most": {r}'),
    ("app/dependencies.py", r"LIMIT = \d+", "LIMIT = {r}"),
    ("app/main.py", r"\n\n\n@app", "\n\n\n@app.get('/m{r}')\ndef m{r}():\n    return {r}\n\n\n@app"),
    ("app/items.py", r"\n\n\n@router\.put", "\n\n\ndef helper{r}():\n    return {r}\n\n\n@router.put"),
]

NOTEBOOK = {
    "lab/__init__.py": "",
    "lab/data.py": """
import dataclasses
import functools
import random

SIZE = 100
loads = []


@dataclasses.dataclass
class Table:
    \"\"\"A table, 0.\"\"\"

    rows: list
    scale: float = 1.0

    def mean(self):
        return sum(self.rows) / len(self.rows) * self.scale + 0


@functools.cache
def load(seed=1, size=SIZE):
    loads.append(seed)
    draw = random.Random(seed)
    return Table([draw.random() for _ in range(size)])
""",
    "lab/model.py": """
from lab.data import SIZE, Table, load

HISTORY = {}
RATE = 1


class Model:
    layers = 3

    def __init__(self, table):
        self.table = table
        self.weights = [0.0] * 10

    def step(self, rate=RATE):
        self.weights = [each + rate * 0 for each in self.weights]
        HISTORY[len(HISTORY)] = self.weights[0]
        return self.weights[0]


def train(model, epochs=1):
    return [model.step() for _ in range(epochs)], 0
""",
    "lab/plots.py": """
from lab import model

STYLE = {"colour": "red", "width": 1}


def curve(history=model.HISTORY):
    return [f"{at}: {value:.3f}" for at, value in history.items()], 0
""",
}
NOTEBOOK_EDITS = [
    ("lab/data.py", r"self\.scale \+ \d+", "self.scale + {r}"),
    ("lab/data.py", r"A table, \d+", "A table, {r}"),
    ("lab/data.py", r"SIZE = \d+", "SIZE = {r}"),
    ("lab/model.py", r"rate \* \d+", "rate * {r}"),
    ("lab/model.py", r"RATE = \d+", "RATE = {r}"),
    ("lab/model.py", r"layers = \d+", "layers = {r}"),
    ("lab/model.py", r"range\(epochs\)\], \d+", "range(epochs)], {r}"),
    ("lab/model.py", r"\n\n\ndef train", "\n\n\ndef more{r}():\n    return {r}\n\n\ndef train"),
    ("lab/plots.py", r"history\.items\(\)\], \d+", "history.items()], {r}"),
    ("lab/plots.py", r'"width": \d+', '"width": {r}'),
]


@dataclass
class Project:
    """Files, how a program imports them and works with them, and edits of them."""

    files: dict[str, str]
    modules: list[str]
    edits: list[tuple[str, str, str]]
    #: Imports the modules and gives what the program does between two edits.
    begin: Callable[[], Callable[[], object]]
    environment: dict[str, str] = field(default_factory=dict)
    #: What a plain process runs before its imports.
    before: str = ""

    def write(self, root: Path) -> None:
        """Puts it into a folder."""
        for name, text in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.lstrip("\n"))
        os.environ.update(self.environment)

    def edit(self, root: Path, draw: random.Random) -> str:
        """Saves one edit; in words."""
        while True:
            name, pattern, new = draw.choice(self.edits)
            path = root / name
            text = path.read_text()
            new = new.replace("{r}", str(draw.randrange(1000, 9999)))
            edited = re.sub(pattern, lambda _, new=new: new, text, count=1)
            if edited != text:
                beside = path.with_name("beside~")
                beside.write_text(edited)
                beside.replace(path)
                return f"{name}: {new!r}"


def package(count: int = 200) -> Project:
    """A package that imports itself in layers."""
    files = {"big/__init__.py": "", "big/registry.py": REGISTRY}
    for n in range(count):
        imports = "".join(f"from big import m{each}\n" for each in sorted({n // 2, n // 3} - {n}))
        files[f"big/m{n}.py"] = MODULE.format(n=n, imports=imports)
    edits = [(f"big/m{n}.py", *each) for n in range(count) for each in PACKAGE_EDITS]

    def begin() -> Callable[[], object]:
        modules = [importlib.import_module(f"big.m{n}") for n in range(count)]

        def work() -> None:
            for module in modules:
                module.handler()
                module.cached(len(module.CACHE))
                module.SHARED.value += 0

        return work

    return Project(files, ["big", "big.registry", *(f"big.m{n}" for n in range(count))], edits, begin)


def django() -> Project:
    """The project of Django's tutorial."""

    def begin() -> Callable[[], object]:
        import django

        django.setup()
        from django.core.management import call_command
        from django.test import Client

        call_command("migrate", "--run-syncdb", verbosity=0)
        importlib.import_module("mysite.urls")
        client = Client()
        return lambda: [client.get("/polls/count/").content, client.get("/admin/").status_code]

    modules = [
        "mysite.settings",
        "polls.apps",
        "polls.models",
        "polls.admin",
        "polls.views",
        "polls.urls",
        "mysite.urls",
    ]
    environment = {"DJANGO_SETTINGS_MODULE": "mysite.settings"}
    return Project(DJANGO, modules, DJANGO_EDITS, begin, environment, "import django; django.setup()")


def fastapi() -> Project:
    """A service with a router, dependencies and models."""

    def begin() -> Callable[[], object]:
        main: Any = importlib.import_module("app.main")
        from fastapi.testclient import TestClient

        client = TestClient(main.app)
        return lambda: [
            client.get("/health").json(),
            client.get("/items/").json(),
            client.put("/items/b", json={"name": "b"}),
        ]

    return Project(FASTAPI, ["app.dependencies", "app.models", "app.items", "app.main"], FASTAPI_EDITS, begin)


def notebook() -> Project:
    """Modules that a notebook imports, whose objects its cells hold."""

    def begin() -> Callable[[], object]:
        model: Any = importlib.import_module("lab.model")
        plots: Any = importlib.import_module("lab.plots")
        held = model.Model(model.load())
        return lambda: [model.train(held), plots.curve(), held.table.mean()]

    return Project(NOTEBOOK, ["lab.data", "lab.model", "lab.plots"], NOTEBOOK_EDITS, begin)


PROJECTS: dict[str, Callable[[], Project]] = {
    "package": package,
    "django": django,
    "fastapi": fastapi,
    "notebook": notebook,
}
