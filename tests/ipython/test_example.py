"""The example notebook runs as it is shown. `python tests/ipython/test_example.py` runs it and keeps what it shows."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from notebook import Kernel, Outcome

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "notebook.ipynb"


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def steady(text: str) -> str:
    """Without what differs from run to run: times, and the folder that it plays in."""
    text = re.sub(r"\d+\.\d ms", "N ms", text)
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "HH:MM:SS", text)
    text = re.sub(r'(?<![\w<])/[^\s"<>]*/till\.py', "till.py", text)
    # The caret of an unclosed bracket is not where it was in every version.
    return re.sub(r"^ +\^$", "^", text, flags=re.MULTILINE)


def shown_by(outcome: Outcome) -> list[str]:
    """The plain text of what a cell shows."""
    shown = [steady(each["text/plain"]) for each in outcome.shown]
    return [*shown, *([steady(outcome.result)] if outcome.result is not None else [])]


def kept(cell: dict[str, Any]) -> list[str]:
    """The same of what the file holds."""
    texts = [each["data"]["text/plain"] for each in cell["outputs"] if "data" in each]
    return ["".join(text) for text in texts]


def test_example_notebook(kernel: Callable[..., Kernel]) -> None:
    """Cell by cell, in a kernel."""
    notebook = json.loads(EXAMPLE.read_text("utf-8"))
    running = kernel(load=False)
    for cell in code_cells(notebook):
        outcome = running.run("".join(cell["source"]), cell["id"])
        assert outcome.error is None, outcome.error
        # A display that says `mended` later is kept where it stands, as it was.
        shown = [text for text in shown_by(outcome) if text != "reloadr: mended"]
        assert shown == kept(cell), cell["id"]


def main() -> None:
    """Keeps what each cell shows."""
    import os
    import tempfile

    notebook = json.loads(EXAMPLE.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        running = Kernel(Path(folder), {**os.environ, "IPYTHONDIR": folder, "PYTHONDONTWRITEBYTECODE": "1"})
        for number, cell in enumerate(code_cells(notebook), 1):
            outcome = running.do("".join(cell["source"]), cell["id"])
            cell["execution_count"] = number
            outputs: list[dict[str, Any]] = []
            if outcome.text:
                outputs.append({"output_type": "stream", "name": "stdout", "text": outcome.text})
            for data in outcome.shown:
                if data["text/plain"] != "reloadr: mended":
                    steadied = {kind: steady(text) for kind, text in data.items()}
                    outputs.append({"output_type": "display_data", "metadata": {}, "data": steadied})
            if outcome.result is not None:
                result = {"output_type": "execute_result", "metadata": {}, "execution_count": number}
                outputs.append({**result, "data": {"text/plain": steady(outcome.result)}})
            cell["outputs"] = outputs
        running.close()
    EXAMPLE.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
