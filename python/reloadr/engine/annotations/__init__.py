"""Annotations that are evaluated when they are asked for (CPython 3.14 and later).

Since PEP 649 (CPython 3.14) a function, class and module have a function, `__annotate__`, that gives their
annotations when asked. Nothing here evaluates one. A function's is compiled with its definition. A class's or
module's is taken out of a compile of the class, or of the module's annotated statements, and equals that of the whole
file. Where only lines moved, its code alone is exchanged. What was kept (`__annotations__`) is dropped when one of
its names means something else.
"""
