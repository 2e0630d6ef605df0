"""A Django project, and edits of it: URLs, settings, models, forms, the admin, signals, middleware, tags, commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = ["manage.py", "runserver", "127.0.0.1:{port}"]
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "store.settings"}
KINDS = {".py", ".html", ".txt", ".mo"}
#: What a client has open at `/open/...` (`benches/web_opened.py`); a websocket, WSGI does not have.
OPEN = ("cart", "row", "events")
#: What of libraries a fresh process finds imported.
LIBRARIES = [
    "django.contrib.admin",
    "django.core.management",
    "django.db.backends.sqlite3.base",
    "django.forms",
    "django.test",
    "django.views.generic",
]

FILES = {
    "pyproject.toml": "",
    "manage.py": """
import sys

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
""",
    "counter.py": """
import os

from django.http import HttpResponse

COUNT = []


def counted(request):
    COUNT.append(1)
    return HttpResponse(f"{os.getpid()} {len(COUNT)}")
""",
    "opened.py": """
import itertools
import time

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

from books import views


def cart(request):
    request.session["cart"] = request.session.get("cart", 0) + 1
    return HttpResponse(request.session["cart"])


def row(request):
    views.DATABASE.execute("insert into asked values (1)")
    return HttpResponse(views.DATABASE.execute("select count(*) from asked").fetchone()[0])


def events(request):
    def numbers():
        for number in itertools.count():
            yield f"data: {number}\\n\\n"
            time.sleep(0.1)

    return StreamingHttpResponse(numbers(), content_type="text/event-stream")


urlpatterns = [
    path("cart", cart),
    path("row", row),
    path("events", events),
]
""",
    "store/__init__.py": "",
    "store/settings.py": """
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
SECRET_KEY = "x"
DEBUG = True
ROOT_URLCONF = "store.urls"
SHOP = "shop"
GREETING = "welcome to " + SHOP
PER_PAGE = 10
USE_I18N = True
LANGUAGE_CODE = "en"
DATE_FORMAT = "Y"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "books",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "books.middleware.Stamp",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "books.context.common",
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "/in/"
""",
    "store/urls.py": """
from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path

from counter import counted


def missing(request, exception):
    return HttpResponse("nothing here", status=404)


urlpatterns = [
    path("admin/", admin.site.urls),
    path("process", counted),
    path("books/", include("books.urls")),
    path("open/", include("opened")),
]
handler404 = "store.urls.missing"
""",
    "books/__init__.py": "",
    "books/migrations/__init__.py": "",
    "books/context.py": """
def common(request):
    return {"owner": "Ann"}
""",
    "books/models.py": """
from django.db import models


class Titles(models.QuerySet):
    def long(self):
        return self.filter(title__contains="long")


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50, help_text="its title")
    pages = models.IntegerField(default=3)
    kind = models.CharField(max_length=5, choices=[("a", "Novel"), ("b", "Poem")], default="a")

    objects = Titles.as_manager()
    limit = 5

    class Meta:
        ordering = ["title"]
        verbose_name = "tome"

    def shout(self):
        return self.title.upper()

    @property
    def short(self):
        return self.title[:3]

    def __str__(self):
        return self.title
""",
    "books/forms.py": """
from django import forms

from books.models import Book


class Search(forms.Form):
    q = forms.CharField(max_length=5)
    exact = forms.BooleanField(required=False)

    def clean_q(self):
        return self.cleaned_data["q"].strip()


class BookForm(forms.ModelForm):
    class Meta:
        model = Book
        fields = ["title", "pages"]
""",
    "books/middleware.py": """
class Stamp:
    word = "stamp"

    def __init__(self, get_response):
        self.get_response = get_response
        self.more = "!"

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Stamp"] = self.word + self.more
        return response


def second(get_response):
    def middleware(request):
        response = get_response(request)
        response["X-Stamp"] = "second"
        return response

    return middleware
