"""Django's own tutorial, the polls application: parts 1 to 7, by the steps of its pages."""

from __future__ import annotations

import re

from web.django_edits import client

__all__ = ["COMMAND", "ENVIRONMENT", "FILES", "KINDS", "PREPARES", "STEPS", "client"]

COMMAND = ["manage.py", "runserver", "127.0.0.1:{port}"]
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "mysite.settings"}
KINDS = {".py", ".html", ".css"}
#: What of libraries a fresh process finds imported.
LIBRARIES = [
    "django.contrib.admin",
    "django.core.management",
    "django.db.backends.sqlite3.base",
    "django.forms",
    "django.test",
    "django.views.generic",
]

#: As `startproject` and `startapp` make them.
SETTINGS = """from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "django-insecure-x"

DEBUG = True

ALLOWED_HOSTS = []

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "mysite.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

WSGI_APPLICATION = "mysite.wsgi.application"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "db.sqlite3",
    }
}

LANGUAGE_CODE = "en-us"

TIME_ZONE = "UTC"

USE_I18N = True

USE_TZ = True

STATIC_URL = "static/"
"""
FILES = {
    "pyproject.toml": "",
    "manage.py": """import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
""",
    "mysite/__init__.py": "",
    "mysite/settings.py": SETTINGS,
    "mysite/urls.py": """from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
""",
    "mysite/wsgi.py": """import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")

application = get_wsgi_application()
""",
    "polls/__init__.py": "",
    "polls/migrations/__init__.py": "",
    "polls/admin.py": "from django.contrib import admin\n\n# Register your models here.\n",
    "polls/apps.py": "from django.apps import AppConfig\n\n\nclass PollsConfig(AppConfig):\n    name = 'polls'\n",
    "polls/models.py": "from django.db import models\n\n# Create your models here.\n",
    "polls/tests.py": "from django.test import TestCase\n\n# Create your tests here.\n",
    "polls/views.py": "from django.shortcuts import render\n\n# Create your views here.\n",
}
PREPARES = [["manage.py", "migrate"]]

