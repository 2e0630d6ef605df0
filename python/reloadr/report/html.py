"""Reports for notebooks: one line that unfolds into what changed, by definition, and why not all of it is live."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from reloadr.report.diffs import DefinitionDiff, Diffs
from reloadr.report.reasons import Change, Reason, Verdict, plural, worst

__all__ = ["error_fragment", "fragment", "mark_fragment", "summary", "text_fragment", "word_fragment"]

_LIGHT = """
  --reloadr-text: #24292f; --reloadr-quiet: #57606a; --reloadr-line: #d0d7de; --reloadr-ground: #f6f8fa;
  --reloadr-live: #116329; --reloadr-caveat: #7d4e00; --reloadr-restart: #6639ba; --reloadr-rejected: #b3151f;
  --reloadr-added: #dafbe1; --reloadr-removed: #ffebe9; --reloadr-error: #fff1f0;
"""
_DARK = """
  --reloadr-text: #d6dce3; --reloadr-quiet: #9aa4af; --reloadr-line: #3d444d; --reloadr-ground: #1c2128;
  --reloadr-live: #56d364; --reloadr-caveat: #e3b341; --reloadr-restart: #c297ff; --reloadr-rejected: #ff8f88;
  --reloadr-added: #12361f; --reloadr-removed: #4a1d21; --reloadr-error: #351b1d;
"""
#: The reader's system decides, unless the notebook says which theme it shows: JupyterLab and Notebook 7 by an
#: attribute, VS Code by a class.
STYLE = (
    ".reloadr {" + _LIGHT + "}\n"
    "@media (prefers-color-scheme: dark) { .reloadr {" + _DARK + "} }\n"
    "[data-jp-theme-light=true] .reloadr, .vscode-light .reloadr {" + _LIGHT + "}\n"
    "[data-jp-theme-light=false] .reloadr, .vscode-dark .reloadr {" + _DARK + "}\n"
    """
.reloadr { color: var(--reloadr-text); font-size: 0.9em; line-height: 1.45; }
.reloadr summary { cursor: pointer; color: var(--reloadr-quiet); }
.reloadr details[open] > summary { margin-bottom: 0.3em; }
.reloadr small { color: var(--reloadr-quiet); font-size: 0.9em; }
.reloadr .verdict { font-weight: 600; margin-right: 0.5em; }
.reloadr .nothing { color: var(--reloadr-quiet); }
.reloadr .live { color: var(--reloadr-live); }
.reloadr .caveat { color: var(--reloadr-caveat); }
.reloadr .restart { color: var(--reloadr-restart); }
.reloadr .rejected { color: var(--reloadr-rejected); }
.reloadr .name { font-family: var(--jp-code-font-family, monospace); font-size: 0.95em; }
.reloadr .item { margin: 0.35em 0 0.35em 1em; }
.reloadr pre, .jp-RenderedHTMLCommon .reloadr pre { color: var(--reloadr-text); background: var(--reloadr-ground);
  border: 1px solid var(--reloadr-line); border-radius: 4px; margin: 0.2em 0; padding: 0.3em 0; overflow-x: auto;
  line-height: 1.35; font-size: 0.95em; }
.reloadr pre span { display: block; padding: 0 0.6em; min-height: 1.35em; white-space: pre; }
.reloadr pre .added { background: var(--reloadr-added); }
.reloadr pre .removed { background: var(--reloadr-removed); }
.reloadr pre .skipped { color: var(--reloadr-quiet); }
.reloadr .problem { background: var(--reloadr-error); border-left: 3px solid var(--reloadr-rejected);
  border-radius: 3px; padding: 0.4em 0.8em; }
