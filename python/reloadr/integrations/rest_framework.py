"""Django REST framework: declared fields of serializers, and routers, whose URLs are computed once."""

from __future__ import annotations

import functools
from types import FunctionType
from typing import Any

from reloadr.integrations.django.models import collect
from reloadr.integrations.django.urls import forget_urls, pattern_modules, url_modules
from reloadr.integrations.known import Known
from reloadr.plugins import Change, Plugin, Reload, Rule, is_a

_all_routers = Known("rest_framework.routers.BaseRouter")
#: What routers gave before the save, by router.
_given: dict[int, list[Any]] = {}


def _serializer(change: Change, reload: Reload) -> bool:
    from rest_framework.fields import Field
    from rest_framework.serializers import BaseSerializer

    return collect(change, reload, BaseSerializer, ("_declared_fields",), (Field,))


def _routers(change: Change) -> list[Any]:
    found = [getattr(method, "__self__", None) for method, _ in (*change.called, *change.calls)]
    return [each for each in found if each is not None]


def _unregister(change: Change, reload: Reload) -> None:
    """`router.register(...)` changed or removed: the entry goes, before the line runs again."""
    for router in _routers(change):
        _given.setdefault(id(router), list(vars(router).get("_urls", ())))
    for method, arguments in change.called:
        router = getattr(method, "__self__", None)
        if router is None:
            continue
        put = functools.partial(router.registry.__setitem__, slice(None))
        left = [each for each in router.registry if (each[0], each[1]) != tuple(arguments[:2])]
        reload.do(functools.partial(put, left), functools.partial(put, list(router.registry)))
        _forget(router, reload)


def _forget(router: Any, reload: Reload) -> None:
    if "_urls" in vars(router):
        held = vars(router)["_urls"]
        reload.do(functools.partial(vars(router).pop, "_urls", None), functools.partial(setattr, router, "_urls", held))


def _registered(change: Change, reload: Reload) -> None:
    """Lists of patterns that hold what the router gave are made again."""
    for router in _routers(change):
        _patterns_again(_given.pop(id(router), []), reload)


def _patterns_again(given: list[Any], reload: Reload) -> None:
    for module in pattern_modules(given):
        reload.run(module, "urlpatterns")
    reload.after(forget_urls)


def _viewset(change: Change, reload: Reload) -> None:
    """A viewset gets or loses an action, or has other lookups: its routes were computed from what it had."""
    is_method = is_a(change.old, FunctionType) or is_a(change.new, FunctionType)
    cls = change.owners[0] if change.owners and is_method else None
    for router in _all_routers() if cls is not None else ():
        if any(each[1] is cls for each in router.registry):
            # Once: more of the viewset may change with the same save.
            reload.after(functools.partial(_urls_again, router))


def _urls_again(router: Any) -> None:
    """Whoever has the list of a router's URLs, or has taken its items, has those of now."""
    given = vars(router).get("_urls")
    if given is None:
        return
    fresh = router.get_urls()
    old = {id(each) for each in given}
    for module in url_modules():
        held = module.urlpatterns
        places = [at for at, each in enumerate(held) if id(each) in old]
        if places and held is not given and is_a(held, list):
            left = [each for each in held if id(each) not in old]
            held[:] = [*left[: places[0]], *fresh, *left[places[0] :]]
    given[:] = fresh
    forget_urls()


def _other_router(change: Change, reload: Reload) -> None:
    """`router = ...` made another one, which was told nothing yet."""
    reload.restart("its router is another one")


def _settings(change: Change, reload: Reload) -> None:
    from django.conf import settings

    if not change.owners and settings.configured and getattr(settings, change.name, None) == change.old:
        reload.restart("its views have read it when they were loaded")


def _unheard(change: Change, reload: Reload) -> bool:
    return True


plugin = Plugin(
    "rest_framework",
    rules=[
        Rule(
            types=["rest_framework.serializers.BaseSerializer"],
            before=_serializer,
            changed=_serializer,
            answers=dict.fromkeys(["RL206", "RL215"], _serializer),
        ),
        Rule(
            calls=["rest_framework.routers.BaseRouter.register"],
            registers=True,
            before=_unregister,
            changed=_registered,
            answers={"RL206": _other_router, "RL208": _unheard},
        ),
        # They only put attributes on the function.
        Rule(
            calls=["rest_framework.decorators.*"],
            answers=dict.fromkeys(["RL204", "RL218"], _unheard),
        ),
        Rule(names=["REST_FRAMEWORK"], before=_settings, changed=_settings),
        Rule(types=["rest_framework.viewsets.ViewSetMixin"], changed=_viewset),
    ],
)
