"""Django: its URL resolver, settings, models, admin, signals and middleware; and its own reloader, stood in for.

What Django computes from the code when it starts, and keeps: the resolver's tables, copies of the settings, the model
registry, the chain of middleware. Tables, copies and chain are made anew once a save is live. What a model's table
or the list of apps hangs on needs a new process.
"""

from __future__ import annotations

import sys

from reloadr.integrations.django import folders, models, pages, registrations, runserver, settings, urls
from reloadr.plugins import Plugin, Rule


def _begins() -> str:
    # This file is imported before Django is.
    apps = sys.modules.get("django.apps")
    return "django:setup" if apps is not None and apps.apps.ready else ""


plugin = Plugin(
    "django",
    rules=[
        Rule(names=["*"], changed=urls.patterns_changed, answers={"RL206": urls.patterns_again}),
        Rule(names=["app_name"], changed=urls.app_name),
        Rule(types=["builtins.object"], changed=urls.converter),
        Rule(names=["*"], before=settings.setting_edited, changed=settings.setting_changed),
        Rule(
            names=["*"],
            types=["builtins.object"],
            before=settings.middleware_edited,
            changed=settings.middleware_changed,
            answers=dict.fromkeys(
                ["RL205", "RL206", "RL209", "RL210", "RL215", "RL228", "RL231"], settings.middleware_answer
            ),
        ),
        Rule(
            types=["django.db.models.base.ModelBase"],
            before=models.model_edited,
            changed=models.model_changed,
            answers=dict.fromkeys(["RL206", "RL215", "RL227"], models.model_answer),
        ),
        Rule(
            types=["django.forms.forms.BaseForm"],
            before=models.form,
            changed=models.form,
            answers=dict.fromkeys(["RL206", "RL215"], models.form),
        ),
        Rule(types=["django.db.models.query.QuerySet"], before=models.queryset_changed),
        Rule(
            types=["django.db.models.query.QuerySet", "django.db.models.manager.BaseManager"],
            before=models.manager_changed,
            answers={"RL206": models.queryset_answer},
        ),
        Rule(names=["*"], answers={"RL206": settings.computed}),
        Rule(names=["*"], types=["builtins.object"], before=pages.edited),
        Rule(calls=["django.utils.decorators.method_decorator"], before=registrations.decorated_class_edited),
        Rule(calls=["django.template.library.Library.*"], before=registrations.library_edited),
        Rule(types=["django.apps.config.AppConfig"], before=models.app_edited, changed=models.app_edited),
        Rule(
            calls=["django.dispatch.dispatcher.receiver"],
            registers=True,
            before=registrations.receiver_edited,
            moved=registrations.receivers_in_order,
            answers=dict.fromkeys(["RL205", "RL218"], registrations.unheard),
        ),
        Rule(
            calls=["django.dispatch.dispatcher.*Signal.connect"],
            registers=True,
            before=registrations.connect_edited,
            moved=registrations.receivers_in_order,
            answers={"RL208": registrations.unheard},
        ),
        Rule(
            calls=["django.contrib.auth.decorators.*", "django.views.decorators.*"],
            before=registrations.kind_edited,
            answers={"RL204": registrations.unheard},
        ),
        Rule(
            calls=["django.contrib.admin.decorators.register"],
            registers=True,
            before=registrations.register_edited,
            moved=registrations.registers_moved,
            answers=dict.fromkeys(["RL205", "RL218"], registrations.unheard),
        ),
        Rule(
            calls=["django.contrib.admin.sites.AdminSite.register"],
            registers=True,
            before=registrations.register_call_edited,
            moved=registrations.registers_moved,
            answers={"RL208": registrations.unheard},
        ),
        Rule(
            types=["django.contrib.admin.options.BaseModelAdmin"],
            answers={"RL215": registrations.admin_answer},
        ),
    ],
    stand_ins={
        **runserver.STAND_INS,
        "django.dispatch.dispatcher": registrations.record_signals,
        "django.contrib.admin.sites": registrations.record_sites,
    },
    begins=_begins,
    folders=folders.shown,
)
