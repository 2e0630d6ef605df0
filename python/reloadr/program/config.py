"""What `reloadr run` watches and how it restarts: `[tool.reloadr]` of `pyproject.toml`, then the command line."""

from __future__ import annotations

import fnmatch
import importlib.util
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal, cast, get_args

from reloadr.live import capture
from reloadr.report.reasons import RESTART, Verdict
from reloadr.running.holding import Mode
from reloadr.session.rules import Rule

__all__ = ["Config", "ConfigError", "OnStale", "ProjectRule", "Restart", "RestartOn", "Spare", "load"]

Restart = Literal["auto", "ask", "never"]
OnStale = Literal["tell", "restart"]
RestartOn = Literal["restart", "caveat", "stale"]
Spare = Literal["libraries", "tell", "none"]


class ConfigError(ValueError):
    """A setting that makes no sense; the message names it."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a run."""

    #: The project's folder: that of `pyproject.toml`, else the current one.
    root: str
    #: Folders, files or packages that are watched besides the user's own code.
    include: tuple[str, ...] = ()
    #: Patterns of paths, relative to the root, that are not watched.
    exclude: tuple[str, ...] = ()
    restart: Restart = "auto"
    #: What starts the program again: what needs it; a caveat as well; or what a comparison finds stale.
    restart_on: RestartOn = "restart"
    #: Seconds that a program is given to end before a restart.
    grace: float = 5.0
    #: Whether a fresh process may say if a line that raised is right.
    judge: bool = True
    #: Whether the process is compared with a fresh one after each save that was applied, and what is done then.
    verify: bool = False
    on_stale: OnStale = "tell"
    #: What becomes of an iteration that raised in edited code, once a mend is saved; None: the program ends.
    hold: Mode | None = None
    #: Whether open pages are told to refresh.
    browser: bool = False
    #: What a process that stands by has imported. Only Linux tells what an import has opened.
    spare: Spare = "libraries" if sys.platform == "linux" else "none"
    #: A file that is appended what is said.
    log: str | None = None

    def with_options(self, options: Mapping[str, Any]) -> Config:
        """The settings with those of the command line, which add to lists and replace the rest."""
        return replace(
            self,
            include=(*self.include, *options.get("include", ())),
            exclude=(*self.exclude, *options.get("exclude", ())),
            restart=options.get("restart", self.restart),
            grace=options.get("grace", self.grace),
            judge=options.get("judge", self.judge),
            verify=options.get("verify", self.verify),
            on_stale=options.get("on_stale", self.on_stale),
            hold=options.get("hold", self.hold),
            browser=options.get("browser", self.browser),
            log=os.path.abspath(options["log"]) if "log" in options else self.log,
            restart_on=options.get("restart_on", self.restart_on),
            spare=options.get("spare", self.spare),
        ).settled()

    @property
    def restarts_for(self) -> tuple[Verdict, ...]:
        """The verdicts of reasons for which the program is started again."""
        return (*RESTART, "caveat") if self.restart_on == "caveat" else RESTART

    def settled(self) -> Config:
        """What is restarted for when it is stale is to be compared."""
        return replace(self, verify=True, on_stale="restart") if self.restart_on == "stale" else self


def load(folder: str) -> Config:
    """The settings that hold in a folder. Raises ConfigError for a table that makes no sense."""
    at = os.path.abspath(folder)
    while True:
        path = os.path.join(at, "pyproject.toml")
        if os.path.isfile(path):
            return _read(path, at)
        if at == os.path.dirname(at):
            return Config(os.path.abspath(folder))
        at = os.path.dirname(at)


