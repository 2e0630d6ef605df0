//! A node at its place: absolute lines and bytes, what is around it, and the text from which it is compiled.

use super::{Kind, Node, Part, Placed, Top};
use crate::source::Text;

/// A node together with its place: what [`crate::diff`] and the Python layer pass around.
#[derive(Debug, Clone)]
pub struct NodeRef {
    /// The text it stands in.
    pub text: Text,
    /// Its entry.
    pub place: Placed,
    /// Its index there.
    pub index: u32,
}

impl NodeRef {
    /// The node itself.
    pub fn node(&self) -> &Node {
        &self.place.top.nodes[self.index as usize]
    }

    /// Absolute byte range.
    pub fn span(&self) -> std::ops::Range<usize> {
        self.part_span(&self.node().part)
    }

    /// Absolute byte range of a part of it.
    pub fn part_span(&self, part: &Part) -> std::ops::Range<usize> {
        (self.place.byte + part.start) as usize..(self.place.byte + part.end) as usize
    }

    /// First line, from 1 (of a decorated definition: its first decorator's).
    pub fn line(&self) -> u32 {
        self.place.line + self.node().part.line + 1
    }

    /// The line that CPython gives a definition's code object, from 1; of a statement its first.
    pub fn code_line(&self) -> u32 {
        let definition = self.node().definition.as_deref();
        definition.map_or(self.line(), |definition| {
            self.place.line + definition.code_line + 1
        })
    }

    /// The line of a definition's `def` or `class` word, from 1; of a statement its first.
    pub fn def_line(&self) -> u32 {
        let definition = self.node().definition.as_deref();
        definition.map_or(self.line(), |definition| {
            self.place.line + definition.def_line + 1
        })
    }

    /// Last line, from 1.
    pub fn end_line(&self) -> u32 {
        self.place.line + self.node().end_line + 1
    }

    /// The text of the node.
    pub fn source(&self) -> &str {
        &self.text[self.span()]
    }

    /// The white space that its first line begins with.
    pub fn indent(&self) -> &str {
        let first = self.text[..self.span().start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let line = &self.text[first..];
        let end = line.find(|c: char| !c.is_whitespace() || c == '\n');
        &line[..end.unwrap_or(line.len())]
    }

    /// The same entry's node at another index.
    pub fn at(&self, index: u32) -> NodeRef {
        NodeRef {
            index,
            ..self.clone()
        }
    }

    /// The enclosing node and the branch, if any.
    pub fn parent(&self) -> Option<(NodeRef, u32)> {
        self.node()
            .parent
            .map(|(index, branch)| (self.at(index), branch))
    }

    /// The classes around it, outermost first.
    pub fn scopes(&self) -> Vec<NodeRef> {
        let mut scopes = Vec::new();
        let mut next = self.parent();
        while let Some((node, _)) = next {
            next = node.parent();
            if node.node().kind == Kind::Class {
                scopes.push(node);
            }
        }
        scopes.reverse();
        scopes
    }

    /// The blocks between it and its namespace, outermost first, each with the branch it is in.
    pub fn guards(&self) -> Vec<(NodeRef, u32)> {
        let mut guards = Vec::new();
        let mut next = self.parent();
        while let Some((node, branch)) = next {
            if node.node().kind == Kind::Class {
                break;
            }
            next = node.parent();
            guards.push((node, branch));
        }
        guards.reverse();
        guards
    }

    /// The members of a class's namespace, blocks looked through.
    pub fn members(&self) -> Vec<NodeRef> {
        let suites = self.node().branches.iter().map(|branch| &branch.suite);
        suites
            .flat_map(|suite| namespace_members(&self.place.top, suite))
            .map(|index| self.at(index))
            .collect()
    }

    /// Dotted name below the module; for a statement that of the namespace it stands in.
    pub fn qualname(&self) -> String {
        let mut names: Vec<String> = self
            .scopes()
            .iter()
            .filter_map(|scope| scope.node().name.as_deref().map(str::to_owned))
            .collect();
        if let Some(name) = &self.node().name {
            names.push(name.to_string());
        }
        names.join(".")
    }

    /// The node's whole lines, what else shares its first and last line replaced by spaces: the text
    /// from which it is compiled alone, with every column in place. Bytes that are not ASCII become as
    /// many spaces as they have bytes, because CPython counts columns in UTF-8 bytes.
    pub fn segment(&self) -> String {
        let span = self.span();
        let first = self.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let mut out = String::with_capacity(span.end - first + 1);
        for byte in self.text[first..span.start].bytes() {
            out.push(if byte == b'\t' || byte == b'\x0c' {
                byte as char
            } else {
                ' '
            });
        }
        out.push_str(&self.text[span]);
        out
    }
}

/// The nodes of a suite and of the blocks in it.
fn namespace_members<'a>(top: &'a Top, suite: &'a [u32]) -> Vec<u32> {
    let mut out = Vec::new();
    for &index in suite {
        let node = &top.nodes[index as usize];
        if node.kind.is_block() {
            for branch in &node.branches {
                out.extend(namespace_members(top, &branch.suite));
            }
        } else {
            out.push(index);
        }
    }
    out
}
