"""Which statements of the user's are there for what they change in others."""

import textwrap

import pytest
from reloadr.program.spare.effects import effects_of


def ends(text, **options):
    effects = effects_of(textwrap.dedent(text).encode())
    return effects.before(None, is_main=options.get("is_main", False))


@pytest.mark.parametrize(
    "text",
    [
        "import a\nfrom b import c",
        "x = a.make()\ny: int = f(1)\nx.add(2)\nx.y = 3\nx[0] = 4\ndel x[0]",
        "import os\nos.environ['A'] = '1'\nos.environ.setdefault('B', '2')\nos.chdir('x')",
        "from os import environ\nenviron['A'] = '1'",
        "import sys\nsys.path.insert(0, 'lib')\nsys.argv[0] = 'x'",
        "from dotenv import load_dotenv\nload_dotenv()",
        "import logging\nlogging.basicConfig()\nlogging.getLogger('x').setLevel(10)\nprint('x')",
        "def f():\n    a.use()\n",
        "@app.route('/')\ndef f(): pass",
        "class A(B):\n    x = f()\n    def g(self):\n        self.x = 1\nA.register(int)",
        "if __name__ == '__main__':\n    main()",
        "for x in y:\n    z = x\nwith open('f') as file:\n    file.read()\n'text'\n...",
        "app = App()\napp.include(router)\napp.state.x = 1",
    ],
)
def test_what_makes_something_of_its_own(text):
    assert not ends(text)


@pytest.mark.parametrize(
    "text",
    [
        "import matplotlib as mpl\nmpl.use('Agg')",
        "from gevent import monkey\nmonkey.patch_all()",
        "from gevent.monkey import patch_all\npatch_all()",
        "import jax\njax.config.update('x', True)",
        "import jax\nconfig = jax.config\nconfig.update('x', True)",
        "import matplotlib.pyplot as plt\nplt.rcParams['x'] = 1",
        "import torch\ntorch.backends.cudnn.benchmark = True",
        "import pandas as pd\npd.options.display.max_rows += 5",
        "def f():\n    a.use()\nf()",
        "def f():\n    a.use()\nx = f()",
        "if x:\n    a.use()\n",
        "try:\n    pass\nexcept E:\n    a.use()",
        "with a:\n    b.use()",
        "class A:\n    a.use()",
        "import a\ndel a.x",
        "x, a.y = 1, 2",
        "exec('1')",
    ],
)
def test_what_changes_others(text):
    assert ends(text)


def test_only_what_was_come_by_counts():
    """Lines of a module before the one that is at work, those of the main block, and those of functions."""
    effects = effects_of(
        b"import a\na.use(\n  1)\nx = 1\ndef f():\n    a.use()\n    x = 1\nif __name__ == '__main__':\n    f()\n"
    )
    assert not effects.before(2, is_main=False) and not effects.before(3, is_main=False)
    assert effects.before(4, is_main=False)
    assert not effects.within(5, 6) and effects.within(5, 7)
    effects = effects_of(b"if __name__ == '__main__':\n    f()\n    g()\n")
    assert effects.before(3, is_main=True) and not effects.before(2, is_main=True)
    assert not effects.before(None, is_main=False)


def test_what_is_no_python_is_not_known():
    assert effects_of(b")(") is None
