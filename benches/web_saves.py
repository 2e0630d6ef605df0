"""How soon a save of a web project is what the server answers: from just before the save to the first new response.

    python benches/web_saves.py [--modules 50 500 2000] [--only WORDS] [--times 5] [--json FILE]

A project of so many generated modules, which the application imports, is served by a real server under `reloadr run`,
and by the framework's own reloader: Django's `runserver`, `flask run --debug`, `uvicorn --reload`; and by uvicorn-hmr,
where that is installed (`pip install uvicorn-hmr`). Three edits: the body of a view; a new view with its route; and one
that our engine cannot carry into the process, so that it is started again. One client asks over and over, each time
over a new connection; refused ones count as not answered yet.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import importlib.util
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

TOOLS = os.path.dirname(sys.executable)
#: How long an answer is waited for, seconds; and how long the server rests between two saves.
PATIENCE, REST = 60.0, 0.7

PART = '''\
"""Part {n}."""
import dataclasses

LIMIT = {n}


@dataclasses.dataclass
class Item{n}:
    name: str = "item"
    price: int = LIMIT

    def label(self):
        return f"{{self.name}}: {{self.price}}"


def total(items, rate=2):
    return sum(each.price for each in items) * rate


def find(items, name):
    for each in items:
        if each.name == name:
            return each
    return None
'''

#: Made and taken away again: where its body changes, no living class can follow.
COLD = "class Cold:\n    number = 0\n\n\nNUMBER = Cold.number\ndel Cold\n\n\n"

FLASK = {
    "shop.py": "import flask\n\nimport views\n\napp = flask.Flask('shop')\napp.register_blueprint(views.pages)\n",
    "views.py": "import flask\n\nimport big\n\n" + COLD + "pages = flask.Blueprint('pages', 'views')\n\n\n"
    "@pages.route('/')\ndef index():\n    return f'body 0 {NUMBER}'\n# more\n",
}
FASTAPI = {
    "shop.py": "import fastapi\n\nimport views\n\napp = fastapi.FastAPI()\napp.include_router(views.pages)\n",
    "views.py": "import fastapi\n\nimport big\n\n" + COLD + "pages = fastapi.APIRouter()\n\n\n"
    "@pages.get('/')\ndef index():\n    return f'body 0 {NUMBER}'\n# more\n",
}
DJANGO = {
    "manage.py": "import os, sys\nfrom django.core.management import execute_from_command_line\n"
    "os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n"
    "if __name__ == '__main__':\n    execute_from_command_line(sys.argv)\n",
    "settings.py": "SECRET_KEY = 'x'\nDEBUG = True\nROOT_URLCONF = 'urls'\nALLOWED_HOSTS = ['*']\n",
    "urls.py": "from django.urls import path\n\nimport views\n\n"
    "urlpatterns = [\n    path('', views.index),\n    # more\n]\n",
    "views.py": "from django.http import HttpResponse\n\nimport big\n\n"
    + COLD
    + "\ndef index(request):\n    return HttpResponse(f'body 0 {NUMBER}')\n# more\n",
}
#: A new view and its route; {} is a number.
NEW = {
    "flask": {"views.py": "@pages.route('/new{0}')\ndef new{0}():\n    return 'new {0}'\n"},
    "fastapi": {"views.py": "@pages.get('/new{0}')\ndef new{0}():\n    return 'new {0}'\n"},
    "django": {
        "views.py": "def new{0}(request):\n    return HttpResponse('new {0}')\n",
        "urls.py": "    path('new{0}', views.new{0}),\n",
    },
}
RUN = [sys.executable, "-m", "reloadr", "run"]
UVICORN = ["--log-level", "warning", "--port", "{port}"]
#: By what people type: the framework, and the command.
SERVERS = {
    "reloadr run manage.py runserver": ("django", [*RUN, "manage.py", "runserver", "{port}"]),
    "manage.py runserver": ("django", [sys.executable, "manage.py", "runserver", "{port}"]),
    "reloadr run -- flask run": ("flask", [*RUN, "--", "flask", "--app", "shop", "run", "--port", "{port}"]),
    "flask run --debug": ("flask", [f"{TOOLS}/flask", "--app", "shop", "run", "--debug", "--port", "{port}"]),
    "reloadr run -- uvicorn": ("fastapi", [*RUN, "--", "uvicorn", "shop:app", *UVICORN]),
    "uvicorn --reload": ("fastapi", [f"{TOOLS}/uvicorn", "shop:app", "--reload", *UVICORN]),
    "uvicorn-hmr": ("fastapi", [f"{TOOLS}/uvicorn-hmr", "shop:app", "--port", "{port}"]),
}
PROJECTS = {"django": DJANGO, "flask": FLASK, "fastapi": FASTAPI}
EDITS = ("body", "new route", "restart")


def free_port() -> int:
    """One that nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def ask(port: int, path: str) -> str:
    """What is answered; nothing where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        text = answer.read().decode()
        return text.strip('"') if answer.status == 200 else ""
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def until_answered(port: int, path: str, text: str) -> float | None:
    """How long that took; None if it never came."""
    began = time.perf_counter()
    while ask(port, path) != text:
        if time.perf_counter() - began > PATIENCE:
            return None
        time.sleep(0.002)
    return time.perf_counter() - began


@contextlib.contextmanager
def served(name: str, count: int) -> Iterator[tuple[Path, int]]:
    """A server in a new folder."""
    framework, command = SERVERS[name]
    folder, port = Path(tempfile.mkdtemp(prefix="reloadr-saves-")), free_port()
    (folder / "big").mkdir()
    (folder / "big" / "__init__.py").write_text("".join(f"from big import part{n}\n" for n in range(count)))
    for n in range(count):
        (folder / "big" / f"part{n}.py").write_text(PART.format(n=n))
    for file, text in PROJECTS[framework].items():
        (folder / file).write_text(text)
    env = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    # Compiled modules are kept, as they are on people's machines.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    words = [each.format(port=port) for each in command]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(words, cwd=folder, env=env, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        if until_answered(port, "/", "body 0 0") is None:
            raise RuntimeError(f"{name} does not answer")
        # Reloaders that poll have to see all files once.
        time.sleep(3)
        yield folder, port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def save(folder: Path, name: str, old: str, new: str) -> None:
    """As most editors do."""
    path = folder / name
    text = path.read_text()
    assert old in text, (name, old)
    path.with_suffix(".tmp").write_text(text.replace(old, new))
    os.replace(path.with_suffix(".tmp"), path)


def edited(folder: Path, port: int, framework: str, kind: str, number: int) -> float | None:
    """One save, until it is answered."""
    if kind == "new route":
        for name, text in NEW[framework].items():
            save(folder, name, "# more\n" if name == "views.py" else "    # more\n",
                 text.format(number) + ("# more\n" if name == "views.py" else "    # more\n"))  # fmt: skip
        return until_answered(port, f"/new{number}", f"new {number}")
    if kind == "restart":
        body = (folder / "views.py").read_text().partition("'body ")[2].partition(" ")[0]
        save(folder, "views.py", f"    number = {number - 1}\n", f"    number = {number}\n")
        return until_answered(port, "/", f"body {body} {number}")
    save(folder, "views.py", f"'body {number - 1} ", f"'body {number} ")
    return until_answered(port, "/", f"body {number} 0")


def measure(name: str, count: int, times: int) -> dict[str, list[float | None]]:
    """The seconds of each edit."""
    found: dict[str, list[float | None]] = {}
    with served(name, count) as (folder, port):
        for kind in EDITS:
            for number in range(1, times + 1):
                found.setdefault(kind, []).append(edited(folder, port, SERVERS[name][0], kind, number))
                time.sleep(REST)
    return found


def shown(times: list[float | None]) -> str:
    """The median, in milliseconds."""
    known = [each for each in times if each is not None]
    if len(known) * 2 <= len(times):
        return "never"
    return f"{statistics.median(known) * 1000:,.0f}"


def main() -> None:
    """Measures, and prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--modules", type=int, nargs="+", default=[50, 500, 2000])
    parser.add_argument("--only", default="", help="servers whose name holds this")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", help="a file for all that was measured")
    options = parser.parse_args()
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # A shell that starts us in the background has all that we start ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    found: dict[str, dict[int, dict[str, list[float | None]]]] = {}
    for count in options.modules:
        for name in SERVERS:
            if options.only in name and (name != "uvicorn-hmr" or importlib.util.find_spec("uvicorn_hmr")):
                try:
                    found.setdefault(name, {})[count] = measured = measure(name, count, options.times)
                except RuntimeError as error:
                    print(error, file=sys.stderr)
                    continue
                print(count, name, {kind: shown(each) for kind, each in measured.items()}, file=sys.stderr, flush=True)
    if options.json:
        Path(options.json).write_text(json.dumps(found))
    heads = [f"{kind}, {count:,} modules" for kind in EDITS for count in options.modules]
    print("| ms from save to the first new response |", " | ".join(heads), "|")
    print("|", " | ".join(["---"] * (len(heads) + 1)), "|")
    for name, counts in found.items():
        cells = [shown(counts[n][kind]) if n in counts else "" for kind in EDITS for n in options.modules]
        print(f"| `{name}` |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
