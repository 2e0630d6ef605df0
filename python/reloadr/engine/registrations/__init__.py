"""What definitions are registered in, and how an entry there follows its definition.

A decorator, a class statement or a call hands a definition to a registry, which the source does not name. So it is
looked for (`reach.py`): from what the decorator names, through cells, globals, attributes and functions that may be
called, to containers. These are

1. *recorded*: content before and after some code ran tells what appeared, and how to take it back;
2. *measured*: what may be the work of the earlier decorators is taken out, they run once more on the function that
   lives, and what comes back was theirs; then all is put back but that. Not where they may start something (a thread,
   a connection) or nothing of them changed. Then an entry is known by its *ties*: it has what the definition was
   where the new entry has what it is;
3. *settled*: those entries go, and the new ones stand where they stood, or where the order of the source puts them.

The decorators are given the function that lives (`hand_on.py`), with its new code, so whoever else holds it holds
what the registry has. One that raises is tried again without the earlier entries; if it still does: RL301. What read
such a container is due (`follow/registries.py`). It happens where a decorator or the name changed, or a facet that
the decorators' code asks about.
"""
