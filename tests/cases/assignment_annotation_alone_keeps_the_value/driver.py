"""An assignment that gets, loses or changes an annotation alone does not run again."""

import typing


def setup():
    import m

    m.SESSIONS["one"] = m.COUNT = 7
    m.NAMES.append("b")
    m.Pool.taken.append(1)
    return m, m.SESSIONS, m.NAMES, m.Pool.taken


def setup_fresh():
    return setup()


def check(state, report):
    m, *objects = state
    assert [m.SESSIONS, m.NAMES, m.Pool.taken] == objects == [{"one": 7}, ["a", "b"], [1]]
    assert m.SESSIONS is objects[0] and m.NAMES is objects[1] and m.Pool.taken is objects[2] and m.COUNT == 7
    assert typing.get_type_hints(m) == {"SESSIONS": dict[str, object], "COUNT": float}
    assert typing.get_type_hints(m.Pool) == {"taken": list[object]}
