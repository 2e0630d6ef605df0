"""Which test files an edit can touch, told by the texts of a project's modules."""

import textwrap

import pytest
from reloadr.testing.reach import ALL, Project

FILES = {
    "shop/__init__.py": "",
    "shop/money.py": """
        def rate(): return 2
        def total(n): return n * rate()
        def words(n): return str(n)
        class Purse:
            def count(self): return 1
    """,
    "shop/cart.py": "from shop.money import total as add_up\ndef pay(n): return add_up(n)\ndef empty(): pass\n",
    "shop/users.py": "import shop.money\ndef name(): return shop.money.words(1)\ndef mail(): pass\n",
    "shop/views.py": """
        from shop.money import total
        from shop.cart import pay
        from app import route
        @route("/")
        def index(): return total(1)
        def about(): pass
    """,
    "shop/sub.py": "from shop.money import Purse\nclass Bag(Purse): pass\n",
    "shop/lazy.py": "def later():\n    from .money import words\n    return words(1)\n",
    "shop/called.py": "def work(): pass\n",
    "tests/conftest.py": """
        import pytest
        from shop.users import name
        @pytest.fixture
        def user(): return name()
        @pytest.fixture
        def other(user): return user
        @pytest.fixture
        def plain(): pass
    """,
    "tests/test_cart.py": "from shop.cart import pay\ndef test_pay(): assert pay(1)\n",
    "tests/test_empty.py": "from shop.cart import empty\ndef test_empty(): empty()\n",
    "tests/test_views.py": "from shop.views import about\ndef test_about(): about()\n",
    "tests/test_user.py": "def test_user(other): assert other\n",
    "tests/test_plain.py": "def test_plain(plain): pass\n",
    "tests/test_lazy.py": "from shop import lazy\ndef test_lazy(): lazy.later()\n",
    "tests/test_patch.py": "from unittest import mock\n@mock.patch('shop.cart.pay')\ndef test_p(pay): pass\n",
    "tests/test_bag.py": "from shop.sub import Bag\ndef test_bag(): Bag()\n",
}


@pytest.fixture
def project(tmp_path):
    modules = {}
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        modules[str(path)] = module.removeprefix("tests.") if module != "tests.conftest" else str(path)
    found = Project()
    found.learn(modules)
    found.tests = {path for path in modules if "/tests/test_" in path}
    return found


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        # Through a function of the same module, an import under another name, and a registered function beside; who has
        # the module as a whole may use anything of it.
        ({"shop.money": {"rate"}}, "cart patch user views"),
        ({"shop.money": {"words"}}, "lazy user"),
        ({"shop.money": {"Purse"}}, "bag user"),
        ({"shop.cart": {"empty"}}, "empty patch"),
        ({"shop.cart": {"pay"}}, "cart patch"),
        ({"shop.views": {"about"}}, "views"),
        ({"shop.users": {"mail"}}, ""),
        ({"test_plain": ALL}, "plain"),
        # Imported by nobody's text.
        ({"shop.called": {"work"}}, "bag cart empty lazy patch plain user views"),
        # Whatever it does to a module as a whole.
        ({"shop.cart": ALL}, "cart empty patch views"),
    ],
    ids=repr,
)
def test_what_an_edit_can_touch(project, changed, touched):
    found = project.reached({name: frozenset(names) for name, names in changed.items()}, project.tests)
    names = sorted(path.rpartition("/test_")[2].removesuffix(".py") for path in found)
    assert " ".join(names) == touched
