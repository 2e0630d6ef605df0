//! Where two texts differ, and which top-level entries that touches: plain arithmetic on bytes.
//!
//! An edit in a long file must not cost what the file holds. The texts are compared with vector
//! instructions; of the entries, only those that a difference touches are given back to be parsed again.

use std::ops::Range;

use crate::outline::{Outline, Placed};

/// A stretch in which two texts differ; what lies between two of them is equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Bytes of the old text.
    pub old: Range<usize>,
    /// Bytes of the new one.
    pub new: Range<usize>,
}

/// How many lines on either side are tried to find out where texts agree again.
const WINDOW: usize = 64;
/// How many bytes must agree for that.
const ENOUGH: usize = 48;
/// After so many hunks the rest is one.
const MOST: usize = 256;

/// The stretches in which two texts differ, in order: not the fewest, but all.
pub fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let head = common_prefix(a, b);
    let mut found = Vec::new();
    if head == a.len() && head == b.len() {
        return found;
    }
    let tail = common_suffix(&a[head..], &b[head..]);
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    let (mut i, mut j) = (head, head);
    loop {
        // Whole lines are easier to find again. What is gone back over is equal on both sides.
        let line = a[..i]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let last = found.last().map_or(0, |hunk: &Hunk| hunk.old.end);
        let back = i - line.max(last);
        (i, j) = (i - back, j - back);
        let again = if found.len() < MOST {
            resync(&a[i..], &b[j..])
        } else {
            None
        };
        let Some((x, y)) = again else {
            found.push(Hunk {
                old: i..a.len(),
                new: j..b.len(),
            });
            return found;
        };
        found.push(Hunk {
            old: i..i + x,
            new: j..j + y,
        });
        let same = common_prefix(&a[i + x..], &b[j + y..]);
        (i, j) = (i + x + same, j + y + same);
        if i == a.len() && j == b.len() {
            return found;
        }
    }
}

/// How far on in each the two texts agree again, at the start of a line.
fn resync(a: &[u8], b: &[u8]) -> Option<(usize, usize)> {
    let (x, y) = (line_starts(a), line_starts(b));
    for total in 1..x.len() + y.len() - 1 {
        for p in total.saturating_sub(y.len() - 1)..=total.min(x.len() - 1) {
            let (old, new) = (&a[x[p]..], &b[y[total - p]..]);
            let enough = ENOUGH.min(old.len()).min(new.len());
            if enough > 0
                && old[..enough] == new[..enough]
                && !old[..enough].iter().all(u8::is_ascii_whitespace)
            {
                return Some((x[p], y[total - p]));
            }
        }
    }
    None
}

fn line_starts(text: &[u8]) -> Vec<usize> {
    let after = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at + 1);
    std::iter::once(0).chain(after).take(WINDOW).collect()
}

/// Top-level entries to be made again, and the bytes of both texts to make them from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Entries of the old outline.
    pub entries: Range<usize>,
    /// Bytes of the old text: whole lines, from the comments above the first entry.
    pub old: Range<usize>,
    /// Bytes of the new text.
    pub new: Range<usize>,
}

/// Which entries of `old` the hunks touch. What is not touched says in the new text what it said in the old,
/// provided that what is parses without an error on its own.
///
/// Each stretch begins with an entry of which at least the first byte is as it was, so that whatever may
/// continue an entry (`else`, an indented line) is parsed together with it; or at the start of the text. It
/// ends before comments and an entry that begin after a line end which is as it was.
pub fn touched(old: &Outline, hunks: &[Hunk]) -> Vec<Touched> {
    let mut found: Vec<Touched> = Vec::new();
    let mut grown = 0i64;
    for hunk in hunks {
        let before = grown;
        grown += (hunk.new.end - hunk.new.start) as i64 - (hunk.old.end - hunk.old.start) as i64;
        let (first, from) = begin(old, hunk.old.start);
        let (end, to) = finish(old, first, hunk.old.end);
        let new_to = (to as i64 + grown) as usize;
        match found.last_mut() {
            Some(last) if first < last.entries.end || from < last.old.end => {
                if end > last.entries.end || to > last.old.end {
                    (last.entries.end, last.old.end) = (end, to);
                }
                last.new.end = (last.old.end as i64 + grown) as usize;
            }
            _ => found.push(Touched {
                entries: first..end,
                old: from..to,
                new: (from as i64 + before) as usize..new_to,
            }),
        }
    }
    found
}

