//! The outline of a file: which definitions and statements it holds, and what each one says.
//!
//! An outline is a list of top-level entries. Each entry is an arena ([`Top`]) whose nodes carry
//! positions *relative to the entry*, so an entry that merely moved is shared between the outline of
//! the old text and that of the new one: an edit costs what it touches, not what the file holds.
//!
//! Only namespaces are taken apart: the module, class bodies, and the blocks (`if`, `try`, `with`,
//! `for`, `while`, `match`) that stand directly in those. A function is one node whatever it holds,
//! because its body is compiled and swapped as a whole.
//!
//! Why not keep the syntax tree: it is ten to twenty times the size of the text, it knows positions
//! but not identity, and valid syntax that the grammar does not know would have no outline at all.
//! In this form an outline can also be built from CPython's own `ast` ([`Outline::from_entries`]).
//!
//! What a node may hold is in `definition`, a node at its place in `node`, the digests of names by which entries
//! are passed over in `names`, the questions that are asked about a whole file in `query`, and texts with parts blanked
//! out in `snippet`.

mod definition;
mod names;
mod node;
mod private;
mod query;
mod snippet;

use std::sync::Arc;

pub use definition::{Base, Branch, Definition, Imported, Kind, Node, Param, ParamKind, Part, Top};
pub use names::Names;
pub use node::NodeRef;
pub use snippet::Place;

use crate::source::Text;

/// The outline of one text.
#[derive(Debug, Clone)]
pub struct Outline {
    /// The text, newlines normalised to `\n`.
    pub text: Text,
    /// Top-level entries in order.
    pub tops: Vec<Placed>,
    /// Set when the grammar did not understand the text; CPython is asked then.
    pub trouble: Option<Trouble>,
    /// Who made it.
    pub maker: Maker,
}

/// A top-level entry at its place.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The entry.
    pub top: Arc<Top>,
    /// Offset of its first byte in the text.
    pub byte: u32,
    /// Line of its first byte, from 0.
    pub line: u32,
    /// Which names it may have to do with.
    pub names: Names,
}

impl Placed {
    /// An entry of a text at its place.
    pub fn new(top: Arc<Top>, text: &str, byte: u32, line: u32) -> Placed {
        let end = byte + top.nodes[0].part.end;
        Placed {
            names: Names::of(&top, &text[byte as usize..end as usize]),
            top,
            byte,
            line,
        }
    }
}

/// Where the text leaves the grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 0.
    pub col: u32,
}

/// Who made an outline. Fingerprints of different makers have nothing in common, so both sides of a diff
/// must come from the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// tree-sitter, in [`crate::parse`]
    Grammar,
    /// CPython's `ast`, through [`crate::entries`]
    Python,
}

impl Maker {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Maker::Grammar => "grammar",
            Maker::Python => "python",
        }
    }
}

impl Outline {
    /// An outline of nothing.
    pub fn empty() -> Outline {
        Outline {
            text: Text::from(""),
            tops: Vec::new(),
            trouble: None,
            maker: Maker::Grammar,
        }
    }

    /// The top-level nodes.
    pub fn roots(&self) -> impl Iterator<Item = NodeRef> + '_ {
        self.tops.iter().map(|place| NodeRef {
            text: self.text.clone(),
            place: place.clone(),
            index: 0,
        })
    }

    /// Every node of every namespace, in source order.
    pub fn nodes(&self) -> impl Iterator<Item = NodeRef> + '_ {
        self.roots().flat_map(|root| {
            (0..root.place.top.nodes.len() as u32).map(move |index| root.at(index))
        })
    }

    /// The nodes that `keep` keeps, in source order, of those entries whose names pass.
    pub fn nodes_where<'a>(
        &'a self,
        pass: impl Fn(Names) -> bool + 'a,
        keep: impl Fn(&Node) -> bool + 'a,
    ) -> impl Iterator<Item = NodeRef> + 'a {
        self.tops
            .iter()
            .filter(move |place| pass(place.names))
            .flat_map(move |place| {
                let nodes = place.top.nodes.iter().enumerate();
                let kept: Vec<usize> = nodes
                    .filter(|(_, node)| keep(node))
                    .map(|(index, _)| index)
                    .collect();
                kept.into_iter().map(|index| NodeRef {
                    text: self.text.clone(),
                    place: place.clone(),
                    index: index as u32,
                })
            })
    }
}