""",
    "books/signals.py": """
from django.dispatch import Signal, receiver

sold = Signal()
heard = []


@receiver(sold)
def note(sender, **more):
    heard.append("noted")


def other(sender, **more):
    heard.append("other")


sold.connect(other)
""",
    "books/apps.py": """
from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "books"
    verbose_name = "The books"

    def ready(self):
        import books.signals
""",
    "books/templatetags/__init__.py": "",
    "books/templatetags/prices.py": """
from django import template

register = template.Library()


@register.filter
def money(value):
    return f"{value} EUR"


@register.simple_tag
def now():
    return "now"


@register.inclusion_tag("part.html")
def part(word):
    return {"word": word}
""",
    "books/management/__init__.py": "",
    "books/management/commands/__init__.py": "",
    "books/management/commands/greet.py": """
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Greets"

    def add_arguments(self, parser):
        parser.add_argument("--name", default="you")

    def handle(self, *args, **options):
        self.stdout.write(f"hello {options['name']}")
""",
    "books/tools.py": """
import functools

from django.http import HttpResponseForbidden

RATE = 2


def needs_key(view):
    @functools.wraps(view)
    def wrapper(request, *args, **words):
        if request.GET.get("key") != "open":
            return HttpResponseForbidden("closed")
        return view(request, *args, **words)

    return wrapper
""",
    "books/views.py": """
import io
import sqlite3

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.management import call_command
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views import View
from django.views.decorators.http import require_GET
from django.views.generic import ListView, TemplateView

from books import signals, tools
from books.forms import BookForm, Search
from books.models import Author, Book

DATABASE = sqlite3.connect(":memory:", check_same_thread=False)
DATABASE.execute("create table asked (number)")


def index(request):
    return HttpResponse("index")


def named(request):
    return HttpResponse(reverse("index") + " " + reverse("item", args=[3]))


def greet(request):
    return HttpResponse(f"{settings.GREETING} {settings.PER_PAGE}")


def item(request, pk):
    return HttpResponse(f"item {pk}")


def page(request):
    return render(request, "page.html", {"book": Book(title="a title"), "price": tools.RATE})


@tools.needs_key
def guarded(request):
    return HttpResponse("guarded")


def private(request):
    return HttpResponse("private")


@require_GET
def only_get(request):
    return HttpResponse("get")


def search(request):
    form = Search(request.GET)
    return JsonResponse([form.is_valid(), form.cleaned_data, list(form.errors), list(form.fields)], safe=False)


def book_form(request):
    form = BookForm({"title": "t", "pages": "x"})
    return JsonResponse([list(form.fields), form.errors, form.fields["title"].help_text], safe=False)


def model(request):
    book = Book(title="a long title")
    names = [each.name for each in Book._meta.get_fields()]
    text = [book.shout(), book.short, book.pages, book.get_kind_display(), book.limit, Book._meta.verbose_name, names]
    return JsonResponse([*text, Book._meta.ordering, str(book)], safe=False)


def queried(request):
    return HttpResponse(str(Book.objects.long().query) + str(Author.objects.all().query))


def administered(request):
    site = admin.site
    names = {each.__name__: [list(held.list_display), held.list_per_page] for each, held in site._registry.items()}
    try:
        names["url"] = reverse("admin:books_book_changelist")
    except NoReverseMatch:
        names["url"] = "no"
    return JsonResponse([names, site.site_header], safe=False)


def heard(request):
    signals.heard.clear()
    signals.sold.send(sender=None)
    return HttpResponse(" ".join(signals.heard))


def command(request):
    out = io.StringIO()
    call_command("greet", stdout=out)
    return HttpResponse(out.getvalue())


def away(request):
    return redirect("index")


def formatted(request):
    import datetime

    return HttpResponse(date_format(datetime.date(2020, 1, 2)) + gettext("Yes"))


class Detail(View):
    word = "detail"

    def get(self, request, pk=0):
        return HttpResponse(f"{self.word} {pk}")


