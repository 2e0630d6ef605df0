"""What text says: outlines, edits, statements, code. Knows no living object.

An outline takes only namespaces apart: the module, class bodies, and the blocks directly in those. A function is one
node whatever it holds, for its code is swapped as a whole. Positions are relative to the top-level entry a node is
in, so one that only moved is shared between the old and the new outline, and an edit costs what it touches.
Definitions are matched by name; statements as a sequence, suite by suite (`similar`, patience); what is left over by
what it binds, then by how alike it looks: renames. Fingerprints are blind to white space and comments, and to how the
same is spelled: quotes, escapes and side-by-side strings, numbers, commas behind the last of several, parentheses
that group nothing (decided without the grammar's precedence, which is not CPython's everywhere: `a & b ^ c`). Where
they differ, CPython's parser decides whether the two texts are the same program.

tree-sitter parses incrementally, without the interpreter's lock, and makes an outline of a file that is not quite
Python yet. But CPython's word is final: where the grammar sees an error, a `SyntaxError` is CPython's own, and syntax
that the grammar does not know gets its outline from `ast`, in the same form. What is indented in more than 100 widths
never reaches the grammar, whose buffer would overrun. `tests/outline_agreement.py` compares with `ast` over the
standard library and all installed packages. CPython 3.12.1: 3,831 files, 92,819 definitions, none differs; 3.13.0 and
3.11.7 likewise.

**One definition, compiled exactly** (`compiling.py`). The code put into a living function equals the one that a
compile of the whole file holds, byte for byte, so no traceback, debugger or coverage tool sees a difference. What is
compiled are the definition's own lines, on their lines and columns, below what the compiler must know of the rest.
For a method on line 40 that calls `helper.run()`:

(36 empty lines)
if 1:                          # only if the class is indented
 class Cart(...):              # header by header: mangling, __class__, qualified names; type parameters as written
    def total(self): ...       # line 40, its own columns
if 0: import helper            # calls on imported names are compiled differently

It matters: enclosing classes and their type parameters; `global` statements in class bodies; names bound there that
are type parameters too; imports of the module; whether it knows the name `super` (3.12+); `from __future__`. Where a
header has no line of its own, the text is compiled elsewhere and moved by `CodeType.replace`, but for class bodies
(3.12+) and functions (3.14+). The compiler's warnings are held back by one filter for this file:
`warnings.catch_warnings` would swallow those of other threads.
"""
