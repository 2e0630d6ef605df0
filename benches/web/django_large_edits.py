"""A larger Django project, and edits that `django_edits.py` has none of: two apps, REST framework, and what they use.

Generic views with mixins, model forms and formsets, custom managers and fields' methods, admin with inlines and
actions, signals, converters, namespaces within namespaces, caches, translations, async views, viewsets with actions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from web.django_edits import client

__all__ = ["ASKED", "COMMAND", "EDITS", "ENVIRONMENT", "FILES", "KINDS", "client", "prepare"]

COMMAND = ["manage.py", "runserver", "127.0.0.1:{port}"]
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "site_.settings"}
KINDS = {".py", ".html", ".txt", ".css", ".json"}
#: What of libraries a fresh process finds imported.
LIBRARIES = [
    "django.contrib.admin",
    "django.core.management",
    "django.db.backends.sqlite3.base",
    "django.forms",
    "django.test",
    "django.views.generic",
]

FILES = {
    "pyproject.toml": "",
    "manage.py": """
import sys

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
""",
    "site_/__init__.py": "",
    "site_/counter.py": """
import os

from django.http import HttpResponse

COUNT = []


def counted(request):
    COUNT.append(1)
    return HttpResponse(f"{os.getpid()} {len(COUNT)}")
""",
    "site_/settings.py": """
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "x"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "site_.urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "shop",
    "blog.apps.BlogConfig",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "shop.middleware.timing",
    "shop.middleware.Tenant",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.context.shop",
            ],
            "builtins": ["shop.templatetags.shop_tags"],
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
LANGUAGES = [("en", "English"), ("de", "German")]
USE_TZ = False
CURRENCY = "EUR"
SHOP = {"tax": 20, "name": "shop"}
PAGE = 2
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
""",
    "site_/urls.py": """
from django.contrib import admin
from django.urls import include, path, re_path, register_converter

from shop.converters import Codes
from site_.counter import counted

register_converter(Codes, "codes")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("process", counted),
    path("shop/", include("shop.urls")),
    path("de/shop/", include("shop.urls", namespace="german")),
    path("blog/", include(("blog.urls", "blog"), namespace="news")),
    re_path(r"^old/(?P<rest>.*)$", counted, name="old"),
]
""",
    "shop/__init__.py": "",
    "shop/migrations/__init__.py": "",
    "shop/converters.py": """
class Codes:
    regex = "[a-z]+(,[a-z]+)*"

    def to_python(self, value):
        return value.split(",")

    def to_url(self, value):
        return ",".join(value)
""",
    "shop/context.py": """
from django.conf import settings


def shop(request):
    return {"shop_name": settings.SHOP["name"], "currency": settings.CURRENCY}
""",
    "shop/middleware.py": """
from django.http import HttpResponse


def timing(get_response):
    prefix = "timed"

    def middleware(request):
        response = get_response(request)
        response["X-Stamp"] = f"{prefix} {response.get('X-Stamp', '')}".strip()
        return response

    return middleware


class Tenant:
    names = ["ann"]

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.tenant = request.GET.get("tenant", self.names[0])
        response = self.get_response(request)
        response["X-Stamp"] = request.tenant
        return response

    def process_exception(self, request, exception):
        if isinstance(exception, KeyError):
            return HttpResponse(f"no {exception.args[0]}", status=404)
""",
    "shop/managers.py": """
from django.db import models


class BookQuerySet(models.QuerySet):
    def long(self, least=100):
        return self.filter(pages__gt=least)

    def titles(self):
        return list(self.values_list("title", flat=True))


class BookManager(models.Manager.from_queryset(BookQuerySet)):
    def get_queryset(self):
        return super().get_queryset().exclude(title="Hidden")

    def first_title(self):
        return self.titles()[0]
""",
    "shop/mixins.py": """
from django.contrib import messages
from django.core.exceptions import PermissionDenied


class Keyed:
    key = "open"

    def dispatch(self, request, *args, **kwargs):
        if request.GET.get("key") != self.key:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class Titled:
    title = "title"

    def get_context_data(self, **kwargs):
        return super().get_context_data(title=self.title, **kwargs)


class Noted:
    note = "saved"

    def form_valid(self, form):
        messages.info(self.request, self.note)
        return super().form_valid(form)
""",
    "shop/models.py": """
from django.db import models
from django.urls import reverse

from shop.managers import BookManager


def upper(value):
    return value.upper()


class Stamped(models.Model):
    made = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def stamp(self):
        return f"made {self.made}"


class Author(models.Model):
    name = models.CharField(max_length=30)

    def __str__(self):
        return self.name


