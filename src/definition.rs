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

use std::sync::Arc;

/// A stretch of text inside a [`Top`]; offsets and lines are relative to the entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
    /// Line of the first byte, 0 for the entry's first line.
    pub line: u32,
    /// Column of the first byte, in bytes.
    pub col: u32,
    /// Position-blind fingerprint of the syntax.
    pub fingerprint: u64,
    /// Names read: identifiers, and `a.b` for an attribute of a plain name.
    pub reads: Vec<Box<str>>,
}

/// What a node is. The discriminants' names are what Python sees (see [`Kind::as_str`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `def` or `async def`
    Function,
    /// `class`
    Class,
    /// `import a.b as c`
    Import,
    /// `from a import b as c`
    From,
    /// `name = value`, `a, b = value`, `name: T = value`, `x += 1`
    Assign,
    /// A string expression that is the first statement of a module or class
    Docstring,
    /// `if` with its `elif` and `else`
    If,
    /// `try` with its handlers
    Try,
    /// `with`
    With,
    /// `for`
    For,
    /// `while`
    While,
    /// `match`
    Match,
    /// `pass` and `...`: nothing happens
    Pass,
    /// Any other statement
    Statement,
}

impl Kind {
    /// The word for this kind in reports and in the Python layer.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Function => "function",
            Kind::Class => "class",
            Kind::Import => "import",
            Kind::From => "from",
            Kind::Assign => "assignment",
            Kind::Docstring => "docstring",
            Kind::If => "if",
            Kind::Try => "try",
            Kind::With => "with",
            Kind::For => "for",
            Kind::While => "while",
            Kind::Match => "match",
            Kind::Pass => "pass",
            Kind::Statement => "statement",
        }
    }

    /// The kind for such a word.
    pub fn from_word(word: &str) -> Option<Kind> {
        const ALL: [Kind; 14] = [
            Kind::Function,
            Kind::Class,
            Kind::Import,
            Kind::From,
            Kind::Assign,
            Kind::Docstring,
            Kind::If,
            Kind::Try,
            Kind::With,
            Kind::For,
            Kind::While,
            Kind::Match,
            Kind::Pass,
            Kind::Statement,
        ];
        ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// A function or a class.
    pub fn is_definition(self) -> bool {
        matches!(self, Kind::Function | Kind::Class)
    }

    /// A compound statement whose suites are taken apart.
    pub fn is_block(self) -> bool {
        matches!(
            self,
            Kind::If | Kind::Try | Kind::With | Kind::For | Kind::While | Kind::Match
        )
    }
}

/// How a parameter is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParamKind {
    /// Before `/`
    PositionalOnly,
    /// The ordinary kind
    Positional,
    /// `*args`
    VarPositional,
    /// After `*`
    KeywordOnly,
    /// `**kwargs`
    VarKeyword,
}

/// One parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: Box<str>,
    /// How it is declared.
    pub kind: ParamKind,
    /// The annotation, if any.
    pub annotation: Option<Part>,
    /// The default, if any.
    pub default: Option<Part>,
}

/// One argument of a `class` header: a base, or `keyword=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The keyword, if it is one.
    pub keyword: Option<Box<str>>,
    /// The value.
    pub value: Part,
}

/// What only definitions have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    /// Line of the `def` or `class` word, relative to the entry.
    pub def_line: u32,
    /// The line that CPython gives its code object, relative to the entry: where the expression of the first
    /// decorator begins, without the parentheses around it; without decorators the line of the word.
    pub code_line: u32,
    /// `async def`
    pub is_async: bool,
    /// The decorators' expressions, outermost first.
    pub decorators: Vec<Part>,
    /// `[T: int]`
    pub type_params: Option<Part>,
    /// Of a function.
    pub params: Vec<Param>,
    /// Of a function.
    pub returns: Option<Part>,
    /// Of a class.
    pub bases: Vec<Base>,
    /// The docstring of a function (a class has it as a statement).
    pub docstring: Option<Part>,
    /// The whole body.
    pub body: Part,
    /// A fingerprint of the function's body without its docstring.
    pub body_fingerprint: u64,
    /// A function that holds a class statement.
    pub has_class: bool,
    /// Attributes set on `self` anywhere inside, for `__static_attributes__` and the report of
    /// attributes that living instances lack.
    pub self_stores: Vec<Box<str>>,
}

