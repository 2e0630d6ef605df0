//! What only moved: stretches of lines that are further up or down, and definitions that both outlines share.

use std::sync::Arc;

use super::Diff;
use crate::outline::{NodeRef, Placed};

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

/// How many entries on either side are tried to find out where outlines share entries again.
const WINDOW: usize = 64;

/// Definitions that both outlines share, in the same order on both sides: they are what they were, so only
/// the rest has to be compared. Statements stay, because it matters what they stand between.
pub(super) fn shared_definitions(old: &[Placed], new: &[Placed]) -> Vec<(usize, usize)> {
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
    pub(super) fn shift_entries<'a>(
        &mut self,
        pairs: impl Iterator<Item = (usize, &'a Placed, &'a Placed)>,
    ) {
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

    pub(super) fn shift(&mut self, old: &NodeRef, new: &NodeRef) {
        self.shift_lines(
            old.line(),
            old.end_line(),
            i64::from(new.line()) - i64::from(old.line()),
        );
    }

    /// Neighbouring stretches that moved equally far become one: usually a single one for the rest of
    /// the file. Lines between them hold nothing that has a position.
    pub(super) fn merge_shifts(&mut self) {
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
}
