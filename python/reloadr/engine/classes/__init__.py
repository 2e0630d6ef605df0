"""Members, bases and metaclasses of living classes; classes that are made anew.

A plain class is patched member by member. One whose content is generated (dataclass, attrs, Enum, NamedTuple,
TypedDict, Protocol, `__slots__`, models of pydantic and msgspec, changed keywords, decorators or type parameters) is
built once more. If metaclass, layout, slots and fields agree it is *grafted*: what differs is taken over, generated
methods keep their functions, enum members their identity, and cells named `__class__` and registries get the living
class. Else it *replaces* the old one wherever that is held, subclasses get it as their base, and instances move where
their layout allows: RL234, RL210, or RL303. Between `type`, `ABCMeta` and the metaclass of protocols a class changes
in place. What `abc` and `functools.singledispatch` remembered of changed classes is forgotten after the commit. A
registry that refuses to see a class twice does not stop this: the class is built with those decorators left out and
inherited hooks kept silent.

Metaclasses, `__init_subclass__` hooks and class decorators collect members as a class is made. Where
`judge/confined.py` finds that they write on nothing but the class, two *twins* are made which nobody sees, of the
members before and after the edit, with the functions and values that live; what the collectors wrote on one and not
on the other goes to the living class. For other collectors their code, or marks on the member, tell whether they may
have to do with it: RL215. Where a hook or metaclass itself changes, or what it calls or reads, it runs so too
(`hooks.py`), with the old code and with the new; other classes are named: RL227.
"""
