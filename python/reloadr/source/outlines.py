"""From text to outline, from two outlines to their edits, and what the compiler is told of a node."""

from __future__ import annotations
import __future__ as features

from reloadr._core import Diff, Node, Outline, Snapshot
from reloadr.source.by_ast import outline as outline_by_ast
from reloadr.source.by_ast import same_maker
from reloadr.source.compiling import Context, Scope, Unit


def context_of(outline: Outline, filename: str) -> Context:
    """What the compiler takes from the rest of the file when it compiles one definition of it."""
    flags = 0
    for name in outline.future:
        feature = getattr(features, name, None)
        if feature is not None:
            flags |= feature.compiler_flag
    return Context(filename, flags, tuple(outline.imports), outline.super_at_top)


def unit_of(node: Node) -> Unit:
    """The node as the compiler wants it."""
    return Unit(node.segment, node.line, scopes_of(node), node.kind == "docstring")


def scopes_of(node: Node) -> tuple[Scope, ...]:
    """The classes around a node as the compiler wants them."""
    scopes = node.scopes
    generic = any(scope.type_params for scope in scopes)
    return tuple(_scope(scope, generic) for scope in scopes)


def _scope(node: Node, generic: bool) -> Scope:
    members = node.members
    declared: list[str] = []
    for member in members:
        if member.kind == "statement" and member.source.startswith("global "):
            declared += [name.strip() for name in member.source[7:].split(",")]
    binds: list[str] = []
    for member in members if generic else ():
        # To the compiler a name that is only annotated is one of the class, too.
        binds += [*member.binds, *([] if member.annotates is None else [member.annotates])]
    params = node.type_params
    return Scope(
        node.indent, node.name or "", params.source if params else "", tuple(dict.fromkeys(binds)), tuple(declared)
    )


def parse(text: str | Snapshot, filename: str, old: Outline | None = None) -> Outline:
    """The outline of a text, or of the text of a file's state; CPython's word on syntax is final.

    Raises SyntaxError, located, when the text is not Python, or the file's state no text.
    """
    outline = Outline.parse(text) if old is None else old.update(text)
    return outline if outline.trouble is None else outline_by_ast(outline.text, filename)


def compare(old: Outline, new: Outline, filename: str) -> Diff:
    """The edits from one outline to another, whoever made them."""
    return old.diff(new) if old.maker == new.maker else Outline.diff(*same_maker(old, new, filename))
