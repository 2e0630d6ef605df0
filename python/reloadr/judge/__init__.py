"""Whether something may be evaluated unseen, and whether two values are the same.

`purity/` decides whether evaluating an expression has an effect that anyone could notice, by abstract interpretation
over the types that live: an operation is allowed only if what Python would call for it is on a list (`library.py`,
`operable.py`); functions of watched modules are looked into; everything else is refused. A gap in the list costs a
caveat, never a second connection. The walk is one object whose methods are told by subject, from `ground.py` up to
`statements.py` and `calls.py`; a new kind of syntax is an `eval_` or `exec_` method. `same.py` compares values and
calls nothing of the user's. `confined.py` reads whether a function writes on nothing but the class that it is given.
"""
