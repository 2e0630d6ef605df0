//! Outlines made elsewhere: from a flat list of entries to the same form as [`crate::parse`] gives.
//!
//! CPython's own `ast` is asked where the grammar does not understand valid syntax. What it says comes as
//! absolute positions (lines from 1, columns in bytes) and position-blind words for the syntax; what is
//! left to do is to make positions relative to the top-level entry and to hash.
//!
//! Why not translate the `ast` here: the core knows no Python object, and the classes of `ast` differ from
//! one CPython to the next.

use std::fmt;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use crate::outline::{
    Base, Branch, Definition, Imported, Kind, Maker, Node, Outline, Param, ParamKind, Part, Placed,
    Top,
};
use crate::parse::exact_hash;
use crate::source::Text;

/// A stretch of text as `ast` gives it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// First line, from 1.
    pub line: u32,
    /// First column, in bytes from 0.
    pub col: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last byte.
    pub end_col: u32,
}

/// A stretch of text with what it says.
#[derive(Debug, Clone, Default)]
pub struct Piece {
    /// Where it stands.
    pub span: Span,
    /// Its syntax in words without positions.
    pub syntax: String,
    /// Names read.
    pub reads: Vec<String>,
}

/// One parameter.
#[derive(Debug, Clone)]
pub struct EntryParam {
    /// Its name.
    pub name: String,
    /// How it is declared.
    pub kind: ParamKind,
    /// The annotation, if any.
    pub annotation: Option<Piece>,
    /// The default, if any.
    pub default: Option<Piece>,
}

/// What only definitions have; see [`Definition`].
#[derive(Debug, Clone, Default)]
pub struct EntryDefinition {
    /// Line of the `def` or `class` word, from 1.
    pub def_line: u32,
    /// The line that CPython gives its code object, from 1.
    pub code_line: u32,
    /// `async def`
    pub is_async: bool,
    /// The decorators' expressions, outermost first.
    pub decorators: Vec<Piece>,
    /// `[T: int]`
    pub type_params: Option<Piece>,
    /// Of a function.
    pub params: Vec<EntryParam>,
    /// Of a function.
    pub returns: Option<Piece>,
    /// Of a class: keyword, if it is one, and value.
    pub bases: Vec<(Option<String>, Piece)>,
    /// Of a function.
    pub docstring: Option<Piece>,
    /// The whole body.
    pub body: Span,
    /// The syntax of a function's body without its docstring.
    pub body_syntax: String,
    /// Attributes set on `self`.
    pub self_stores: Vec<String>,
}

/// One definition or statement; see [`Node`].
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The number of the enclosing entry in the list and the branch of it, unless it is a top-level one.
    pub parent: Option<(u32, u32)>,
    /// Where it stands, what it says, what it reads.
    pub piece: Piece,
    /// The name of a definition.
    pub name: Option<String>,
    /// Names that it binds in its namespace.
    pub binds: Vec<String>,
    /// The plain name that an annotated assignment annotates.
    pub annotates: Option<String>,
    /// Only definitions have it.
    pub definition: Option<EntryDefinition>,
    /// Label and header of each suite of a class or block.
    pub branches: Vec<(String, Option<Piece>)>,
    /// Module, name and bound name of what an import binds.
    pub imported: Vec<(String, String, String)>,
    /// Marked `# reloadr: once`.
    pub once: bool,
}

/// Why a list of entries is no outline of a text: always a mistake of whoever made the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    /// The entry's number.
    pub entry: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}: {}; please report this", self.entry, self.why)
    }
}

impl std::error::Error for Misplaced {}

impl Outline {
    /// The outline of `text` that `entries` describe: parents before children, in source order.
    ///
    /// # Errors
    /// When a position lies outside the text or outside its entry, or a parent is not among the entries
    /// before.
    pub fn from_entries(text: &str, entries: Vec<Entry>) -> Result<Outline, Misplaced> {
        let text = Text::from(text);
        let mut builder = Builder {
            text: &text,
            lines: line_starts(&text),
            tops: Vec::new(),
            seats: Vec::with_capacity(entries.len()),
        };
        for (number, entry) in entries.into_iter().enumerate() {
            builder
                .entry(entry)
                .map_err(|why| Misplaced { entry: number, why })?;
        }
        let tops = builder.tops.into_iter();
        let tops = tops.map(|top| top.placed(&text)).collect();
        Ok(Outline {
            text,
            tops,
            trouble: None,
            maker: Maker::Python,
        })
    }
}

type Checked<T> = Result<T, &'static str>;

