//! Text to outline, by tree-sitter. The only user of tree-sitter.
//!
//! When a text is an edit of one that has an outline, only the top-level entries that the edit touches are
//! parsed again, as a text of their own; the others are shared. Where that does not parse by itself, the
//! whole text is parsed. No tree is kept: trees are large, and tree-sitter's own way of parsing an edited
//! text again costs a look at every top-level node, and all that lies between two edits.
//!
//! [`Parser`] decides what is parsed; `entry` makes a node of each statement, with `definitions` and `blocks` for
//! those that hold others; `names`, `imports` and `marks` say what a node has to say, `fingerprint` whether two say the
//! same: `layout` and `literal` know what may be written otherwise, `whole` puts together what is known of the parts.
//! `trouble` is where CPython is asked instead; `tree` walks the syntax and `reuse` finds what an earlier outline can
//! lend. `calls` looks into the bodies of definitions, for calls of one function, with what `scopes` knows of names there;
//! `facts` says what a single statement does, `at_once` what of it is evaluated as it runs.

mod at_once;
mod blocks;
mod calls;
mod definitions;
mod entry;
mod facts;
mod fingerprint;
mod imports;
mod layout;
mod literal;
mod marks;
mod names;
mod reuse;
mod scopes;
mod tree;
mod trouble;
mod whole;

use std::collections::HashSet;
use std::sync::Arc;

use tree_sitter::Tree;

use crate::hunks::{Hunk, Touched, hunks, touched};
use crate::outline::{Maker, Outline, Placed, Top, Trouble};
use crate::source::Text;
pub use calls::{Broken, Source, Target};
use entry::Arena;
pub use facts::{FILLING, Facts};
pub use fingerprint::{exact_hash, hash_text};
use marks::{Marks, ONCE};
use reuse::{Edited, Reuse, first_line, moved, newlines};
use tree::{Step, ids, visit};
use trouble::{deep_indentation, first_trouble, odd_indentation};

/// Parses texts.
pub struct Parser {
    inner: tree_sitter::Parser,
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// A parser that has seen nothing yet.
    ///
    /// # Panics
    /// If the bundled grammar does not fit the bundled tree-sitter, which the tests rule out.
    pub fn new() -> Parser {
        #[expect(clippy::disallowed_methods, reason = "this is the only user")]
        let mut inner = tree_sitter::Parser::new();
        inner
            .set_language(&tree_sitter_python::LANGUAGE.into())
            .expect("the grammar and the runtime are pinned together");
        Parser { inner }
    }

    /// The outline of `text` alone.
    pub fn parse(&mut self, text: impl Into<Text>) -> Outline {
        self.whole(text.into(), None)
    }

    /// The outline of `text`, given that of an earlier state of the same file.
    pub fn update(&mut self, old: &Outline, text: impl Into<Text>) -> Outline {
        let text = text.into();
        let hunks = hunks(&old.text, &text);
        if hunks.is_empty() {
            return old.clone();
        }
        if old.trouble.is_some() || old.maker != Maker::Grammar {
            return self.whole(text, None);
        }
        if let Some(tops) = self.patched(old, &text, &hunks) {
            return Outline {
                text,
                tops,
                trouble: None,
                maker: Maker::Grammar,
            };
        }
        let edit = Edited::between(&old.text, &text);
        self.whole(text, Some((old, &edit)))
    }

    fn whole(&mut self, text: Text, old: Option<(&Outline, &Edited)>) -> Outline {
        match self.tree(&text) {
            Ok(tree) => build(&text, &tree, old, true),
            Err(trouble) => Outline {
                text,
                tops: Vec::new(),
                trouble: Some(trouble),
                maker: Maker::Grammar,
            },
        }
    }

    /// The entries of `text`, those that an edit touched made anew; None if these cannot be parsed alone.
    fn patched(&mut self, old: &Outline, text: &str, hunks: &[Hunk]) -> Option<Vec<Placed>> {
        let touched = touched(old, hunks);
        let mut tops: Vec<Placed> = Vec::with_capacity(old.tops.len() + 8);
        let (mut next, mut bytes, mut lines) = (0, 0i64, 0i64);
        for each in &touched {
            moved(&old.tops[next..each.entries.start], bytes, lines, &mut tops);
            let made = self.piece(old, text, each)?;
            let line = (i64::from(first_line(old, each)) + lines) as u32;
            tops.extend(made.into_iter().map(|place| Placed {
                byte: place.byte + each.new.start as u32,
                line: place.line + line,
                ..place
            }));
            next = each.entries.end;
            bytes = each.new.end as i64 - each.old.end as i64;
            lines += newlines(&text[each.new.clone()]) as i64
                - newlines(&old.text[each.old.clone()]) as i64;
        }
        moved(&old.tops[next..], bytes, lines, &mut tops);
        Some(tops)
    }

