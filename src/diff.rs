//! Two outlines to the edits between them. Pure: indices and fingerprints in, edits out.
//!
//! Definitions are matched by name within their namespace, whatever block they stand in, so that a
//! function which moved into a `try` is still that function. Statements are matched as a sequence
//! (`similar`, patience) suite by suite. What is left over is paired by what it binds, and then by how
//! much it looks alike (`similar` again): renames. Entries that both outlines share, or whose exact
//! text is equal, are passed over first, so a small edit in a long file is a small comparison.
//!
//! Why not a diff of syntax trees: the cheapest script between two trees says which tokens went where,
//! not which function is which, and that is all that matters here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use similar::{Algorithm, DiffOp, TextDiff, capture_diff_slices};

use crate::definition::{Definition, Kind, NodeRef, Outline, Part, Placed};

/// What happened to a definition or statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Not there before.
    Added,
    /// Not there any more.
    Removed,
    /// Says something else.
    Changed,
    /// The same definition under another name, possibly changed as well.
    Renamed,
    /// Says the same with other columns, line breaks or comments: only positions differ.
    Formatted,
}

impl Action {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Added => "added",
            Action::Removed => "removed",
            Action::Changed => "changed",
            Action::Renamed => "renamed",
            Action::Formatted => "formatted",
        }
    }
}

/// Which side of a definition changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facet {
    /// Its name.
    Name,
    /// `def` to `async def` or back, or a function became a class.
    Kind,
    /// The list of decorators.
    Decorators,
    /// `[T]`
    TypeParams,
    /// Names, kinds or order of parameters.
    Signature,
    /// The default of a parameter.
    Defaults,
    /// An annotation of a parameter or of the result.
    Annotations,
    /// The docstring of a function.
    Docstring,
    /// The body of a function.
    Body,
    /// The bases of a class.
    Bases,
    /// The keywords of a class header.
    Keywords,
    /// The condition, context or iterable of a block, or its branches.
    Header,
    /// The blocks that a definition stands in.
    Place,
}

impl Facet {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Facet::Name => "name",
            Facet::Kind => "kind",
            Facet::Decorators => "decorators",
            Facet::TypeParams => "type parameters",
            Facet::Signature => "signature",
            Facet::Defaults => "defaults",
            Facet::Annotations => "annotations",
            Facet::Docstring => "docstring",
            Facet::Body => "body",
            Facet::Bases => "bases",
            Facet::Keywords => "keywords",
            Facet::Header => "header",
            Facet::Place => "place",
        }
    }
}

/// One difference between two outlines.
#[derive(Debug, Clone)]
pub struct Edit {
    /// What happened.
    pub action: Action,
    /// Which sides of a definition; empty for a simple statement.
    pub facets: Vec<Facet>,
    /// Where it stood.
    pub old: Option<NodeRef>,
    /// Where it stands.
    pub new: Option<NodeRef>,
}

/// Lines that moved together: `first..=last` of the old text by `delta`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// First line in the old text, from 1.
    pub first: u32,
    /// Last line in the old text.
    pub last: u32,
    /// How far down.
    pub delta: i64,
}

/// All differences between two outlines.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// In the order of the new text; removed ones first.
    pub edits: Vec<Edit>,
    /// In the order of the old text, only those with a `delta`.
    pub shifts: Vec<Shift>,
    /// How many top-level entries at the start are the same.
    pub(crate) head: usize,
    /// How many at the end are.
    pub(crate) tail: usize,
    /// Between those, which old node is which new one, changed or not.
    pub(crate) matched: Vec<(NodeRef, NodeRef)>,
}

