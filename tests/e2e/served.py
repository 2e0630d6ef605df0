"""A project that is served under `reloadr run`, asked and edited."""

import http.client
import os
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar

from program import PYTHON, replace, until

RUN = (PYTHON, "-m", "reloadr", "run")
#: Where the commands of installed packages are.
TOOLS = os.path.dirname(PYTHON)

#: `manage.py` of a Django project whose settings stand beside it.
MANAGE = """
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
"""


class Served:
    """A server in a folder."""

    def __init__(self, start, folder, port):
        self.folder = folder
        self.port = port
        #: What stands before what is typed.
        self.command = RUN
        self._start = start
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), _NoRedirect())

    def write(self, files):
        """Puts files into the folder."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.lstrip("\n"))

    def serve(self, *words, asked="/process", **variables):
        """Starts the server, and waits until it answers."""
        self.begin(*words, **variables)
        until(lambda: self.ask(asked) != "down", self.log)
        return self

    def begin(self, *words, **variables):
        """Starts the server."""
        env = {"PYTHONPATH": str(self.folder), "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}", **variables}
        self.program = self._start(*words, command=self.command, env=env)

    def waits_for_the_mend(self, name, error, text, asked="/process"):
        """A file that kept it from starting is mended."""
        self.program.prints(f"{error} at the start: save a file to start again")
        replace(self.folder / name, text)
        until(lambda: self.ask(asked) != "down", self.log)

    def ask(self, path):
        """What is answered, with the status where it is not 200."""
        asked = f"http://127.0.0.1:{self.port}{path}" if isinstance(path, str) else path
        try:
            with self._opener.open(asked, timeout=20) as answer:
                self.headers = answer.headers
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return f"{error.code} {error.headers.get('Location', '')}".rstrip()
        except (OSError, http.client.HTTPException):
            return "down"

    def page(self, path):
        """What a browser shows, whatever the status."""
        try:
            with self._opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.read().decode()

    def post(self, path, text):
        """What is answered to a POST of JSON."""
        return self.ask(
            urllib.request.Request(
                f"http://127.0.0.1:{self.port}{path}", text.encode(), {"content-type": "application/json"}
            )
        )

    def edit(self, name, *pairs):
        """Saves a file with some of its text replaced, and waits until the log says what became of it."""
        path = self.folder / name
        text = path.read_text()
        for old, new in pairs:
            assert old in text, (old, text)
            text = text.replace(old, new)
        count = self._said()
        replace(path, text)
        until(lambda: self._said() > count, self.log)

    def _said(self):
        return sum("[reloadr]" in line for line in list(self.program.lines))

    def becomes(self, path, answer):
        """Waits until a path answers so."""
        met = lambda: self.ask(path) == answer or time.sleep(0.05)  # noqa: E731
        until(met, lambda: f"{path}: {self.ask(path)}\n{self.log()}", 8)

    def starts_anew(self, path, pid):
        """Waits until a process other than that one says its number, and gives it. One that is about to end may
        answer with an error.
        """
        until(lambda: (answer := self.ask(path)).isdigit() and answer != pid, self.log)
        return self.ask(path)

    def log(self):
        """What was printed, without the requests."""
        return "\n".join(line for line in self.program.lines if " HTTP/1.1" not in line and "Not Found" not in line)

    def said(self):
        """What was said of saves that was no plain success."""
        return [line for line in self.program.lines if " RL" in line]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
