"""A shop in Flask, to be edited while it serves.

    pip install reloadr flask
    reloadr run -- flask --app examples/web/flask_shop.py run --debug

Put something into the cart at http://127.0.0.1:5000/add/tea, then edit: the words of a view, a new route, a hook, a
price. The next request answers with the new code, and the cart stays.
"""

from flask import Blueprint, Flask, g

PRICES = {"tea": 3, "jam": 4}
cart: list[str] = []

pages = Blueprint("pages", __name__)


@pages.before_app_request
def total() -> None:
    """Try: a hook above this one."""
    g.total = sum(PRICES[each] for each in cart)


@pages.route("/")
def index() -> str:
    """Try: other words, or `@pages.route("/start")`."""
    return f"{len(cart)} in the cart, {g.total} to pay"


@pages.route("/add/<name>")
def add(name: str) -> str:
    cart.append(name)
    return f"{name} is in the cart"


def make() -> Flask:
    """What it does itself starts a new process when it is edited; all above is live."""
    app = Flask(__name__)
    app.register_blueprint(pages)
    return app


app = make()
