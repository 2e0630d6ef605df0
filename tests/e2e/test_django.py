"""`manage.py runserver` as typed, under `reloadr run`: real requests, one process from save to save."""

import shutil
import struct
import subprocess

import pytest
from program import PYTHON, replace, until

pytest.importorskip("django")

import django_site
from served import TOOLS, Served


class Site(Served):
    """The project with its database."""

    def __init__(self, start, folder, port):
        super().__init__(start, folder, port)
        self.write(django_site.FILES)
        for command in (["makemigrations", "books"], ["migrate"]):
            subprocess.run([PYTHON, "manage.py", *command], cwd=folder, check=True, capture_output=True)

    def serve(self, *spelling):
        """Starts the server; `spelling`: how it is typed, up to the port."""
        words = spelling or ("manage.py", "runserver")
        at = f"127.0.0.1:{self.port}"
        return super().serve(*words, at, asked="/books/process", DJANGO_SETTINGS_MODULE="shop.settings")

    def edit_first(self, name, *pairs):
        """Before the server is started."""
        text = (self.folder / name).read_text()
        for old, new in pairs:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (self.folder / name).write_text(text)

    def begin(self, *words, **variables):
        """Starts the server."""
        super().begin(*words or ("manage.py", "runserver", f"127.0.0.1:{self.port}"), **variables)


@pytest.fixture
def site(start, tmp_path, port):
    return Site(start, tmp_path, port)