    fn piece(&mut self, old: &Outline, text: &str, touched: &Touched) -> Option<Vec<Placed>> {
        let (first, last) = (
            touched.entries.start == 0,
            touched.entries.end == old.tops.len(),
        );
        let piece = &text[touched.new.clone()];
        if !last && piece.trim_end_matches('\n').ends_with('\\') {
            return None;
        }
        let tree = self.tree(piece).ok()?;
        if tree.root_node().has_error() {
            return None;
        }
        let made = build(&Text::from(piece), &tree, None, first);
        // Without a first entry another one becomes it; a mark at the end is about the entry below.
        let end = made.tops.last().map_or(0, |place| {
            (place.byte + place.top.nodes[0].part.end) as usize
        });
        let below = piece[end..].split_once('\n').map_or("", |(_, rest)| rest);
        let complete = last || !(below.contains(ONCE) || first && made.tops.is_empty());
        (made.trouble.is_none() && complete).then_some(made.tops)
    }

    /// The syntax tree, unless the text is indented deeper than the grammar can follow.
    fn tree(&mut self, text: &str) -> Result<Tree, Trouble> {
        if let Some(trouble) = deep_indentation(text) {
            return Err(trouble);
        }
        self.inner.reset();
        Ok(self
            .inner
            .parse(text, None)
            .expect("a parse without a time limit and with a language set always ends in a tree"))
    }
}

/// `first`: whether the text's first entry is that of the file, and so may be its docstring.
fn build(text: &Text, tree: &Tree, old: Option<(&Outline, &Edited)>, first: bool) -> Outline {
    let root = tree.root_node();
    let mut trouble = root.has_error().then(|| first_trouble(root));
    let mut tops: Vec<Placed> = Vec::new();
    let mut reuse = old.map(|(outline, edit)| Reuse::new(outline, edit));
    let marks = Marks::of(text, root);
    let mut cursor = root.walk();
    let mut more = cursor.goto_first_child();
    while more {
        let syntax = cursor.node();
        more = cursor.goto_next_sibling();
        if !syntax.is_named() || ids().says_nothing(syntax) {
            continue;
        }
        let (byte, line) = (syntax.start_byte(), syntax.start_position().row);
        let shared = reuse.as_mut().and_then(|reuse| reuse.find(&syntax, text));
        let top = match shared {
            Some(top) if marks.on(&top.nodes[0], byte, line, text) == top.nodes[0].once => top,
            _ => {
                let mut arena = Arena {
                    text,
                    marks: &marks,
                    byte,
                    line,
                    nodes: Vec::new(),
                    trouble: None,
                };
                arena.aligned(syntax, 0);
                arena.node(syntax, None, first && tops.is_empty(), 0);
                arena.known_names(syntax);
                trouble = trouble.or(arena.trouble);
                Arc::new(Top::new(arena.nodes))
            }
        };
        tops.push(Placed::new(top, text, byte as u32, line as u32));
    }
    Outline {
        text: text.clone(),
        tops,
        trouble: trouble.or_else(|| odd_indentation(text)),
        maker: Maker::Grammar,
    }
}

