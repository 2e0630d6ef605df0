def setup():
    import m

    m.send("before")
    return m.send, m.send.__defaults__[1], m.send.__kwdefaults__["headers"], list(m.calls)


def check(state, report):
    import m

    send, queue, headers, calls = state
    assert m.send is send
    assert m.calls == [*calls, 5], f"only the changed default is evaluated: {m.calls}"
    retries, timeout, now_queue, now_headers = send("after")
    assert (retries, timeout) == (5, 10)
    assert now_queue is queue and queue == ["before", "after"], "a mutable default keeps its state"
    assert now_headers is headers and set(headers) == {"before", "after"}