class Book(Stamped):
    class Kind(models.TextChoices):
        NOVEL = "n", "Novel"
        POEM = "p", "Poem"

    title = models.CharField(max_length=30)
    pages = models.IntegerField(default=100)
    kind = models.CharField(max_length=1, choices=Kind.choices, default=Kind.NOVEL)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    objects = BookManager()

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("shop:book", args=[self.pk])

    @property
    def price(self):
        return self.pages // 10

    def clean(self):
        from django.core.exceptions import ValidationError

        if self.title == "bad":
            raise ValidationError({"title": "a bad title"})

    def save(self, *args, **kwargs):
        self.title = self.title.strip()
        super().save(*args, **kwargs)
""",
    "shop/fixtures/first.json": """
[
 {"model": "shop.author", "pk": 1, "fields": {"name": "Ann"}},
 {"model": "shop.book", "pk": 1, "fields": {"title": "One", "pages": 90, "author": 1}},
 {"model": "shop.book", "pk": 2, "fields": {"title": "Two", "pages": 200, "author": 1}},
 {"model": "shop.book", "pk": 3, "fields": {"title": "Three", "pages": 300, "author": 1, "kind": "p"}},
 {"model": "auth.user", "pk": 1, "fields": {"username": "boss", "password": "!", "is_staff": true, "is_superuser": true}}
]
""",
    "shop/forms.py": """
from django import forms
from django.forms import formset_factory, inlineformset_factory

from shop.models import Author, Book


class Bare(forms.Form):
    template_name = "form.html"
    prefix = "b"


class Search(Bare):
    q = forms.CharField(label="Query", initial="x", widget=forms.TextInput(attrs={"class": "wide"}))
    kind = forms.ChoiceField(choices=Book.Kind.choices, required=False)
    field_order = ["kind", "q"]

    def __init__(self, *args, size=3, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["q"].max = size

    def clean(self):
        if self.cleaned_data.get("q") == "none":
            self.add_error("q", "nothing")
        return self.cleaned_data


class BookForm(forms.ModelForm):
    class Meta:
        model = Book
        fields = ["title", "pages"]
        labels = {"title": "Its title"}
        widgets = {"pages": forms.NumberInput(attrs={"min": 1})}

    def clean_pages(self):
        pages = self.cleaned_data["pages"]
        if pages < 5:
            raise forms.ValidationError("too short")
        return pages


SearchSet = formset_factory(Search, extra=2)
BookSet = inlineformset_factory(Author, Book, form=BookForm, extra=1)
""",
    "shop/signals.py": """
from django.core.signals import request_finished, request_started
from django.db.models.signals import post_save, pre_save
from django.dispatch import Signal, receiver

from shop.models import Book

ordered = Signal()
log = []


@receiver(pre_save, sender=Book)
def before(sender, instance, **more):
    log.append(f"before {instance.title}")


@receiver([post_save], sender=Book, dispatch_uid="after")
def after(sender, instance, created, **more):
    log.append(f"after {instance.title}")


@receiver(ordered)
def count(sender, **more):
    log.append("ordered")
    return "counted"


class Listener:
    word = "heard"

    def hear(self, sender, **more):
        return self.word


listener = Listener()
ordered.connect(listener.hear)
""",
    "shop/apps.py": """
from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        import shop.signals
""",
    "shop/templatetags/__init__.py": "",
    "shop/templatetags/shop_tags.py": """
from django import template
from django.utils.safestring import mark_safe

register = template.Library()


@register.filter(name="money")
def money(value, currency="EUR"):
    return f"{value} {currency}"


@register.filter(is_safe=True)
def bold(value):
    return mark_safe(f"<b>{value}</b>")


@register.simple_tag(takes_context=True)
def tenant(context):
    return context["request"].tenant


class UpperNode(template.Node):
    def __init__(self, nodelist):
        self.nodelist = nodelist

    def render(self, context):
        return self.nodelist.render(context).upper()


@register.tag
def shout(parser, token):
    nodelist = parser.parse(("endshout",))
    parser.delete_first_token()
    return UpperNode(nodelist)
""",
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/base.py": """
from django.core.management.base import BaseCommand


class Spoken(BaseCommand):
    word = "says"

    def say(self, text):
        self.stdout.write(f"{self.word} {text}")
""",
    "shop/management/commands/titles.py": """
from shop.management.commands.base import Spoken
from shop.models import Book


class Command(Spoken):
    def add_arguments(self, parser):
        parser.add_argument("--long", action="store_true")

    def handle(self, *args, long, **options):
        books = Book.objects.long() if long else Book.objects.all()
        self.say(" ".join(books.titles()))
""",
    "shop/admin.py": """
from django.contrib import admin

from shop.models import Author, Book


class BookInline(admin.TabularInline):
    model = Book
    extra = 1
    fields = ["title", "pages"]


class LongFilter(admin.SimpleListFilter):
    title = "length"
    parameter_name = "length"

    def lookups(self, request, model_admin):
        return [("long", "Long ones")]

    def queryset(self, request, queryset):
        return queryset.long() if self.value() == "long" else queryset


@admin.action(description="Mark them")
def mark(modeladmin, request, queryset):
    queryset.update(pages=1)


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    inlines = [BookInline]
    search_fields = ["name"]


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "cost"]
    list_filter = [LongFilter, "kind"]
    actions = [mark]
    fieldsets = [(None, {"fields": ["title", "author"]}), ("More", {"fields": ["pages"]})]
    readonly_fields = ["pages"]

    @admin.display(description="Its cost", ordering="pages")
    def cost(self, book):
        return f"{book.price} EUR"

    def get_queryset(self, request):
        return super().get_queryset(request).order_by("pages")
