"""A larger Flask project, and edits that `flask_edits.py` has none of: an application of a module, with its extensions.

SQLAlchemy, forms, sessions and flashed messages, class-based views with decorators, blueprints within blueprints,
signals, converters of paths, Jinja's filters, tests, globals and macros, groups of commands, streams, static files.
"""

from __future__ import annotations

import sys
from pathlib import Path

from web.flask_edits import asking

COMMAND = ["--", "flask", "--app", "store", "run", "--port", "{port}"]
ENVIRONMENT: dict[str, str] = {}
KINDS = {".py", ".html", ".txt", ".css", ".json"}
#: What of libraries a fresh process finds imported.
LIBRARIES = ["click", "flask.cli", "flask.testing", "flask.views", "flask_sqlalchemy", "flask_wtf", "wtforms"]

FILES = {
    "pyproject.toml": "",
    "store.py": """
from shop.app import app
""",
    "shop/__init__.py": "",
    "shop/counter.py": """
import os

COUNT = []


def counted():
    COUNT.append(1)
    return f"{os.getpid()} {len(COUNT)}"
""",
    "shop/config.py": """
class Base:
    TITLE = "shop"
    SECRET_KEY = "s"
    SQLALCHEMY_DATABASE_URI = "sqlite://"
    WTF_CSRF_ENABLED = False
    PAGE = 2
    LABELS = {"a": "A", "b": "B"}


class Development(Base):
    MODE = "dev"
""",
    "shop/extensions.py": """
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Clock:
    def __init__(self, word="tick"):
        self.word = word

    def init_app(self, app):
        app.extensions["clock"] = self
        app.jinja_env.globals["clock"] = self.now

    def now(self):
        return self.word


clock = Clock()
""",
    "shop/converters.py": """
from werkzeug.routing import BaseConverter


class Upper(BaseConverter):
    regex = "[A-Z]+"

    def to_python(self, value):
        return value.lower()

    def to_url(self, value):
        return value.upper()
""",
    "shop/models.py": """
from shop.extensions import db


class Author(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(30))
    books = db.relationship("Book", back_populates="author", order_by="Book.title")

    def label(self):
        return f"{self.name} ({len(self.books)})"


class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    title = db.Column(db.String(50))
    pages = db.Column(db.Integer, default=100)
    author_id = db.Column(db.ForeignKey("author.id"))
    author = db.relationship("Author", back_populates="books")

    @property
    def is_long(self):
        return self.pages > 150

    @classmethod
    def longer(cls, least=100):
        return db.select(cls).where(cls.pages > least).order_by(cls.title)


def fill():
    db.create_all()
    ann = Author(name="Ann")
    ann.books = [Book(title="One", pages=90), Book(title="Two", pages=200), Book(title="Three", pages=300)]
    db.session.add(ann)
    db.session.commit()
""",
    "shop/forms.py": """
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, Length, NumberRange

KINDS = [("a", "Novel"), ("b", "Poem")]


class BookForm(FlaskForm):
    title = StringField("Title", validators=[DataRequired(), Length(max=5)])
    pages = IntegerField("Pages", default=3, validators=[NumberRange(min=1)])
    kind = SelectField("Kind", choices=KINDS, default="a")

    def validate_title(self, field):
        if field.data == "bad":
            raise ValidationError("a bad title")


class LongForm(BookForm):
    note = StringField("Note", default="none")
""",
    "shop/tools.py": """
import functools

from flask import g, request

from shop.signals import visited


def with_user(role="guest"):
    def decorate(view):
        @functools.wraps(view)
        def wrapper(*args, **words):
            g.user = request.args.get("user", role)
            return view(*args, **words)

        return wrapper

    return decorate


def cached(view):
    results = {}

    @functools.wraps(view)
    def wrapper(*args, **words):
        if args not in results:
            results[args] = view(*args, **words)
        return results[args]

    return wrapper


class Limit:
    def __init__(self, most):
        self.most = most

    def __call__(self, view):
        @functools.wraps(view)
        def wrapper(*args, **words):
            if int(request.args.get("n", 0)) > self.most:
                return "too many", 429
            visited.send(view, path=request.path)
            return view(*args, **words)

        return wrapper
""",
    "shop/signals.py": """
from blinker import Namespace
from flask import request_started

signals = Namespace()
visited = signals.signal("visited")
heard = []


@visited.connect
def on_visit(sender, path):
    heard.append(path)


def on_start(sender, **more):
    heard.append("start")


request_started.connect(on_start)
""",
    "shop/views.py": """
from flask import Blueprint, abort, flash, g, get_flashed_messages, jsonify, make_response, redirect, render_template
from flask import request, session, stream_with_context, url_for
from flask.views import MethodView, View

from shop.extensions import db
from shop.forms import BookForm, LongForm
from shop.models import Author, Book
from shop.signals import heard
from shop.tools import Limit, cached, with_user

site = Blueprint("site", __name__, template_folder="templates", static_folder="static", static_url_path="/files")


@site.url_value_preprocessor
def pull(endpoint, values):
    g.lang = (values or {}).pop("lang", "en")


@site.url_defaults
def push(endpoint, values):
    values.setdefault("sort", "up")


@site.get("/")
def index():
    return render_template("index.html", books=db.session.scalars(Book.longer()).all())


@site.get("/links")
def links():
    return " ".join([url_for(".index"), url_for(".shout", word="abc"), url_for("site.static", filename="site.css")])


@site.get("/shout/<upper:word>")
def shout(word):
    return f"{word} {g.lang}"


@site.get("/<any(de, fr):lang>/say")
def say():
    return g.lang


@site.get("/authors")
def authors():
    return [each.label() for each in db.session.scalars(db.select(Author))]


@site.get("/paged")
def paged():
    found = db.paginate(Book.longer(0), per_page=2)
    return {"titles": [each.title for each in found.items], "pages": found.pages}


@site.get("/user")
@with_user()
def user():
    return g.user


@site.get("/cached")
@cached
def kept():
    return "cached"


@site.get("/limited")
@Limit(3)
def limited():
    return f"limited {'start' in heard[-2:]} {heard[-1:]}"


@site.route("/form", methods=["GET", "POST"])
def form():
    form = BookForm(data=request.get_json(silent=True) or {"title": request.args.get("title", "t")})
    return jsonify(form.validate(), form.errors, [each.label.text for each in form], form.pages.data, form.kind.choices)


@site.get("/long-form")
def long_form():
    form = LongForm(data={"title": "t"})
    return jsonify(list(form._fields), str(form.note()))


@site.get("/flash")
def flashed():
    flash("flashed", "note")
    return jsonify(get_flashed_messages(with_categories=True))


@site.get("/session")
def counted():
    session["n"] = session.get("n", 0) + 1
    return f"session {session['n']}"


@site.get("/cookie")
def cookie():
    response = make_response("cookie", 202)
    response.headers["x-stamp"] = "cookie"
    return response


@site.get("/stream")
def stream():
    @stream_with_context
    def parts():
        yield "a"
        yield request.path

    return parts()


@site.get("/teapot")
def teapot():
    abort(418)


@site.get("/boom")
def boom():
    raise LookupError("boom")


@site.errorhandler(418)
def is_teapot(error):
    return "a teapot", 418


@site.app_errorhandler(LookupError)
def not_found(error):
    return f"lookup: {error.args[0]}", 404


class Page(View):
    template = "page.html"
    decorators = [with_user("page")]
    methods = ["GET"]

    def __init__(self, title):
        self.title = title

    def context(self):
        return {"title": self.title, "user": g.user}

    def dispatch_request(self, **words):
        return render_template(self.template, **self.context())


class About(Page):
    def context(self):
        return {**super().context(), "more": "more"}


site.add_url_rule("/page", view_func=Page.as_view("page", "the page"))
site.add_url_rule("/about", view_func=About.as_view("about", title="about us"))


class BookApi(MethodView):
    decorators = [Limit(5)]

    def _get(self, pk):
        return db.get_or_404(Book, pk)

    def get(self, pk):
        return {"title": self._get(pk).title}

    def delete(self, pk):
        return "", 204


site.add_url_rule("/books/<int:pk>", view_func=BookApi.as_view("book"))


@site.after_app_request
def stamped(response):
    response.headers.setdefault("x-stamp", "stamp")
    return response


@site.app_template_test("long")
def is_long(book):
    return book.is_long


@site.app_context_processor
def helpers():
    def price(value):
        return f"{value} EUR"

    return {"price": price}
""",
    "shop/admin/__init__.py": """
from flask import Blueprint

admin = Blueprint("admin", __name__, url_prefix="/admin")
users = Blueprint("users", __name__, url_prefix="/users")

from shop.admin import views

admin.register_blueprint(users)
""",
    "shop/admin/views.py": """
from flask import g, request

from shop.admin import admin, users


@admin.before_request
def only_boss():
    if request.args.get("user") != "boss":
        return "boss only", 403


@admin.route("/")
@admin.route("/home")
def home():
    return "home"


@users.get("/")
def listed():
    return "users"


@users.get("/<name>")
def one(name):
    return f"user {name}"


@users.teardown_request
def end(error):
    pass
""",
    "shop/commands.py": """
import click
from flask.cli import AppGroup, with_appcontext

books = AppGroup("books", help="Books.")


@books.command("count")
@click.argument("kind", default="all")
@click.option("--loud/--quiet", default=False)
def count(kind, loud):
    text = f"{kind} books"
    click.echo(text.upper() if loud else text)


@books.group()
def more():
    pass


@more.command()
@click.option("--size", type=click.Choice(["s", "m"]), default="s")
def sizes(size):
    click.echo(f"size {size}")
""",
    "shop/app.py": """
from flask import Flask, jsonify, request
from werkzeug.exceptions import HTTPException

from shop import commands
from shop.admin import admin
from shop.converters import Upper
from shop.counter import counted
from shop.extensions import clock, db
from shop.models import fill
from shop.views import site

app = Flask(__name__)
app.config.from_object("shop.config.Development")
app.url_map.converters["upper"] = Upper
app.jinja_env.trim_blocks = True
db.init_app(app)
clock.init_app(app)
app.cli.add_command(commands.books)
app.register_blueprint(site)
app.register_blueprint(admin)

with app.app_context():
    fill()


@app.get("/process")
def process():
    return counted()


@app.get("/mode")
def mode():
    return app.config["MODE"] + str(app.config["PAGE"])


@app.get("/run/<path:words>")
def run(words):
    return app.test_cli_runner().invoke(args=words.split("/")).output


@app.template_filter()
def shorten(text, most=3):
    return text[:most]


@app.template_global("label")
def label(key):
    return app.config["LABELS"].get(key, "?")


@app.errorhandler(HTTPException)
def http_error(error):
    return jsonify(code=error.code, name=error.name), error.code


@app.before_request
def check():
    if request.args.get("stop"):
        return "stopped"


@app.shell_context_processor
def shell():
    return {"db": db}
""",
    "shop/templates/base.html": "<html>{% block body %}{% endblock %} {{ clock() }} {{ label('a') }}</html>\n",
    "shop/templates/index.html": "{% extends 'base.html' %}{% from 'macros.html' import row %}{% block body %}{% for book in books %}{{ row(book) }}{% if book is long %}!{% endif %}{% endfor %}{% endblock %}\n",
    "shop/templates/macros.html": "{% macro row(book) %}[{{ book.title|shorten }} {{ price(book.pages) }}]{% endmacro %}\n",
    "shop/templates/page.html": "{% extends 'base.html' %}{% block body %}{{ title }} {{ user }} {{ more }}{% endblock %}\n",
    "shop/static/site.css": "body { color: red }\n",
}

