"""A Flask project, and edits of it: application and factory, blueprints, hooks, templates, commands, settings."""

from __future__ import annotations

import sys
from pathlib import Path

COMMAND = ["--", "flask", "--app", "store:make_site()", "run", "--debug", "--port", "{port}"]
ENVIRONMENT: dict[str, str] = {}
KINDS = {".py", ".html", ".txt"}
#: What a client has open at `/open/...` (`benches/web_opened.py`): Werkzeug gives its socket away.
OPEN = ("cart", "row", "events", "socket")
#: What of libraries a fresh process finds imported.
LIBRARIES = ["click", "flask.cli", "flask.testing", "flask.views"]

FILES = {
    "pyproject.toml": "",
    "settings.py": """
TITLE = "shop"
CURRENCY = "EUR"
PER_PAGE = 10
FEATURES = {"search": True}
""",
    "store.py": """
from flask import Flask

import commands
import opened
import settings
from counter import counted
from shop.admin import admin
from shop.api import api
from shop.pages import pages


def make_site(name="site"):
    site = Flask("store")
    site.config.from_object(settings)
    site.secret_key = "secret"
    site.register_blueprint(pages)
    site.register_blueprint(api, url_prefix="/api")
    site.register_blueprint(admin, url_prefix="/admin")
    site.add_url_rule("/process", view_func=counted)
    opened.put_in(site)
    site.cli.add_command(commands.greet)

    @site.route("/inside")
    def inside():
        return "inside"

    @site.errorhandler(404)
    def missing(error):
        return "nothing here", 404

    return site
""",
    "counter.py": """
import os

COUNT = []


def counted():
    COUNT.append(1)
    return f"{os.getpid()} {len(COUNT)}"
""",
    "opened.py": """
import base64
import hashlib
import itertools
import time

from flask import request, session

from shop import pages


def cart():
    session["cart"] = session.get("cart", 0) + 1
    return str(session["cart"])


def row():
    pages.DATABASE.execute("insert into asked values (1)")
    return str(pages.DATABASE.execute("select count(*) from asked").fetchone()[0])


def events():
    def numbers():
        for number in itertools.count():
            yield f"data: {number}\\n\\n"
            time.sleep(0.1)

    return numbers(), {"content-type": "text/event-stream"}


def socket():
    there = request.environ["werkzeug.socket"]
    key = request.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    there.sendall("\\r\\n".join([*lines, f"Sec-WebSocket-Accept: {accept}", "", ""]).encode())
    for number in itertools.count(1):
        text = heard(there)
        if text is None:
            return ""
        answer = f"{text} {number}".encode()
        there.sendall(bytes([0x81, len(answer)]) + answer)


def heard(there):
    head = exactly(there, 2)
    if not head or head[0] != 0x81:
        return None
    mask, text = exactly(there, 4), exactly(there, head[1] & 127)
    return bytes(each ^ mask[at % 4] for at, each in enumerate(text)).decode()


def exactly(there, count):
    data = b""
    while len(data) < count:
        more = there.recv(count - len(data))
        if not more:
            return b""
        data += more
    return data


def put_in(site):
    site.add_url_rule("/open/cart", view_func=cart)
    site.add_url_rule("/open/row", view_func=row)
    site.add_url_rule("/open/events", view_func=events)
    site.add_url_rule("/open/socket", view_func=socket, websocket=True)
""",
    "commands.py": """
import click


@click.command("greet")
@click.option("--name", default="you")
def greet(name):
    click.echo(f"hello {name}")
""",
    "shop/__init__.py": "",
    "shop/models.py": """
import dataclasses


class Closed(Exception):
    pass


@dataclasses.dataclass
class Item:
    name: str
    price: int = 1

    def label(self):
        return f"{self.name}: {self.price}"


ITEMS = [Item("a", 3), Item("b")]
""",
    "shop/tools.py": """
import functools

from flask import abort, request

RATE = 2


def scaled(value):
    return value * RATE


def needs_key(view):
    @functools.wraps(view)
    def wrapper(*args, **words):
        if request.args.get("key") != "open":
            abort(403)
        return view(*args, **words)

    return wrapper


def loud(view):
    @functools.wraps(view)
    def wrapper(*args, **words):
        return view(*args, **words).upper()

    return wrapper
""",
    "shop/pages.py": """
import sqlite3

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for

from shop import tools
from shop.models import ITEMS, Closed, Item
from shop.tools import loud, needs_key

DATABASE = sqlite3.connect(":memory:", check_same_thread=False)
DATABASE.execute("create table asked (number)")
pages = Blueprint("pages", __name__, template_folder="templates")


@pages.before_app_request
def first():
    g.seen = ["first"]


@pages.before_request
def second():
    g.seen.append("second")


@pages.after_request
def stamp(response):
    response.headers["X-Stamp"] = "pages"
    return response


@pages.context_processor
def common():
    return {"owner": "Ann"}


@pages.app_template_filter("money")
def money(value):
    return f"{value} {current_app.config['CURRENCY']}"


@pages.route("/")
def index():
    return "index"


@pages.route("/title")
def title():
    return current_app.config["TITLE"]


@pages.route("/seen")
def seen():
    return " ".join(g.seen)


@pages.route("/items")
def items():
    return ", ".join(item.label() for item in ITEMS)


@pages.route("/items/<name>")
def item(name):
    return f"item {name}"


@pages.route("/page")
def page():
    return render_template("page.html", price=tools.scaled(4))


@pages.route("/links")
def links():
    return " ".join([url_for("pages.index"), url_for("pages.item", name="x"), url_for("api.listed")])


@pages.route("/form", methods=["GET", "POST"])
def form(word="form"):
    return f"{word} {request.method}"


@pages.route("/secret")
@needs_key
def secret():
    return "secret"


@pages.route("/loud")
@loud
def quiet():
    return "quiet"


@pages.route("/closed")
def closed():
    raise Closed("closed today")


@pages.app_errorhandler(Closed)
def is_closed(error):
    return f"sorry: {error}", 503


@pages.route("/away")
def away():
    return redirect(url_for("pages.index"))


@pages.route("/command")
def command():
    return current_app.test_cli_runner().invoke(args=["greet"]).output


@pages.route("/commands")
def commands():
    return " ".join(sorted(current_app.cli.commands))
""",
    "shop/templates/page.html": "page of {{ owner }}: {{ price|money }}{% include 'foot.html' %}\n",
    "shop/templates/foot.html": "foot\n",
    "shop/api.py": """
from flask import Blueprint, jsonify
from flask.views import MethodView

from shop.models import ITEMS

api = Blueprint("api", __name__)


class Items(MethodView):
    init_every_request = False
    word = "items"

    def get(self):
        return f"{self.word} {len(ITEMS)}"

    def post(self):
        return "posted", 201


api.add_url_rule("/list", "listed", Items.as_view("listed"))


@api.get("/first")
def first():
    return jsonify(name=ITEMS[0].name, price=ITEMS[0].price)


@api.errorhandler(404)
def none(error):
    return jsonify(error="none"), 404


@api.get("/fail")
def fail():
    from flask import abort

    abort(404)
""",
    "shop/admin.py": """
from flask import Blueprint

admin = Blueprint("admin", __name__)
reports = Blueprint("reports", __name__)


@reports.route("/sales")
def sales():
    return "sales"


@admin.route("/")
def home():
    return "admin"


admin.register_blueprint(reports, url_prefix="/reports")
""",
}

