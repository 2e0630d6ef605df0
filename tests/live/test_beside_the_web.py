"""Libraries that stand beside web frameworks: settings of pydantic, commands of typer and click, templates of Jinja2.

What is here has no or few rules of its own: it is as a fresh process would have it, or the report says that it is not.
"""

import pytest

SETTINGS = """
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")
    name: str = "shop"
    tax: int = 20

    def price(self, net):
        return net + self.tax


settings = Settings()
TAX = settings.tax
"""


@pytest.fixture
def edit(project):
    """A module is edited; it, and the report."""

    def edited(before, *pairs):
        module = project.start("m", before)
        watcher = project.watch()
        for old, new in pairs:
            assert before.count(old) == 1, old
            before = before.replace(old, new)
        project.write("m", before)
        return module, watcher.poll()

    return edited


def codes(report):
    return sorted({each.code for each in report.reasons})


def test_settings_of_pydantic(edit):
    """A method is live; a field is the business of a new process, for an instance was made of the class."""
    pytest.importorskip("pydantic_settings")
    module, report = edit(SETTINGS, ("net + self.tax", "net + self.tax + 1"))
    assert module.settings.price(1) == 22 and codes(report) == []


@pytest.mark.parametrize(
    "pair", [("tax: int = 20", "tax: int = 25"), ('"SHOP_"', '"STORE_"'), ("name: str", "other: str")]
)
def test_fields_of_settings_of_pydantic(edit, pair):
    pytest.importorskip("pydantic_settings")
    _, report = edit(SETTINGS, pair)
    assert report.verdict == "restart" and "RL310" in codes(report)


TYPER = """
import typer

app = typer.Typer()


@app.command()
def hello(name: str = "you"):
    print("hello", name)


@app.command("bye")
def goodbye(name: str):
    print("bye", name)
"""


def test_commands_of_typer(edit, capsys):
    """Bodies, parameters, names, new ones."""
    typer = pytest.importorskip("typer")
    more = '\n\n@app.command()\ndef more():\n    print("more")\n'
    module, report = edit(
        TYPER,
        ('def hello(name: str = "you"):', 'def hello(name: str = "all", loud: bool = False):'),
        ('"hello", name', '"HELLO", name'),
        ('"bye")\n', '"ciao")\n'),
        ('    print("bye", name)\n', '    print("bye", name)\n' + more),
    )
    assert codes(report) == []
    command = typer.main.get_command(module.app)
    assert sorted(command.commands) == ["ciao", "hello", "more"]
    command(["hello", "--loud"], standalone_mode=False)
    command(["more"], standalone_mode=False)
    assert capsys.readouterr().out == "HELLO all\nmore\n"


CLICK = """
import click


@click.group()
def main():
    pass


@main.command()
@click.option("--count", default=1)
def hello(count):
    click.echo("hello" * count)


@main.command("bye")
@click.argument("name")
def goodbye(name):
    click.echo(name)
"""


def test_commands_of_click(edit, capsys):
    pytest.importorskip("click")
    module, report = edit(
        CLICK,
        (
            '@click.option("--count", default=1)',
            '@click.option("--count", default=2)\n@click.option("--loud", is_flag=True)',
        ),
        ("def hello(count)", "def hello(count, loud)"),
        ('"hello" * count', '("HELLO" if loud else "hello") * count'),
        ('@main.command("bye")', '@main.command("ciao")'),
    )
    assert codes(report) == []
    assert sorted(module.main.commands) == ["ciao", "hello"]
    module.main(["hello", "--loud"], standalone_mode=False)
    assert capsys.readouterr().out == "HELLOHELLO\n"


CHOICES = """
import click

KINDS = ["a", "b"]


@click.command()
@click.option("--kind", type=click.Choice(KINDS))
def init(kind):
    click.echo(kind)
"""


def test_what_an_option_of_click_was_made_of(edit):
    """It is copied into the command: who is not made anew is named."""
    pytest.importorskip("click")
    module, report = edit(CHOICES, ('["a", "b"]', '["a", "b", "c"]'))
    follows = list(module.init.params[0].type.choices) == ["a", "b", "c"]
    assert codes(report) == ([] if follows else ["RL206"])


JINJA = """
import jinja2

text = "{{ 2 | double }} {{ n | double }} {{ word }} {{ shown() }}"
env = jinja2.Environment(loader=jinja2.DictLoader({"page": text}))


def double(value):
    return value * factor()


def factor():
    return 2


def shown():
    return "shown"


env.filters["double"] = double
env.globals.update(word="one", shown=shown)
page = env.get_template("page")
page.render(n=1)


def render():
    assert page.render(n=2) == env.get_template("page").render(n=2)
    return env.get_template("page").render(n=3)
"""


@pytest.mark.parametrize(
    ("pair", "wanted"),
    [
        (("return 2\n", "return 20\n"), "40 60 one shown"),
        (("value * factor()", "value * 10"), "20 30 one shown"),
        (('return "shown"', 'return "SHOWN"'), "4 6 one SHOWN"),
        (('word="one"', 'word="two"'), "4 6 two shown"),
        (("n=3", "n=4"), "4 8 one shown"),
    ],
)
def test_templates_of_jinja2(edit, pair, wanted):
    """Filters, also of constants, which Jinja2 computes when it compiles a template; globals."""
    pytest.importorskip("jinja2")
    module, report = edit(JINJA, pair)
    assert module.render() == wanted, str(report)
