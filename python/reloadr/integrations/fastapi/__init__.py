"""FastAPI: what its routes computed from functions and models when they were made, and where they stand.

A route reads the signature of its function, of what that depends on, and the models in both, once. So does the schema.
Routes whose function, dependencies or models changed are made anew in their place, with what they were told; those that
were registered anew go where their function stands in the source.
"""

from __future__ import annotations

from reloadr.integrations.fastapi import middleware, routers, saving
from reloadr.plugins import Change, Plugin, Reload, Rule


def _heard(change: Change, reload: Reload) -> bool:
    """It was taken back before, and is read again."""
    return bool(change.name) or bool(change.calls)


_CALLS = ["fastapi.routing.APIRouter.*", "fastapi.applications.FastAPI.*", "starlette.applications.Starlette.*"]

plugin = Plugin(
    "fastapi",
    rules=[
        Rule(
            types=["fastapi.applications.FastAPI", "fastapi.routing.APIRouter"],
            before=saving.application,
            changed=saving.replaced,
            answers={"RL206": saving.made_by},
        ),
        Rule(
            calls=_CALLS,
            registers=True,
            moved=saving.save.move,
            before=saving.registration,
            answers={**dict.fromkeys(["RL204", "RL205", "RL208", "RL218"], _heard), "RL206": saving.of_model},
        ),
        # To be made they register nothing; to look for it takes as long as all else of the save.
        Rule(calls=["fastapi.applications.FastAPI", "fastapi.routing.APIRouter"], registers=True),
        Rule(names=["*"], answers={"RL208": saving.override}),
        Rule(types=["builtins.function"], before=saving.function),
        Rule(types=["builtins.object"], names=["*"], before=saving.value, changed=saving.value),
        Rule(
            types=["builtins.object"],
            names=["*"],
            answers=dict.fromkeys(["RL209", "RL228", "RL231"], middleware.answer),
        ),
    ],
    stand_ins={
        "fastapi.applications": routers.gated,
        "fastapi.routing": routers.record,
        "starlette.applications": middleware.record,
    },
    # It counts what was ever registered, so that copies of the routes are made anew.
    computed=["fastapi.routing.APIRouter._routes_version"],
)
