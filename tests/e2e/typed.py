"""Programs on a terminal of their own."""

import contextlib
import os
import pty
import signal
import termios
import warnings

from program import descendants_in_session, until


class Typed:
    """A program on a terminal of its own, and what stands on the screen."""

    def __init__(self, command, folder, env):
        with warnings.catch_warnings():
            # pytest's own threads hold nothing that a child needs which executes another program at once.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid, self.descriptor = pty.fork()
        if not self.pid:
            os.chdir(folder)
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
            # Each `print` would be several writes, with lines of ours between them.
            os.environ.pop("PYTHONUNBUFFERED", None)
            os.environ.update(env)
            os.execv(command[0], command)
        termios.tcsetwinsize(self.descriptor, (24, 80))
        self.screen = ""
        self.has_ended = False
        os.set_blocking(self.descriptor, False)

    def look(self):
        with contextlib.suppress(OSError):
            self.screen += os.read(self.descriptor, 65536).decode(errors="replace")
        return self.screen

    def shows(self, text, times=1):
        until(lambda: self.look().count(text) >= times, lambda: f"Waited for {text!r}; screen:\n{self.screen}")

    def has_the_terminal(self):
        """The program was given the terminal: another group than the one that started is in its foreground."""
        until(lambda: os.tcgetpgrp(self.descriptor) != self.pid, lambda: f"Never given; screen:\n{self.screen}")

    def types(self, text):
        os.write(self.descriptor, text.encode())

    def ends(self):
        status = []

        def over():
            self.look()
            pid, code = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                status.append(os.waitstatus_to_exitcode(code))
            return pid

        until(over, lambda: self.screen)
        self.has_ended = True
        return status[0]

    def close(self):
        """Ends it, should it still run."""
        if not self.has_ended:
            for pid in descendants_in_session(self.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.descriptor)