/// One suite of a class or block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The word that opens it (`if`, `elif`, `else`, `try`, `except`, `finally`, `for`, `while`,
    /// `with`, `match`, `case`); `body` of a class. That of `match` holds the subject and no suite.
    pub label: Box<str>,
    /// What stands between the keyword and the colon.
    pub header: Option<Part>,
    /// The nodes of the suite, by index.
    pub suite: Vec<u32>,
}

/// A name that a `from` or `import` statement binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The module as written, with its leading dots.
    pub module: Box<str>,
    /// The name taken from it; empty for `import module`, `*` for all.
    pub name: Box<str>,
    /// The name it is bound to; empty for `*`.
    pub bound: Box<str>,
}

/// One definition or statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The enclosing node and the branch of it, unless it is the entry itself.
    pub parent: Option<(u32, u32)>,
    /// Where it stands, with its syntax fingerprint and the names it reads. A definition's `reads`
    /// are those of its decorators, defaults, annotations and bases; a block's those of its headers.
    pub part: Part,
    /// Last line, relative to the entry.
    pub end_line: u32,
    /// Hash of the exact text and column: equal means that only the position may differ.
    pub exact: u64,
    /// The name of a definition.
    pub name: Option<Box<str>>,
    /// Names that it binds in its namespace.
    pub binds: Vec<Box<str>>,
    /// The name that an annotated assignment, with or without a value, annotates.
    pub annotates: Option<Box<str>>,
    /// Only definitions have it.
    pub definition: Option<Box<Definition>>,
    /// Suites of a class or block.
    pub branches: Vec<Branch>,
    /// What an import binds.
    pub imported: Vec<Imported>,
    /// Marked `# reloadr: once`.
    pub once: bool,
}

/// A top-level entry: an arena, its first node being the entry itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Top {
    /// The entry and everything below it, parents before children.
    pub nodes: Vec<Node>,
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

/// A digest of the names in an entry, so that a question about a name costs a look at a few entries and not
/// at all of them. It answers "not here" or "maybe".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    reads: u64,
    binds: u64,
    /// Whether it holds an import.
    pub imports: bool,
    /// Whether it may declare `super` global.
    pub global_super: bool,
}

impl Names {
    fn of(top: &Top, source: &str) -> Names {
        let mut names = Names {
            reads: 0,
            binds: 0,
            imports: false,
            global_super: source.contains("global super"),
        };
        for node in &top.nodes {
            names.reads |= node.part.reads.iter().fold(0, |all, name| all | bits(name));
            names.binds |= node.binds.iter().fold(0, |all, name| all | bits(name));
            names.imports |= !node.imported.is_empty();
        }
        names
    }

    /// The digests of names that are asked about.
    pub fn digests<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<u64> {
        names.into_iter().map(bits).collect()
    }

    /// Whether some node may read one of the names of these digests.
    pub fn may_read(self, digests: &[u64]) -> bool {
        digests.iter().any(|bits| self.reads & bits == *bits)
    }

    /// Whether some node may bind one of the names of these digests.
    pub fn may_bind(self, digests: &[u64]) -> bool {
        digests.iter().any(|bits| self.binds & bits == *bits)
    }
}

/// Two bits of 64 for a name: classes of a kind have members of the same names, and with a single bit each
/// one asked-about name in ten would be taken for one of theirs.
fn bits(name: &str) -> u64 {
    let hash = xxhash_rust::xxh3::xxh3_64(name.as_bytes());
    1 << (hash % 64) | 1 << (hash / 64 % 64)
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

/// The outline of one text.
#[derive(Debug, Clone)]
pub struct Outline {
    /// The text, newlines normalised to `\n`.
    pub text: Arc<str>,
    /// Top-level entries in order.
    pub tops: Vec<Placed>,
    /// Set when the grammar did not understand the text; CPython is asked then.
    pub trouble: Option<Trouble>,
    /// Who made it.
    pub maker: Maker,
}

/// A node together with its place: what [`crate::diff`] and the Python layer pass around.
#[derive(Debug, Clone)]
pub struct NodeRef {
    /// The text it stands in.
    pub text: Arc<str>,
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

    /// Last line, from 1.
    pub fn end_line(&self) -> u32 {
        self.place.line + self.node().end_line + 1
    }

    /// The text of the node.
    pub fn source(&self) -> &str {
        &self.text[self.span()]
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

impl Outline {
    /// An outline of nothing.
    pub fn empty() -> Outline {
        Outline {
            text: Arc::from(""),
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

/// The namespace a definition or statement belongs to: blocks are looked through.
pub fn namespace_members<'a>(top: &'a Top, suite: &'a [u32]) -> Vec<u32> {
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