.reloadr .problem pre { background: none; border: none; }
.reloadr .mark { color: var(--reloadr-caveat); }
"""
)
_CLASSES = {"+": "added", "-": "removed", "…": "skipped"}


class Shown(Protocol):
    """A report, as far as it is shown."""

    @property
    def verdict(self) -> Verdict: ...
    @property
    def changes(self) -> tuple[Change, ...]: ...
    @property
    def reasons(self) -> tuple[Reason, ...]: ...
    @property
    def elapsed(self) -> float: ...
    @property
    def diffs(self) -> Mapping[str, str]: ...


def _escape(text: str) -> str:
    # Only now: it brings a table of two thousand names, and who shows nothing needs none.
    import html

    return html.escape(text)


# ---- words ------------------------------------------------------------------------------------------


def summary(reports: Sequence[Shown]) -> str:
    """`shop.cart: 2 functions, 1 caveat (RL209 Cart.__init__)`: one line for any number of reports."""
    modules: dict[str, dict[str, set[str]]] = {}
    reasons: dict[str, dict[str, dict[str, None]]] = {}
    undone = any(change.action == "undo" for report in reports for change in report.changes)
    for report in reports:
        kinds = _kinds(report)
        for change in report.changes:
            noun = _noun(change, kinds)
            found = modules.setdefault(_place(change.module), {})
            if noun:
                found.setdefault(noun, set()).add(f"{change.qualname} {change.detail if not change.qualname else ''}")
        for reason in report.reasons:
            counts = reasons.setdefault(_place(reason.module), {})
            counts.setdefault(_SAID[reason.verdict], {})[f"{reason.code} {reason.qualname}".rstrip()] = None
            modules.setdefault(_place(reason.module), {})
        if not report.changes and not report.reasons:
            for path in report.diffs:
                modules.setdefault(path.rpartition("/")[2], {})
    parts: list[str] = []
    for module, nouns in list(modules.items())[:_SHOWN]:
        words = [plural(len(names), noun) for noun, names in sorted(nouns.items(), key=_by_noun)]
        words += [
            f"{plural(len(names), noun)} ({_some(list(names))})" for noun, names in reasons.get(module, {}).items()
        ]
        parts.append(f"{module}: {', '.join(words) or 'only lines moved'}")
    left = len(modules) - _SHOWN
    if left > 0:
        parts.append(f"{plural(left, 'more module')}")
    text = "; ".join(parts) or "nothing to reload"
    return f"undone: {text}" if undone else text


#: How many modules a line names, and how many reasons of each.
_SHOWN = 3
_SAID = {"caveat": "caveat", "restart": "restart", "rejected": "error", "live": "note", "nothing": "note"}
_NOUNS = ("class", "function", "import", "statement", "value")
_ACTION_NOUNS = {"run": "statement", "recompute": "value", "rebind": "value", "rebuild": "class"}


def _some(names: list[str]) -> str:
    left = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {left} more" if left > 0 else "")


def _by_noun(item: tuple[str, object]) -> int:
    return _NOUNS.index(item[0]) if item[0] in _NOUNS else len(_NOUNS)


def _place(module: str) -> str:
    return "this cell" if module == "__main__" else module


def _kinds(report: Shown) -> dict[tuple[str, str], str]:
    if not isinstance(report.diffs, Diffs):
        return {}
    return {(each.path, each.qualname): each.kind for each in report.diffs.definitions()}


def _noun(change: Change, kinds: dict[tuple[str, str], str]) -> str:
    if change.action in ("lines", "skip", "migrate", "resume"):
        return ""
    noun = _ACTION_NOUNS.get(change.action)
    if noun is None:
        noun = kinds.get((change.path, change.qualname), "function")
    return noun if noun in _NOUNS else "statement"


# ---- HTML -------------------------------------------------------------------------------------------


def fragment(reports: Sequence[Shown], *, is_open: bool = False, head: str = "", mark: str = "") -> str:
    """Reports as one line that unfolds; `head` stands before what was done, `mark` behind it."""
    verdict = worst(report.verdict for report in reports)
    took = sum(report.elapsed for report in reports) * 1000
    line = _escape(f"{head}{summary(reports)}")
    head = f'<span class="verdict {verdict}">{verdict}</span>{line} <small>in {took:.1f} ms</small>'
    if mark:
        head += f' <span class="mark">{_escape(mark)}</span>'
    body = "".join(piece for report in reports for piece in _pieces(report))
    if not body:
        return _wrapped(f"<div>{head}</div>")
    opened = " open" if is_open else ""
    return _wrapped(f"<details{opened}><summary>{head}</summary>{body}</details>")


def error_fragment(errors: Sequence[Reason], note: str) -> str:
    """Errors that wait to be mended."""
    items = "".join(_reason(each) for each in errors)
    return _wrapped(f'<div class="problem"><b class="rejected">{_escape(note)}</b>{items}</div>')


def mark_fragment(text: str, reasons: Sequence[Reason]) -> str:
    """That running is not saved, and why."""
    items = "".join(_reason(each) for each in reasons)
    return _wrapped(f'<details><summary class="mark">{_escape(text)}</summary>{items}</details>')


def word_fragment(text: str) -> str:
    """A fragment of HTML with quiet words."""
    return _wrapped(f"<small>{_escape(text).replace(chr(10), '<br>')}</small>")


def text_fragment(text: str) -> str:
    """Text as it stands."""
    return _wrapped(_lines(text.split("\n")))


def fold_fragment(text: str, lines: Sequence[str]) -> str:
    """A line that unfolds into others."""
    items = "".join(_item(line, "") for line in lines)
    return _wrapped(f'<details><summary class="mark">{_escape(text)}</summary>{items}</details>')


def _wrapped(inner: str) -> str:
    return f'<div class="reloadr"><style>{STYLE}</style>{inner}</div>'


def _pieces(report: Shown) -> Iterator[str]:
    found: dict[tuple[str, str], list[DefinitionDiff]] = {}
    whole: Iterable[tuple[str, str]] = ()
    if isinstance(report.diffs, Diffs):
        for each in report.diffs.definitions():
            found.setdefault((each.path, each.qualname), []).append(each)
    else:
        whole = report.diffs.items()
    for change in report.changes:
        diffs = found.pop((change.path, change.qualname), []) or _at(found, change)
        yield _item(str(change), "".join(map(_diff, diffs)))
    for left in found.values():
        # What was saved but is not live: the reasons say why.
        for each in left:
            yield _item(f"{each.action} {each.qualname or each.kind} :{each.line}", _diff(each))
    for path, text in whole:
        yield _item(path, _lines(text.splitlines()))
    for reason in report.reasons:
        yield _reason(reason)


def _named(text: str) -> str:
    # No `code`: notebooks have a ground of their own for that.
    return f'<span class="name">{_escape(text)}</span>'


def _item(name: str, inner: str) -> str:
    return f'<div class="item">{_named(name)}{inner}</div>'


def _at(found: dict[tuple[str, str], list[DefinitionDiff]], change: Change) -> list[DefinitionDiff]:
    """The diffs of a statement, of the module itself or of a class: those on its line."""
    held = found.get((change.path, change.qualname.rpartition(".")[0]), [])
    mine = [each for each in held if each.line == change.line]
    held[:] = [each for each in held if each.line != change.line]
    return mine


def _diff(diff: DefinitionDiff) -> str:
    return _lines(diff.lines)


def _lines(lines: Iterable[str]) -> str:
    spans = "".join(f'<span class="{_CLASSES.get(line[:1], "same")}">{_escape(line)}</span>' for line in lines)
    return f"<pre>{spans}</pre>"


def _near(path: str) -> str:
    """A path below the current folder, from there."""
    try:
        folder = os.path.join(os.getcwd(), "")
    except OSError:
        return path
    return path[len(folder) :] if path.startswith(folder) else path


def _reason(reason: Reason) -> str:
    path = _near(reason.path)
    place = f"{path}:{reason.line}" if reason.line else path
    shown = _lines(reason.excerpt.splitlines()) if reason.excerpt else ""
    return (
        f'<div class="item"><span class="verdict {reason.verdict}">{reason.verdict}</span>'
        f"{_named(reason.code)} {_escape(reason.message)} "
        f'<small title="{_escape(reason.path)}">{_escape(place)}</small>{shown}'
        f"<div><i>{_escape(reason.advice)}</i></div></div>"
    )