SPELLINGS = {
    "script": ("manage.py", "runserver"),
    "python": ("--", "python", "manage.py", "runserver"),
    "module": ("-m", "django", "runserver"),
    "tool": ("--", "django-admin", "runserver"),
    "noreload": ("manage.py", "runserver", "--noreload"),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_view_is_live_however_the_command_is_spelled(site, spelling):
    """In the process that serves, which is one; a session goes on."""
    site.serve(*spelling)
    pid = site.ask("/books/process")
    assert site.ask("/books/") == "index 1"
    site.edit("books/views.py", ('f"index ', 'f"INDEX '))
    site.becomes("/books/process", pid)
    assert site.ask("/books/").startswith("INDEX ")
    assert site.said() == []
    site.program.process.terminate()
    assert site.program.ends() in (0, -15, 143)


#: A plain command, and what stands before it: the interpreter's options are kept.
PLAIN = {
    "script": ("manage.py", "runserver"),
    "module": ("-X", "dev", "-m", "django", "runserver"),
    "tool": (f"{TOOLS}/django-admin", "runserver"),
}


@pytest.mark.parametrize("spelling", PLAIN.values(), ids=PLAIN)
def test_with_the_app_a_plain_runserver_is_hot(site, spelling):
    """Also where a model keeps it from starting, and over a restart; `--noreload` and other commands are left alone."""
    site.edit_first("shop/settings.py", ("INSTALLED_APPS = [\n", 'INSTALLED_APPS = [\n    "reloadr.django",\n'))
    models = site.folder / "books" / "models.py"
    text = models.read_text()
    models.write_text(text.replace("def shout", "def"))
    site.command = (PYTHON,)
    site.begin(*spelling, f"127.0.0.1:{site.port}", DJANGO_SETTINGS_MODULE="shop.settings")
    site.waits_for_the_mend("books/models.py", "SyntaxError", text, asked="/books/process")
    pid = site.ask("/books/process")
    site.edit("books/views.py", ('f"index ', 'f"INDEX '))
    assert site.ask("/books/") == "INDEX 1" and site.ask("/books/process") == pid
    site.edit("shop/settings.py", ('"db.sqlite3"', '"other.sqlite3"'))
    site.starts_anew("/books/process", pid)
    done = subprocess.run([PYTHON, "manage.py", "check"], cwd=site.folder, check=True, capture_output=True, text=True)
    assert "reloadr" not in done.stdout + done.stderr


def test_with_the_app_noreload_is_what_it_says(site):
    site.edit_first("shop/settings.py", ("INSTALLED_APPS = [\n", 'INSTALLED_APPS = [\n    "reloadr.django",\n'))
    site.command = (PYTHON,)
    site.serve("manage.py", "runserver", "--noreload")
    assert site.ask("/books/") == "index 1"
    assert "reloadr" not in site.log()


def test_urls_follow(site):
    """A new view and its URL in two saves, a name, an argument of as_view, a decorated view, a removed URL."""
    site.serve()
    pid = site.ask("/books/process")
    assert site.ask("/books/new") == "404"
    site.edit("books/views.py", ("def named", 'def new(request):\n    return HttpResponse("new")\n\n\ndef named'))
    site.edit("books/urls.py", ('    path("named"', '    path("new", views.new),\n    path("named"'))
    site.becomes("/books/new", "new")
    site.edit("books/urls.py", ('path("", views.index', 'path("start", views.index'))
    site.becomes("/books/named", "/books/start")
    site.edit("books/urls.py", ("as_view()", 'as_view(word="more")'))
    site.becomes("/books/detail/3", "more 3")
    site.edit(
        "books/views.py",
        ("from django.http", "from django.contrib.auth.decorators import login_required\nfrom django.http"),
        ("def greet", "@login_required\ndef greet"),
    )
    site.becomes("/books/greet", "302 /accounts/login/?next=/books/greet")
    site.edit("books/views.py", ("@login_required\n", ""))
    site.becomes("/books/greet", "welcome to the shop")
    site.edit("shop/urls.py", ('path("books/"', 'path("library/"'))
    site.becomes("/library/named", "/library/start")
    assert site.ask("/books/named") == "404"
    site.edit("books/urls.py", ('    path("new", views.new),\n', ""))
    site.becomes("/library/new", "404")
    assert site.ask("/library/process") == pid
    assert site.said() == []


def test_converters_and_includes_follow(site):
    """A module that is included for the first time, a converter of one's own and its pattern, `app_name`."""
    (site.folder / "books" / "extra.py").write_text(
        "from django.http import HttpResponse\nfrom django.urls import path, register_converter\n\n\n"
        'class Year:\n    regex = "[0-9]{4}"\n\n    def to_python(self, value):\n        return int(value)\n\n'
        "    def to_url(self, value):\n        return str(value)\n\n\n"
        'register_converter(Year, "year")\napp_name = "extra"\n\n\n'
        "def show(request, year):\n    return HttpResponse(request.resolver_match.view_name)\n\n\n"
        'urlpatterns = [path("<year:year>", show, name="show")]\n'
    )
    site.serve()
    site.edit("shop/urls.py", ('path("books/"', 'path("extra/", include("books.extra")),\n    path("books/"'))
    site.becomes("/extra/1999", "extra:show")
    assert site.ask("/extra/19999") == "404"
    site.edit("books/extra.py", ("{4}", "{5}"))
    site.becomes("/extra/19999", "extra:show")
    assert site.ask("/extra/1999") == "404"
    site.edit("books/extra.py", ('app_name = "extra"', 'app_name = "more"'))
    site.becomes("/extra/19999", "more:show")
    assert site.said() == []


PROCESS_VIEW = """\
    def process_view(self, request, *more):
        request.seen = "seen"

"""


def test_settings_follow_or_restart(site):
    """A value and what is computed from it; the chain of middleware; DATABASES in a new process."""
    site.serve()
    pid = site.ask("/books/process")
    assert site.ask("/books/greet") == "welcome to the shop"
    site.edit("shop/settings.py", ('"the shop"', '"our shop"'))
    site.becomes("/books/greet", "welcome to our shop")
    site.edit("shop/settings.py", ('    "books.middleware.Stamp",\n', ""))
    until(lambda: site.ask("/books/named") and "X-Stamp" not in site.headers)
    site.edit("shop/settings.py", ("MIDDLEWARE = [\n", 'MIDDLEWARE = [\n    "books.middleware.Stamp",\n'))
    until(lambda: site.ask("/books/named") and site.headers["X-Stamp"] == "one")
    site.edit("books/middleware.py", ('"one"', '"two"'))
    until(lambda: site.ask("/books/named") and site.headers["X-Stamp"] == "two")
    site.edit(
        "books/middleware.py",
        ("    def __call__", f"{PROCESS_VIEW}    def __call__"),
        ('"two"', "request.seen"),
    )
    until(lambda: site.ask("/books/named") and site.headers["X-Stamp"] == "seen")
    assert site.ask("/books/process") == pid
    assert site.said() == []
    site.edit("shop/settings.py", ('"db.sqlite3"', '"other.sqlite3"'))
    site.program.prints("django cannot take DATABASES into this process: connections were made from it")
    site.starts_anew("/books/process", pid)


NOTED = """
from django.core.signals import setting_changed


def note(setting, value, enter, **more):
    heard.append(f"{setting} {value} {enter}")


heard = []
setting_changed.connect(note)
"""


def test_who_listens_to_settings_is_told(site):
    """As by Django's own tests: the name, the value, and that it is there from now on; once for each setting."""
    site.write({"books/noted.py": NOTED})
    site.edit_first("books/views.py", ("from books import signals", "from books import noted, signals"))
    site.edit_first("books/views.py", ("HttpResponse(settings.GREETING)", 'HttpResponse(", ".join(noted.heard))'))
    site.serve()
    site.edit("shop/settings.py", ('SHOP = "the shop"', 'SHOP = "our shop"'))
    site.becomes("/books/greet", "SHOP our shop True, GREETING welcome to our shop True")
    assert site.said() == []


def catalogue(**texts):
    """A compiled catalogue of translations (`.mo`)."""
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **texts}.items())
    ids, strings = ([each.encode() for each in column] for column in zip(*pairs, strict=True))
    head, text, tables = 7 * 4, b"", []
    for each in (ids, strings):
        for one in each:
            tables.append(struct.pack("<II", len(one), head + 16 * len(pairs) + len(text)))
            text += one + b"\0"
    numbers = (0x950412DE, 0, len(pairs), head, head + 8 * len(pairs), 0, 0)
    return struct.pack("<7I", *numbers) + b"".join(tables) + text