/// A top-level entry whose nodes are still coming.
struct Growing {
    nodes: Vec<Node>,
    byte: u32,
    line: u32,
    end: u32,
}

impl Growing {
    fn placed(self, text: &str) -> Placed {
        let top = Arc::new(Top::new(self.nodes));
        Placed::new(top, text, self.byte, self.line)
    }
}

struct Builder<'a> {
    text: &'a str,
    lines: Vec<u32>,
    tops: Vec<Growing>,
    /// Of each entry so far: its top-level entry and its index there.
    seats: Vec<(usize, u32)>,
}

fn line_starts(text: &str) -> Vec<u32> {
    let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0)
        .chain(newlines.map(|(at, _)| at as u32 + 1))
        .collect()
}

fn boxed(words: Vec<String>) -> Vec<Box<str>> {
    words.into_iter().map(String::into_boxed_str).collect()
}

impl Builder<'_> {
    fn entry(&mut self, entry: Entry) -> Checked<()> {
        let range = self.range(entry.piece.span)?;
        let parent = match entry.parent {
            None => {
                if self.tops.last().is_some_and(|last| range.0 < last.end) {
                    return Err("it overlaps the one before");
                }
                self.tops.push(Growing {
                    nodes: Vec::new(),
                    byte: range.0,
                    line: entry.piece.span.line - 1,
                    end: range.1,
                });
                None
            }
            Some((above, branch)) => {
                let &(top, index) = self
                    .seats
                    .get(above as usize)
                    .ok_or("its parent comes later")?;
                if top + 1 != self.tops.len() {
                    return Err("its parent belongs to an earlier top-level entry");
                }
                Some((index, branch))
            }
        };
        let seat = self.tops.len() - 1;
        let index = self.tops[seat].nodes.len() as u32;
        if let Some((above, branch)) = parent {
            let branches = &mut self.tops[seat].nodes[above as usize].branches;
            let branch = branches
                .get_mut(branch as usize)
                .ok_or("its parent has no such branch")?;
            branch.suite.push(index);
        }
        let node = self.node(entry, parent)?;
        self.tops[seat].nodes.push(node);
        self.seats.push((seat, index));
        Ok(())
    }

    fn node(&self, entry: Entry, parent: Option<(u32, u32)>) -> Checked<Node> {
        let (start, end) = self.range(entry.piece.span)?;
        let end_line = entry.piece.span.end_line - 1 - self.top().line;
        let exact = exact_hash(
            entry.piece.span.col as usize,
            &self.text[start as usize..end as usize],
        );
        let branches = entry
            .branches
            .into_iter()
            .map(|(label, header)| {
                Ok(Branch {
                    label: label.into(),
                    header: self.maybe(header)?,
                    suite: Vec::new(),
                })
            })
            .collect::<Checked<_>>()?;
        Ok(Node {
            kind: entry.kind,
            parent,
            part: self.part(entry.piece)?,
            end_line,
            exact,
            name: entry.name.map(Into::into),
            binds: boxed(entry.binds),
            annotates: entry.annotates.map(Into::into),
            definition: entry
                .definition
                .map(|definition| self.definition(definition).map(Box::new))
                .transpose()?,
            branches,
            imported: entry
                .imported
                .into_iter()
                .map(|(module, name, bound)| Imported {
                    module: module.into(),
                    name: name.into(),
                    bound: bound.into(),
                })
                .collect(),
            once: entry.once,
        })
    }

    fn definition(&self, from: EntryDefinition) -> Checked<Definition> {
        let relative = |line: u32| {
            line.checked_sub(1 + self.top().line)
                .ok_or("its line is wrong")
        };
        Ok(Definition {
            def_line: relative(from.def_line)?,
            code_line: relative(from.code_line)?,
            is_async: from.is_async,
            decorators: self.parts(from.decorators)?,
            type_params: self.maybe(from.type_params)?,
            params: from
                .params
                .into_iter()
                .map(|param| {
                    Ok(Param {
                        name: param.name.into(),
                        kind: param.kind,
                        annotation: self.maybe(param.annotation)?,
                        default: self.maybe(param.default)?,
                    })
                })
                .collect::<Checked<_>>()?,
            returns: self.maybe(from.returns)?,
            bases: from
                .bases
                .into_iter()
                .map(|(keyword, value)| {
                    Ok(Base {
                        keyword: keyword.map(Into::into),
                        value: self.part(value)?,
                    })
                })
                .collect::<Checked<_>>()?,
            docstring: self.maybe(from.docstring)?,
            body: Part {
                fingerprint: 0,
                ..self.part(Piece {
                    span: from.body,
                    ..Piece::default()
                })?
            },
            body_fingerprint: xxh3_64(from.body_syntax.as_bytes()),
            self_stores: boxed(from.self_stores),
        })
    }

    fn parts(&self, pieces: Vec<Piece>) -> Checked<Vec<Part>> {
        pieces.into_iter().map(|piece| self.part(piece)).collect()
    }

    fn maybe(&self, piece: Option<Piece>) -> Checked<Option<Part>> {
        piece.map(|piece| self.part(piece)).transpose()
    }

    fn part(&self, piece: Piece) -> Checked<Part> {
        let top = self.top();
        let (start, end) = self.range(piece.span)?;
        if start < top.byte || end > top.end {
            return Err("a part of it stands outside the top-level entry");
        }
        Ok(Part {
            start: start - top.byte,
            end: end - top.byte,
            line: piece.span.line - 1 - top.line,
            col: piece.span.col,
            fingerprint: xxh3_64(piece.syntax.as_bytes()),
            reads: boxed(piece.reads),
        })
    }

    fn top(&self) -> &Growing {
        &self.tops[self.tops.len() - 1]
    }

    fn range(&self, span: Span) -> Checked<(u32, u32)> {
        let at = |line: u32, col: u32| {
            let start = *self.lines.get(line.checked_sub(1)? as usize)?;
            let end = self.lines.get(line as usize).copied();
            let at = start.checked_add(col)?;
            (at <= end.unwrap_or(self.text.len() as u32) && self.text.is_char_boundary(at as usize))
                .then_some(at)
        };
        match (at(span.line, span.col), at(span.end_line, span.end_col)) {
            (Some(start), Some(end)) if start <= end => Ok((start, end)),
            _ => Err("it stands outside the text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "é = 1\nclass C:\n  x = é\n";

    fn entry(kind: Kind, parent: Option<(u32, u32)>, span: [u32; 4]) -> Entry {
        let [line, col, end_line, end_col] = span;
        Entry {
            kind,
            parent,
            piece: Piece {
                span: Span {
                    line,
                    col,
                    end_line,
                    end_col,
                },
                ..Piece::default()
            },
            name: (kind == Kind::Class).then(|| "C".to_owned()),
            binds: Vec::new(),
            annotates: None,
            definition: None,
            branches: if kind == Kind::Class {
                vec![("body".to_owned(), None)]
            } else {
                Vec::new()
            },
            imported: Vec::new(),
            once: false,
        }
    }

    #[test]
    fn positions_become_relative_to_the_top_level_entry() {
        let entries = vec![
            entry(Kind::Assign, None, [1, 0, 1, 6]),
            entry(Kind::Class, None, [2, 0, 3, 8]),
            entry(Kind::Assign, Some((1, 0)), [3, 2, 3, 8]),
        ];
        let outline = Outline::from_entries(TEXT, entries).unwrap();
        let nodes: Vec<_> = outline.nodes().collect();
        let seen: Vec<_> = nodes
            .iter()
            .map(|node| (node.source(), node.line(), node.qualname()))
            .collect();
        assert_eq!(
            seen,
            [
                ("é = 1", 1, String::new()),
                ("class C:\n  x = é", 2, "C".to_owned()),
                ("x = é", 3, "C".to_owned()),
            ]
        );
        assert_eq!(nodes[1].node().branches[0].suite, [1]);
        assert_eq!(nodes[2].node().part.col, 2);
        let parsed = crate::parse::Parser::new().parse(TEXT);
        for (node, other) in nodes.iter().zip(parsed.nodes()) {
            assert_eq!(node.node().exact, other.node().exact);
            assert_eq!(node.node().end_line, other.node().end_line);
        }
    }

    #[test]
    fn a_wrong_list_is_refused() {
        let outside = vec![entry(Kind::Assign, None, [1, 0, 9, 0])];
        let inside_a_character = vec![entry(Kind::Assign, None, [1, 1, 1, 6])];
        let orphan = vec![entry(Kind::Assign, Some((0, 0)), [1, 0, 1, 6])];
        let overlapping = vec![
            entry(Kind::Class, None, [2, 0, 3, 8]),
            entry(Kind::Assign, None, [3, 2, 3, 8]),
        ];
        for (entries, number) in [
            (outside, 0),
            (inside_a_character, 0),
            (orphan, 0),
            (overlapping, 1),
        ] {
            let error = Outline::from_entries(TEXT, entries).unwrap_err();
            assert_eq!(error.entry, number, "{error}");
        }
    }
}
