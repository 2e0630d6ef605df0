"""Words of code that finds modules by itself: in folders, or by names that are no part of its text."""

from __future__ import annotations

IMPORTING = frozenset({"import_module", "__import__", "load_module", "exec_module"})
"""What imports a module by a name that may be computed."""

FOLDERS = frozenset({"iter_modules", "walk_packages", "listdir", "scandir", "iterdir", "glob", "rglob"})
"""What goes through the files of a folder."""

__all__ = ["FOLDERS", "IMPORTING"]
