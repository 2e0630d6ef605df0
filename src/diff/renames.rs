//! Which definition is which under another name: what is left over on both sides and looks alike.

use similar::TextDiff;

use super::definitions::body;
use super::facets::{Facet, facets};
use super::{Action, Diff};
use crate::outline::{Kind, NodeRef};

impl Diff {
    pub(super) fn renames(&mut self, removed: Vec<NodeRef>, mut added: Vec<NodeRef>) {
        for old in removed {
            let found = best_rename(&old, &added);
            match found {
                Some(at) => {
                    let new = added.remove(at);
                    self.matched.push((old.clone(), new.clone()));
                    let mut facets = facets(&old, &new);
                    facets.insert(0, Facet::Name);
                    self.push(Action::Renamed, facets, Some(&old), Some(&new));
                    if old.node().kind == Kind::Class {
                        self.namespace(&body(&old), &body(&new));
                    }
                }
                None => self.push(Action::Removed, Vec::new(), Some(&old), None),
            }
        }
        for new in added {
            self.push(Action::Added, Vec::new(), None, Some(&new));
        }
    }
}

/// How alike two texts must be, by lines, to be one definition under two names.
const RENAMED: f32 = 0.75;

fn best_rename(old: &NodeRef, added: &[NodeRef]) -> Option<usize> {
    let same_kind = |new: &&NodeRef| new.node().kind == old.node().kind;
    // The facets of a class say nothing of what stands in it.
    let within = |node: &NodeRef| -> Vec<u64> {
        let nodes = body(node).into_iter();
        nodes.map(|node| node.node().part.fingerprint).collect()
    };
    let exact = added.iter().position(|new| {
        same_kind(&new) && facets(old, new).is_empty() && within(old) == within(new)
    });
    if exact.is_some() {
        return exact;
    }
    let lines = old.end_line() - old.line() + 1;
    if lines < 4 {
        return None;
    }
    let mut best: Option<(f32, usize)> = None;
    for (at, new) in added.iter().enumerate().filter(|(_, new)| same_kind(new)) {
        let ratio = TextDiff::from_lines(old.source(), new.source()).ratio();
        if ratio >= RENAMED && best.is_none_or(|(most, _)| ratio > most) {
            best = Some((ratio, at));
        }
    }
    best.map(|(_, at)| at)
}