/// The edits that lead from `old` to `new`.
pub fn diff(old: &Outline, new: &Outline) -> Diff {
    let mut diff = Diff::default();
    let (a, b) = (&old.tops, &new.tops);
    let same = |x: &crate::definition::Placed, y: &crate::definition::Placed| {
        Arc::ptr_eq(&x.top, &y.top)
            || x.top.nodes[0].exact == y.top.nodes[0].exact && x.top == y.top
    };
    let head = a.iter().zip(b).take_while(|(x, y)| same(x, y)).count();
    let tail = a[head..]
        .iter()
        .rev()
        .zip(b[head..].iter().rev())
        .take_while(|(x, y)| same(x, y))
        .count();
    diff.shift_entries((0..head).map(|at| (at, &a[at], &b[at])));
    (diff.head, diff.tail) = (head, tail);
    let shared = shared_definitions(&a[head..a.len() - tail], &b[head..b.len() - tail]);
    diff.shift_entries(shared.iter().map(|&(x, y)| (x, &a[head + x], &b[head + y])));
    let middle = |outline: &Outline, end: usize, left_out: HashSet<usize>| -> Vec<NodeRef> {
        let entries = outline.tops[head..end].iter().enumerate();
        entries
            .filter(|(at, _)| !left_out.contains(at))
            .map(|(_, place)| NodeRef {
                text: outline.text.clone(),
                place: place.clone(),
                index: 0,
            })
            .collect()
    };
    let before = middle(
        old,
        a.len() - tail,
        shared.iter().map(|pair| pair.0).collect(),
    );
    let after = middle(
        new,
        b.len() - tail,
        shared.iter().map(|pair| pair.1).collect(),
    );
    let at = |outline: &Outline, place: &Placed| NodeRef {
        text: outline.text.clone(),
        place: place.clone(),
        index: 0,
    };
    let pairs = shared.iter();
    diff.matched
        .extend(pairs.map(|&(x, y)| (at(old, &a[head + x]), at(new, &b[head + y]))));
    diff.namespace(&before, &after);
    let last = a[a.len() - tail..]
        .iter()
        .zip(&b[b.len() - tail..])
        .enumerate();
    diff.shift_entries(last.map(|(at, (x, y))| (at, x, y)));
    diff.shifts.sort_by_key(|shift| shift.first);
    diff.merge_shifts();
    diff.edits.sort_by_key(|edit| match (&edit.new, &edit.old) {
        (Some(new), _) => (1, new.span().start),
        (None, Some(old)) => (0, old.span().start),
        (None, None) => (0, 0),
    });
    diff
}

/// How many entries on either side are tried to find out where outlines share entries again.
const WINDOW: usize = 64;

