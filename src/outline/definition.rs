//! What a node may hold: the kinds, the parts of a definition, branches and imported names.

use super::private::mangle;

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
    /// Names that it binds in its namespace, as the compiler stores them: `_Cart__x` for `__x` in `Cart`.
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

impl Top {
    /// An entry of its nodes, whose names are as they are written.
    pub fn new(mut nodes: Vec<Node>) -> Top {
        mangle(&mut nodes);
        Top { nodes }
    }
}
