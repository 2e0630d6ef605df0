"""`flask run` as typed, under `reloadr run`: real requests, one process from save to save."""

import html
import re
import threading

import pytest
from clients import Clients
from program import replace, until
from served import Served

pytest.importorskip("flask")

FILES = {
    "pyproject.toml": "",
    "shop.py": """
import os

from flask import Flask, render_template, url_for

from parts import parts

app = Flask(__name__)
app.register_blueprint(parts, url_prefix="/parts")


@app.route("/process")
def process():
    return str(os.getpid())


@app.route("/one")
def one():
    return "one"


@app.route("/link")
def link():
    return url_for("one")


@app.route("/page")
def page():
    return render_template("page.html")


@app.errorhandler(404)
def missing(error):
    return "no such page", 404
""",
    "parts.py": """
from flask import Blueprint

parts = Blueprint("parts", __name__)


@parts.route("/list")
def listed():
    return "list"
""",
    "templates/page.html": "a page\n",
}

SPELLINGS = {
    "plain": ("--", "flask", "--app", "shop", "run"),
    "debug": ("--", "flask", "--app", "shop", "--debug", "run"),
    "module": ("-m", "flask", "--app", "shop", "run", "--debug"),
}


@pytest.fixture
def site(start, tmp_path, port):
    site = Served(start, tmp_path, port)
    site.write(FILES)
    return site


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_view_is_live_however_the_command_is_spelled(site, spelling):
    """In the process that serves, which is one; with `--debug` a line says that Flask's reloader was left out."""
    site.serve(*spelling, "--port", str(site.port))
    pid = site.ask("/process")
    site.edit("shop.py", ('return "one"', 'return "ONE"'))
    site.becomes("/one", "ONE")
    assert site.ask("/page") == "a page"
    replace(site.folder / "templates" / "page.html", "another page\n")
    site.becomes("/page", "another page")
    assert site.ask("/process") == pid
    assert site.said() == []
    left_out = "[reloadr] in the place of Werkzeug's reloader: what is saved is live in this process"
    assert (left_out in site.program.lines) == ("--debug" in spelling)


def test_views_come_go_move_and_are_renamed_after_the_first_request(site):
    """Paths, endpoints, decorators, an error handler and a hook: as a fresh server has them."""
    site.serve(*SPELLINGS["plain"], "--port", str(site.port))
    pid = site.ask("/process")
    assert site.ask("/two") == "404"
    two = '@app.route("/two")\ndef two():\n    return "two"\n\n\n'
    site.edit("shop.py", ('@app.route("/link")', f'{two}@app.route("/link")'))
    site.becomes("/two", "two")
    site.edit("shop.py", ('@app.route("/one")', '@app.route("/first")'))
    site.becomes("/first", "one")
    assert (site.ask("/one"), site.ask("/link")) == ("404", "/first")
    site.edit("shop.py", ("def one", "def first"), ('url_for("one")', 'url_for("first")'))
    site.becomes("/link", "/first")
    site.edit("shop.py", ('@app.route("/first")', '@app.route("/first", methods=["POST"])'))
    site.becomes("/first", "405")
    site.edit("shop.py", (two, ""))
    site.becomes("/two", "404")
    hook = '@app.before_request\ndef closed():\n    return "closed"\n\n\n'
    site.edit("shop.py", ('@app.route("/process")', f'{hook}@app.route("/process")'))
    site.becomes("/process", "closed")
    site.edit("shop.py", (hook, ""))
    site.becomes("/process", pid)
    site.edit("shop.py", ('"no such page", 404', '"gone"'))
    site.becomes("/none", "gone")
    site.edit("shop.py", ('@app.errorhandler(404)\ndef missing(error):\n    return "gone"\n', ""))
    site.becomes("/none", "404")
    assert site.ask("/process") == pid
    assert site.said() == []


