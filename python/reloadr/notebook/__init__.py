"""IPython and Jupyter: `%load_ext reloadr`, and saved modules are live before each cell. See docs/notebooks.md.

`extension` hears of cells and polls, `cells` and `remake` are for cells that run again, `show` says what changed,
`magic` is `%reloadr`. Nothing of it is loaded before IPython asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """What `%load_ext reloadr` calls."""
    from reloadr.notebook.extension import Extension

    if Extension.of(shell) is None:
        Extension(shell).load()


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """What `%unload_ext reloadr` calls."""
    from reloadr.notebook.extension import Extension

    extension = Extension.of(shell)
    if extension is not None:
        extension.unload()