fn begin(old: &Outline, byte: usize) -> (usize, usize) {
    let mut first = old
        .tops
        .partition_point(|place| (place.byte as usize) < byte)
        .saturating_sub(1);
    while first > 0 {
        if let Some(line) = boundary(old, first) {
            return (first, line);
        }
        first -= 1;
    }
    (0, 0)
}

fn finish(old: &Outline, first: usize, byte: usize) -> (usize, usize) {
    let mut end = old
        .tops
        .partition_point(|place| (place.byte as usize) <= byte)
        .max(first + 1);
    while end < old.tops.len() {
        match boundary(old, end) {
            Some(line) if line > byte => return (end, line),
            _ => end += 1,
        }
    }
    (old.tops.len(), old.text.len())
}

/// The start of the line below the entry before this one, if this one begins a line after it.
fn boundary(old: &Outline, at: usize) -> Option<usize> {
    let (before, this) = (&old.tops[at - 1], old.tops[at].byte as usize);
    let line = end_of(before) + old.text[end_of(before)..this].find('\n')? + 1;
    (old.text.as_bytes()[this - 1] == b'\n').then_some(line)
}

fn end_of(place: &Placed) -> usize {
    (place.byte + place.top.nodes[0].part.end) as usize
}

/// Compares in blocks, which the compiler turns into vector instructions.
const BLOCK: usize = 512;

/// How many bytes at the start are equal.
pub fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let most = a.len().min(b.len());
    let (a, b) = (&a[..most], &b[..most]);
    let blocks = a
        .chunks_exact(BLOCK)
        .zip(b.chunks_exact(BLOCK))
        .take_while(|(x, y)| x == y)
        .count();
    let at = blocks * BLOCK;
    at + a[at..]
        .iter()
        .zip(&b[at..])
        .take_while(|(x, y)| x == y)
        .count()
}

/// How many bytes at the end are equal.
pub fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let most = a.len().min(b.len());
    let (a, b) = (&a[a.len() - most..], &b[b.len() - most..]);
    let blocks = a
        .rchunks_exact(BLOCK)
        .zip(b.rchunks_exact(BLOCK))
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (&a[..most - blocks * BLOCK], &b[..most - blocks * BLOCK]);
    blocks * BLOCK
        + a.iter()
            .rev()
            .zip(b.iter().rev())
            .take_while(|(x, y)| x == y)
            .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(old: &str, new: &str) -> usize {
        let found = hunks(old, new);
        let (mut out, mut at) = (Vec::<u8>::new(), 0);
        for hunk in &found {
            out.extend(&old.as_bytes()[at..hunk.old.start]);
            assert_eq!(out.len(), hunk.new.start);
            out.extend(&new.as_bytes()[hunk.new.clone()]);
            at = hunk.old.end;
        }
        out.extend(&old.as_bytes()[at..]);
        assert_eq!(out, new.as_bytes());
        found.len()
    }

    #[test]
    fn hunks_lead_from_one_text_to_the_other() {
        let lines: Vec<String> = (0..400)
            .map(|n| format!("line number {n} of the text\n"))
            .collect();
        let old = lines.concat();
        let mut changed = lines.clone();
        changed.insert(0, "# above\n".to_owned());
        changed[200] = "another line\n".to_owned();
        changed.remove(300);
        assert_eq!(replay(&old, &changed.concat()), 3);
        assert_eq!(replay(&old, &old), 0);
        for (a, b) in [
            ("", "x"),
            ("x", ""),
            ("a\n\n\nb", "a\n\nb"),
            ("é", "è"),
            ("aaaa", "aa"),
            ("x\ny\n", "y\nx\n"),
        ] {
            replay(a, b);
        }
    }
}