def test_a_blueprint_tells_the_application(site):
    """A view that a registered blueprint gets, one that it loses, a path that changes, a hook."""
    site.serve(*SPELLINGS["plain"], "--port", str(site.port))
    pid = site.ask("/process")
    more = '@parts.route("/more")\ndef more():\n    return "more"\n'
    site.edit("parts.py", ('    return "list"\n', f'    return "list"\n\n\n{more}'))
    site.becomes("/parts/more", "more")
    site.edit("parts.py", ('"/more"', '"/most"'))
    site.becomes("/parts/most", "more")
    assert site.ask("/parts/more") == "404"
    hook = '@parts.before_request\ndef closed():\n    return "closed"\n\n\n'
    site.edit("parts.py", ('@parts.route("/list")', f'{hook}@parts.route("/list")'))
    site.becomes("/parts/list", "closed")
    assert site.ask("/one") == "one"
    site.edit("parts.py", (hook, ""))
    site.becomes("/parts/list", "list")
    site.edit("parts.py", ('@parts.route("/most")\ndef more():\n    return "more"\n', ""))
    site.becomes("/parts/most", "404")
    with Clients(site.port, path="/one") as clients:
        for pair in [
            ('@app.route("/one")', '@app.route("/one")\n@app.route("/uno")'),
            ('\n@app.route("/uno")', ""),
        ] * 2:
            site.edit("shop.py", pair)
    assert clients.lost == []
    site.edit("parts.py", ("__name__)", '__name__, url_prefix="/own", template_folder="more")'))
    site.edit("shop.py", (', url_prefix="/parts"', ""))
    site.becomes("/own/list", "list")
    assert site.ask("/parts/list") == "404"
    assert site.ask("/process") == pid
    assert site.said() == []


def test_factories_and_extra_files(site):
    """What a factory does itself restarts, a view inside of it is live; a file that is watched restarts."""
    factory = """
import os

from flask import Flask


def create_app():
    app = Flask(__name__)
    greeting = "hello"

    @app.route("/process")
    def process():
        return str(os.getpid())

    @app.route("/greet")
    def greet():
        return greeting

    return app
"""
    site.write({"shop.py": factory, "watched.txt": ""})
    site.serve(*SPELLINGS["plain"], "--debug", "--extra-files", "watched.txt", "--port", str(site.port))
    pid = site.ask("/process")
    site.edit("shop.py", ("return greeting", "return greeting.upper()"))
    site.becomes("/greet", "HELLO")
    assert site.ask("/process") == pid
    site.edit("shop.py", ('"hello"', '"welcome"'))
    site.program.prints("flask cannot take create_app into this process: the application was made by it")
    site.becomes("/greet", "WELCOME")
    pid = site.ask("/process")
    replace(site.folder / "watched.txt", "more")
    site.program.prints("watched.txt changed")
    site.starts_anew("/process", pid)


@pytest.mark.parametrize(("line", "error"), [("1 / 0", "ZeroDivisionError"), ("import nowhere", "ImportError")])
def test_what_keeps_it_from_starting_is_waited_for(site, line, error):
    """An error of any kind, in a module that the application imports."""
    text = (site.folder / "parts.py").read_text()
    site.write({"parts.py": f"{line}\n{text}"})
    site.begin(*SPELLINGS["debug"], "--port", str(site.port))
    site.waits_for_the_mend("parts.py", error, text)
    assert site.ask("/parts/list") == "list"


SETTINGS = """
import os

from flask import Blueprint, Flask, current_app

import settings

pages = Blueprint("pages", __name__)


@pages.before_app_request
def first():
    current_app.seen = ["first"]


@pages.before_app_request
def second():
    current_app.seen.append("second")


@pages.route("/seen")
def seen():
    return " ".join(current_app.seen)


@pages.route("/title")
def title():
    return current_app.config["TITLE"]


@pages.app_errorhandler(404)
def missing(error):
    return "nothing", 404


def make():
    app = Flask(__name__)
    app.config.from_object(settings)
    app.register_blueprint(pages)
    app.add_url_rule("/process", view_func=lambda: str(os.getpid()), endpoint="process")
    return app
"""


