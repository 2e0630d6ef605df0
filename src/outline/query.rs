//! The questions that are asked about a file: who binds a name, who reads it, what is imported.
//!
//! Each goes over the entries whose digest of names lets them pass, so that a question about one name does not
//! cost what a long file holds.

use std::collections::HashSet;

use super::{Kind, Names, Node, NodeRef, Outline};

impl Outline {
    /// The features that `from __future__` statements name.
    pub fn future(&self) -> Vec<&str> {
        let roots = self.tops.iter().filter(|place| place.names.imports);
        roots
            .flat_map(|place| &place.top.nodes[0].imported)
            .filter(|import| &*import.module == FUTURE)
            .map(|import| &*import.name)
            .collect()
    }

    /// The line of a `from __future__` below a statement of another kind, where none may be: only a compile of
    /// the whole file would notice.
    pub fn late_future(&self) -> Option<u32> {
        let mut begun = false;
        for (at, place) in self.tops.iter().enumerate() {
            if begun && !place.names.imports {
                continue;
            }
            let node = &place.top.nodes[0];
            if node.imported.iter().any(|each| &*each.module == FUTURE) {
                if begun {
                    return Some(place.line + 1);
                }
            } else if at > 0 || node.kind != Kind::Docstring {
                begun = true;
            }
        }
        None
    }

    /// Names that import statements bind at module scope, at any depth of blocks: each once, sorted.
    pub fn imports(&self) -> Vec<Box<str>> {
        let statements = self.import_statements();
        let mut names: Vec<Box<str>> = statements
            .flat_map(|node| node.node().imported.clone())
            .map(|import| import.bound)
            .filter(|bound| !bound.is_empty())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The import statements at module scope, at any depth of blocks.
    pub fn import_statements(&self) -> impl Iterator<Item = NodeRef> + '_ {
        self.nodes_where(|names| names.imports, |node| !node.imported.is_empty())
            .filter(|node| node.scopes().is_empty())
    }

    /// The import statements in the bodies of classes, at any depth of blocks.
    pub fn imports_in_classes(&self) -> impl Iterator<Item = NodeRef> + '_ {
        self.nodes_where(|names| names.imports, |node| !node.imported.is_empty())
            .filter(|node| !node.scopes().is_empty())
    }

    /// The import statements at module scope that are come by when the module is loaded: those under
    /// `if TYPE_CHECKING:` are not.
    pub fn imports_at_load(&self) -> impl Iterator<Item = NodeRef> + '_ {
        self.import_statements()
            .filter(|node| !is_for_type_checkers(node))
    }

    /// Whether module scope mentions the name `super`, which changes how `super().x` is compiled.
    pub fn super_at_top(&self) -> bool {
        let mentions = |node: &Node| {
            let mut names = node.part.reads.iter().chain(&node.binds);
            names.any(|name| &**name == "super")
        };
        let digests = Names::digests(["super"]);
        let may = |names: Names| names.may_read(&digests) || names.may_bind(&digests);
        self.tops.iter().any(|place| {
            place.names.global_super || may(place.names) && mentions(&place.top.nodes[0])
        })
    }

    /// Every function and class, in source order.
    pub fn definitions(&self) -> impl Iterator<Item = NodeRef> + '_ {
        self.nodes_where(|_| true, |node| node.kind.is_definition())
    }

    /// The definitions with this qualified name, in source order.
    pub fn find(&self, qualname: &str) -> Vec<NodeRef> {
        let last = qualname.rsplit('.').next().unwrap_or(qualname);
        let digests = Names::digests([last]);
        let named = |node: &Node| node.name.as_deref() == Some(last);
        let found = self.nodes_where(|names| names.may_bind(&digests), named);
        found.filter(|node| node.qualname() == qualname).collect()
    }

    /// The nodes of the module's namespace (`scope` empty), or of that of the class `scope`.
    pub fn members_of(&self, scope: &str) -> Vec<NodeRef> {
        self.nodes_where(|_| true, |_| true)
            .filter(|node| stands_in(node, scope))
            .collect()
    }

    /// The nodes that bind one of these names in the module's namespace (`scope` empty), or in that of the
    /// class `scope`.
    pub fn binders(&self, names: &HashSet<String>, scope: &str) -> Vec<NodeRef> {
        let digests = Names::digests(names.iter().map(String::as_str));
        let binds = |node: &Node| node.binds.iter().any(|name| names.contains(&**name));
        self.nodes_where(|names| names.may_bind(&digests), binds)
            .filter(|node| stands_in(node, scope))
            .collect()
    }

    /// The nodes of any namespace whose statement, header, default or annotation reads one of these names.
    pub fn readers(&self, names: &HashSet<String>) -> Vec<NodeRef> {
        let digests = Names::digests(names.iter().map(String::as_str));
        let reads = |node: &Node| node.part.reads.iter().any(|name| names.contains(&**name));
        self.nodes_where(|names| names.may_read(&digests), reads)
            .collect()
    }
}

/// The module whose imports are statements to the compiler.
const FUTURE: &str = "__future__";

/// Whether the innermost class around a node is `scope`, or there is none and `scope` is empty.
fn stands_in(node: &NodeRef, scope: &str) -> bool {
    let class = node.scopes().pop();
    class.map_or(scope.is_empty(), |class| class.qualname() == scope)
}