def test_translations_are_read_again(site):
    """Those of the project, and the first ones of an app."""
    site.edit_first(
        "books/views.py",
        ("HttpResponse(settings.GREETING)", 'HttpResponse(gettext("word"))'),
        ("from django.views", "from django.utils.translation import gettext\nfrom django.views"),
    )
    settings = 'LANGUAGE_CODE = "de"\nUSE_I18N = True\nLOCALE_PATHS = [BASE / "locale"]\nDEFAULT_AUTO_FIELD'
    site.edit_first("shop/settings.py", ("DEFAULT_AUTO_FIELD", settings))
    path = site.folder / "locale/de/LC_MESSAGES/django.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(catalogue(word="Wort"))
    site.serve()
    pid = site.ask("/books/process")
    assert site.ask("/books/greet") == "Wort"
    path.with_suffix(".new").write_bytes(catalogue(word="Vokabel"))
    path.with_suffix(".new").replace(path)
    site.becomes("/books/greet", "Vokabel")
    path.unlink()
    other = site.folder / "books/locale/de/LC_MESSAGES/django.mo"
    other.parent.mkdir(parents=True)
    other.write_bytes(catalogue(word="der Anwendung"))
    site.becomes("/books/greet", "der Anwendung")
    assert site.ask("/books/process") == pid


def test_a_content_type_knows_the_living_model(site):
    """It is in a cache of Django's, and the class in another; a new process has another model's by itself."""
    site.edit_first(
        "books/views.py",
        ("HttpResponse(settings.GREETING)", 'HttpResponse(f"{kind_of(Book)} {kind_of(Book).model_class().shelf()}")'),
        ("def greet", "kind_of = ContentType.objects.get_for_model\n\n\ndef greet"),
        ("from django.http", "from django.contrib.contenttypes.models import ContentType\nfrom django.http"),
    )
    shelf = "    @classmethod\n    def shelf(cls):\n        return {}\n\n    def shout"
    site.edit_first("books/models.py", ("    def shout", shelf.format("cls is Book")))
    site.serve()
    pid = site.ask("/books/process")
    assert site.ask("/books/greet") == "Books | book True"
    site.edit("books/models.py", ("return cls is Book", 'return "new" if cls is Book else "old"'))
    site.becomes("/books/greet", "Books | book new")
    assert site.ask("/books/process") == pid
    named = '    class Meta:\n        verbose_name = "tome"\n\n    title ='
    site.edit(
        "books/models.py",
        ("class Book", "class Paper(models.Model):\n    size = models.IntegerField()\n\n\nclass Book"),
        ("    title =", named),
    )
    site.starts_anew("/books/process", pid)
    site.becomes("/books/greet", "Books | tome new")


