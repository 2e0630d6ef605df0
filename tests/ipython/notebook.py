"""Notebooks as tests see them: cells to run, with what each of them prints, shows and raises."""

from __future__ import annotations

import atexit
import io
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from reloadr.notebook.extension import Extension

#: How long a cell may take, seconds.
PATIENCE = 60


@dataclass
class Outcome:
    """What running a cell brought."""

    #: What it printed.
    text: str = ""
    #: What it displayed, by kind.
    shown: list[dict[str, str]] = field(default_factory=list)
    result: Any = None
    #: The exception, or in a kernel its name.
    error: Any = None

    @property
    def plain(self) -> str:
        """Everything that it displayed, as text."""
        return "\n".join(each["text/plain"] for each in self.shown)

    @property
    def page(self) -> str:
        """Everything that it displayed, as HTML."""
        return "\n".join(each.get("text/html", "") for each in self.shown)


class Shell:
    """An InteractiveShell of this process."""

    def __init__(self, shell: Any, root: Path) -> None:
        from IPython.core.displaypub import CapturingDisplayPublisher

        self.shell = shell
        self.root = root
        shell.colors = "nocolor"
        self._publisher = CapturingDisplayPublisher()
        shell.display_pub = self._publisher
        shell.showtraceback = lambda *_, **__: None

    @property
    def extension(self) -> Extension:
        """What was loaded."""
        found = Extension.of(self.shell)
        assert found is not None
        return found

    def __getitem__(self, name: str) -> Any:
        """A variable of the user's."""
        return self.shell.user_ns[name]

    def run(self, text: str, cell: str | None = None) -> Outcome:
        """Runs a cell; exceptions are in the outcome."""
        self._publisher.outputs = []
        printed = io.StringIO()
        with redirect_stdout(printed):
            done = self.shell.run_cell(dedent(text), store_history=True, cell_id=cell)
        shown = [each["data"] for each in self._publisher.outputs]
        return Outcome(printed.getvalue(), shown, done.result, done.error_before_exec or done.error_in_exec)

    def do(self, text: str, cell: str | None = None) -> Outcome:
        """Runs a cell that must not fail."""
        outcome = self.run(text, cell)
        if outcome.error is not None:
            raise outcome.error
        return outcome

    def close(self) -> None:
        """Unloads what is loaded."""
        if Extension.of(self.shell) is not None:
            self.shell.run_line_magic("unload_ext", "reloadr")
        self.shell.atexit_operations()
        atexit.unregister(self.shell.atexit_operations)
        self.shell.reset(new_session=False)


class Kernel:
    """A kernel in a process of its own."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        from jupyter_client.manager import KernelManager

        # Sockets in a folder: numbers of free ports would be chosen here, and taken by others before they are used.
        self._folder = tempfile.TemporaryDirectory(prefix="reloadr-kernel-", dir="/tmp")
        where = {"transport": "ipc", "ip": f"{self._folder.name}/socket"}
        self._manager: Any = KernelManager(kernel_name="python3", **where)
        self._manager.start_kernel(cwd=str(root), env=environment, extra_arguments=["--HistoryManager.enabled=False"])
        self._client: Any = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)

    def send(self, text: str, cell: str | None = None) -> str:
        """Asks for a cell to be run; returns the message's id."""
        content = {"code": dedent(text), "silent": False, "store_history": True, "user_expressions": {}}
        content |= {"allow_stdin": False, "stop_on_error": False}
        message = self._client.session.msg("execute_request", content, metadata={"cellId": cell} if cell else None)
        self._client.shell_channel.send(message)
        identity: str = message["header"]["msg_id"]
        return identity

    def wait(self, identity: str) -> Outcome:
        """Until a cell has run."""
        outcome = Outcome()
        while True:
            message = self._client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != identity:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return outcome
            if kind == "stream":
                outcome.text += content["text"]
            elif kind in ("display_data", "update_display_data"):
                outcome.shown.append(content["data"])
            elif kind == "execute_result":
                outcome.result = content["data"]["text/plain"]
            elif kind == "error":
                outcome.error = f"{content['ename']}: {content['evalue']}"

    def next_text(self, identity: str) -> str:
        """The next thing that a running cell prints."""
        while True:
            message = self._client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == identity and message["msg_type"] == "stream":
                return str(message["content"]["text"])

    def run(self, text: str, cell: str | None = None) -> Outcome:
        """Runs a cell."""
        return self.wait(self.send(text, cell))

    def do(self, text: str, cell: str | None = None) -> Outcome:
        """Runs a cell that must not fail."""
        outcome = self.run(text, cell)
        assert outcome.error is None, outcome.error
        return outcome

    def close(self) -> None:
        """Ends the process."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._folder.cleanup()
