"""What a process has exported to others: functions of tasks and classes of actors, as Ray pickled them by value.

Ray exports each of them once, and never looks at it again: after an edit the workers go on with what they were given.
Here they are exported again under another number, so that a task is bound to the code that there was when it was
submitted; and what is exported says which version of the log it belongs to. Whoever makes a function of it comes up to
that first (`worker.arrive`), so the modules that it calls are those of the same save.

Ray has no way in for that; the names with an underscore here are those of 2.9 to 2.60.
"""

from __future__ import annotations

import copy
import pickle
import uuid
from collections.abc import Callable
from typing import Any

from ray._private import worker as ray_worker
from ray.actor import ActorClass, ActorHandle, _ActorClassMethodMetadata
from ray.remote_function import RemoteFunction

from reloadr.plugins import instances
from reloadr.ray.carried import Carried, members_of

__all__ = ["again", "install", "is_driver", "job"]

_NAME = "_reloadr_exports"


def job() -> str:
    """The job of this process."""
    return str(ray_worker.global_worker.current_job_id.hex())


def is_driver() -> bool:
    """Whether this is the process that a job began in, and no worker of it."""
    return bool(ray_worker.global_worker.mode == ray_worker.SCRIPT_MODE)


def install(version: Callable[[], int], arrive: Callable[..., Any]) -> None:
    """What this process exports from now on carries the version of the log; `arrive` is called where it is loaded."""
    manager = ray_worker.global_worker.function_actor_manager
    is_there = hasattr(manager, _NAME)
    setattr(manager, _NAME, version)
    if is_there:
        return
    export, export_actor_class = manager.export, manager.export_actor_class

    def carried(plain: bytes) -> tuple[str, int, bytes]:
        return job(), getattr(manager, _NAME)(), plain

    def export_with_version(remote_function: Any) -> None:
        plain = remote_function._pickled_function
        name = str(remote_function._function_name)
        remote_function._pickled_function = pickle.dumps(Carried(name, arrive, *carried(plain), {}))
        export(remote_function)

    def export_class_with_version(cls: type, descriptor: Any, names: Any) -> None:
        plain = ray_worker.pickle.dumps(cls)
        export_actor_class(Carried(cls.__name__, arrive, *carried(plain), members_of(cls)), descriptor, names)

    manager.export, manager.export_actor_class = export_with_version, export_class_with_version


def again() -> None:
    """What was exported is so again: functions when they are used next, classes at once, for actors that live."""
    for each in instances(RemoteFunction, ActorClass):
        if isinstance(each, RemoteFunction):
            if each._last_export_cluster_and_job is not None:
                # In this order: another thread may be about to use it.
                each._uuid = uuid.uuid4()
                each._function_signature = None
                each._last_export_cluster_and_job = None
        else:
            _class_again(each.__ray_metadata__)


def _class_again(made: Any) -> None:
    if made.modified_class is None:
        return
    _refresh(made)
    worker = ray_worker.global_worker
    if made.last_export_cluster_and_job is None or not worker.connected:
        return
    if made.last_export_cluster_and_job == worker.current_cluster_and_job:
        descriptor, names = made.actor_creation_function_descriptor, made.method_meta.methods.keys()
        worker.function_actor_manager.export_actor_class(made.modified_class, descriptor, names)


def _refresh(made: Any) -> None:
    """What Ray keeps of a class's methods is so of those that it has now, for handles that there are as well."""
    descriptor, kept = made.actor_creation_function_descriptor, made.method_meta
    _ActorClassMethodMetadata._cache.pop(descriptor, None)
    fresh = _ActorClassMethodMetadata.create(made.modified_class, descriptor)
    _ActorClassMethodMetadata._cache[descriptor] = kept
    for name, value in vars(fresh).items():
        had = vars(kept).get(name)
        if isinstance(had, dict) and isinstance(value, dict):
            # Handles share it.
            had.clear()
            had.update(value)
        else:
            setattr(kept, name, value)
    for handle in instances(ActorHandle):
        if handle._ray_actor_creation_function_descriptor == descriptor and hasattr(handle, "_method_shells"):
            _refresh_handle(handle, kept)


def _refresh_handle(handle: Any, kept: Any) -> None:
    descriptor, shells = handle._ray_actor_creation_function_descriptor, handle._method_shells
    found, names = {}, {}
    for name, signature in kept.signatures.items():
        shell = found[name] = copy.copy(shells.get(name, shells["__ray_ready__"]))
        shell._method_name, shell._signature = name, signature
        shell._num_returns, shell._is_generator = kept.num_returns.get(name), kept.method_is_generator.get(name)
        shell._decorator = kept.decorators.get(name)
        names[name] = type(descriptor)(descriptor.module_name, name, descriptor.class_name)
    handle._ray_function_descriptor, handle._method_shells = names, found
