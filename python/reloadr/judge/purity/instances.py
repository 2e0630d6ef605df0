"""What instances of the user's classes do by special methods: `__iter__`, `__call__`, properties.

Each is a function whose source is looked into, as that of any function.
"""

from __future__ import annotations

import ast
import types

from reloadr.judge.operable import has_plain_attributes
from reloadr.judge.purity.ground import Ground
from reloadr.judge.purity.values import Arguments, Impure, Value
from reloadr.judge.static import NOTHING, static_attribute

#: Stands for the place of a call that no text shows.
_PLACE = ast.Pass()


class Instances(Ground):
    """The part of the walk that calls special methods of the user's."""

    def own_items(self, value: Value, kind: type) -> Value:
        """What going through an instance gives, by its `__iter__`."""
        made = self.special_call(value, kind, "__iter__", Arguments([]))
        if kind in self.kinds(made):
            raise Impure  # an iterator of the user's
        return self.items(made)

    def own_truth(self, value: Value, kind: type) -> None:
        """What asking an instance whether it is true does, by its `__bool__`, or else its `__len__`."""
        for name in ("__bool__", "__len__"):
            if static_attribute(kind, name) is not NOTHING:
                made = self.special_call(value, kind, name, Arguments([]))
                if not self.kinds(made) <= {bool, int}:
                    raise Impure  # which is asked for a number in turn
                return

    def special_call(self, value: Value, kind: type, name: str, arguments: Arguments) -> Value:
        """A call of a special method, which is looked up in the class."""
        method = static_attribute(kind, name)
        if type(method) is not types.FunctionType or not has_plain_attributes(kind):
            raise Impure
        own = Value(frozenset({kind}), value.cells, value.known)
        given = Arguments([own, *arguments.positional], arguments.keywords, arguments.rest)
        return self.call(self.live_value(method), given, _PLACE)

    def property_of(self, owner: Value, kind: type, held: object) -> Value | None:
        """What a property gives; None where an attribute is none."""
        if type(held) is not property:
            return None
        if type(held.fget) is not types.FunctionType:
            raise Impure
        return self.call(
            self.live_value(held.fget), Arguments([Value(frozenset({kind}), owner.cells, owner.known)]), _PLACE
        )

    def is_callable(self, kind: type) -> bool:
        """Whether instances of a class are called by a method of the user's."""
        return type(static_attribute(kind, "__call__")) is types.FunctionType and not issubclass(kind, type)