""",
    "shop/api.py": """
from rest_framework import permissions, serializers, viewsets
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter, SimpleRouter
from rest_framework.views import APIView

from shop.models import Author, Book


class Small(PageNumberPagination):
    page_size = 2


class HasKey(permissions.BasePermission):
    message = "no key"

    def has_permission(self, request, view):
        return request.query_params.get("key") == "open"


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["id", "name"]


class BookSerializer(serializers.ModelSerializer):
    author = AuthorSerializer(read_only=True)
    price = serializers.SerializerMethodField()
    size = serializers.IntegerField(source="pages", read_only=True)

    class Meta:
        model = Book
        fields = ["id", "title", "author", "price", "size"]

    def get_price(self, book):
        return book.price

    def validate_title(self, value):
        if value == "bad":
            raise serializers.ValidationError("a bad title")
        return value


class BookViewSet(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer
    pagination_class = Small

    def get_queryset(self):
        return super().get_queryset().order_by("pages")

    @action(detail=False)
    def titles(self, request):
        return Response(Book.objects.titles())

    @action(detail=True, methods=["get", "post"], url_path="shout")
    def loud(self, request, pk=None):
        return Response(self.get_object().title.upper())


class AuthorViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Author.objects.all()
    serializer_class = AuthorSerializer
    permission_classes = [HasKey]


class Sum(APIView):
    def get(self, request):
        return Response(sum(each.pages for each in Book.objects.all()))


@api_view(["GET"])
@permission_classes([HasKey])
def keyed(request):
    return Response("keyed")


router = SimpleRouter()
router.register("books", BookViewSet)
router.register("authors", AuthorViewSet, basename="writer")
""",
    "shop/urls.py": """
from django.urls import include, path
from django.views.decorators.cache import cache_page
from django.views.generic import RedirectView, TemplateView

from shop import api, views
from shop.models import Book

app_name = "shop"
extra = [path("late", views.late, name="late")]
urlpatterns = [
    path("", views.Index.as_view(), name="index"),
    path("<int:pk>", views.Detail.as_view(), name="book"),
    path("new", views.Create.as_view(), name="new"),
    path("keyed", views.Secret.as_view(), name="keyed"),
    path("about", TemplateView.as_view(template_name="about.html", extra_context={"word": "about"})),
    path("away", RedirectView.as_view(pattern_name="shop:index")),
    path("cached", cache_page(60)(views.cached)),
    path("codes/<codes:codes>", views.codes, name="codes"),
    path("links", views.links),
    path("search", views.search),
    path("sets", views.sets),
    path("order", views.order),
    path("saved", views.saved),
    path("error", views.error),
    path("async", views.waiting),
    path("async-class", views.Waiting.as_view()),
    path("decorated", views.decorated),
    path("titles", views.titles),
    path("command", views.command),
    path("messages", views.noted),
    path("settings", views.shown),
    path("admin-page", views.admin_page),
    path("more/", include(extra)),
    path("api/", include(api.router.urls)),
    path("api/sum", api.Sum.as_view()),
    path("api/keyed", api.keyed),
]
""",
    "shop/views.py": """
import io

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.messages.views import SuccessMessageMixin
from django.core.management import call_command
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.test import RequestFactory
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django.views.generic import CreateView, DetailView, ListView

from shop.forms import BookForm, BookSet, Search, SearchSet
from shop.mixins import Keyed, Noted, Titled
from shop.models import Author, Book
from shop.signals import log, ordered

TAX = settings.SHOP["tax"]


class Index(Titled, ListView):
    model = Book
    template_name = "index.html"
    context_object_name = "books"
    paginate_by = 2
    title = "Books"


class Detail(DetailView):
    model = Book
    template_name = "detail.html"

    def get_object(self, queryset=None):
        return super().get_object(queryset)


class Create(Noted, CreateView):
    model = Book
    form_class = BookForm
    template_name = "form_page.html"


@method_decorator(vary_on_headers("X-A"), name="dispatch")
class Secret(Keyed, View):
    http_method_names = ["get", "post"]

    def get(self, request):
        return HttpResponse("secret")

    def post(self, request):
        return HttpResponse("posted")


def cached(request):
    return HttpResponse("cached")


def codes(request, codes):
    return HttpResponse("+".join(codes))


def links(request):
    names = ["shop:index", "shop:late", "german:index", "shop:book-list", "shop:writer-list", "news:start"]
    text = " ".join(map(reverse, names)) + " " + reverse("shop:codes", args=[["a", "b"]])
    return HttpResponse(text)


def search(request):
    form = Search({"b-q": request.GET.get("q", "word")}, size=4)
    return JsonResponse([form.is_valid(), form.errors, list(form.fields), str(form["q"]), form.fields["q"].max], safe=False)


def sets(request):
    found = BookSet(instance=Author(name="a"))
    return JsonResponse([len(SearchSet().forms), len(found.forms), list(found.forms[0].fields)], safe=False)


def order(request):
    return JsonResponse([str(result) for _, result in ordered.send("x")], safe=False)


def saved(request):
    log.clear()
    with transaction.atomic():
        book = Book.objects.get(pk=1)
        book.full_clean()
        book.save()
        transaction.set_rollback(True)
    return JsonResponse(log, safe=False)


def error(request):
    raise KeyError("thing")


async def waiting(request):
    return HttpResponse(str(await Book.objects.acount()))


class Waiting(View):
    async def get(self, request):
        return HttpResponse("waiting")


@require_http_methods(["GET"])
@vary_on_headers("X-B")
def decorated(request):
    return HttpResponse(request.tenant)


def titles(request):
    return JsonResponse([Book.objects.titles(), Book.objects.long().titles(), Book.objects.first_title()], safe=False)


def command(request):
    out = io.StringIO()
    call_command("titles", stdout=out)
    call_command("titles", "--long", stdout=out)
    return HttpResponse(out.getvalue())


def noted(request):
    messages.success(request, _("done"))
    return JsonResponse([str(each) for each in messages.get_messages(request)], safe=False)


def shown(request):
    return HttpResponse(f"{TAX} {settings.PAGE} {settings.CURRENCY}")


def admin_page(request):
    factory = RequestFactory()
    asked = factory.get("/admin/", request.GET)
    asked.user = User.objects.get(pk=1)
    found = admin.site._registry[Book]
    page = found.get_changelist_instance(asked)
    return JsonResponse(
        [
            list(page.list_display),
            [str(each) for each in page.queryset],
            sorted(found.get_actions(asked)),
            [str(name) for name, _ in found.get_fieldsets(asked)],
            [each.model.__name__ + str(each.extra) for each in admin.site._registry[Author].inlines],
            [found.cost(each) for each in page.queryset],
            [each.__name__ for each in admin.site._registry],
        ],
        safe=False,
    )


def late(request):
    return HttpResponse("late")
""",
    "shop/templates/base.html": "<main>{% block main %}{% endblock %} {{ shop_name }} {% tenant %}</main>\n",
    "shop/templates/index.html": "{% extends 'base.html' %}{% block main %}{{ title }}: {% for book in books %}{{ book|bold }} {{ book.price|money:currency }}, {% endfor %}{% endblock %}\n",
    "shop/templates/detail.html": "{% extends 'base.html' %}{% block main %}{% shout %}{{ object }}{% endshout %} {{ object.get_absolute_url }} {{ object.stamp }}{% endblock %}\n",
    "shop/templates/about.html": "{% include 'part.html' with word=word %}\n",
    "shop/templates/part.html": "part {{ word }}\n",
    "shop/templates/form.html": "{% for field in form %}{{ field.label }} {% endfor %}\n",
    "shop/templates/form_page.html": "{% for field in form %}{{ field.label }}={{ field }} {% endfor %}\n",
    "blog/__init__.py": "",
    "blog/apps.py": """
from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "blog"
""",
    "blog/urls.py": """
from django.urls import path

from blog import views

urlpatterns = [path("", views.start, name="start"), path("<slug:slug>/", views.post, name="post")]
""",
    "blog/views.py": """
from functools import lru_cache, partial

from django.http import HttpResponse
from django.urls import reverse

POSTS = {"first": "First post"}


@lru_cache
def rendered(slug):
    return POSTS[slug].upper()


def start(request):
    return HttpResponse(", ".join(reverse("news:post", args=[each]) for each in POSTS))


def _post(request, slug, word):
    return HttpResponse(f"{word} {rendered(slug)}")


post = partial(_post, word="post:")
""",
}

X = "/shop/"
ASKED = [
    *(X, "/shop/?page=2", "/shop/1", "/shop/9", "/shop/new", "/shop/keyed", "/shop/keyed?key=open", "/shop/about"),
    *("/shop/away", "/shop/cached", "/shop/codes/a,b", "/shop/codes/A", "/shop/links", "/shop/search", "/de/shop/"),
    *("/shop/search?q=none", "/shop/sets", "/shop/order", "/shop/saved", "/shop/error", "/shop/async", "/blog/"),
    *("/shop/async-class", "/shop/decorated", "/shop/decorated?tenant=bea", "/shop/titles", "/shop/command"),
    *("/shop/messages", "/shop/settings", "/shop/admin-page", "/shop/admin-page?length=long", "/shop/more/late"),
    *("/shop/api/books/", "/shop/api/books/?page=2", "/shop/api/books/1/", "/shop/api/books/titles/", "/nowhere"),
    *("/shop/api/books/1/shout/", "/shop/api/authors/", "/shop/api/authors/?key=open", "/shop/api/sum", "/blog/first/"),
    *("/shop/api/keyed", "/shop/api/keyed?key=open"),
]

V, M, F, U, R, S = (
    "shop/views.py",
    "shop/models.py",
    "shop/forms.py",
    "shop/urls.py",
    "site_/urls.py",
    "site_/settings.py",
)
A, P, G, T, W = (
    "shop/admin.py",
    "shop/api.py",
    "shop/signals.py",
    "shop/templatetags/shop_tags.py",
    "shop/middleware.py",
)
Q, N, H, B = "shop/managers.py", "shop/mixins.py", "shop/templates/", "blog/views.py"
EDITS = [
    ("an attribute of a mixin", [(N, 'key = "open"', 'key = "sesame"')], ["/shop/keyed?key=sesame"]),
    ("a method of a mixin", [(N, "title=self.title,", "title=self.title.upper(),")], []),
    ("a mixin is taken out", [(V, "class Secret(Keyed, View)", "class Secret(View)")], []),
    ("a mixin is put in", [(V, "class Detail(DetailView)", "class Detail(Keyed, DetailView)")], ["/shop/1?key=open"]),
    ("a new mixin", [[(N, "class Noted:", 'class Loud:\n    def render_to_response(self, context, **more):\n        response = super().render_to_response(context, **more)\n        response["X-Loud"] = "loud"\n        response.status_code = 202\n        return response\n\n\nclass Noted:'), (V, "import Keyed, Noted", "import Keyed, Loud, Noted"), (V, "class Index(Titled,", "class Index(Loud, Titled,")], [(N, "status_code = 202", "status_code = 203")]], []),
    ("paginate_by and title of a list view", [(V, "paginate_by = 2", "paginate_by = 1"), (V, 'title = "Books"', 'title = "Tomes"')], []),
    ("a queryset of a list view", [(V, '    context_object_name = "books"', '    context_object_name = "books"\n    queryset = Book.objects.long()')], []),
    ("get_object of a detail view", [(V, "super().get_object(queryset)", "Book.objects.get(pk=2)")], []),
    ("form_class of a create view", [(V, "    form_class = BookForm\n", '    fields = ["title", "kind"]\n')], []),
    ("http_method_names", [(V, '["get", "post"]\n\n    def get', '["post"]\n\n    def get')], []),
    ("method_decorator of a class", [[(V, '@method_decorator(vary_on_headers("X-A"), name="dispatch")\n', "")], [(V, "class Secret(", '@method_decorator(require_http_methods(["POST"]), name="dispatch")\nclass Secret(')]], []),
    ("a view behind cache_page", [(V, 'HttpResponse("cached")', 'HttpResponse("kept")'), (U, "cache_page(60)", "cache_page(0)")], []),
    ("cache_page is taken away", [(U, "cache_page(60)(views.cached)", "views.cached")], []),
    ("arguments of TemplateView", [(U, '{"word": "about"}', '{"word": "us"}')], []),
    ("pattern_name of RedirectView", [(U, 'pattern_name="shop:index"', 'pattern_name="shop:late"')], []),
    ("a list of patterns within", [(U, 'path("late", views.late, name="late")', 'path("later", views.late, name="late")')], ["/shop/more/later"]),
    ("an include becomes a path", [(U, 'path("more/", include(extra))', 'path("more/late", views.late, name="late")')], []),
    ("a converter's to_python", [("shop/converters.py", 'value.split(",")', 'value.upper().split(",")')], []),
    ("a converter's to_url", [("shop/converters.py", '",".join(value)', '",".join(reversed(value))')], []),
    ("a converter's regex", [("shop/converters.py", "[a-z]+(", "[a-zA-Z]+(")], []),
    ("a converter is registered by another name", [(R, '"codes")', '"letters")'), (U, "<codes:codes>", "<letters:codes>")], []),
    ("app_name of an include", [(R, '("blog.urls", "blog"), namespace="news"', '("blog.urls", "news")')], []),
    ("a namespace of an include", [(R, 'namespace="german"', 'namespace="deutsch"'), (V, '"german:index"', '"deutsch:index"')], []),
    ("a re_path", [(R, "^old/", "^older/")], ["/older/x/nothing"]),
    ("i18n of URLs", [(R, "urlpatterns = [", "from django.conf.urls.i18n import i18n_patterns\n\nurlpatterns = i18n_patterns(path('in/', include('blog.urls'))) + [")], ["/en/in/first/", "/de/in/first/"]),
    ("an argument of partial", [(B, 'word="post:"', 'word="page:"')], []),
    ("the function within partial", [(B, 'f"{word} {', 'f"{word}: {')], []),
    ("a dictionary that a cache has read", [(B, '"First post"', '"The first post"')], []),
    ("a dictionary that reverse reads", [(B, '{"first": "First post"}', '{"first": "First post", "second": "Second"}')], ["/blog/second/"]),
    ("a lazy translation", [(V, '_("done")', '_("made")')], []),
    ("a module's constant of a setting", [(S, '"tax": 20', '"tax": 25')], []),
    ("two settings", [(S, "PAGE = 2", "PAGE = 3"), (S, '"EUR"', '"USD"')], []),
    ("a key of a setting that a context processor reads", [(S, '"name": "shop"', '"name": "market"')], []),
    ("LANGUAGES", [(S, '("de", "German")', '("fr", "French")')], []),
    ("APPEND_SLASH", [(S, "PAGE = 2", "PAGE = 2\nAPPEND_SLASH = False")], ["/blog"]),
    ("builtins of templates", [(S, '            "builtins": ["shop.templatetags.shop_tags"],\n', ""), (H + "base.html", "<main>", "{% load shop_tags %}<main>"), (H + "index.html", "{% extends 'base.html' %}", "{% extends 'base.html' %}{% load shop_tags %}"), (H + "detail.html", "{% extends 'base.html' %}", "{% extends 'base.html' %}{% load shop_tags %}")], []),
    ("string_if_invalid of templates", [(S, '            "builtins"', '            "string_if_invalid": "?",\n            "builtins"'), (H + "about.html", "{% include", "{{ nothing }}{% include")], []),
    ("the order of MIDDLEWARE", [(S, '    "shop.middleware.timing",\n    "shop.middleware.Tenant",\n', '    "shop.middleware.Tenant",\n    "shop.middleware.timing",\n')], []),
    ("a variable of a middleware's function", [(W, 'prefix = "timed"', 'prefix = "timing"')], []),
    ("a list that a middleware reads", [(W, 'names = ["ann"]', 'names = ["cid"]')], []),
    ("process_exception", [(W, 'f"no {', 'f"no such {')], []),
    ("process_exception is removed", [(W, "    def process_exception(self, request, exception):\n        if isinstance(exception, KeyError):\n            return HttpResponse(f\"no {exception.args[0]}\", status=404)\n", "")], []),
    ("process_template_response is added", [(W, "    def process_exception", "    def process_template_response(self, request, response):\n        response.context_data = {**(response.context_data or {}), 'title': 'by middleware'}\n        return response\n\n    def process_exception")], []),
    ("a middleware becomes async too", [(W, "class Tenant:\n", "class Tenant:\n    sync_capable = True\n    async_capable = False\n")], []),
    ("a default of a queryset's method", [(Q, "least=100", "least=250")], []),
    ("a method of a manager", [(Q, "self.titles()[0]", "self.titles()[-1]")], []),
    ("get_queryset of a manager", [(Q, 'exclude(title="Hidden")', 'exclude(title="One")')], []),
    ("a method of a queryset is added", [[(Q, "    def titles(self)", "    def short(self):\n        return self.exclude(pages__gt=100)\n\n    def titles(self)"), (V, "Book.objects.long().titles()", "Book.objects.short().titles()")], [(Q, "pages__gt=100)\n\n    def titles", "pages__gt=250)\n\n    def titles")]], []),
    ("a manager gets a method of its queryset's name", [(Q, "    def first_title(self)", "    def titles(self):\n        return ['own']\n\n    def first_title(self)")], []),
    ("a property of a model", [(M, "self.pages // 10", "self.pages // 5")], []),
    ("save of a model", [(M, "self.title.strip()", "self.title.strip() + '!'")], []),
    ("clean of a model", [(M, 'self.title == "bad"', 'self.title == "One"')], []),
    ("get_absolute_url", [(M, 'reverse("shop:book", args=[self.pk])', 'reverse("shop:index") + str(self.pk)')], []),
    ("__str__ of a model", [(M, "    def __str__(self):\n        return self.title", "    def __str__(self):\n        return self.title.lower()")], []),
    ("a method of an abstract model", [(M, 'f"made {', 'f"built {')], []),
    ("a method of an abstract model is added", [(M, "    def stamp(self)", "    def seal(self):\n        return 'seal'\n\n    def stamp(self)"), (H + "detail.html", "object.stamp", "object.seal")], []),
    ("a label of TextChoices", [(M, '"Poem"', '"Verse"')], []),
    ("a function of a model's module", [(M, "value.upper()", "value.lower()")], []),
    ("related_name", [(M, 'related_name="books"', 'related_name="works"')], []),
    ("ordering of a model", [(M, 'ordering = ["title"]', 'ordering = ["-title"]')], []),
    ("a clean method of a ModelForm", [(F, "pages < 5", "pages < 50")], []),
    ("labels of a ModelForm", [(F, '"Its title"', '"The title"')], []),
    ("widgets of a ModelForm", [(F, 'attrs={"min": 1}', 'attrs={"min": 2}')], []),
    ("a declared field of a ModelForm", [(F, "class BookForm(forms.ModelForm):\n", "class BookForm(forms.ModelForm):\n    note = forms.CharField(required=False)\n\n")], []),
    ("field_order of a form", [(F, '["kind", "q"]', '["q", "kind"]')], []),
    ("attributes of a widget", [(F, '"class": "wide"', '"class": "narrow"')], []),
    ("prefix of a base form", [(F, 'prefix = "b"', 'prefix = "c"'), (V, '"b-q"', '"c-q"')], []),
    ("__init__ of a form", [(F, "self.fields[\"q\"].max = size", "self.fields[\"q\"].max = size * 2")], []),
    ("clean of a form", [(F, '"nothing"', '"nothing at all"')], []),
    ("extra of a formset", [(F, "formset_factory(Search, extra=2)", "formset_factory(Search, extra=3)")], []),
    ("extra of an inline formset", [(F, "form=BookForm, extra=1", "form=BookForm, extra=2")], []),
    ("a field of a form in a formset", [(F, 'fields = ["title", "pages"]', 'fields = ["title", "pages", "kind"]')], []),
    ("a receiver of a model's signal", [(G, 'f"before {', 'f"to come: {')], []),
    ("a receiver of another signal", [(G, "@receiver(pre_save, sender=Book)", "@receiver(post_save, sender=Book)")], []),
    ("dispatch_uid of a receiver", [(G, 'dispatch_uid="after"', 'dispatch_uid="later"')], []),
    ("a receiver's sender", [(G, "@receiver([post_save], sender=Book,", "@receiver([post_save],")], []),
    ("a receiver's result", [(G, 'return "counted"', 'return "tallied"')], []),
    ("an attribute of a listener", [(G, 'word = "heard"', 'word = "listened"')], []),
    ("a method that listens is renamed", [(G, "def hear", "def listen"), (G, "listener.hear", "listener.listen")], []),
    ("a receiver with two signals", [(G, "@receiver(ordered)\ndef count", "@receiver([ordered, request_started])\ndef count")], []),
    ("extra of an inline", [(A, "extra = 1", "extra = 4")], []),
    ("an inline is taken out", [(A, "    inlines = [BookInline]\n", "    inlines = []\n")], []),
    ("an action is added", [(A, "actions = [mark]", "actions = [mark, unmark]"), (A, "@admin.register(Author)", '@admin.action(description="Unmark")\ndef unmark(modeladmin, request, queryset):\n    pass\n\n\n@admin.register(Author)')], []),
    ("fieldsets", [(A, '("More",', '("Others",')], []),
    ("a column of an admin", [(A, 'f"{book.price} EUR"', 'f"{book.price} USD"')], []),
    ("a filter of an admin", [(A, "queryset.long() if", "queryset.long(250) if")], []),
    ("get_queryset of an admin", [(A, 'order_by("pages")', 'order_by("-pages")')], []),
    ("list_filter", [(A, 'list_filter = [LongFilter, "kind"]', 'list_filter = ["kind"]')], []),
    ("a nested serializer's fields", [(P, 'fields = ["id", "name"]', 'fields = ["name"]')], []),
    ("a method of a serializer", [(P, "return book.price", "return book.price + 1")], []),
    ("source of a serializer's field", [(P, 'source="pages"', 'source="price"')], []),
    ("a serializer's field becomes another serializer", [(P, "author = AuthorSerializer(read_only=True)", "author = serializers.StringRelatedField()")], []),
    ("a serializer's validation", [(P, 'value == "bad"', 'value == "One"')], ['POST /shop/api/books/ {"title": "bad"}', 'POST /shop/api/books/ {"title": "One"}']),
    ("page_size of a pagination", [(P, "page_size = 2", "page_size = 1")], []),
    ("a viewset without pagination", [(P, "    pagination_class = Small\n", "    pagination_class = None\n")], []),
    ("a viewset's queryset", [(P, "queryset = Book.objects.all()", "queryset = Book.objects.long()")], []),
    ("url_path of an action", [(P, 'url_path="shout"', 'url_path="yell"')], ["/shop/api/books/1/yell/"]),
    ("methods of an action", [(P, 'methods=["get", "post"]', 'methods=["post"]')], []),
    ("an action is added, then renamed", [[(P, "    @action(detail=False)\n", '    @action(detail=False)\n    def count(self, request):\n        return Response(3)\n\n    @action(detail=False)\n')], [(P, "def count(", "def number(")]], ["/shop/api/books/count/", "/shop/api/books/number/"]),
    ("a permission's body", [(P, '== "open"', '== "sesame"')], ["/shop/api/keyed?key=sesame"]),
    ("permission_classes of a viewset", [(P, "    permission_classes = [HasKey]\n", "    permission_classes = []\n")], []),
    ("permission_classes of a function", [(P, "@permission_classes([HasKey])\n", "")], []),
    ("methods of api_view", [(P, '@api_view(["GET"])', '@api_view(["POST"])')], []),
    ("a router's basename", [(P, 'basename="writer"', 'basename="author"'), (V, '"shop:writer-list"', '"shop:author-list"')], []),
    ("a router of another kind", [(P, "router = SimpleRouter()", "router = DefaultRouter()")], ["/shop/api/"]),
    ("a default of a template's filter", [(T, 'currency="EUR"', 'currency="USD"'), (H + "index.html", "money:currency", "money")], []),
    ("a safe filter", [(T, "<b>{value}</b>", "<i>{value}</i>")], []),
    ("a tag that takes the context", [(T, 'context["request"].tenant', 'context["request"].tenant.upper()')], []),
    ("render of a node", [(T, ".upper()\n\n\n@register.tag", ".title()\n\n\n@register.tag")], []),
    ("a compiled tag gets another end", [(T, '"endshout"', '"endloud"'), (H + "detail.html", "endshout", "endloud")], []),
    ("a block of a parent template", [(H + "base.html", "<main>", "<main class='x'>")], []),
    ("an included template", [(H + "part.html", "part {{", "a part {{")], []),
    ("a base class of commands", [("shop/management/commands/base.py", 'word = "says"', 'word = "said"')], []),
    ("an option of a command", [("shop/management/commands/titles.py", "Book.objects.long() if", "Book.objects.long(250) if")], []),
    ("an async view's body", [(V, "str(await Book.objects.acount())", "'count ' + str(await Book.objects.acount())")], []),
    ("an async class-based view", [(V, 'HttpResponse("waiting")', 'HttpResponse("waited")')], []),
    ("the order of a view's decorators", [(V, '@require_http_methods(["GET"])\n@vary_on_headers("X-B")', '@vary_on_headers("X-B")\n@require_http_methods(["POST"])')], []),
    ("a new app's views by include", [("blog/more/__init__.py", None, ""), ("blog/more/urls.py", None, "from django.http import HttpResponse\nfrom django.urls import path\n\nurlpatterns = [path('x', lambda request: HttpResponse('x'), name='x')]\n"), (R, 'path("blog/", ', 'path("blog/more/", include("blog.more.urls")),\n    path("blog/", ')], ["/blog/more/x"]),
    ("a view moves to a new file", [("shop/late.py", None, 'from django.http import HttpResponse\n\n\ndef late(request):\n    return HttpResponse("later")\n'), (V, '\n\ndef late(request):\n    return HttpResponse("late")\n', "\n"), (U, "from shop import api, views", "from shop import api, views\nfrom shop.late import late"), (U, "views.late", "late")], []),
]  # fmt: skip


def prepare(folder: Path) -> None:
    """Its database."""
    import os

    for command in (["makemigrations", "shop"], ["migrate"], ["loaddata", "first"]):
        env = {**os.environ, **ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run([sys.executable, "manage.py", *command], cwd=folder, env=env, check=True, capture_output=True)