/// The rows of a text that begin inside a string.
pub fn string_rows(text: &str) -> HashSet<usize> {
    let mut rows = HashSet::new();
    let Ok(tree) = Parser::new().tree(text) else {
        return rows;
    };
    visit(tree.root_node(), |seen| {
        if seen.node.kind_id() != ids().string {
            return Step::Into;
        }
        rows.extend(seen.node.start_position().row + 1..=seen.node.end_position().row);
        Step::Over
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outline::ParamKind;

    fn names(outline: &Outline) -> Vec<String> {
        outline
            .nodes()
            .map(|node| {
                format!(
                    "{} {} {}",
                    node.line(),
                    node.node().kind.as_str(),
                    node.qualname()
                )
            })
            .collect()
    }

    const TEXT: &str = "'''doc'''\nimport a.b, c as d\nfrom . import e\nX = 1\n\n@deco\nclass C(Base, key=1):\n    'doc'\n    y: int = 2\n    def m(self, a, /, b=1, *args: int, k=2, **kw) -> int:\n        'doc'\n        self.z = 1\n\nif X:\n    def f(): pass\nelse:\n    Y = 2  # reloadr: once\n";

    #[test]
    fn outline_lists_every_namespace_member() {
        let outline = Parser::new().parse(TEXT);
        assert_eq!(outline.trouble, None);
        assert_eq!(
            names(&outline),
            [
                "1 docstring ",
                "2 import ",
                "3 from ",
                "4 assignment ",
                "6 class C",
                "8 docstring C",
                "9 assignment C",
                "10 function C.m",
                "14 if ",
                "15 function f",
                "17 assignment "
            ]
        );
        let method = outline.nodes().nth(7).unwrap();
        let definition = method.node().definition.as_ref().unwrap();
        let params: Vec<_> = definition
            .params
            .iter()
            .map(|p| (&*p.name, p.kind))
            .collect();
        use ParamKind::*;
        assert_eq!(
            params,
            [
                ("self", PositionalOnly),
                ("a", PositionalOnly),
                ("b", Positional),
                ("args", VarPositional),
                ("k", KeywordOnly),
                ("kw", VarKeyword)
            ]
        );
        assert!(outline.nodes().last().unwrap().node().once);
    }

    #[test]
    fn an_update_gives_what_a_fresh_parse_gives() {
        let edits = [
            ("X = 1", "X = 2"),
            ("'''doc'''\n", ""),
            ("self.z = 1", "self.z = 2\n        return 3"),
            ("import a.b, c as d\n", "import a.b, c as d\n\n# more\n"),
            ("key=1", "key='é'"),
            ("Y = 2", "Y = ("),
        ];
        for (from, to) in edits {
            let mut parser = Parser::new();
            let old = parser.parse(TEXT);
            let text = TEXT.replace(from, to);
            let updated = parser.update(&old, text.as_str());
            let fresh = Parser::new().parse(text.as_str());
            assert_eq!(names(&updated), names(&fresh), "{to}");
            assert_eq!(updated.trouble, fresh.trouble);
            for (a, b) in updated.tops.iter().zip(&fresh.tops) {
                assert_eq!((&a.top, a.byte, a.line), (&b.top, b.byte, b.line), "{to}");
            }
        }
    }

    #[test]
    fn formatting_and_comments_leave_the_fingerprint() {
        let mut parser = Parser::new();
        let a = parser.parse("x = f(1, 2)  # one\n");
        let b = parser.parse("x = f(\n  1,   # two\n  2)\n");
        let c = parser.parse("x = f(1, 3)\n");
        let fp = |o: &Outline| o.tops[0].top.nodes[0].part.fingerprint;
        assert_eq!(fp(&a), fp(&b));
        assert_ne!(fp(&a), fp(&c));
    }

    #[test]
    fn spelling_leaves_the_fingerprint() {
        let mut parser = Parser::new();
        let mut fingerprint = |text: &str| {
            let outline = parser.parse(text);
            assert_eq!(outline.trouble, None, "{text}");
            outline.tops[0].top.nodes[0].part.fingerprint
        };
        for (a, b) in [
            ("x = 'a'", "x = \"a\""),
            ("x = 'a' 'b'", "x = \"\"\"ab\"\"\""),
            ("x = '\\n'", "x = \"\\x0a\""),
            ("x = 0x10", "x = 1_6"),
            ("x = ((a))", "x = a"),
            ("x = f(a, (b or c),)", "x = f(a, b or c)"),
            ("x = (a, b,)", "x = a, b"),
            ("from a import (b, c,)", "from a import b, c"),
            ("class C(): pass", "class C: pass"),
            ("def f(a, *, b,): return (a)", "def f(a, *, b): return a"),
            ("if (a): x; y", "if a:\n    x\n    y"),
        ] {
            assert_eq!(fingerprint(a), fingerprint(b), "{a} {b}");
        }
        for (a, b) in [
            ("x = 'a'", "x = b'a'"),
            ("x = '\\n'", "x = r'\\n'"),
            ("x = f'{a}'", "x = '{a}'"),
            ("x = 1", "x = 1.0"),
            ("x = (a)", "x = (a,)"),
            ("x = a[b]", "x = a[b,]"),
            ("x = (a < b) < c", "x = a < b < c"),
            ("x = a & (b ^ c)", "x = a & b ^ c"),
            ("x = [(n := a) if b else c]", "x = [n := a if b else c]"),
            ("(x): int = 1", "x: int = 1"),
            ("with (a, b): x", "with ((a, b)): x"),
            ("x = await (a ** b)", "x = await a ** b"),
        ] {
            assert_ne!(fingerprint(a), fingerprint(b), "{a} {b}");
        }
    }
}
