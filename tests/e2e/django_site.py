"""A small Django project: SQLite, templates, the admin, sessions."""

FILES = {
    "pyproject.toml": "",
    "manage.py": """
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
""",
    "shop/__init__.py": "",
    "shop/settings.py": """
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
SECRET_KEY = "x"
DEBUG = True
ROOT_URLCONF = "shop.urls"
SHOP = "the shop"
GREETING = "welcome to " + SHOP
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "books",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "books.middleware.Stamp",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
""",
    "shop/urls.py": """
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("books/", include("books.urls")),
]
""",
    "books/__init__.py": "",
    "books/migrations/__init__.py": "",
    "books/models.py": """
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=50)

    def shout(self):
        return self.title.upper()

    def __str__(self):
        return self.title
""",
    "books/middleware.py": """
class Stamp:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Stamp"] = "one"
        return response
""",
    "books/signals.py": """
from django.db.models.signals import post_save
from django.dispatch import receiver

from books.models import Book

heard = []


@receiver(post_save, sender=Book)
def saved(sender, instance, **more):
    heard.append(f"saved {instance.title}")
""",
    "books/apps.py": """
from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "books"

    def ready(self):
        import books.signals
""",
    "books/views.py": """
import os

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views import View

from books import signals
from books.models import Book


def index(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(f"index {request.session['visits']}")


def process(request):
    return HttpResponse(os.getpid())


def named(request):
    return HttpResponse(reverse("index"))


def greet(request):
    return HttpResponse(settings.GREETING)


def page(request):
    return render(request, "page.html", {"book": Book(title="a title")})


def administered(request):
    try:
        return HttpResponse(reverse("admin:books_book_changelist"))
    except NoReverseMatch:
        return HttpResponse("no")


def save(request):
    signals.heard.clear()
    Book.objects.create(title="a book")
    return HttpResponse(", ".join(signals.heard) or "nothing heard")


class Detail(View):
    word = "detail"

    def get(self, request, pk):
        return HttpResponse(f"{self.word} {pk}")
""",
    "books/urls.py": """
from django.urls import path

from books import views

urlpatterns = [
    path("", views.index, name="index"),
    path("process", views.process),
    path("named", views.named),
    path("greet", views.greet),
    path("page", views.page),
    path("administered", views.administered),
    path("save", views.save),
    path("detail/<int:pk>", views.Detail.as_view()),
]
""",
    "books/admin.py": """
from django.contrib import admin

from books.models import Book


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title"]
""",
    "templates/page.html": "page of {{ book.shout }}\n",
}
