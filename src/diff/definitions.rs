//! Definitions are matched by name within their namespace, whatever block they stand in.

use std::collections::HashMap;

use super::facets::{Facet, facets, fingerprints};
use super::{Action, Diff};
use crate::outline::{Kind, NodeRef};

impl Diff {
    /// Definitions of a namespace by name, the rest suite by suite.
    pub(super) fn namespace(&mut self, old: &[NodeRef], new: &[NodeRef]) {
        let (old_defs, new_defs) = (definitions(old), definitions(new));
        let (pairs, removed, added) = match_definitions(&old_defs, &new_defs);
        for (a, b) in &pairs {
            self.pair(a, b);
        }
        self.renames(removed, added);
        self.suite(old, new);
    }

    fn pair(&mut self, old: &NodeRef, new: &NodeRef) {
        self.matched.push((old.clone(), new.clone()));
        let (a, b) = (old.node(), new.node());
        let moved = place(old) != place(new);
        if a.exact == b.exact && a.once == b.once && !moved {
            return self.shift(old, new);
        }
        let mut facets = facets(old, new);
        if moved {
            facets.push(Facet::Place);
        }
        if a.kind == Kind::Class && b.kind == Kind::Class {
            if !facets.is_empty() {
                self.push(Action::Changed, facets, Some(old), Some(new));
            }
            let (x, y) = (body(old), body(new));
            return self.namespace(&x, &y);
        }
        let action = match facets.as_slice() {
            [] => Action::Formatted,
            facets if facets.contains(&Facet::Name) => Action::Renamed,
            _ => Action::Changed,
        };
        self.push(action, facets, Some(old), Some(new));
    }
}

pub(super) fn body(class: &NodeRef) -> Vec<NodeRef> {
    let branches = &class.node().branches;
    branches
        .iter()
        .flat_map(|branch| branch.suite.iter().map(|&index| class.at(index)))
        .collect()
}

/// The definitions of a namespace, blocks looked through.
fn definitions(nodes: &[NodeRef]) -> Vec<NodeRef> {
    let mut out = Vec::new();
    for node in nodes {
        if node.node().kind.is_definition() {
            out.push(node.clone());
        } else if node.node().kind.is_block() {
            for branch in &node.node().branches {
                let inner: Vec<NodeRef> =
                    branch.suite.iter().map(|&index| node.at(index)).collect();
                out.extend(definitions(&inner));
            }
        }
    }
    out
}

type Matched = (Vec<(NodeRef, NodeRef)>, Vec<NodeRef>, Vec<NodeRef>);

/// Whether two definitions of one name belong together.
type Rule<'a> = &'a dyn Fn(&NodeRef, &NodeRef) -> bool;

/// Pairs by name; where a name occurs several times, exact copies first, then the same place or
/// branch and decorators, then the order. A function never pairs with a class.
fn match_definitions(old: &[NodeRef], new: &[NodeRef]) -> Matched {
    let mut by_name: HashMap<(&str, Kind), Vec<usize>> = HashMap::new();
    for (at, node) in new.iter().enumerate() {
        by_name
            .entry((name(node), node.node().kind))
            .or_default()
            .push(at);
    }
    let mut groups: HashMap<(&str, Kind), Vec<usize>> = HashMap::new();
    let mut order = Vec::new();
    for (at, node) in old.iter().enumerate() {
        let key = (name(node), node.node().kind);
        if !groups.contains_key(&key) {
            order.push(key);
        }
        groups.entry(key).or_default().push(at);
    }
    let (mut pairs, mut removed) = (Vec::new(), Vec::new());
    let mut taken = vec![false; new.len()];
    for key in order {
        let mut left = groups.remove(&key).unwrap_or_default();
        let candidates = by_name.get(&key).cloned().unwrap_or_default();
        let rules: [Rule; 5] = [
            &|a, b| a.node().exact == b.node().exact && place(a) == place(b),
            &|a, b| a.node().part.fingerprint == b.node().part.fingerprint,
            &|a, b| place(a) == place(b) && decorators(a) == decorators(b),
            &|a, b| branch(a) == branch(b) && decorators(a) == decorators(b),
            &|_, _| true,
        ];
        for rule in rules {
            left.retain(|&at| {
                let found = candidates
                    .iter()
                    .find(|&&to| !taken[to] && rule(&old[at], &new[to]));
                match found {
                    Some(&to) => {
                        taken[to] = true;
                        pairs.push((old[at].clone(), new[to].clone()));
                        false
                    }
                    None => true,
                }
            });
        }
        removed.extend(left.into_iter().map(|at| old[at].clone()));
    }
    let added = new
        .iter()
        .zip(&taken)
        .filter(|(_, taken)| !**taken)
        .map(|(node, _)| node.clone())
        .collect();
    (pairs, removed, added)
}

fn name(node: &NodeRef) -> &str {
    node.node().name.as_deref().unwrap_or("")
}

/// The blocks around a definition, by label and by the headers that decide whether it is come by: its branch's own,
/// and in front of it those of the branches that are asked first.
fn place(node: &NodeRef) -> Vec<(Box<str>, u64)> {
    let mut place = Vec::new();
    for (block, branch) in node.guards() {
        let (block, branch) = (block.node(), branch as usize);
        let asked = matches!(block.kind, Kind::If | Kind::Match);
        let first = if asked { 0 } else { branch };
        for each in &block.branches[first..=branch] {
            let header = each.header.as_ref().map_or(0, |part| part.fingerprint);
            place.push((each.label.clone(), header));
        }
    }
    place
}

/// The branch around a definition: its own header, or its label where it has none.
fn branch(node: &NodeRef) -> Option<Result<u64, Box<str>>> {
    let (block, branch) = node.guards().pop()?;
    let branch = &block.node().branches[branch as usize];
    let header = branch.header.as_ref().map(|part| part.fingerprint);
    Some(header.ok_or_else(|| branch.label.clone()))
}

fn decorators(node: &NodeRef) -> Vec<u64> {
    let definition = node.node().definition.as_deref();
    definition.map_or_else(Vec::new, |definition| fingerprints(&definition.decorators))
}