def test_what_a_factory_of_any_name_registered_follows_in_its_order(site):
    """Hooks by their lines, settings in the copy, a handler of all; the factory itself restarts."""
    site.write({"shop.py": SETTINGS, "settings.py": 'TITLE = "shop"\n'})
    site.serve("--", "flask", "--app", "shop:make", "run", "--port", str(site.port))
    pid = site.ask("/process")
    hook = '@pages.before_app_request\ndef between():\n    current_app.seen.append("between")\n\n\n'
    site.edit("shop.py", ("@pages.before_app_request\ndef second", f"{hook}@pages.before_app_request\ndef second"))
    site.becomes("/seen", "first between second")
    text = (site.folder / "shop.py").read_text()
    replace(
        site.folder / "shop.py",
        text.replace(hook, "").replace('@pages.route("/title")', f'{hook}@pages.route("/title")'),
    )
    site.becomes("/seen", "first second between")
    site.edit("settings.py", ('"shop"', '"market"'))
    site.becomes("/title", "market")
    site.edit("shop.py", ("app_errorhandler(404)", "app_errorhandler(405)"))
    until(lambda: site.ask("/none") == "404" and "nothing" not in site.ask("/none"), site.log)
    assert site.ask("/process") == pid
    assert site.said() == []
    site.edit("shop.py", ('"/process", view', '"/other", view'))
    site.program.prints("flask cannot take make into this process: the application was made by it")


def test_a_view_gets_a_decorator_and_loses_it(site):
    """That of a blueprint, and one of an application that is at work: nothing is said to hold the earlier one."""
    loud = "def loud(view):\n    return lambda: view().upper()\n\n\n"
    site.write({"parts.py": FILES["parts.py"].replace("parts = ", loud + "parts = ")})
    wait = "    import time\n\n    open('began', 'w').close()\n    while not os.path.exists('go'):\n"
    wait += "        time.sleep(0.01)\n"
    slow = '@app.route("/slow")\ndef slow():\n' + wait + '    return "slow"\n\n\n'
    site.write({"shop.py": FILES["shop.py"].replace("app = Flask", loud + "app = Flask") + "\n\n" + slow})
    site.serve(*SPELLINGS["plain"], "--port", str(site.port))
    pid = site.ask("/process")
    site.edit("parts.py", ('"/list")\n', '"/list")\n@loud\n'))
    site.becomes("/parts/list", "LIST")
    site.edit("parts.py", ("@loud\n", ""))
    site.becomes("/parts/list", "list")
    assert site.said() == []
    answers = []
    thread = threading.Thread(target=lambda: answers.append(site.ask("/slow")))
    thread.start()
    until(lambda: (site.folder / "began").exists(), site.log)
    site.edit("shop.py", ('"/slow")\n', '"/slow", endpoint="slow")\n@loud\n'))
    (site.folder / "go").write_text("")
    thread.join(20)
    assert answers == ["slow"]
    site.becomes("/slow", "SLOW")
    assert [line for line in site.said() if " RL201 " not in line] == []
    assert site.ask("/process") == pid


def test_the_debugger_goes_on_working(site):
    """It shows the lines of now, and what was in its frames can be asked for."""
    bad = '@app.route("/bad")\ndef bad():\n    basket = [1, 2]\n    return basket[5]\n'
    site.write({"shop.py": FILES["shop.py"] + "\n\n" + bad})
    site.serve(*SPELLINGS["debug"], "--port", str(site.port), WERKZEUG_DEBUG_PIN="off")
    for line in ("return basket[5]", "return basket[6]", "return basket[7]"):
        shown = site.page("/bad")
        assert line in html.unescape(re.sub("<[^>]*>", "", shown)) and "IndexError" in shown
        secret = re.search(r'SECRET = "(\w+)"', shown)[1]
        frame = re.findall(r'id="frame-(\d+)"', shown)[-1]
        asked = f"/bad?__debugger__=yes&cmd=len(basket)*100&frm={frame}&s={secret}"
        assert "200" in site.ask(asked)
        if line != "return basket[7]":
            site.edit("shop.py", (line, line.replace("]", "+1]").replace("5+1", "6").replace("6+1", "7")))
    assert site.said() == []