class Books(ListView):
    model = Book
    template_name = "list.html"
    paginate_by = 2


class About(TemplateView):
    template_name = "about.html"
    extra_context = {"word": "about"}
""",
    "books/urls.py": """
from django.urls import path, register_converter

from books import views


class Year:
    regex = "[0-9]{4}"

    def to_python(self, value):
        return int(value)

    def to_url(self, value):
        return str(value)


register_converter(Year, "year")

urlpatterns = [
    path("", views.index, name="index"),
    path("named", views.named),
    path("greet", views.greet),
    path("item/<int:pk>", views.item, name="item"),
    path("page", views.page),
    path("guarded", views.guarded),
    path("private", views.private),
    path("only", views.only_get),
    path("search", views.search),
    path("form", views.book_form),
    path("model", views.model),
    path("queried", views.queried),
    path("administered", views.administered),
    path("heard", views.heard),
    path("command", views.command),
    path("away", views.away),
    path("formatted", views.formatted),
    path("detail/<int:pk>", views.Detail.as_view()),
    path("year/<year:pk>", views.Detail.as_view()),
    path("list", views.Books.as_view()),
    path("about", views.About.as_view()),
]
""",
    "books/admin.py": """
from django.contrib import admin

from books.models import Author, Book


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title"]
    list_per_page = 7


