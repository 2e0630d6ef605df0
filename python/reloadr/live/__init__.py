"""What lives in the process: modules, their baselines, functions, classes. Reads only.

Every watched module knows the code objects that its functions run. If it was imported after `import reloadr`, the
code that the import executed is kept, with the file's bytes, at the cost of one read of the file. Else one pass over
the heap finds them, when the module is first watched; a file that is younger than the process is compiled and
compared.

Objects of the program are told apart by their true type (`live/kinds.py`): `isinstance` asks an object that is none
for its `__class__`, and a lazy one is made by that.

A changed function is looked up by its name; wrappers, descriptors, partials, caches and closures are opened without
running anyone's code (`locate.py`). Then the reference count of its code object is compared with the references that
are known. Only if some are not accounted for is the heap gone through, once for the whole batch, which finds
generators and coroutines on the way. Living closures are matched by name, then content, then order; new free
variables come from the function's cells, a renamed parameter, or a sibling closure. Where nothing supplies one:
RL202.
"""