/// Definitions that both outlines share, in the same order on both sides: they are what they were, so only
/// the rest has to be compared. Statements stay, because it matters what they stand between.
fn shared_definitions(old: &[Placed], new: &[Placed]) -> Vec<(usize, usize)> {
    let same = |i: usize, j: usize| {
        i < old.len() && j < new.len() && Arc::ptr_eq(&old[i].top, &new[j].top)
    };
    let (mut found, mut i, mut j) = (Vec::new(), 0, 0);
    while i < old.len() && j < new.len() {
        if same(i, j) {
            if old[i].top.nodes[0].kind.is_definition() {
                found.push((i, j));
            }
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let steps = (1..2 * WINDOW).flat_map(|total| (0..=total).map(move |x| (x, total - x)));
        let mut near = steps.filter(|(x, y)| *x < WINDOW && *y < WINDOW);
        let Some((x, y)) = near.find(|(x, y)| same(i + x, j + y)) else {
            break;
        };
        (i, j) = (i + x, j + y);
    }
    found
}

impl Diff {
    /// Entries that are as they were, in order and by number: neighbours that moved equally far become one
    /// stretch.
    fn shift_entries<'a>(&mut self, pairs: impl Iterator<Item = (usize, &'a Placed, &'a Placed)>) {
        let mut run: Option<(i64, usize, &Placed, &Placed)> = None;
        for (at, x, y) in pairs {
            let delta = i64::from(y.line) - i64::from(x.line);
            run = match run {
                Some((same, before, first, _)) if same == delta && before + 1 == at => {
                    Some((delta, at, first, x))
                }
                ended => {
                    self.shift_run(ended);
                    Some((delta, at, x, x))
                }
            };
        }
        self.shift_run(run);
    }

    fn shift_run(&mut self, run: Option<(i64, usize, &Placed, &Placed)>) {
        if let Some((delta, _, first, last)) = run {
            self.shift_lines(
                first.line + 1,
                last.line + last.top.nodes[0].end_line + 1,
                delta,
            );
        }
    }

    fn shift_lines(&mut self, first: u32, last: u32, delta: i64) {
        self.shifts.push(Shift { first, last, delta });
    }

    fn shift(&mut self, old: &NodeRef, new: &NodeRef) {
        self.shift_lines(
            old.line(),
            old.end_line(),
            i64::from(new.line()) - i64::from(old.line()),
        );
    }

    /// Neighbouring stretches that moved equally far become one: usually a single one for the rest of
    /// the file. Lines between them hold nothing that has a position.
    fn merge_shifts(&mut self) {
        let mut merged: Vec<Shift> = Vec::new();
        for shift in self.shifts.drain(..) {
            match merged.last_mut() {
                Some(last) if last.delta == shift.delta && last.last < shift.first => {
                    last.last = shift.last
                }
                _ => merged.push(shift),
            }
        }
        // What stays keeps its neighbours on either side apart until here.
        merged.retain(|shift| shift.delta != 0);
        self.shifts = merged;
    }

    fn push(
        &mut self,
        action: Action,
        facets: Vec<Facet>,
        old: Option<&NodeRef>,
        new: Option<&NodeRef>,
    ) {
        self.edits.push(Edit {
            action,
            facets,
            old: old.cloned(),
            new: new.cloned(),
        });
    }

    /// Definitions of a namespace by name, the rest suite by suite.
    fn namespace(&mut self, old: &[NodeRef], new: &[NodeRef]) {
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

    fn renames(&mut self, removed: Vec<NodeRef>, mut added: Vec<NodeRef>) {
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

    /// The statements of one suite as a sequence; definitions are passed over, and so is `pass`, which does
    /// nothing.
    fn suite(&mut self, old: &[NodeRef], new: &[NodeRef]) {
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
        return it.part.fingerprint;
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

fn body(class: &NodeRef) -> Vec<NodeRef> {
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

fn fingerprints<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Vec<u64> {
    parts.into_iter().map(|part| part.fingerprint).collect()
}

fn facets(old: &NodeRef, new: &NodeRef) -> Vec<Facet> {
    let (Some(a), Some(b)) = (
        old.node().definition.as_deref(),
        new.node().definition.as_deref(),
    ) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let mut add = |facet: Facet, differs: bool| {
        if differs {
            out.push(facet);
        }
    };
    add(
        Facet::Kind,
        a.is_async != b.is_async || old.node().kind != new.node().kind,
    );
    add(
        Facet::Decorators,
        fingerprints(&a.decorators) != fingerprints(&b.decorators),
    );
    add(
        Facet::TypeParams,
        fingerprints(&a.type_params) != fingerprints(&b.type_params),
    );
    let shape =
        |d: &Definition| -> Vec<_> { d.params.iter().map(|p| (p.name.clone(), p.kind)).collect() };
    add(Facet::Signature, shape(a) != shape(b));
    let defaults = |d: &Definition| -> Vec<_> {
        let all = d.params.iter();
        all.filter_map(|p| p.default.as_ref().map(|x| (p.name.clone(), x.fingerprint)))
            .collect()
    };
    add(Facet::Defaults, defaults(a) != defaults(b));
    let notes = |d: &Definition| -> Vec<_> {
        let all = d.params.iter();
        all.filter_map(|p| {
            p.annotation
                .as_ref()
                .map(|x| (p.name.clone(), x.fingerprint))
        })
        .collect()
    };
    let returns = fingerprints(&a.returns) != fingerprints(&b.returns);
    add(Facet::Annotations, returns || notes(a) != notes(b));
    add(
        Facet::Docstring,
        fingerprints(&a.docstring) != fingerprints(&b.docstring),
    );
    add(Facet::Body, a.body_fingerprint != b.body_fingerprint);
    let bases = |d: &Definition, keywords: bool| -> Vec<_> {
        let all = d
            .bases
            .iter()
            .filter(|base| base.keyword.is_some() == keywords);
        all.map(|base| (base.keyword.clone(), base.value.fingerprint))
            .collect()
    };
    add(Facet::Bases, bases(a, false) != bases(b, false));
    add(Facet::Keywords, bases(a, true) != bases(b, true));
    out
}

/// How alike two texts must be, by lines, to be one definition under two names.
const RENAMED: f32 = 0.75;

fn best_rename(old: &NodeRef, added: &[NodeRef]) -> Option<usize> {
    let same_kind = |new: &&NodeRef| new.node().kind == old.node().kind;
    let without_name = |node: &NodeRef| {
        let definition = node.node().definition.as_deref()?;
        let body = &node.text[node.part_span(&definition.body)];
        Some((
            definition.body_fingerprint,
            definition.params.clone().len(),
            body.to_owned(),
        ))
    };
    let exact = added.iter().position(|new| {
        same_kind(&new) && facets(old, new).is_empty() && without_name(old) == without_name(new)
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

fn alike(old: &str, new: &str, least: f32) -> bool {
    TextDiff::from_chars(old, new).ratio() >= least
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Parser;

    fn edits(old: &str, new: &str) -> Vec<String> {
        let mut parser = Parser::new();
        let a = parser.parse(old);
        let b = parser.update(&a, new);
        diff(&a, &b)
            .edits
            .iter()
            .map(|edit| {
                let node = edit.new.as_ref().or(edit.old.as_ref()).unwrap();
                let facets: Vec<_> = edit.facets.iter().map(|facet| facet.as_str()).collect();
                let label = if node.node().name.is_some() {
                    node.qualname()
                } else {
                    node.source().to_owned()
                };
                format!("{} {} {:?}", edit.action.as_str(), label, facets)
            })
            .collect()
    }

    #[test]
    fn each_facet_is_told_apart() {
        assert_eq!(
            edits(
                "def f(a, b=1): return 1\n",
                "def f(a, b=2) -> int: 'd'; return 2\n"
            ),
            [r#"changed f ["defaults", "annotations", "docstring", "body"]"#]
        );
        assert_eq!(edits("class C(A): x = 1\n", "class C(B): x = 2\n").len(), 2);
    }

    #[test]
    fn comments_and_layout_are_no_change() {
        assert_eq!(
            edits(
                "x = 1\ndef f(): pass\n",
                "# c\n\nx = 1\n\n\ndef f(): pass\n"
            ),
            [] as [&str; 0]
        );
        assert_eq!(
            edits("x = (1,2)\n", "x = (1, 2)\n"),
            ["formatted x = (1, 2) []"]
        );
    }

    #[test]
    fn a_moved_statement_is_no_change_unless_order_matters() {
        assert_eq!(edits("a = 1\nb = 2\n", "b = 2\na = 1\n"), [] as [&str; 0]);
        assert!(!edits("a = 1\na = 2\n", "a = 2\na = 1\n").is_empty());
    }

    #[test]
    fn definitions_keep_their_identity_across_blocks_and_names() {
        assert_eq!(
            edits(
                "def f():\n    return 1\n",
                "if x:\n    def f():\n        return 1\n"
            ),
            [
                "added if x:\n    def f():\n        return 1 []",
                "changed f [\"place\"]"
            ]
        );
        assert_eq!(
            edits("def f():\n    return 1\n", "def g():\n    return 1\n"),
            [r#"renamed g ["name"]"#]
        );
    }

    #[test]
    fn lines_below_an_edit_shift_together() {
        let mut parser = Parser::new();
        let a = parser.parse("x = 1\ndef f(): pass\nclass C:\n    def m(self): pass\n");
        let b = parser.update(
            &a,
            "\n\nx = 1\ndef f(): pass\nclass C:\n    def m(self): pass\n",
        );
        let shifts = diff(&a, &b).shifts;
        assert_eq!(
            shifts,
            [Shift {
                first: 1,
                last: 4,
                delta: 2
            }]
        );
    }

    #[test]
    fn statements_inside_blocks_are_edits_of_their_own() {
        assert_eq!(
            edits(
                "if x:\n    a = 1\n    b = 1\n",
                "if x:\n    a = 1\n    b = 2\n"
            ),
            ["changed b = 2 []"]
        );
    }
}