ASKED = [
    *("/", "/links", "/shout/ABC", "/shout/abc", "/de/say", "/it/say", "/authors", "/paged", "/paged?page=2", "/user"),
    *("/user?user=ann", "/cached", "/limited", "/limited?n=4", "/form", "/form?title=bad", "/form?title=toolong"),
    *("/long-form", "/flash", "/session", "/cookie", "/stream", "/teapot", "/boom", "/page", "/about", "/books/1"),
    *("/books/9", "/books/1?n=6", "DELETE /books/1", "PUT /books/1", "/admin/", "/admin/?user=boss", "/mode"),
    *("/admin/home?user=boss", "/admin/users/?user=boss", "/admin/users/ann?user=boss", "/run/books/count", "/nowhere"),
    *("/run/books/count/few/--loud", "/run/books/more/sizes", "/run/books/more/sizes/--size/l", "/run/books"),
    *("/files/site.css", "/mode?stop=1"),
]

V, M, F, A, T, G, W, C = (
    "shop/views.py", "shop/models.py", "shop/forms.py", "shop/app.py", "shop/tools.py", "shop/signals.py",
    "shop/admin/views.py", "shop/commands.py",
)  # fmt: skip
I = "shop/admin/__init__.py"
X, N, H = "shop/extensions.py", "shop/config.py", "shop/templates/"
EDITS = [
    ("a method of a View", [(V, '"user": g.user}', '"user": g.user.upper()}')], []),
    ("an attribute of a View", [(V, 'template = "page.html"', 'template = "base.html"')], []),
    ("decorators of a View", [(V, 'decorators = [with_user("page")]', 'decorators = [with_user("another")]')], ["/page?user=x"]),
    ("a decorator of a View is added", [(V, 'decorators = [with_user("page")]', 'decorators = [with_user("page"), Limit(1)]')], ["/page?n=2"]),
    ("methods of a View", [(V, '    methods = ["GET"]', '    methods = ["GET", "POST"]')], ["POST /page"]),
    ("an argument of as_view", [(V, 'title="about us"', 'title="about them"')], []),
    ("__init__ of a View", [(V, "        self.title = title", "        self.title = title + '!'")], []),
    ("a View gets another base", [(V, "class About(Page):", "class Loud(Page):\n    def context(self):\n        return {**super().context(), 'user': 'loud'}\n\n\nclass About(Loud):")], []),
    ("decorators of a MethodView", [(V, "decorators = [Limit(5)]", "decorators = [Limit(7)]")], []),
    ("a helper of a MethodView", [(V, "db.get_or_404(Book, pk)", "db.get_or_404(Book, pk + 1)")], []),
    ("a MethodView gets put, loses delete", [[(V, "    def delete(self, pk):", "    def put(self, pk):\n        return 'put'\n\n    def delete(self, pk):")], [(V, "    def delete(self, pk):\n        return \"\", 204\n", "")]], []),
    ("a View and its rule are new", [(V, "class BookApi(", 'class Help(View):\n    def dispatch_request(self, **words):\n        return "help"\n\n\nsite.add_url_rule("/help", view_func=Help.as_view("help"))\n\n\nclass BookApi(')], ["/help"]),
    ("a decorator's argument", [(V, "@with_user()", '@with_user("nobody")')], []),
    ("a default of a decorator's factory", [(T, 'role="guest"', 'role="visitor"')], []),
    ("a cached view's body", [(V, 'return "cached"', 'return "kept"')], []),
    ("__call__ of a class of decorators", [(T, '"too many", 429', '"far too many", 430')], []),
    ("an argument of a class of decorators", [(V, "@Limit(3)", "@Limit(9)")], []),
    ("a wrapper is written anew", [(T, "            g.user = request.args.get(\"user\", role)\n            return view(*args, **words)", "            g.user = request.args.get(\"user\", role)\n            return str(view(*args, **words)) + '.'")], []),
    ("url_value_preprocessor", [(V, '.pop("lang", "en")', '.pop("lang", "xx")')], []),
    ("url_defaults", [(V, '"sort", "up"', '"sort", "down"')], []),
    ("url_defaults are removed", [(V, '@site.url_defaults\ndef push(endpoint, values):\n    values.setdefault("sort", "up")\n\n\n', "")], []),
    ("an any converter", [(V, "any(de, fr)", "any(de, it)")], []),
    ("to_url and to_python of a converter", [("shop/converters.py", "value.lower()", "value.title()"), ("shop/converters.py", "value.upper()", "value.upper()[:2]")], []),
    ("the regex of a converter", [("shop/converters.py", "[A-Z]+", "[A-Za-z]+")], []),
    ("a converter is added to the map", [(A, 'app.jinja_env.trim_blocks = True', 'app.url_map.converters["also"] = Upper\napp.jinja_env.trim_blocks = True'), (V, "/shout/<upper:word>", "/shout/<also:word>")], []),
    ("a method of a mapped class", [(M, 'f"{self.name} ({len(self.books)})"', 'f"{self.name}: {len(self.books)}"')], []),
    ("a default of a class's query", [(M, "least=100", "least=10")], []),
    ("a property of a mapped class", [(M, "self.pages > 150", "self.pages > 250")], []),
    ("a column of a mapped class", [(M, "    author_id = db", "    shelf = db.Column(db.Integer, default=1)\n    author_id = db")], []),
    ("a new mapped class", [(M, "class Book(db.Model)", "class Shelf(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n\n\nclass Book(db.Model)")], []),
    ("a method is added to a mapped class", [(M, "    @classmethod\n    def longer", "    def shout(self):\n        return self.title.upper()\n\n    @classmethod\n    def longer"), (V, "[each.title for each in found.items]", "[each.shout() for each in found.items]")], []),
    ("what fills the database", [(M, 'name="Ann"', 'name="Bea"')], []),
    ("a validator of a form's field", [(F, "Length(max=5)", "Length(max=9)")], []),
    ("a form's field is added", [(F, '    kind = SelectField', '    size = IntegerField("Size", default=1)\n    kind = SelectField')], []),
    ("a form's field is removed", [(F, '    pages = IntegerField("Pages", default=3, validators=[NumberRange(min=1)])\n', ""), (V, "form.pages.data, ", "")], []),
    ("a form's field is renamed", [(F, '    note = String', '    remark = String'), (V, "form.note()", "form.remark()")], []),
    ("a label of a form's field", [(F, 'StringField("Title"', 'StringField("Its title"')], []),
    ("a default of a form's field", [(F, "default=3, validators", "default=4, validators")], []),
    ("choices of a form", [(F, '("b", "Poem")', '("b", "Play")')], []),
    ("a method that validates", [(F, '"a bad title"', '"a very bad title"')], []),
    ("a method that validates is added", [(F, "    def validate_title", "    def validate_pages(self, field):\n        raise ValidationError('no pages')\n\n    def validate_title")], []),
    ("a signal's receiver", [(G, "heard.append(path)", "heard.append(path + '!')")], []),
    ("a signal's receiver is removed", [(G, "@visited.connect\n", "")], []),
    ("a signal's receiver is added", [(G, "def on_start", "@visited.connect\ndef also(sender, path):\n    heard.append('also ' + path)\n\n\ndef on_start")], []),
    ("connect is removed", [(G, "request_started.connect(on_start)\n", "")], []),
    ("a guard's condition", [(W, '!= "boss"', '!= "chief"')], ["/admin/?user=chief"]),
    ("one of two paths goes", [(W, '@admin.route("/home")\n', "")], []),
    ("a view moves to another blueprint", [(W, '@users.get("/")\ndef listed', '@admin.get("/listed")\ndef listed')], ["/admin/listed?user=boss"]),
    ("a blueprint's own prefix", [(I, 'url_prefix="/users"', 'url_prefix="/people"')], ["/admin/people/?user=boss"]),
    ("a blueprint's name", [(I, 'Blueprint("users"', 'Blueprint("people"')], []),
    ("a blueprint within gets a prefix", [(I, "admin.register_blueprint(users)", 'admin.register_blueprint(users, url_prefix="/all")')], ["/admin/all/?user=boss"]),
    ("static_url_path of a blueprint", [(V, 'static_url_path="/files"', 'static_url_path="/stuff"')], ["/stuff/site.css"]),
    ("a blueprint is registered with a prefix", [(A, "app.register_blueprint(admin)", 'app.register_blueprint(admin, url_prefix="/boss")')], ["/boss/?user=boss"]),
    ("a blueprint is registered twice", [(A, "app.register_blueprint(admin)", 'app.register_blueprint(admin)\napp.register_blueprint(admin, name="again", url_prefix="/again")')], ["/again/?user=boss"]),
    ("a blueprint is registered before another", [(A, "app.register_blueprint(site)\napp.register_blueprint(admin)", "app.register_blueprint(admin)\napp.register_blueprint(site)")], []),
    ("a setting of a class's base", [(N, 'PAGE = 2', "PAGE = 3")], []),
    ("a setting of a class", [(N, 'MODE = "dev"', 'MODE = "development"')], []),
    ("a setting that a class takes over", [(N, '    MODE = "dev"', '    MODE = "dev"\n    PAGE = 7')], []),
    ("a setting that is a dictionary", [(N, '"a": "A"', '"a": "AA"')], []),
    ("an extension's method", [(X, "return self.word", "return self.word * 2")], []),
    ("an argument of an extension", [(X, "clock = Clock()", 'clock = Clock("tock")')], []),
    ("init_app of an extension", [(X, 'app.jinja_env.globals["clock"] = self.now', 'app.jinja_env.globals["clock"] = lambda: "none"')], []),
    ("a default of an extension", [(X, 'word="tick"', 'word="tack"')], []),
    ("a setting of Jinja's environment", [(A, "trim_blocks = True", "trim_blocks = False")], []),
    ("a global of Jinja's environment", [(A, "app.jinja_env.trim_blocks = True", 'app.jinja_env.trim_blocks = True\napp.jinja_env.globals["clock"] = lambda: "set"'), (A, "clock.init_app(app)\n", "")], []),
    ("a template's filter", [(A, "most=3", "most=2")], []),
    ("a template's test", [(V, "return book.is_long", "return not book.is_long")], []),
    ("a template's global is renamed", [(A, 'template_global("label")', 'template_global("name")'), (H + "base.html", "label('a')", "name('b')")], []),
    ("a function within a context processor", [(V, 'f"{value} EUR"', 'f"EUR {value}"')], []),
    ("a macro", [(H + "macros.html", "[{{", "({{")], []),
    ("a parent of templates", [(H + "base.html", "<html>", "<html lang='en'>")], []),
    ("a static file", [("shop/static/site.css", "red", "blue")], []),
    ("a handler of HTTPException", [(A, "code=error.code, name", "status=error.code, name")], []),
    ("a handler by status is for another", [(V, "errorhandler(418)", "errorhandler(404)")], []),
    ("a handler of errors is for a subclass", [(V, "app_errorhandler(LookupError)", "app_errorhandler(KeyError)")], []),
    ("a handler of errors for all", [(A, "@app.before_request", '@app.errorhandler(Exception)\ndef any_error(error):\n    return "any", 500\n\n\n@app.before_request')], []),
    ("a handler by call", [(A, "@app.before_request\ndef check", 'app.register_error_handler(418, lambda error: ("by call", 418))\n\n\n@app.before_request\ndef check'), (V, '@site.errorhandler(418)\ndef is_teapot(error):\n    return "a teapot", 418\n\n\n', "")], []),
    ("a hook by call", [(A, "@app.before_request\ndef check():", "def check():"), (A, "@app.shell_context_processor", "app.before_request(check)\n\n\n@app.shell_context_processor")], []),
    ("a hook's condition", [(A, 'get("stop")', 'get("halt")')], ["/mode?halt=1"]),
    ("an after_app_request hook", [(V, '"x-stamp", "stamp"', '"x-stamp", "seal"')], []),
    ("after_this_request in a view", [(V, "from flask import request, session", "from flask import after_this_request, request, session"), (V, '    flash("flashed", "note")', '    @after_this_request\n    def mark(response):\n        response.headers["x-stamp"] = "this"\n        return response\n\n    flash("flashed", "warning")')], []),
    ("a generator that streams", [(V, "        yield request.path", "        yield request.path.upper()\n        yield 'z'")], []),
    ("a session's value", [(V, "f\"session {session['n']}\"", "f\"session: {session['n']}\"")], []),
    ("what a view returns is a dictionary", [(V, "        yield \"a\"\n", "        yield \"b\"\n"), (V, 'return f"{word} {g.lang}"', 'return {"word": word}')], []),
    ("a command's argument", [(C, '"kind", default="all"', '"kind", default="no"')], []),
    ("a command's switch", [(C, "--loud/--quiet", "--big/--small"), (C, "def count(kind, loud)", "def count(kind, big)"), (C, "if loud", "if big")], ["/run/books/count/few/--big"]),
    ("a choice of a command", [(C, '["s", "m"]', '["s", "l"]')], []),
    ("a command's group is renamed", [(C, "@books.group()\ndef more", "@books.group('extra')\ndef more")], ["/run/books/extra/sizes"]),
    ("a command is removed", [(C, '@more.command()\n@click.option("--size", type=click.Choice(["s", "m"]), default="s")\ndef sizes(size):\n    click.echo(f"size {size}")\n', "")], []),
    ("a command is added to the application", [(A, "@app.shell_context_processor", '@app.cli.command("hello")\ndef hello():\n    print("hello")\n\n\n@app.shell_context_processor')], ["/run/hello"]),
    ("a setting from a dictionary", [(A, "app.url_map.converters", 'app.config.update(MODE="updated")\napp.url_map.converters')], []),
    ("a setting is put in", [(A, "app.url_map.converters", 'app.config["MODE"] = "put"\napp.url_map.converters')], []),
    ("a module of views is new", [("shop/extra.py", None, 'from shop.views import site\n\n\n@site.get("/extra")\ndef extra():\n    return "extra"\n'), (A, "from shop.views import site\n", "from shop.views import site\nimport shop.extra\n")], ["/extra"]),
    ("a blueprint's module is split", [("shop/teapots.py", None, 'from flask import Blueprint, abort\n\nteapots = Blueprint("teapots", __name__)\n\n\n@teapots.get("/teapot")\ndef teapot():\n    abort(418)\n\n\n@teapots.errorhandler(418)\ndef is_teapot(error):\n    return "split", 418\n'), (V, '@site.get("/teapot")\ndef teapot():\n    abort(418)\n\n\n', ""), (A, "from shop.views import site\n", "from shop.teapots import teapots\nfrom shop.views import site\n"), (A, "app.register_blueprint(site)\n", "app.register_blueprint(site)\napp.register_blueprint(teapots)\n")], []),
]  # fmt: skip


def prepare(folder: Path) -> None:
    """Nothing to be made."""


def client():  # type: ignore[no-untyped-def]
    """What asks a fresh application."""
    sys.path.insert(0, str(Path.cwd()))
    from store import app

    return asking(app)