def test_models_admin_and_signals(site):
    """Methods of a model are live, fields restart; options of an admin; a receiver that is taken away."""
    site.serve()
    pid = site.ask("/books/process")
    assert site.ask("/books/page") == "page of A TITLE\n"
    site.edit("books/models.py", ("self.title.upper()", "self.title.title()"))
    site.becomes("/books/page", "page of A Title\n")
    assert site.ask("/books/save") == "saved a book"
    site.edit("books/signals.py", ('"saved ', '"stored '))
    site.becomes("/books/save", "stored a book")
    site.edit("books/signals.py", ("@receiver(post_save, sender=Book)\n", ""))
    site.becomes("/books/save", "nothing heard")
    site.edit("books/signals.py", ("def saved", "@receiver(post_save)\ndef saved"))
    site.becomes("/books/save", "stored a book")
    site.edit("books/admin.py", ('["title"]', '["id", "title"]'))
    site.edit("books/admin.py", ("@admin.register(Book)\n", ""))
    site.becomes("/books/administered", "no")
    site.edit("books/admin.py", ("class BookAdmin", "@admin.register(Book)\nclass BookAdmin"))
    site.becomes("/books/administered", "/admin/books/book/")
    assert site.ask("/books/process") == pid
    assert site.said() == []
    site.edit("books/models.py", ("max_length=50", "max_length=60"))
    site.program.prints("django cannot take Book.title into this process")
    site.starts_anew("/books/process", pid)
    assert site.ask("/books/page") == "page of A Title\n"


def test_templates_and_what_else_is_watched(site):
    """A template is read again; a file that the project has Django watch restarts."""
    path = site.folder / "books" / "apps.py"
    path.write_text(
        path.read_text()
        + "\n        from django.utils.autoreload import autoreload_started\n\n"
        + "        autoreload_started.connect(watch)\n\n\n"
        + "def watch(sender, **more):\n    sender.watch_dir('.', '*.toml')\n"
    )
    site.serve()
    pid = site.ask("/books/process")
    assert site.ask("/books/page") == "page of A TITLE\n"
    replace(site.folder / "templates" / "page.html", "the page of {{ book }}\n")
    site.becomes("/books/page", "the page of a title\n")
    assert site.ask("/books/process") == pid
    replace(site.folder / "pyproject.toml", "\n")
    site.program.prints("pyproject.toml changed")
    site.starts_anew("/books/process", pid)


def test_what_is_live_is_what_a_fresh_server_serves(site):
    """A row of saves, a mistake among them; then a fresh process on the same files answers the same."""
    site.serve()
    asked = ["/books/named", "/books/greet", "/books/page", "/books/detail/7", "/books/more", "/admin/books/book/"]
    site.edit(
        "books/views.py",
        ("word = ", "more = 1\n    word = "),
        ("def page", "def more(request):\n    return page(request)\n\n\ndef page"),
    )
    site.edit("books/urls.py", ('path("page"', 'path("more", views.mor),\n    path("page"'))
    assert site.ask("/books/more") == "404"
    site.edit("books/urls.py", ("views.mor)", "views.more)"))
    site.edit("books/urls.py", ('name="index"', 'name="index2"'))
    site.edit("books/views.py", ('reverse("index")', 'reverse("index2")'))
    site.edit("shop/settings.py", ('"welcome to "', '"hello, "'))
    # What is said of the mistake and its mending may come as late as this: by what the last save does.
    site.becomes("/books/greet", "hello, the shop")
    ours = [site.ask(each) for each in asked]
    site.program.process.terminate()
    site.program.ends()
    site.serve()
    assert ours == [site.ask(each) for each in asked]


@pytest.mark.parametrize("name", ["shop/settings.py", "shop/urls.py", "books/models.py"])
def test_what_keeps_it_from_starting_is_waited_for(site, name):
    """An error of any kind in the settings, in the URLs, in a model."""
    text = (site.folder / name).read_text()
    site.write({name: f"1 / 0\n{text}"})
    site.begin()
    site.waits_for_the_mend(name, "ZeroDivisionError", text, asked="/books/process")
    assert site.ask("/books/") == "index 1"


def test_another_server_than_its_own(site):
    """gunicorn: views, URLs and templates are live in its worker."""
    if shutil.which("gunicorn", path=TOOLS) is None:
        pytest.skip("gunicorn is not installed")
    site.write({"shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\n\napp = get_wsgi_application()\n"})
    variables = {"asked": "/books/process", "DJANGO_SETTINGS_MODULE": "shop.settings"}
    Served.serve(site, "--", "gunicorn", "--bind", f"127.0.0.1:{site.port}", "shop.wsgi:app", **variables)
    pid = site.ask("/books/process")
    assert site.ask("/books/page") == "page of A TITLE\n"
    site.edit("books/urls.py", ('path("page"', 'path("leaf"'))
    site.becomes("/books/leaf", "page of A TITLE\n")
    replace(site.folder / "templates" / "page.html", "the page of {{ book }}\n")
    site.becomes("/books/leaf", "the page of a title\n")
    assert site.ask("/books/process") == pid