admin.site.register(Author)
admin.site.site_header = "Store"
""",
    "templates/page.html": "{% load prices %}{{ owner }}: {{ book.shout }} {{ price|money }} {% now %} {% part 'w' %}\n",
    "templates/part.html": "part {{ word }}\n",
    "templates/list.html": "{% for each in object_list %}{{ each }}{% endfor %}{{ page_obj.paginator.per_page }}\n",
    "templates/about.html": "{{ word }}\n",
}

ASKED = [
    *("/books/", "/books/named", "/books/greet", "/books/item/3", "/books/page", "/books/guarded"),
    *("/books/guarded?key=open", "/books/private", "/books/only", "POST /books/only", "/books/search?q=%20x%20"),
    *("/books/form", "/books/model", "/books/queried", "/books/administered", "/books/heard", "/books/command"),
    *("/books/away", "/books/formatted", "/books/detail/1", "/books/year/1999", "/books/list", "/books/about", "/no"),
    *("/admin/login/", "/admin/"),
]

V, U, R, S, M = "books/views.py", "books/urls.py", "store/urls.py", "store/settings.py", "books/models.py"
F, A, G, W, T = (
    "books/forms.py",
    "books/admin.py",
    "books/signals.py",
    "books/middleware.py",
    "books/templatetags/prices.py",
)
C = "books/management/commands/greet.py"
NEW = 'def new(request):\n    return HttpResponse("new")\n\n\n'
#: Edits that start the server again, which docs/web.md tells of.
RESTARTED = {
    *("DEBUG", "INSTALLED_APPS", "a field", "choices of a field", "ordering of a model", "ready()"),
    "a view under a decorator becomes async",
}
EDITS = [
    ("a view's body", [(V, 'HttpResponse("index")', 'HttpResponse("INDEX")')], []),
    ("a new view with its URL", [(V, "def named", NEW + "def named"), (U, '    path("named"', '    path("new", views.new),\n    path("named"')], ["/books/new"]),
    ("a URL is removed", [(U, '    path("private", views.private),\n', "")], []),
    ("a view is removed with its URL", [(U, '    path("private", views.private),\n', ""), (V, 'def private(request):\n    return HttpResponse("private")\n\n\n', "")], []),
    ("a path changes", [(U, 'path("greet"', 'path("hello"')], ["/books/hello"]),
    ("a URL's name", [(U, 'name="index"', 'name="start"'), (V, 'reverse("index")', 'reverse("start")'), (V, 'redirect("index")', 'redirect("start")')], []),
    ("a view is renamed", [(V, "def greet", "def hello"), (U, "views.greet", "views.hello")], []),
    ("two URLs change places", [(U, '    path("item/<int:pk>", views.item, name="item"),\n', ""), (U, '    path("page"', '    path("<path:pk>", views.item),\n    path("item/<int:pk>", views.item, name="item"),\n    path("page"')], []),
    ("a converter in a path", [(U, '"item/<int:pk>"', '"item/<slug:pk>"')], ["/books/item/x"]),
    ("the regex of a converter", [(U, "{4}", "{5}")], ["/books/year/19999"]),
    ("a method of a converter", [(U, "return int(value)", "return int(value) + 1")], []),
    ("an argument of as_view", [(U, 'path("detail/<int:pk>", views.Detail.as_view())', 'path("detail/<int:pk>", views.Detail.as_view(word="more"))')], []),
    ("the prefix of an include", [(R, 'path("books/"', 'path("library/"')], ["/library/"]),
    ("an include of a new file", [("books/more.py", None, 'from django.http import HttpResponse\nfrom django.urls import path\n\nurlpatterns = [path("all", lambda request: HttpResponse("more"))]\n'), (R, '    path("process"', '    path("more/", include("books.more")),\n    path("process"')], ["/more/all"]),
    ("a namespace", [(U, "urlpatterns = [", 'app_name = "books"\nurlpatterns = ['), (V, 'reverse("index")', 'reverse("books:index")'), (V, 'reverse("item"', 'reverse("books:item"'), (V, 'redirect("index")', 'redirect("books:index")')], []),
    ("handler404", [(R, '"nothing here"', '"nobody here"')], []),
    ("a view gets login_required", [(V, "def private", "@login_required\ndef private")], []),
    ("a view loses its decorator", [(V, "@tools.needs_key\n", "")], []),
    ("a decorator's body", [("books/tools.py", '"open"', '"opened"')], ["/books/guarded?key=opened"]),
    ("another decorator of Django's", [(V, "@require_GET\n", "@login_required\n")], []),
    ("a view under a decorator becomes async", [(V, "def only_get(", "async def only_get(")], []),
    ("a view becomes async", [(V, "def index", "async def index")], []),
    ("a class-based view's method", [(V, 'f"{self.word} {pk}"', 'f"{self.word}: {pk}"')], []),
    ("a class-based view's attribute", [(V, 'word = "detail"', 'word = "details"')], []),
    ("a class-based view gets a method", [(V, "    def get(self, request, pk=0)", "    def post(self, request, pk=0):\n        return HttpResponse('post')\n\n    def get(self, request, pk=0)")], ["POST /books/detail/1"]),
    ("paginate_by", [(V, "paginate_by = 2", "paginate_by = 4")], []),
    ("extra_context", [(V, '{"word": "about"}', '{"word": "us"}')], []),
    ("a function view becomes a class", [(V, 'def private(request):\n    return HttpResponse("private")\n', 'class private(View):\n    def get(self, request):\n        return HttpResponse("class")\n'), (U, "views.private)", "views.private.as_view())")], []),
    ("a setting", [(S, "PER_PAGE = 10", "PER_PAGE = 20")], []),
    ("a setting that another is computed from", [(S, 'SHOP = "shop"', 'SHOP = "market"')], []),
    ("a new setting", [(S, "PER_PAGE = 10", "PER_PAGE = 10\nEXTRA = 7"), (V, "settings.PER_PAGE}", "settings.EXTRA}")], []),
    ("a setting is removed", [(S, "PER_PAGE = 10\n", ""), (V, "settings.PER_PAGE}", "getattr(settings, 'PER_PAGE', 'none')}")], []),
    ("LANGUAGE_CODE", [(S, 'LANGUAGE_CODE = "en"', 'LANGUAGE_CODE = "de"')], []),
    ("DATE_FORMAT and USE_I18N", [(S, "USE_I18N = True", "USE_I18N = False"), (S, 'DATE_FORMAT = "Y"', 'DATE_FORMAT = "m"')], []),
    ("LOGIN_URL", [(S, '"/in/"', '"/enter/"'), (V, "def private", "@login_required\ndef private")], []),
    ("a context processor is taken out", [(S, '                "books.context.common",\n', "")], []),
    ("a folder of templates", [(S, 'BASE / "templates"]', 'BASE / "others", BASE / "templates"]'), ("others/about.html", None, "other {{ word }}\n")], []),
    ("MIDDLEWARE gets one", [(S, '    "books.middleware.Stamp",\n', '    "books.middleware.second",\n    "books.middleware.Stamp",\n')], []),
    ("MIDDLEWARE loses one", [(S, '    "books.middleware.Stamp",\n', "")], []),
    ("INSTALLED_APPS", [(S, '    "books",\n', '    "books",\n    "django.contrib.humanize",\n')], []),
    ("DEBUG", [(S, "DEBUG = True", 'DEBUG = False\nALLOWED_HOSTS = ["*"]')], []),
    ("a middleware's body", [(W, "self.word + self.more", "self.more + self.word")], []),
    ("a middleware's __init__", [(W, 'self.more = "!"', 'self.more = "?"')], []),
    ("a middleware's attribute", [(W, 'word = "stamp"', 'word = "mark"')], []),
    ("a middleware gets process_view", [(W, "    def __call__", "    def process_view(self, request, *more):\n        self.more = 'view'\n\n    def __call__")], []),
    ("a context processor's body", [("books/context.py", "Ann", "Bea")], []),
    ("a method of a model", [(M, "self.title.upper()", "self.title.title()")], []),
    ("a property of a model", [(M, "self.title[:3]", "self.title[:4]")], []),
    ("a new method of a model", [(M, "    def shout(self)", "    def whisper(self):\n        return 'w'\n\n    def shout(self)"), (V, "[book.shout(),", "[book.whisper(), book.shout(),")], []),
    ("a plain value of a model", [(M, "limit = 5", "limit = 6")], []),
    ("a method of a queryset", [(M, 'title__contains="long"', 'title__contains="short"')], []),
    ("a new method of a queryset", [(M, "    def long(self)", "    def short(self):\n        return self.filter(pages=1)\n\n    def long(self)"), (V, "Book.objects.long()", "Book.objects.short()")], []),
    ("ordering of a model", [(M, 'ordering = ["title"]', 'ordering = ["-title"]')], []),
    ("choices of a field", [(M, '("a", "Novel")', '("a", "Story")')], []),
    ("a field", [(M, "max_length=50, help_text", "max_length=60, help_text")], []),
    ("a field of a form", [(F, "    exact = forms", "    more = forms.IntegerField(required=False)\n    exact = forms")], []),
    ("a field of a form is removed", [(F, "    exact = forms.BooleanField(required=False)\n", "")], []),
    ("an argument of a form's field", [(F, "max_length=5", "max_length=2")], []),
    ("a clean method", [(F, ".strip()", ".strip().upper()")], []),
    ("a new clean method", [(F, "    def clean_q", "    def clean(self):\n        raise forms.ValidationError('never')\n\n    def clean_q")], []),
    ("fields of a ModelForm", [(F, '["title", "pages"]', '["pages"]')], []),
    ("help_texts of a ModelForm", [(F, '        fields = ["title", "pages"]', '        fields = ["title", "pages"]\n        help_texts = {"title": "short"}')], []),
    ("an option of an admin", [(A, 'list_display = ["title"]', 'list_display = ["title", "pages"]')], []),
    ("an admin is no more registered", [(A, "@admin.register(Book)\n", "")], []),
    ("admin.site.register is removed", [(A, "admin.site.register(Author)\n", "")], []),
    ("admin.site.register with a class", [(A, "admin.site.register(Author)\n", 'class AuthorAdmin(admin.ModelAdmin):\n    list_per_page = 9\n\n\nadmin.site.register(Author, AuthorAdmin)\n')], []),
    ("an attribute of the site", [(A, 'site_header = "Store"', 'site_header = "Market"')], []),
    ("a receiver's body", [(G, '"noted"', '"NOTED"')], []),
    ("a receiver is removed", [(G, "@receiver(sold)\n", "")], []),
    ("a receiver is added", [(G, "def other", '@receiver(sold)\ndef third(sender, **more):\n    heard.append("third")\n\n\ndef other')], []),
    ("connect is removed", [(G, "\n\nsold.connect(other)\n", "\n")], []),
    ("receivers change places", [(G, '@receiver(sold)\ndef note(sender, **more):\n    heard.append("noted")\n\n\n', ""), (G, "sold.connect(other)\n", 'sold.connect(other)\n\n\n@receiver(sold)\ndef note(sender, **more):\n    heard.append("noted")\n')], []),
    ("registered models change places", [(A, '@admin.register(Book)\nclass BookAdmin(admin.ModelAdmin):\n    list_display = ["title"]\n    list_per_page = 7\n\n\nadmin.site.register(Author)\n', 'admin.site.register(Author)\n\n\n@admin.register(Book)\nclass BookAdmin(admin.ModelAdmin):\n    list_display = ["title"]\n    list_per_page = 7\n\n\n')], []),
    ("a receiver of another signal", [(G, "sold = Signal()", "sold = Signal()\nbought = Signal()"), (G, "@receiver(sold)", "@receiver(bought)")], []),
    ("ready()", [("books/apps.py", "        import books.signals", "        import books.signals\n\n        books.signals.heard.append(1)")], []),
    ("a filter's body", [(T, 'f"{value} EUR"', 'f"{value} USD"')], []),
    ("a filter is renamed", [(T, "def money", "def cash"), ("templates/page.html", "price|money", "price|cash")], []),
    ("a new tag", [(T, "@register.simple_tag\ndef now", "@register.simple_tag\ndef later():\n    return 'later'\n\n\n@register.simple_tag\ndef now"), ("templates/page.html", "{% now %}", "{% later %}")], []),
    ("a new library of tags", [("books/templatetags/extra.py", None, "from django import template\n\nregister = template.Library()\n\n\n@register.simple_tag\ndef extra():\n    return 'extra'\n"), ("templates/about.html", "{{ word }}", "{% load extra %}{% extra %}")], []),
    ("a parameter of a tag", [(T, "def now():\n    return \"now\"", 'def now(word="then"):\n    return word')], []),
    ("an inclusion tag's template", [(T, '"part.html"', '"about.html"')], []),
    ("a template", [("templates/page.html", "{{ owner }}:", "{{ owner }} has")], []),
    ("an included template", [("templates/part.html", "part", "parts")], []),
    ("a command's body", [(C, 'f"hello', 'f"bye')], []),
    ("a command's argument", [(C, 'default="you"', 'default="all"')], []),
    ("a constant of another module", [("books/tools.py", "RATE = 2", "RATE = 3")], []),
]  # fmt: skip


def prepare(folder: Path) -> None:
    """Its database."""
    for command in (["makemigrations", "books"], ["migrate"]):
        env = {**os.environ, **ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run([sys.executable, "manage.py", *command], cwd=folder, env=env, check=True, capture_output=True)


def client():  # type: ignore[no-untyped-def]
    """What asks a fresh application."""
    import logging

    import django
    from django.conf import settings

    django.setup()
    logging.disable()
    settings.ALLOWED_HOSTS = ["*"]
    from django.test import Client

    asking = Client(raise_request_exception=False, enforce_csrf_checks=True)

    def ask(method, path, body, headers):  # type: ignore[no-untyped-def]
        got = asking.generic(method, path, body or "", content_type="application/json")
        return got.status_code, got.content.decode(), got.headers

    return ask