def _read(path: str, root: str) -> Config:
    try:
        with open(path, "rb") as file:
            table = tomllib.load(file).get("tool", {}).get("reloadr", {})
    except (OSError, tomllib.TOMLDecodeError, AttributeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name in ("include", "exclude"):
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise ConfigError(f"{path}: tool.reloadr.{name} must be a list of strings, not {value!r}")
            values[name] = tuple(value)
        elif name == "restart":
            values[name] = restart_of(value, f"{path}: tool.reloadr.restart")
        elif name in ("browser", "judge", "verify"):
            if not isinstance(value, bool):
                raise ConfigError(f"{path}: tool.reloadr.{name} must be true or false, not {value!r}")
            values[name] = value
        elif name == "on-stale":
            values["on_stale"] = on_stale_of(value, f"{path}: tool.reloadr.on-stale")
        elif name == "hold":
            values["hold"] = hold_of(value, f"{path}: tool.reloadr.hold")
        elif name == "restart-on":
            values["restart_on"] = restart_on_of(value, f"{path}: tool.reloadr.restart-on")
        elif name == "spare":
            values[name] = spare_of(value, f"{path}: tool.reloadr.spare")
        elif name == "log":
            if not isinstance(value, str):
                raise ConfigError(f"{path}: tool.reloadr.log must be the name of a file, not {value!r}")
            values["log"] = os.path.join(root, value)
        elif name == "grace":
            if not isinstance(value, (int, float)) or isinstance(value, bool) or value < 0:
                raise ConfigError(f"{path}: tool.reloadr.grace must be a number of seconds, not {value!r}")
            values[name] = float(value)
        else:
            raise ConfigError(f"{path}: tool.reloadr has no setting {name!r}")
    return Config(root, **values)


def restart_of(value: object, where: str) -> Restart:
    """A way to restart. Raises ConfigError."""
    if value not in get_args(Restart):
        raise ConfigError(f"{where} must be one of {', '.join(get_args(Restart))}, not {value!r}")
    return cast("Restart", value)


def on_stale_of(value: object, where: str) -> OnStale:
    """What is done where something is stale. Raises ConfigError."""
    if value not in get_args(OnStale):
        raise ConfigError(f"{where} must be one of {', '.join(get_args(OnStale))}, not {value!r}")
    return cast("OnStale", value)


def hold_of(value: object, where: str) -> Mode | None:
    """What is done with an iteration that raised. Raises ConfigError."""
    if value is False:
        return None
    if value is not True and value not in get_args(Mode):
        raise ConfigError(f"{where} must be true, false, {' or '.join(get_args(Mode))}, not {value!r}")
    return "next" if value == "next" else "again"


def restart_on_of(value: object, where: str) -> RestartOn:
    """What starts the program again. Raises ConfigError."""
    if value not in get_args(RestartOn):
        raise ConfigError(f"{where} must be one of {', '.join(get_args(RestartOn))}, not {value!r}")
    return cast("RestartOn", value)


def spare_of(value: object, where: str) -> Spare:
    """What a process that stands by has imported. Raises ConfigError."""
    if value not in get_args(Spare):
        raise ConfigError(f"{where} must be one of {', '.join(get_args(Spare))}, not {value!r}")
    return cast("Spare", value)


@dataclass(frozen=True, slots=True)
class ProjectRule(Rule):
    """The user's own code, with what the settings include and exclude."""

    everything: bool = True
    root: str = ""
    #: Included folders and files, by absolute path.
    included: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def wants(self, module: ModuleType, path: str) -> bool:
        """Whether a module is one of the user's."""
        if self._excludes(path):
            return False
        return capture.is_user_code(path) or any(_is_below(path, each) for each in self.included)

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders to be watched as a whole: nobody sees what is imported from them."""
        return tuple(each for each in self.included if os.path.isdir(each))

    def _excludes(self, path: str) -> bool:
        if not self.exclude:
            return False
        relative = os.path.relpath(path, self.root)
        for pattern in self.exclude:
            bare = pattern.rstrip("/")
            if fnmatch.fnmatch(relative, bare) or _is_below(relative, bare) or fnmatch.fnmatch(path, bare):
                return True
        return False


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def rule_of(config: Config) -> ProjectRule:
    """The rule that settings amount to; packages are looked for as the program would.

    Raises ConfigError for an included thing that does not exist.
    """
    included: list[str] = []
    for each in config.include:
        path = os.path.join(config.root, each)
        if os.path.exists(path):
            included.append(os.path.realpath(path))
            continue
        try:
            spec = importlib.util.find_spec(each.partition(".")[0])
        except (ImportError, ValueError):
            spec = None
        if spec is None:
            raise ConfigError(f"cannot include {each!r}: there is no such file, folder or package")
        tail = each.split(".")[1:]
        folders = spec.submodule_search_locations
        if folders is not None:
            included += [os.path.join(folder, *tail) for folder in folders]
        elif spec.origin is not None:
            included.append(spec.origin)
    return ProjectRule(root=config.root, included=tuple(included), exclude=config.exclude)
