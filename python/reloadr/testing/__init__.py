"""`reloadr test`: a process that has everything imported, patched on each save, from which the tests are forked.

`warm` is that process, `child` a run of pytest in a fork of it, `reach` tells which test files an edit can touch.
See docs/testing.md.
"""
