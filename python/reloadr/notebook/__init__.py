"""IPython and Jupyter: `%load_ext reloadr`, and saved modules are live before each cell. See docs/notebooks.md.

`extension` hears of cells and polls, `cells` and `remake` are for cells that run again, `show` says what changed,
`magic` is `%reloadr`. Nothing of it is loaded before IPython asks for it.

A file's unchanged statement must not run again, a cell's has just been run by somebody who wanted that. So `cells.py`
puts one more decorator on top of each definition of a cell:

@cache                      @__reloadr_cell__("area", "…text…")   called first: is it what the earlier run made?
def area(w, h=H): ...  ─▶   @cache                            ─▶  the definition runs as Python runs it
                            def area(w, h=H): ...                 called last, with the outcome: returns what is bound

`saved.py` tells where the cell keeps the earlier object, or builds upon it: then both live. `remake.py` hands the
outcome over to the earlier object: functions pair by pair through their wrappers; classes by the engine's graft;
closures, generators and frames that run earlier code are found by one pass over the heap, where reference counts tell
that there are some. All of it is one batch a cell, committed definition by definition, because the next line may use
it; the journal makes it one step for `undo`.
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
