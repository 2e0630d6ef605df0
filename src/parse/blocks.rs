//! The branches of `if`, `try`, `with`, `for`, `while` and `match`: the header of each, and its suite.

use tree_sitter::Node as Syntax;

use super::entry::Arena;
use super::fingerprint::fingerprint;
use super::names::{
    collect_alias_targets, collect_captures, collect_reads, collect_targets, collect_walrus, dedup,
};
use super::tree::{ids, last_block};
use crate::outline::{Branch, Kind, Part};

impl Arena<'_> {
    pub(super) fn block(&mut self, index: u32, syntax: Syntax, kind: Kind, depth: usize) {
        let field = |name: &str| syntax.child_by_field_name(name);
        let mut binds = Vec::new();
        match kind {
            Kind::If => self.branch(
                index,
                "if",
                self.header(syntax),
                field("consequence"),
                depth,
            ),
            Kind::While => self.branch(index, "while", self.header(syntax), field("body"), depth),
            Kind::Try => self.branch(index, "try", None, field("body"), depth),
            Kind::For => {
                let mut header = field("right").map(|right| self.part(right));
                if let (Some(left), Some(right), Some(header)) =
                    (field("left"), field("right"), &mut header)
                {
                    collect_targets(left, self.text, &mut binds);
                    // The target belongs to the header: `for a in x` is not `for b in x`.
                    header.fingerprint = fingerprint([left, right], self.text);
                }
                self.branch(index, "for", header, field("body"), depth);
            }
            Kind::With => {
                let mut cursor = syntax.walk();
                let clause = syntax
                    .named_children(&mut cursor)
                    .find(|child| child.kind() == "with_clause");
                if let Some(clause) = clause {
                    collect_alias_targets(clause, self.text, &mut binds);
                }
                self.branch(index, "with", self.header(syntax), field("body"), depth);
            }
            _ => self.branch(index, "match", self.header(syntax), None, depth),
        }
        let mut cursor = syntax.walk();
        let clauses: Vec<Syntax> = match kind {
            Kind::Match => field("body")
                .map(|body| body.named_children(&mut cursor).collect())
                .unwrap_or_default(),
            _ => syntax.named_children(&mut cursor).collect(),
        };
        let mut column = syntax.start_position().column;
        for (number, clause) in clauses
            .into_iter()
            .filter(|clause| clause.kind().ends_with("_clause"))
            .enumerate()
        {
            if kind == Kind::Match && number == 0 {
                column = clause.start_position().column;
            }
            if clause.kind() != "with_clause" {
                self.aligned(clause, column);
            }
            let body = last_block(clause);
            match clause.kind() {
                "elif_clause" => self.branch(index, "elif", self.header(clause), body, depth),
                "else_clause" => self.branch(index, "else", None, body, depth),
                "finally_clause" => self.branch(index, "finally", None, body, depth),
                "except_clause" => {
                    let star = clause.child(1).is_some_and(|child| child.kind() == "*");
                    collect_alias_targets(clause, self.text, &mut binds);
                    let mut header = self.header(clause);
                    if let Some(header) = &mut header {
                        // `except* A` is not `except A`.
                        header.fingerprint ^= u64::from(star);
                    }
                    self.branch(index, "except", header, body, depth);
                }
                "case_clause" => {
                    collect_captures(clause, self.text, &mut binds);
                    self.branch(index, "case", self.header(clause), body, depth);
                }
                _ => {}
            }
        }
        // What the suites bind is bound in this namespace too.
        let mut below: Vec<Box<str>> = binds;
        for branch in &self.nodes[index as usize].branches {
            for &child in &branch.suite {
                below.extend(self.nodes[child as usize].binds.iter().cloned());
            }
        }
        collect_walrus(syntax, self.text, &mut below);
        dedup(&mut below);
        let node = &mut self.nodes[index as usize];
        node.binds = below;
        dedup(&mut node.part.reads);
    }

    fn branch(
        &mut self,
        index: u32,
        label: &str,
        header: Option<Part>,
        body: Option<Syntax>,
        depth: usize,
    ) {
        if let Some(header) = &header {
            let reads = header.reads.iter().cloned();
            self.nodes[index as usize].part.reads.extend(reads);
        }
        let number = self.nodes[index as usize].branches.len();
        self.nodes[index as usize].branches.push(Branch {
            label: label.into(),
            header,
            suite: Vec::new(),
        });
        if let Some(body) = body {
            let suite = self.suite(body, index, number as u32, depth);
            self.nodes[index as usize].branches[number].suite = suite;
        }
    }

    /// What stands between the word that opens a clause and its colon, as one part.
    fn header(&self, clause: Syntax) -> Option<Part> {
        let mut cursor = clause.walk();
        let words = [
            "async", "if", "elif", "while", "with", "except", "*", "match", "case",
        ];
        let between =
            |child: &Syntax| !ids().says_nothing(*child) && child.end_byte() > child.start_byte();
        let children: Vec<Syntax> = clause
            .children(&mut cursor)
            .skip_while(|child| words.contains(&child.kind()))
            .take_while(|child| child.kind() != ":")
            .filter(between)
            .collect();
        let (first, last) = (children.first()?, children.last()?);
        let mut reads = Vec::new();
        for child in &children {
            collect_reads(*child, self.text, &mut reads);
        }
        Some(Part {
            end: (last.end_byte() - self.byte) as u32,
            fingerprint: fingerprint(children.iter().copied(), self.text),
            reads,
            ..self.bare(*first)
        })
    }
}
