"""Pages that `cache_page` keeps in this process: a fresh one has none, and they are what the old code answered."""

from __future__ import annotations

from reloadr.plugins import Change, Reload

#: What the keys of such pages hold.
_KEY = "views.decorators.cache."


def edited(change: Change, reload: Reload) -> None:
    """Any of the code may have had a part in a page."""
    reload.after(forget)


def forget() -> None:
    """Drops the pages that are kept in memory; what others keep, a fresh process would find as well."""
    from django.core.cache.backends import locmem

    for name, held in list(locmem._caches.items()):
        with locmem._locks[name]:
            for key in [each for each in held if _KEY in each]:
                del held[key]
                locmem._expire_info[name].pop(key, None)
