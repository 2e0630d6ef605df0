"""The digest by which `verify()` compares code: what it tells apart, and what not."""

from reloadr.proof.codes import digest_of_code

CALLS = """
def f(n):
    for i in range(n):
        try:
            if i: y = x.g(1, k=i) if n else x.h(2).k(*i)
            else: continue
        except ValueError as e:
            x.z()
        while x.more(): break
        with x.ctx() as q: q.r(); x.l
    return [x.g(k) for k in n]
async def g(n):
    async for i in x.k(): await x.j(i)
    async with x.y(): yield x.s()
"""


def digests(text: str) -> list[str]:
    """Of the functions of a file."""
    return [digest_of_code(each) for each in compile(text, "m.py", "exec").co_consts if hasattr(each, "co_code")]


def test_an_import_at_the_top_changes_no_function() -> None:
    """It makes CPython compile the calls of its attributes otherwise."""
    assert digests(f"import x\n{CALLS}") == digests(CALLS)
    assert digests(f"import x, y\nfrom z import f, g, q, n, i\n{CALLS}") == digests(CALLS)


def test_what_else_differs_is_told() -> None:
    """Where a jump leads, whether something is called, what a block covers."""

    def differ(one: str, other: str) -> None:
        assert digests(one) != digests(other), (one, other)

    differ("def f():\n    if a:\n        x.k()\n    y()\n", "def f():\n    if a:\n        x.k()\n        y()\n")
    differ(CALLS, CALLS.replace("continue", "break"))
    differ("def f(): return x.a()", "def f(): return x.a")
    differ("def f(): return x.a()", "def f(): return x.b()")
    differ(
        "def f():\n try:\n  a()\n except E: pass\n b()\n",
        "def f():\n try:\n  a()\n  b()\n except E: pass\n",
    )
