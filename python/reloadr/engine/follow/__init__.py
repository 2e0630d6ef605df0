"""Who reads a name that became another, and what was made from it.

Goes through everything watched that reads, at load time, a name that has another value: assignments, defaults,
annotations, bases, arguments of decorators, conditions, in its own module and in those that import it, under whatever
name. Where no name leads from a statement to a function, the objects do: `pointing.py` tells what an expression stands
for without evaluating it (`TABLE["a"]`, `each.run`), and `through_values.py` asks it of statements whose names lead to
something that changes. Other modules have names rebound if they import them or hold what the module made. An unchanged
expression is evaluated again only if its living value is what the old source gives with the old values, and `judge/`
finds it harmless; else it is named: RL206. A function that was called while modules were loaded is a reader too
(`calls.py`), noted before anything is live. A list, dict or set whose assignment changed is filled again by the lines
below it (`edits/chains.py`); what else was put into the old one is named: RL226.

- *Places* (`evaluate/places.py`). Attributes of classes and modules are names of their namespaces, and staged; the
  others are written by the statement itself, with what was there in the journal before it runs. Who owns one is asked
  of the living names, so `conf["url"]` and `app.config["url"]` may be one place. A line that goes gives back what is
  there without it. While a line runs again, places that lines below it store in are as they were at its line
  (`as_of.py`), and containers without what lines below and later modules put into them (`filled_below.py`).
- *What a definition says of itself* (`facets.py`): docstring, signature, members, names. Words that ask for it are a
  table (`source/asking.py`); a statement that hands the definition to one of them reads it, and is due once all of it
  is live.
"""