V, U, M, A = "polls/views.py", "polls/urls.py", "polls/models.py", "polls/admin.py"
T = "polls/templates/polls/"
HELLO = """from django.http import HttpResponse


def index(request):
    return HttpResponse("Hello, world. You're at the polls index.")
"""
URLS = """from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="index"),
]
"""
MODELS = """from django.db import models


class Question(models.Model):
    question_text = models.CharField(max_length=200)
    pub_date = models.DateTimeField("date published")


class Choice(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    choice_text = models.CharField(max_length=200)
    votes = models.IntegerField(default=0)
"""
MORE_VIEWS = """

def detail(request, question_id):
    return HttpResponse("You're looking at question %s." % question_id)


def results(request, question_id):
    response = "You're looking at the results of question %s."
    return HttpResponse(response % question_id)


def vote(request, question_id):
    return HttpResponse("You're voting on question %s." % question_id)
"""
MORE_URLS = """from django.urls import path

from . import views

urlpatterns = [
    # ex: /polls/
    path("", views.index, name="index"),
    # ex: /polls/5/
    path("<int:question_id>/", views.detail, name="detail"),
    # ex: /polls/5/results/
    path("<int:question_id>/results/", views.results, name="results"),
    # ex: /polls/5/vote/
    path("<int:question_id>/vote/", views.vote, name="vote"),
]
"""
LATEST = """from django.http import HttpResponse

from .models import Question


def index(request):
    latest_question_list = Question.objects.order_by("-pub_date")[:5]
    output = ", ".join([q.question_text for q in latest_question_list])
    return HttpResponse(output)
"""
LOADED = """from django.http import HttpResponse
from django.template import loader

from .models import Question


def index(request):
    latest_question_list = Question.objects.order_by("-pub_date")[:5]
    template = loader.get_template("polls/index.html")
    context = {"latest_question_list": latest_question_list}
    return HttpResponse(template.render(context, request))
"""
RENDERED = """from django.http import HttpResponse
from django.shortcuts import render

from .models import Question


def index(request):
    latest_question_list = Question.objects.order_by("-pub_date")[:5]
    context = {"latest_question_list": latest_question_list}
    return render(request, "polls/index.html", context)
"""
RAISES = """from django.http import Http404, HttpResponse
from django.shortcuts import render

from .models import Question


def index(request):
    latest_question_list = Question.objects.order_by("-pub_date")[:5]
    context = {"latest_question_list": latest_question_list}
    return render(request, "polls/index.html", context)


def detail(request, question_id):
    try:
        question = Question.objects.get(pk=question_id)
    except Question.DoesNotExist:
        raise Http404("Question does not exist")
    return render(request, "polls/detail.html", {"question": question})
"""
SHORTCUT = """from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from .models import Question


def index(request):
    latest_question_list = Question.objects.order_by("-pub_date")[:5]
    context = {"latest_question_list": latest_question_list}
    return render(request, "polls/index.html", context)


def detail(request, question_id):
    question = get_object_or_404(Question, pk=question_id)
    return render(request, "polls/detail.html", {"question": question})
"""
REST = MORE_VIEWS[MORE_VIEWS.index("def results") - 2 :]
VOTE = """

def vote(request, question_id):
    question = get_object_or_404(Question, pk=question_id)
    try:
        selected_choice = question.choice_set.get(pk=request.POST["choice"])
    except (KeyError, Choice.DoesNotExist):
        # Redisplay the question voting form.
        return render(
            request,
            "polls/detail.html",
            {"question": question, "error_message": "You didn't select a choice."},
        )
    else:
        selected_choice.votes = F("votes") + 1
        selected_choice.save()
        return HttpResponseRedirect(reverse("polls:results", args=(question.id,)))
"""
VOTING = (
    SHORTCUT.replace("import HttpResponse\n", "import HttpResponse, HttpResponseRedirect\n")
    .replace("from django.http", "from django.db.models import F\nfrom django.http")
    .replace("render\n\n", "render\nfrom django.urls import reverse\n\n", 1)
    .replace("import Question", "import Choice, Question")
)
RESULTS = """

def results(request, question_id):
    question = get_object_or_404(Question, pk=question_id)
    return render(request, "polls/results.html", {"question": question})
"""
GENERIC = """from django.db.models import F
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views import generic

from .models import Choice, Question


class IndexView(generic.ListView):
    template_name = "polls/index.html"
    context_object_name = "latest_question_list"

    def get_queryset(self):
        \"\"\"Return the last five published questions.\"\"\"
        return Question.objects.order_by("-pub_date")[:5]


class DetailView(generic.DetailView):
    model = Question
    template_name = "polls/detail.html"


class ResultsView(generic.DetailView):
    model = Question
    template_name = "polls/results.html"
"""
GENERIC_URLS = """from django.urls import path

from . import views

app_name = "polls"
urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("<int:pk>/", views.DetailView.as_view(), name="detail"),
    path("<int:pk>/results/", views.ResultsView.as_view(), name="results"),
    path("<int:question_id>/vote/", views.vote, name="vote"),
]
"""
PUBLISHED = '''
    def get_queryset(self):
        """
        Return the last five published questions (not including those set to be
        published in the future).
        """
        return Question.objects.filter(pub_date__lte=timezone.now()).order_by("-pub_date")[
            :5
        ]
'''
INDEX_PAGE = """{% if latest_question_list %}
    <ul>
    {% for question in latest_question_list %}
        <li><a href="/polls/{{ question.id }}/">{{ question.question_text }}</a></li>
    {% endfor %}
    </ul>
{% else %}
    <p>No polls are available.</p>
{% endif %}
"""
DETAIL_PAGE = """<h1>{{ question.question_text }}</h1>
<ul>
{% for choice in question.choice_set.all %}
    <li>{{ choice.choice_text }}</li>
{% endfor %}
</ul>
"""
FORM_PAGE = """<form action="{% url 'polls:vote' question.id %}" method="post">
{% csrf_token %}
<fieldset>
    <legend><h1>{{ question.question_text }}</h1></legend>
    {% if error_message %}<p><strong>{{ error_message }}</strong></p>{% endif %}
    {% for choice in question.choice_set.all %}
        <input type="radio" name="choice" id="choice{{ forloop.counter }}" value="{{ choice.id }}">
        <label for="choice{{ forloop.counter }}">{{ choice.choice_text }}</label><br>
    {% endfor %}
</fieldset>
<input type="submit" value="Vote">
</form>
"""
RESULTS_PAGE = """<h1>{{ question.question_text }}</h1>

<ul>
{% for choice in question.choice_set.all %}
    <li>{{ choice.choice_text }} -- {{ choice.votes }} vote{{ choice.votes|pluralize }}</li>
{% endfor %}
</ul>

<a href="{% url 'polls:detail' question.id %}">Vote again?</a>
"""
FILL = [
    "manage.py", "shell", "-c",
    "from polls.models import Question; from django.utils import timezone; import datetime\n"
    "q = Question(question_text=\"What's new?\", pub_date=timezone.now()); q.save()\n"
    "for text in ['Not much', 'The sky', 'Just hacking again']: q.choice_set.create(choice_text=text, votes=0)\n"
    "Question.objects.create(question_text='Later', pub_date=timezone.now() + datetime.timedelta(days=30))\n"
    "from django.contrib.auth.models import User\n"
    "User.objects.create_superuser('admin', 'admin@example.com', 'admin')",
]  # fmt: skip
TESTS = """import datetime

from django.test import TestCase
from django.utils import timezone

from .models import Question


class QuestionModelTests(TestCase):
    def test_was_published_recently_with_future_question(self):
        time = timezone.now() + datetime.timedelta(days=30)
        future_question = Question(pub_date=time)
        self.assertIs(future_question.was_published_recently(), False)
"""
ADMIN = "from django.contrib import admin\n\nfrom .models import Question\n\nadmin.site.register(Question)\n"
STEPS = [
    ("part 1: Write your first view", [(V, HELLO), (U, URLS), ("mysite/urls.py", [
        ("import path", "import include, path"), ("urlpatterns = [\n", 'urlpatterns = [\n    path("polls/", include("polls.urls")),\n')
    ])], ["/polls/", "/admin/login/", "/nowhere"], []),
    ("part 2: Database and models", [("mysite/settings.py", [('TIME_ZONE = "UTC"', 'TIME_ZONE = "Europe/Berlin"')]), (M, MODELS)], [], []),
    ("part 2: Activating models", [("mysite/settings.py", [("INSTALLED_APPS = [\n", 'INSTALLED_APPS = [\n    "polls.apps.PollsConfig",\n')])], [],
     [["manage.py", "makemigrations", "polls"], ["manage.py", "sqlmigrate", "polls", "0001"], ["manage.py", "migrate"]]),
    ("part 2: Playing with the API", [
        (M, [('"date published")\n', '"date published")\n\n    def __str__(self):\n        return self.question_text\n'),
             ("default=0)\n", "default=0)\n\n    def __str__(self):\n        return self.choice_text\n")]),
        (M, [("from django.db import models\n", "import datetime\n\nfrom django.db import models\nfrom django.utils import timezone\n"),
             ("        return self.question_text\n", "        return self.question_text\n\n    def was_published_recently(self):\n"
              "        return self.pub_date >= timezone.now() - datetime.timedelta(days=1)\n")]),
    ], [], [FILL]),
    ("part 2: Introducing the admin", [(A, ADMIN)], ["/admin/polls/question/"], []),
    ("part 3: Writing more views", [(V, HELLO + MORE_VIEWS), (U, MORE_URLS)], ["/polls/1/", "/polls/1/results/", "/polls/1/vote/", "/polls/9/"], []),
    ("part 3: Views that do something", [
        (V, LATEST + MORE_VIEWS), (T + "index.html", INDEX_PAGE), (V, LOADED + MORE_VIEWS), (V, RENDERED + MORE_VIEWS),
    ], [], []),
    ("part 3: Raising a 404 error", [
        (V, RAISES + REST), (T + "detail.html", "{{ question }}\n"), (V, SHORTCUT + REST), (T + "detail.html", DETAIL_PAGE),
    ], [], []),
    ("part 3: Namespacing URL names", [
        (T + "index.html", INDEX_PAGE.replace("/polls/{{ question.id }}/", "{% url 'detail' question.id %}")),
        (U, MORE_URLS.replace('"<int:question_id>/", views', '"specifics/<int:question_id>/", views')), (U, MORE_URLS),
        (U, MORE_URLS.replace("urlpatterns", 'app_name = "polls"\nurlpatterns')),
        (T + "index.html", INDEX_PAGE.replace("/polls/{{ question.id }}/", "{% url 'polls:detail' question.id %}")),
    ], ["/polls/specifics/1/"], []),
    ("part 4: Write a minimal form", [
        (T + "detail.html", FORM_PAGE), (V, VOTING + REST[: REST.index("\n\ndef vote")] + VOTE), (V, VOTING + RESULTS + VOTE),
        (T + "results.html", RESULTS_PAGE),
    ], [], []),
    ("part 4: Use generic views", [(U, GENERIC_URLS), (V, GENERIC + VOTE)], [], []),
    ("part 5: Testing", [
        ("polls/tests.py", TESTS),
        (M, [("        return self.pub_date >= timezone.now() - datetime.timedelta(days=1)\n",
              "        now = timezone.now()\n        return now - datetime.timedelta(days=1) <= self.pub_date <= now\n")]),
        (V, [("import reverse\n", "import reverse\nfrom django.utils import timezone\n")]),
        (V, [(re.search(r"\n    def get_queryset.*?\[:5\]\n", GENERIC, re.S)[0], PUBLISHED)]),  # type: ignore[index]
        (V, [('    template_name = "polls/detail.html"\n', '    template_name = "polls/detail.html"\n\n    def get_queryset(self):\n'
              "        return Question.objects.filter(pub_date__lte=timezone.now())\n")]),
    ], ["/polls/2/", "/polls/2/results/"], []),
    ("part 6: Static files", [
        ("polls/static/polls/style.css", "li a {\n    color: green;\n}\n"),
        (T + "index.html", "{% load static %}\n\n<link rel=\"stylesheet\" href=\"{% static 'polls/style.css' %}\">\n"
         + INDEX_PAGE.replace("/polls/{{ question.id }}/", "{% url 'polls:detail' question.id %}")),
    ], [], []),
    ("part 7: Customize the admin form", [
        (A, ADMIN.replace("admin.site.register(Question)", "\nclass QuestionAdmin(admin.ModelAdmin):\n"
         '    fields = ["pub_date", "question_text"]\n\n\nadmin.site.register(Question, QuestionAdmin)')),
        (A, [('    fields = ["pub_date", "question_text"]\n', '    fieldsets = [\n        (None, {"fields": ["question_text"]}),\n'
              '        ("Date information", {"fields": ["pub_date"]}),\n    ]\n')]),
    ], ["/admin/polls/question/1/change/"], []),
    ("part 7: Adding related objects", [
        (A, [("import Question", "import Choice, Question"), ("(Question, QuestionAdmin)\n", "(Question, QuestionAdmin)\nadmin.site.register(Choice)\n")]),
        (A, [("admin.site.register(Choice)\n", ""), ("class QuestionAdmin", "class ChoiceInline(admin.StackedInline):\n    model = Choice\n"
              "    extra = 3\n\n\nclass QuestionAdmin"), ("    ]\n", "    ]\n    inlines = [ChoiceInline]\n")]),
        (A, [("StackedInline", "TabularInline")]),
    ], ["/admin/polls/choice/"], []),
    ("part 7: Customize the change list", [
        (A, [("inlines = [ChoiceInline]\n", 'inlines = [ChoiceInline]\n    list_display = ["question_text", "pub_date"]\n')]),
        (A, [('"question_text", "pub_date"]', '"question_text", "pub_date", "was_published_recently"]')]),
        (M, [("from django.db import models", "from django.contrib import admin\nfrom django.db import models"),
             ("    def was_published", '    @admin.display(\n        boolean=True,\n        ordering="pub_date",\n'
              '        description="Published recently?",\n    )\n    def was_published')]),
        (A, [('recently"]\n', 'recently"]\n    list_filter = ["pub_date"]\n')]),
        (A, [('list_filter = ["pub_date"]\n', 'list_filter = ["pub_date"]\n    search_fields = ["question_text"]\n')]),
    ], [], []),
    ("part 7: Customize the look", [
        ("mysite/settings.py", [('"DIRS": []', '"DIRS": [BASE_DIR / "templates"]')]),
        ("templates/admin/base_site.html", "{% extends \"admin/base.html\" %}\n\n{% block branding %}\n<h1>Polls Administration</h1>\n{% endblock %}\n"),
    ], [], []),
]  # fmt: skip
