//! When a file that was saved may be believed: not while it is being written, empty or no Python yet.
//!
//! An ordinary save is believed at once. What looks unfinished is looked at again at its next event, and is
//! believed (and an error in it shown) once it stayed as it is for a while. Everything it was delivered with
//! waits with it, up to a bound, so that a save of several files stays one.
//!
//! Beside [`settle`](super::settle), which decides over paths when they are delivered: here their content is known. All
//! instants are arguments, in seconds.

use std::collections::{HashMap, HashSet};

/// How long a file must stay as it is that is empty or no Python.
pub const QUIET: f64 = 0.25;
/// The same for one that is still open.
pub const QUIET_WHILE_OPEN: f64 = 2.0;
/// When a file that is still open is looked at again; the double each time. Linux tells that a writer closed a file a
/// moment before the file counts as closed, and nothing is told after that.
pub const SOON: f64 = 0.001;
/// How long, counted from its first sight, an unfinished file holds up those that came with it.
pub const LIMIT: f64 = 3.0;

/// A file that looks unfinished.
#[derive(Debug)]
struct Held {
    /// The hash of what it looked like; none of an empty one.
    state: Option<u64>,
    /// When it was first seen so.
    since: f64,
    /// When it is believed, unless it changes.
    until: f64,
    /// Those that came with it.
    companions: HashSet<String>,
    /// When it is looked at again before that.
    again: Option<f64>,
    /// In how long after that.
    step: f64,
    /// Whether those who are to apply it know that its time is up, or that it should be looked at.
    told: bool,
}

impl Held {
    fn is_due(&self, now: f64) -> bool {
        self.until <= now || self.again.is_some_and(|again| again <= now)
    }
}

/// The files that look unfinished.
#[derive(Debug, Default)]
pub struct Belief {
    held: HashMap<String, Held>,
}

impl Belief {
    /// How many they are.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The files whose time is up, or that should be looked at again.
    pub fn due(&self, now: f64) -> HashSet<String> {
        let due = self.held.iter().filter(|(_, held)| held.is_due(now));
        due.map(|(path, _)| path.clone()).collect()
    }

    /// When the next one is due that nobody was told of.
    pub fn deadline(&self) -> Option<f64> {
        let untold = self.held.values().filter(|held| !held.told);
        untold
            .map(|held| held.again.unwrap_or(held.until))
            .min_by(f64::total_cmp)
    }

    /// Somebody will come for these: there is nothing to wake up for any more.
    pub fn tell(&mut self, paths: &[String], now: f64) {
        for path in paths {
            if let Some(held) = self.held.get_mut(path)
                && held.is_due(now)
            {
                held.told = true;
            }
        }
    }

    /// These files and all that wait for one of them.
    pub fn together(&self, paths: &[String]) -> HashSet<String> {
        let held = paths.iter().filter_map(|path| self.held.get(path));
        let companions = held.flat_map(|held| &held.companions);
        paths.iter().chain(companions).cloned().collect()
    }

    /// Whether an unfinished file has stayed like this for long enough.
    pub fn believes(&self, path: &str, state: Option<u64>, now: f64) -> bool {
        let held = self.held.get(path);
        held.is_some_and(|held| held.until <= now && held.state == state)
    }

    /// Notes that a file looks unfinished.
    pub fn hold(&mut self, path: &str, state: Option<u64>, now: f64, is_open: bool) {
        let quiet = if is_open { QUIET_WHILE_OPEN } else { QUIET };
        let fresh = || Held {
            state,
            since: now,
            until: now + quiet,
            companions: HashSet::new(),
            again: None,
            step: SOON,
            told: false,
        };
        let is_new = !self.held.contains_key(path);
        let held = self.held.entry(path.to_owned()).or_insert_with(fresh);
        if !is_new && (held.state != state || held.until <= now) {
            *held = Held {
                since: held.since,
                companions: std::mem::take(&mut held.companions),
                ..fresh()
            };
        } else if !is_new && !held.is_due(now) {
            return;
        }
        (held.again, held.told) = (None, false);
        if is_open && now + held.step < held.until {
            held.again = Some(now + held.step);
            held.step *= 2.0;
        }
    }

    /// Whether others should wait for an unfinished file; notes them if so.
    pub fn keep_with(&mut self, path: &str, companions: HashSet<String>, now: f64) -> bool {
        let Some(held) = self.held.get_mut(path) else {
            return false;
        };
        if now - held.since >= LIMIT {
            held.companions.clear();
            return false;
        }
        held.companions.extend(companions);
        true
    }

    /// Forgets files that are unfinished no more.
    pub fn release(&mut self, paths: &[String]) {
        for path in paths {
            self.held.remove(path);
        }
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    fn set(names: &[&str]) -> HashSet<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn a_file_is_believed_once_it_stayed_as_it_is() {
        let mut belief = Belief::default();
        belief.hold("a", Some(1), 0.0, false);
        assert_eq!(belief.deadline(), Some(QUIET));
        assert!(belief.due(QUIET - 0.01).is_empty());
        assert!(!belief.believes("a", Some(1), QUIET - 0.01));
        assert!(belief.believes("a", Some(1), QUIET));
        assert!(!belief.believes("a", Some(2), QUIET));
        belief.hold("a", Some(2), QUIET, false);
        assert_eq!(belief.deadline(), Some(2.0 * QUIET));
        belief.release(&paths(&["a"]));
        assert_eq!((belief.deadline(), belief.len()), (None, 0));
    }

    #[test]
    fn one_that_is_still_open_is_given_longer() {
        let mut belief = Belief::default();
        belief.hold("a", Some(1), 0.0, true);
        let mut looks = Vec::new();
        let mut now = belief.deadline().unwrap();
        while !belief.believes("a", Some(1), now) {
            assert_eq!(belief.due(now), set(&["a"]));
            assert!(belief.due(now - SOON / 2.0).is_empty());
            looks.push(now);
            belief.hold("a", Some(1), now, true);
            now = belief.deadline().unwrap();
        }
        assert_eq!((now, looks[0]), (QUIET_WHILE_OPEN, SOON));
        assert!((9..12).contains(&looks.len()), "{looks:?}");
        belief.hold("a", Some(2), 5.0, true);
        assert_eq!(belief.deadline(), Some(5.0 + SOON));
        belief.tell(&paths(&["a"]), 5.0 + SOON);
        assert_eq!(belief.deadline(), None);
    }

    #[test]
    fn companions_wait_up_to_a_bound() {
        let mut belief = Belief::default();
        belief.hold("a", Some(1), 0.0, false);
        assert!(belief.keep_with("a", set(&["a", "b"]), 0.0));
        assert_eq!(belief.together(&paths(&["a"])), set(&["a", "b"]));
        assert!(!belief.keep_with("a", set(&["c"]), LIMIT));
        assert_eq!(belief.together(&paths(&["a"])), set(&["a"]));
    }

    #[test]
    fn nobody_is_woken_twice_for_one_deadline() {
        let mut belief = Belief::default();
        belief.hold("a", Some(1), 0.0, false);
        belief.tell(&paths(&["a"]), QUIET - 0.01);
        assert_eq!(belief.deadline(), Some(QUIET));
        belief.tell(&paths(&["a"]), QUIET);
        assert_eq!(belief.deadline(), None);
        assert_eq!(belief.due(QUIET), set(&["a"]));
        assert!(belief.believes("a", Some(1), QUIET));
    }
}
