//! Statements are matched as a sequence, suite by suite, and what is left over by the names it binds.

use std::collections::HashSet;

use similar::{Algorithm, DiffOp, TextDiff, capture_diff_slices};

use super::facets::Facet;
use super::{Action, Diff};
use crate::outline::{Kind, NodeRef};

impl Diff {
    /// The statements of one suite as a sequence; definitions are passed over, and so is `pass`, which does
    /// nothing.
    pub(super) fn suite(&mut self, old: &[NodeRef], new: &[NodeRef]) {
        let statements = |nodes: &[NodeRef]| -> Vec<NodeRef> {
            nodes
                .iter()
                .filter(|node| is_statement(node))
                .cloned()
                .collect()
        };
        let (old, new) = (statements(old), statements(new));
        let keys = |nodes: &[NodeRef]| -> Vec<u64> { nodes.iter().map(statement_key).collect() };
        let (old_keys, new_keys) = (keys(&old), keys(&new));
        let mut gaps: Vec<(Vec<NodeRef>, Vec<NodeRef>)> = Vec::new();
        for op in capture_diff_slices(Algorithm::Patience, &old_keys, &new_keys) {
            match op {
                DiffOp::Equal {
                    old_index,
                    new_index,
                    len,
                } => {
                    for step in 0..len {
                        self.unchanged(&old[old_index + step], &new[new_index + step]);
                    }
                }
                DiffOp::Delete {
                    old_index, old_len, ..
                } => {
                    gaps.push((old[old_index..old_index + old_len].to_vec(), Vec::new()));
                }
                DiffOp::Insert {
                    new_index, new_len, ..
                } => {
                    gaps.push((Vec::new(), new[new_index..new_index + new_len].to_vec()));
                }
                DiffOp::Replace {
                    old_index,
                    old_len,
                    new_index,
                    new_len,
                } => gaps.push((
                    old[old_index..old_index + old_len].to_vec(),
                    new[new_index..new_index + new_len].to_vec(),
                )),
            }
        }
        self.left_over(gaps, &old, &new);
    }

    /// Pairs what the sequence match left: moved as it is, then the same names bound, then alike.
    fn left_over(
        &mut self,
        gaps: Vec<(Vec<NodeRef>, Vec<NodeRef>)>,
        all_old: &[NodeRef],
        all_new: &[NodeRef],
    ) {
        let mut olds: Vec<(usize, NodeRef)> = Vec::new();
        let mut news: Vec<(usize, NodeRef)> = Vec::new();
        for (gap, (old, new)) in gaps.into_iter().enumerate() {
            olds.extend(old.into_iter().map(|node| (gap, node)));
            news.extend(new.into_iter().map(|node| (gap, node)));
        }
        let bound_twice = rebound(all_old, all_new);
        self.take_pairs(
            &mut olds,
            &mut news,
            |(_, a), (_, b)| {
                statement_key(a) == statement_key(b)
                    && !a.node().binds.iter().any(|name| bound_twice.contains(name))
            },
            Self::unchanged,
        );
        self.take_pairs(
            &mut olds,
            &mut news,
            |(_, a), (_, b)| {
                a.node().kind.is_block() && a.node().kind == b.node().kind && same_headers(a, b)
            },
            Self::statement,
        );
        self.take_pairs(
            &mut olds,
            &mut news,
            |(_, a), (_, b)| {
                let (a, b) = (a.node(), b.node());
                let same = (&a.binds, &a.annotates) == (&b.binds, &b.annotates);
                same && (!a.binds.is_empty() || a.annotates.is_some())
                    && a.kind.is_block() == b.kind.is_block()
            },
            Self::statement,
        );
        self.take_pairs(
            &mut olds,
            &mut news,
            |(_, a), (_, b)| {
                let (a, b) = (a.node(), b.node());
                let annotated = a.annotates.is_some() && a.annotates == b.annotates;
                a.kind == b.kind && (annotated || a.binds.iter().any(|name| b.binds.contains(name)))
            },
            Self::statement,
        );
        self.take_pairs(
            &mut olds,
            &mut news,
            |(x, a), (y, b)| {
                let (m, n) = (a.node(), b.node());
                let unbound = m.binds.is_empty() && n.binds.is_empty();
                x == y
                    && m.kind == n.kind
                    && (m.kind.is_block() || unbound && alike(a.source(), b.source(), 0.5))
            },
            Self::statement,
        );
        for (_, old) in &olds {
            self.push(Action::Removed, Vec::new(), Some(old), None);
        }
        for (_, new) in &news {
            self.push(Action::Added, Vec::new(), None, Some(new));
        }
    }

