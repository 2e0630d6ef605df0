"""What is to become true, and the journal that commits it and takes it back.

Statements run with the module's own dict as globals and the stage as locals: they see what the batch has bound so
far, and what they bind does not show. Class-level ones run over a copy of the class's namespace, and what
`type.__new__` would have done with the results is done. A stage is not enough where the code calls a function that
this batch changes, or that reads a staged global; the names that the code can reach tell so beforehand
(`evaluate/reach.py`). Then what is ready is committed first (`Batch.flush`), under the journal, but for functions
whose defaults or annotations are still to be evaluated. A block whose own functions read what it binds runs in the
live namespace, each name under the journal (`runner.Open`).

A commit is a list of steps: a key of a dict, an attribute of a class, a function's code with its closure, a cell, a
class's bases ... `_core.commit` carries them out in one call in which no other thread runs, and returns the steps
that take it back. If the interpreter refuses one, those before it are taken back at once. The steps back hold the old
values, so no destructor runs in the middle. `undo()` carries them out, in reverse; what had been taken away stands
in its order again (`orders.py`). With `RELOADR_FORCE_ROLLBACK=1`, which only tests set, the whole journal is taken
back and committed again after each commit (`stage/forced.py`; `python tests/run_case.py NAME --forced`).
"""
