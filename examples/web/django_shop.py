"""A shop in Django, in one file, to be edited while it serves.

    pip install reloadr django
    reloadr run examples/web/django_shop.py runserver

Put something into the cart at http://127.0.0.1:8000/add/tea, then edit: a view, the list of URLs, a setting, a
middleware. The next request answers with the new code, and the cart stays.
"""

import sys
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

GREETING = "welcome"
if not settings.configured:
    settings.configure(DEBUG=True, SECRET_KEY="not a secret", ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.stamp"])

cart: list[str] = []


def stamp(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Try: another header."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["X-Cart"] = str(len(cart))
        return response

    return middleware


def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{GREETING}, {len(cart)} in the cart")


def add(request: HttpRequest, name: str) -> HttpResponse:
    cart.append(name)
    return index(request)


urlpatterns = [
    path("", index),
    path("add/<name>", add),
]

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