    fn take_pairs(
        &mut self,
        olds: &mut Vec<(usize, NodeRef)>,
        news: &mut Vec<(usize, NodeRef)>,
        fits: impl Fn(&(usize, NodeRef), &(usize, NodeRef)) -> bool,
        then: fn(&mut Self, &NodeRef, &NodeRef),
    ) {
        olds.retain(|old| match news.iter().position(|new| fits(old, new)) {
            Some(at) => {
                let (_, new) = news.remove(at);
                then(self, &old.1, &new);
                false
            }
            None => true,
        });
    }

    /// Two statements with the same key: the same syntax, or blocks with the same statements.
    fn unchanged(&mut self, old: &NodeRef, new: &NodeRef) {
        self.matched.push((old.clone(), new.clone()));
        let (a, b) = (old.node(), new.node());
        if a.kind.is_block() {
            return self.branches(old, new);
        }
        if a.exact == b.exact {
            self.shift(old, new);
        } else {
            self.push(Action::Formatted, Vec::new(), Some(old), Some(new));
        }
    }

    fn statement(&mut self, old: &NodeRef, new: &NodeRef) {
        self.matched.push((old.clone(), new.clone()));
        let (a, b) = (old.node(), new.node());
        if a.kind.is_block() && a.kind == b.kind && same_headers(old, new) {
            return self.branches(old, new);
        }
        let facets = if a.kind.is_block() {
            vec![Facet::Header]
        } else {
            Vec::new()
        };
        self.push(Action::Changed, facets, Some(old), Some(new));
    }

    fn branches(&mut self, old: &NodeRef, new: &NodeRef) {
        let pairs = old.node().branches.iter().zip(&new.node().branches);
        for (a, b) in pairs {
            let x: Vec<NodeRef> = a.suite.iter().map(|&index| old.at(index)).collect();
            let y: Vec<NodeRef> = b.suite.iter().map(|&index| new.at(index)).collect();
            self.suite(&x, &y);
        }
    }
}

fn is_statement(node: &NodeRef) -> bool {
    let kind = node.node().kind;
    !kind.is_definition() && kind != Kind::Pass
}

/// What makes two statements the same; for a block its headers and statements, not its definitions,
/// which are matched on their own.
fn statement_key(node: &NodeRef) -> u64 {
    let it = node.node();
    if !it.kind.is_block() {
        // A text that comes to stand where a docstring does is one, and none where it does not.
        return it.part.fingerprint ^ u64::from(it.kind == Kind::Docstring);
    }
    let mut words: Vec<u8> = it.kind.as_str().as_bytes().to_vec();
    for branch in &it.branches {
        words.extend(branch.label.as_bytes());
        words.extend(
            branch
                .header
                .as_ref()
                .map_or(0, |header| header.fingerprint)
                .to_le_bytes(),
        );
        for &index in &branch.suite {
            let child = node.at(index);
            if is_statement(&child) {
                words.extend(statement_key(&child).to_le_bytes());
            }
        }
        words.push(0);
    }
    crate::parse::hash_text(&words)
}

fn same_headers(old: &NodeRef, new: &NodeRef) -> bool {
    let header = |node: &NodeRef| -> Vec<(Box<str>, u64)> {
        node.node()
            .branches
            .iter()
            .map(|branch| {
                (
                    branch.label.clone(),
                    branch.header.as_ref().map_or(0, |part| part.fingerprint),
                )
            })
            .collect()
    };
    header(old) == header(new)
}

/// Names that more than one statement binds: for these the order of statements matters.
fn rebound(old: &[NodeRef], new: &[NodeRef]) -> HashSet<Box<str>> {
    let mut twice = HashSet::new();
    for nodes in [old, new] {
        let mut seen: HashSet<&str> = HashSet::new();
        for name in nodes.iter().flat_map(|node| &node.node().binds) {
            if !seen.insert(name) {
                twice.insert(name.clone());
            }
        }
    }
    twice
}

fn alike(old: &str, new: &str, least: f32) -> bool {
    TextDiff::from_chars(old, new).ratio() >= least
}
