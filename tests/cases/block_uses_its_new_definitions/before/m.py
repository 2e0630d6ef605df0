import types

table = types.SimpleNamespace()
if hasattr(types, "no_such_name"):
    handler = None
else:

    def first():
        return 1

    table.first = first