ASKED = [
    *("/", "/title", "/seen", "/items", "/items/x", "/page", "/links", "/form", "POST /form", "/secret"),
    *("/secret?key=open", "/loud", "/closed", "/away", "/command", "/commands", "/inside", "/nowhere"),
    *("/api/list", "POST /api/list", "/api/first", "/api/fail", "/admin/", "/admin/reports/sales"),
]

P, A, S, M = "shop/pages.py", "shop/api.py", "store.py", "shop/models.py"
NEW = '@pages.route("/new")\ndef new():\n    return "new"\n\n\n'
INDEX = '@pages.route("/")\ndef index'
OTHER = """
from flask import Blueprint

other = Blueprint("other", __name__)


@other.route("/hello")
def hello():
    return "hello"
"""
#: Edits that start the server again, which docs/web.md tells of.
RESTARTED = {
    "a factory's config value",
    "a factory's prefix of a blueprint",
    "a new blueprint in a new file",
    "a new view within the factory",
}
EDITS = [
    ("a view's body", [(P, 'return "index"', 'return "INDEX"')], []),
    ("a new view", [(P, INDEX, NEW + INDEX)], ["/new"]),
    ("a new view at the end", [(P, "def commands():", 'def others():\n    return ""\n\n\n@pages.route("/more")\ndef commands():')], ["/more"]),
    ("a view is removed", [(P, '@pages.route("/away")\ndef away():\n    return redirect(url_for("pages.index"))\n\n\n', "")], []),
    ("a path changes", [(P, '"/title"', '"/name"')], ["/name"]),
    ("a view is renamed", [(P, "def title", "def called")], []),
    ("a view is renamed that others link to", [(P, "def index", "def start"), (P, 'url_for("pages.index"), ', 'url_for("pages.start"), ')], []),
    ("an endpoint is named", [(P, '"/items/<name>")\ndef item', '"/items/<name>", endpoint="one")\ndef item'), (P, '"pages.item"', '"pages.one"')], []),
    ("methods change", [(P, 'methods=["GET", "POST"]', 'methods=["POST"]')], []),
    ("a second path for a view", [(P, '@pages.route("/title")', '@pages.route("/title")\n@pages.route("/name")')], ["/name"]),
    ("a converter in a path", [(P, '"/items/<name>"', '"/items/<int:name>"')], ["/items/3"]),
    ("a default of a path", [(P, '"/form", methods', '"/form", defaults={"word": "given"}, methods')], []),
    ("a default of a view", [(P, 'word="form"', 'word="paper"')], []),
    ("a view gets a decorator", [(P, '@pages.route("/title")\n', '@pages.route("/title")\n@needs_key\n')], ["/title?key=open"]),
    ("a view loses its decorator", [(P, "@needs_key\n", "")], []),
    ("a decorator of another kind", [(P, "@loud\n", "@needs_key\n")], ["/loud?key=open"]),
    ("a decorator's body", [("shop/tools.py", '"open"', '"opened"')], ["/secret?key=opened"]),
    ("a wrapper around another", [("shop/tools.py", ".upper()", '.upper() + "!"')], []),
    ("a view becomes async", [(P, "def index():\n", "async def index():\n")], []),
    ("two views change places", [(P, '@pages.route("/title")\ndef title():\n    return current_app.config["TITLE"]\n\n\n', ""), (P, '@pages.route("/items")\n', '@pages.route("/title")\ndef title():\n    return current_app.config["TITLE"]\n\n\n@pages.route("/items")\n')], []),
    ("a before_request hook is added first", [(P, "@pages.before_app_request\n", '@pages.before_app_request\ndef zeroth():\n    g.zero = 1\n\n\n@pages.before_app_request\n'), (P, '" ".join(g.seen)', '" ".join(g.seen) + str(g.zero)')], []),
    ("a hook is added between others", [(P, "@pages.before_request\ndef second", '@pages.before_request\ndef between():\n    g.seen.append("between")\n\n\n@pages.before_request\ndef second')], []),
    ("a hook is removed", [(P, '@pages.before_request\ndef second():\n    g.seen.append("second")\n\n\n', "")], []),
    ("a hook becomes one of all", [(P, "@pages.before_request\ndef second", "@pages.before_app_request\ndef second")], []),
    ("two hooks change places", [(P, '@pages.before_request\ndef second():\n    g.seen.append("second")\n\n\n', '@pages.before_request\ndef third():\n    g.seen.append("third")\n\n\n@pages.before_request\ndef second():\n    g.seen.append("second")\n\n\n')], []),
    ("two hooks change places and nothing else", [(P, '@pages.before_app_request\ndef first():\n    g.seen = ["first"]\n\n\n', ""), (P, "@pages.after_request", '@pages.before_app_request\ndef first():\n    g.seen = ["first", *getattr(g, "seen", [])]\n\n\n@pages.after_request')], []),
    ("two handlers of one error change places", [(A, "@api.errorhandler(404)", '@api.errorhandler(404)\ndef another(error):\n    return "another", 404\n\n\n@api.errorhandler(404)')], []),
    ("a hook is renamed", [(P, "def second", "def next_one")], []),
    ("a hook answers itself", [(P, '    g.seen.append("second")', '    return "closed"')], []),
    ("an after_request hook's body", [(P, '"X-Stamp"] = "pages"', '"X-Stamp"] = "stamped"')], []),
    ("an after_request hook is removed", [(P, '@pages.after_request\ndef stamp(response):\n    response.headers["X-Stamp"] = "pages"\n    return response\n\n\n', "")], []),
    ("an after_request hook is added", [(P, "@pages.context_processor", '@pages.after_request\ndef twice(response):\n    response.headers["X-Stamp"] = response.headers.get("X-Stamp", "") + "twice"\n    return response\n\n\n@pages.context_processor')], []),
    ("a teardown hook is added", [(P, "@pages.context_processor", '@pages.teardown_request\ndef end(error):\n    ended.append(1)\n\n\nended = []\n\n\n@pages.context_processor')], []),
    ("a context processor", [(P, '"owner": "Ann"', '"owner": "Bea"')], []),
    ("a context processor is added", [(P, '@pages.app_template_filter("money")', '@pages.context_processor\ndef more():\n    return {"owner": "Cid"}\n\n\n@pages.app_template_filter("money")')], []),
    ("a template filter's body", [(P, 'return f"{value} {', 'return f"{value}.00 {')], []),
    ("a template filter is renamed", [(P, '("money")', '("cash")'), ("shop/templates/page.html", "|money", "|cash")], []),
    ("a template filter is added", [(P, '@pages.route("/")', '@pages.app_template_filter()\ndef twice(value):\n    return value * 2\n\n\n@pages.route("/")'), ("shop/templates/page.html", "price|money", "price|twice|money")], []),
    ("a template global is added", [(P, '@pages.route("/")', '@pages.app_template_global()\ndef now():\n    return "now"\n\n\n@pages.route("/")'), ("shop/templates/page.html", "page of", "{{ now() }} of")], []),
    ("a template", [("shop/templates/page.html", "page of", "the page of")], []),
    ("an included template", [("shop/templates/foot.html", "foot", "feet")], []),
    ("an error handler's body", [(P, 'f"sorry: {error}", 503', 'f"really: {error}", 500')], []),
    ("an error handler is removed", [(P, '@pages.app_errorhandler(Closed)\ndef is_closed(error):\n    return f"sorry: {error}", 503\n\n\n', "")], []),
    ("an error handler for another exception", [(P, "app_errorhandler(Closed)", "app_errorhandler(KeyError)"), (P, 'raise Closed("closed today")', 'raise KeyError("key")')], []),
    ("a blueprint's error handler is added", [(A, "@api.errorhandler(404)", '@api.errorhandler(ZeroDivisionError)\ndef zero(error):\n    return "zero", 400\n\n\n@api.errorhandler(404)'), (A, "    abort(404)", "    1 / 0")], []),
    ("a blueprint's error handler is removed", [(A, '@api.errorhandler(404)\ndef none(error):\n    return jsonify(error="none"), 404\n\n\n', "")], []),
    ("a new exception class with its handler", [(M, "class Closed(", "class Late(Exception):\n    pass\n\n\nclass Closed("), (P, "import ITEMS, Closed", "import ITEMS, Closed, Late"), (P, 'raise Closed("closed today")', 'raise Late("late")'), (P, "@pages.app_errorhandler(Closed)", '@pages.app_errorhandler(Late)\ndef late(error):\n    return "late", 410\n\n\n@pages.app_errorhandler(Closed)')], []),
    ("a method of a MethodView", [(A, 'return "posted", 201', 'return "made", 201')], []),
    ("a MethodView gets a method", [(A, "    def post(self)", '    def put(self):\n        return "put"\n\n    def post(self)')], ["PUT /api/list"]),
    ("a MethodView loses a method", [(A, '    def post(self):\n        return "posted", 201\n', "")], []),
    ("an attribute of a MethodView", [(A, 'word = "items"', 'word = "things"')], []),
    ("add_url_rule is added", [(A, '@api.get("/first")', 'api.add_url_rule("/again", "again", Items.as_view("again"))\n\n\n@api.get("/first")')], ["/api/again"]),
    ("add_url_rule changes its path", [(A, '"/list", "listed"', '"/all", "listed"')], ["/api/all"]),
    ("add_url_rule changes its endpoint", [(A, '"/list", "listed", Items.as_view("listed")', '"/list", "everything", Items.as_view("everything")'), (P, '"api.listed"', '"api.everything"')], []),
    ("add_url_rule is removed", [(A, 'api.add_url_rule("/list", "listed", Items.as_view("listed"))\n', ""), (P, ', url_for("api.listed")', "")], []),
    ("get becomes post", [(A, '@api.get("/first")', '@api.post("/first")')], ["POST /api/first"]),
    ("a nested blueprint's view", [("shop/admin.py", 'return "sales"', 'return "SALES"')], []),
    ("a nested blueprint gets a view", [("shop/admin.py", '@admin.route("/")', '@reports.route("/costs")\ndef costs():\n    return "costs"\n\n\n@admin.route("/")')], ["/admin/reports/costs"]),
    ("a nested blueprint's prefix", [("shop/admin.py", 'url_prefix="/reports"', 'url_prefix="/papers"')], ["/admin/papers/sales"]),
    ("a nested blueprint is removed", [("shop/admin.py", 'admin.register_blueprint(reports, url_prefix="/reports")\n', "")], []),
    ("a blueprint's own prefix", [("shop/admin.py", 'Blueprint("admin", __name__)', 'Blueprint("admin", __name__, url_prefix="/boss")')], []),
    ("a blueprint's name", [("shop/admin.py", 'Blueprint("admin", __name__)', 'Blueprint("boss", __name__)')], []),
    ("a blueprint's folder of templates", [("shop/admin.py", 'Blueprint("admin", __name__)', 'Blueprint("admin", __name__, template_folder="more")'), ("shop/more/own.html", None, "own page"), ("shop/admin.py", '@admin.route("/")', '@admin.route("/own")\ndef own():\n    return flask.render_template("own.html")\n\n\n@admin.route("/")'), ("shop/admin.py", "from flask import", "import flask\nfrom flask import")], ["/admin/own"]),
    ("both blueprints of a file", [("shop/admin.py", 'Blueprint("admin", __name__)', 'Blueprint("admin", __name__, url_defaults={})'), ("shop/admin.py", 'Blueprint("reports", __name__)', 'Blueprint("reports", __name__, url_prefix="/never", static_folder=".", static_url_path="/files")')], ["/admin/reports/files/admin.py"]),
    ("a new blueprint in a new file", [("shop/other.py", None, OTHER.lstrip()), (S, "from shop.pages import pages", "from shop.other import other\nfrom shop.pages import pages"), (S, "    site.register_blueprint(pages)", "    site.register_blueprint(pages)\n    site.register_blueprint(other)")], ["/hello"]),
    ("a factory's prefix of a blueprint", [(S, 'url_prefix="/api"', 'url_prefix="/rest"')], ["/rest/list"]),
    ("a view within the factory", [(S, 'return "inside"', 'return "INSIDE"')], []),
    ("a new view within the factory", [(S, '    @site.errorhandler(404)', '    @site.route("/within")\n    def within():\n        return "within"\n\n    @site.errorhandler(404)')], ["/within"]),
    ("an error handler within the factory", [(S, '"nothing here", 404', '"nobody here", 404')], []),
    ("a factory's config value", [(S, 'site.secret_key = "secret"', 'site.secret_key = "secret"\n    site.config["TITLE"] = "another"')], []),
    ("a setting", [("settings.py", 'TITLE = "shop"', 'TITLE = "market"')], []),
    ("a setting that a filter reads", [("settings.py", '"EUR"', '"USD"')], []),
    ("a setting is added", [("settings.py", "PER_PAGE = 10", "PER_PAGE = 10\nOWNER = 'me'"), (P, 'current_app.config["TITLE"]', 'current_app.config["OWNER"]')], []),
    ("a setting is removed", [("settings.py", "PER_PAGE = 10\n", ""), (P, 'current_app.config["TITLE"]', 'str(current_app.config.get("PER_PAGE"))')], []),
    ("a command's body", [("commands.py", 'f"hello {name}"', 'f"bye {name}"')], []),
    ("a command's option", [("commands.py", 'default="you"', 'default="all"')], []),
    ("a command's name", [("commands.py", '"greet"', '"welcome"')], []),
    ("a command of a blueprint is added", [(P, '@pages.route("/")', '@pages.cli.command("wipe")\ndef wipe():\n    pass\n\n\n@pages.route("/")')], []),
    ("a model's default", [(M, "price: int = 1", "price: int = 5")], []),
    ("a model's field", [(M, "    price: int = 1", "    price: int = 1\n    size: int = 2"), (M, 'f"{self.name}: {self.price}"', 'f"{self.name}: {self.price} {self.size}"')], []),
    ("a model's method", [(M, 'f"{self.name}: {self.price}"', 'f"{self.name} for {self.price}"')], []),
    ("a list of models", [(M, 'Item("b")]', 'Item("b"), Item("c")]')], []),
    ("a constant of another module", [("shop/tools.py", "RATE = 2", "RATE = 3")], []),
    ("a session is used", [(P, 'return "index"', 'session["n"] = session.get("n", 0) + 1\n    return f"index {session[\'n\']}"')], []),
    ("a host of renames in one save", [(P, "def money(", "def cash("), (P, "def quiet(", "def silent("), (P, "def away(", "def gone(")], []),
]  # fmt: skip


def prepare(folder: Path) -> None:
    """Nothing to be made."""


def client():  # type: ignore[no-untyped-def]
    """What asks a fresh application."""
    sys.path.insert(0, str(Path.cwd()))
    from store import make_site

    site = make_site()
    site.debug = True
    return asking(site)


def asking(site):  # type: ignore[no-untyped-def]
    """What asks an application, which answers its errors."""
    site.config["PROPAGATE_EXCEPTIONS"] = False

    def ask(method, path, body, headers):  # type: ignore[no-untyped-def]
        with site.test_client() as one:
            got = one.open(path, method=method, data=body, headers=headers)
            return got.status_code, got.get_data(as_text=True), got.headers

    return ask