/// Whether a node stands under `if TYPE_CHECKING:` or `if typing.TYPE_CHECKING:`.
fn is_for_type_checkers(node: &NodeRef) -> bool {
    node.guards().iter().any(|(block, branch)| {
        let header = block.node().branches[*branch as usize].header.as_ref();
        let test = header.map_or("", |part| &block.text[block.part_span(part)]);
        block.node().kind == Kind::If && test.rsplit('.').next() == Some("TYPE_CHECKING")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Parser;

    const TEXT: &str = "\
'doc'
from __future__ import annotations
import os.path, sys as system
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from . import models
else:
    try:
        from .fast import speed, rate
    except ImportError:
        rate = system.maxsize
class Cart(Base):
    import json
    limit = rate
    if limit:
        def total(self, most=rate):
            return speed
    limit = 2
class Other:
    limit = 3
    class Cart:
        limit = limit
def total():
    import re
";

    fn outline(text: &str) -> Outline {
        let outline = Parser::new().parse(text);
        assert_eq!(outline.trouble, None);
        outline
    }

    fn set(names: &[&str]) -> HashSet<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    fn lines(nodes: impl IntoIterator<Item = NodeRef>) -> Vec<u32> {
        nodes.into_iter().map(|node| node.line()).collect()
    }

    #[test]
    fn binders_are_those_of_one_namespace() {
        let outline = outline(TEXT);
        assert_eq!(lines(outline.binders(&set(&["limit"]), "Cart")), [14, 18]);
        assert_eq!(lines(outline.binders(&set(&["limit"]), "Other")), [20]);
        assert_eq!(lines(outline.binders(&set(&["limit"]), "Other.Cart")), [22]);
        assert_eq!(lines(outline.binders(&set(&["limit"]), "")), [] as [u32; 0]);
        // A block binds what its suites bind.
        assert_eq!(lines(outline.binders(&set(&["rate"]), "")), [5, 8, 9, 11]);
        assert_eq!(lines(outline.binders(&set(&["total"]), "Cart")), [15, 16]);
        assert_eq!(lines(outline.binders(&set(&["__doc__"]), "")), [1]);
    }

    #[test]
    fn readers_are_those_of_every_namespace_but_not_in_bodies() {
        let outline = outline(TEXT);
        assert_eq!(lines(outline.readers(&set(&["rate"]))), [14, 16]);
        assert_eq!(lines(outline.readers(&set(&["system"]))), [11]);
        assert_eq!(lines(outline.readers(&set(&["system.maxsize"]))), [11]);
        assert_eq!(
            lines(outline.readers(&set(&["Base", "limit"]))),
            [12, 15, 22]
        );
        assert_eq!(lines(outline.readers(&set(&["speed"]))), [] as [u32; 0]);
    }

    #[test]
    fn definitions_are_found_by_their_qualified_name() {
        let outline = outline(TEXT);
        assert_eq!(lines(outline.find("Cart.total")), [16]);
        assert_eq!(lines(outline.find("total")), [23]);
        assert_eq!(lines(outline.find("Other.Cart")), [21]);
        assert_eq!(lines(outline.find("Cart.limit")), [] as [u32; 0]);
        assert_eq!(lines(outline.definitions()), [12, 16, 19, 21, 23]);
        let both = super::tests::outline("if x:\n    def f(): pass\nelse:\n    def f(): pass\n");
        assert_eq!(lines(both.find("f")), [2, 4]);
    }

    #[test]
    fn members_are_those_of_one_namespace_blocks_and_what_they_hold_included() {
        let outline = outline(TEXT);
        assert_eq!(lines(outline.members_of("Cart")), [13, 14, 15, 16, 18]);
        assert_eq!(lines(outline.members_of("Other")), [20, 21]);
        assert_eq!(lines(outline.members_of("Nobody")), [] as [u32; 0]);
        let module = lines(outline.members_of(""));
        assert_eq!(module, [1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 19, 23]);
        let cart = outline.find("Cart").remove(0);
        assert_eq!(lines(cart.members()), [13, 14, 16, 18]);
    }

    #[test]
    fn imports_of_classes_and_functions_bind_nothing_in_the_module() {
        let outline = outline(TEXT);
        let names: Vec<Box<str>> = outline.imports();
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        let expected = [
            "TYPE_CHECKING",
            "annotations",
            "models",
            "os",
            "rate",
            "speed",
            "system",
        ];
        assert_eq!(names, expected);
        assert_eq!(lines(outline.import_statements()), [2, 3, 4, 6, 9]);
    }

    #[test]
    fn what_type_checkers_import_is_not_imported_at_load() {
        let here = outline(TEXT);
        assert_eq!(lines(here.imports_at_load()), [2, 3, 4, 9]);
        let text = "import typing\nif typing.TYPE_CHECKING:\n    import a\nif MORE_TYPE_CHECKING:\n    import b\n";
        assert_eq!(lines(outline(text).imports_at_load()), [1, 5]);
    }

    #[test]
    fn a_late_future_is_found_below_any_other_statement() {
        let late = |text: &str| outline(text).late_future();
        assert_eq!(late(TEXT), None);
        assert_eq!(outline(TEXT).future(), ["annotations"]);
        assert_eq!(late("'doc'\nfrom __future__ import annotations\n"), None);
        assert_eq!(
            late("# c\nfrom __future__ import annotations\nx = 1\n"),
            None
        );
        assert_eq!(late("x = 1\nfrom __future__ import annotations\n"), Some(2));
        assert_eq!(
            late("import a\nx = 1\n\nfrom __future__ import annotations\n"),
            Some(4)
        );
        assert_eq!(
            late("'doc'\n'more'\nfrom __future__ import annotations\n"),
            Some(3)
        );
    }

    #[test]
    fn super_at_the_top_is_a_name_of_module_scope() {
        let mentions = |text: &str| outline(text).super_at_top();
        assert!(mentions("super = object\n"));
        assert!(mentions("old = super\n"));
        assert!(mentions("from a import super\n"));
        assert!(mentions("def f():\n    global super\n    super = 1\n"));
        assert!(!mentions(
            "class C:\n    def f(self):\n        return super().f()\n"
        ));
        assert!(!mentions("superb = 1\n"));
    }
}
