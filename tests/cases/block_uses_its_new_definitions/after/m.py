import types

table = types.SimpleNamespace()
if hasattr(types, "no_such_name"):
    handler = None
else:

    def first():
        return 1

    scale = 2

    def second(n=scale):
        return first() + n

    table.first = first
    table.second = second
