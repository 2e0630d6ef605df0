//! When a batch is delivered: a pure state machine over paths and instants.
//!
//! Why not a debounce timer, as every other watcher has one? A timer makes the common case (one file
//! saved) pay for the rare one (a checkout of 500 files), and re-arming it on each event lets a
//! chatty writer starve everybody. Here a file is delivered the moment its writer said that it is
//! complete (it closed it, or renamed it into place), and waiting is reserved for what shows signs
//! of not being over:
//!
//! | seen | delivered |
//! | --- | --- |
//! | a close after writing, a rename into place | at once |
//! | writing without a close (a mapped file, a platform without close events) | after a short quiet time, or a bound |
//! | several paths in one burst, or more events already queued | after a gap of a few milliseconds, or a bound |
//! | a repository's lock (`index.lock`) is there | when it is gone; sooner where nobody writes it any more |
//! | a path went missing | after a grace time, unless it came back |
//!
//! Every wait has an upper bound counted from its beginning, not from the last event. All instants
//! are arguments and monotonic: a jump of the wall clock changes nothing, and tests need no sleep.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The waits of a watcher. The defaults suit people and their editors; tests shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Quiet time after which a file that was written but not closed is looked at.
    pub unclosed_quiet: Duration,
    /// Upper bound of that wait, for a writer that never pauses.
    pub unclosed_limit: Duration,
    /// Events of one burst follow each other within this gap.
    pub burst_gap: Duration,
    /// Upper bound of the wait for a burst to end, counted from its first complete file.
    pub burst_limit: Duration,
    /// While a repository is locked, the gap after which a batch is delivered all the same.
    pub lock_gap: Duration,
    /// Upper bound of the respect paid to one repository lock.
    pub lock_limit: Duration,
    /// The same gap where a living process is known to hold the lock.
    pub live_lock_gap: Duration,
    /// The same bound where a living process is known to hold the lock.
    pub live_lock_limit: Duration,
    /// The same gap where nobody writes the lock any more: it is about to go, or was left behind.
    pub left_lock_gap: Duration,
    /// How long a path must have been missing before it is called removed.
    pub removal_grace: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        // Only inotify tells when a writer closed; elsewhere every save takes this wait.
        let unclosed_quiet = if cfg!(target_os = "linux") { 100 } else { 15 };
        Timing {
            unclosed_quiet: Duration::from_millis(unclosed_quiet),
            unclosed_limit: Duration::from_secs(1),
            burst_gap: Duration::from_millis(5),
            burst_limit: Duration::from_millis(250),
            lock_gap: Duration::from_secs(1),
            lock_limit: Duration::from_secs(5),
            live_lock_gap: Duration::from_secs(3),
            live_lock_limit: Duration::from_secs(30),
            left_lock_gap: Duration::from_millis(250),
            removal_grace: Duration::from_secs(2),
        }
    }
}

/// What an event says about the content of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Somebody is writing: the content is not to be trusted yet.
    Writing,
    /// The writer is done: the content is worth a look.
    Complete,
    /// The path is not there; it may come back in a moment (an editor's save by rename).
    Missing,
}

/// What is known of a repository's lock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hold {
    /// It is there.
    #[default]
    Unknown,
    /// A process has it open for writing, and so is in the midst of its work.
    Live,
    /// It is there, and nobody has it open: the work is done, waits for a person, or has died.
    Left,
}

/// The answer of [`Settle::poll`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// These are ripe, and forgotten here.
    Deliver(Ripe),
    /// Nothing to do before this instant; `None`: before the next event.
    Wait(Option<Instant>),
}

/// What is ripe for delivery, in order of path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ripe {
    /// Everything must be looked at again.
    pub rescan: bool,
    /// Paths whose content is worth a look.
    pub look: Vec<PathBuf>,
    /// Paths that have been missing for long enough.
    pub gone: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy)]
struct Lock {
    since: Instant,
    hold: Hold,
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    signal: Signal,
    /// Since when the path waits for delivery; bounds the wait for a close.
    since: Instant,
    /// The last event, or for [`Signal::Missing`] the instant at which it went missing.
    last: Instant,
    /// The absence is certain already: no grace.
    certain: bool,
    burst: u64,
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Settle {
    timing: Timing,
    pending: BTreeMap<PathBuf, Pending>,
    locks: BTreeMap<PathBuf, Lock>,
    rescan: bool,
    last_event: Option<Instant>,
    /// When the first path of the coming batch became ripe.
    ripe_since: Option<Instant>,
    burst: u64,
    burst_paths: usize,
}

impl Settle {
    /// A machine with nothing pending.
    pub fn new(timing: Timing) -> Self {
        Settle {
            timing,
            pending: BTreeMap::new(),
            locks: BTreeMap::new(),
            rescan: false,
            last_event: None,
            ripe_since: None,
            burst: 0,
            burst_paths: 0,
        }
    }

    /// Takes note of an event. Must be called only for events that may change something: whatever
    /// is noted here prolongs a burst.
    pub fn note(&mut self, path: &Path, signal: Signal, now: Instant) {
        self.touch(now);
        let burst = self.burst;
        let Some(entry) = self.pending.get_mut(path) else {
            self.burst_paths += 1;
            let entry = Pending {
                signal,
                since: now,
                last: now,
                certain: false,
                burst,
            };
            self.pending.insert(path.to_owned(), entry);
            return;
        };
        if entry.burst != burst {
            entry.burst = burst;
            self.burst_paths += 1;
        }
        if entry.signal == Signal::Missing && signal != Signal::Missing {
            entry.since = now;
        }
        // A second report of the same absence must not put the verdict off.
        if entry.signal != Signal::Missing || signal != Signal::Missing {
            entry.last = now;
        }
        entry.signal = signal;
        entry.certain = false;
    }

    /// Everything must be looked at again.
    pub fn note_rescan(&mut self, now: Instant) {
        self.touch(now);
        self.rescan = true;
    }

    /// A version control system began to rewrite the work tree.
    pub fn lock(&mut self, lock: &Path, now: Instant) {
        self.touch(now);
        self.locks.entry(lock.to_owned()).or_insert(Lock {
            since: now,
            hold: Hold::default(),
        });
    }

    /// What was found out about a lock that was noted.
    pub fn set_hold(&mut self, lock: &Path, hold: Hold) {
        if let Some(noted) = self.locks.get_mut(lock) {
            noted.hold = hold;
        }
    }

    /// Whether this lock was noted.
    pub fn knows_lock(&self, lock: &Path) -> bool {
        self.locks.contains_key(lock)
    }

    /// Whether a lock holds everything back.
    pub fn is_locked(&self, now: Instant) -> bool {
        self.locked_until().is_some_and(|until| until > now)
    }

    /// Whether something would be delivered now if nothing held it back.
    pub fn is_ripe(&self, now: Instant) -> bool {
        self.rescan || self.pending.values().any(|p| self.ripe_at(p) <= now)
    }

    /// It is done. What it left missing is missing for good, and everything is delivered together.
    pub fn unlock(&mut self, lock: &Path) {
        let Some(lock) = self.locks.remove(lock) else {
            return;
        };
        for entry in self.pending.values_mut() {
            if entry.signal == Signal::Missing && entry.last >= lock.since {
                entry.certain = true;
            }
        }
        if self.locks.is_empty() {
            self.end_burst();
        }
    }

    /// Forgets what is pending for a path and everything below it.
    pub fn forget(&mut self, path: &Path) {
        self.pending.retain(|pending, _| !pending.starts_with(path));
    }

    /// What to do now. `more_queued`: further events are known to wait.
    pub fn poll(&mut self, now: Instant, more_queued: bool) -> Decision {
        if !self.is_ripe(now) {
            self.ripe_since = None;
            return Decision::Wait(self.pending.values().map(|p| self.ripe_at(p)).min());
        }
        let ripe_since = *self.ripe_since.get_or_insert(now);
        if let Some(until) = self.held_until(ripe_since, now, more_queued) {
            return Decision::Wait(Some(until));
        }
        Decision::Deliver(self.take(now))
    }

    fn take(&mut self, now: Instant) -> Ripe {
        let mut ripe = Ripe {
            rescan: std::mem::take(&mut self.rescan),
            ..Ripe::default()
        };
        let pending = std::mem::take(&mut self.pending);
        for (path, entry) in pending {
            if self.ripe_at(&entry) > now {
                self.pending.insert(path, entry);
            } else if entry.signal == Signal::Missing {
                ripe.gone.push(path);
            } else {
                ripe.look.push(path);
            }
        }
        self.ripe_since = None;
        self.end_burst();
        ripe
    }

    /// When the entry alone would be delivered.
    fn ripe_at(&self, entry: &Pending) -> Instant {
        match entry.signal {
            Signal::Complete => entry.last,
            Signal::Missing if entry.certain => entry.last,
            Signal::Missing => entry.last + self.timing.removal_grace,
            Signal::Writing => (entry.last + self.timing.unclosed_quiet)
                .min(entry.since + self.timing.unclosed_limit),
        }
    }

    /// Until when a ripe batch is held back for the rest of its burst.
    fn held_until(&self, ripe_since: Instant, now: Instant, more_queued: bool) -> Option<Instant> {
        let last = self.last_event.unwrap_or(now);
        let by_lock = self.locked_until();
        let bulk = more_queued || self.burst_paths > 1;
        let by_burst = bulk.then(|| {
            let gap = if more_queued { now } else { last } + self.timing.burst_gap;
            gap.min(ripe_since + self.timing.burst_limit)
        });
        by_lock
            .into_iter()
            .chain(by_burst)
            .max()
            .filter(|until| *until > now)
    }

    /// Until when locks hold everything back, unless something happens before.
    fn locked_until(&self) -> Option<Instant> {
        let timing = &self.timing;
        let until = |lock: &Lock| {
            let (gap, limit) = match lock.hold {
                Hold::Unknown => (timing.lock_gap, timing.lock_limit),
                Hold::Live => (timing.live_lock_gap, timing.live_lock_limit),
                Hold::Left => (timing.left_lock_gap, timing.lock_limit),
            };
            let last = self.last_event.unwrap_or(lock.since);
            (last + gap).min(lock.since + limit)
        };
        self.locks.values().map(until).max()
    }

    fn touch(&mut self, now: Instant) {
        let continues = self
            .last_event
            .is_some_and(|last| now.duration_since(last) <= self.timing.burst_gap);
        if !continues {
            self.end_burst();
        }
        self.last_event = Some(now);
    }

    fn end_burst(&mut self) {
        self.burst += 1;
        self.burst_paths = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A machine and its clock, in milliseconds since the start.
    struct Bench {
        start: Instant,
        settle: Settle,
    }

    impl Bench {
        fn new() -> Self {
            Bench {
                start: Instant::now(),
                settle: Settle::new(Timing::default()),
            }
        }

        fn at(&self, ms: u32) -> Instant {
            self.start + MS * ms
        }

        fn note(&mut self, ms: u32, path: &str, signal: Signal) {
            self.settle.note(Path::new(path), signal, self.at(ms));
        }

        fn poll(&mut self, ms: u32) -> Decision {
            self.settle.poll(self.at(ms), false)
        }

        fn wait(&self, ms: u32) -> Decision {
            Decision::Wait(Some(self.at(ms)))
        }
    }

    fn look(paths: &[&str]) -> Decision {
        let look = paths.iter().map(PathBuf::from).collect();
        Decision::Deliver(Ripe {
            look,
            ..Ripe::default()
        })
    }

    fn gone(paths: &[&str]) -> Decision {
        let gone = paths.iter().map(PathBuf::from).collect();
        Decision::Deliver(Ripe {
            gone,
            ..Ripe::default()
        })
    }

    #[test]
    fn a_closed_file_is_delivered_at_once() {
        let mut bench = Bench::new();
        bench.note(0, "a.py", Signal::Writing);
        assert_eq!(bench.poll(0), bench.wait(100));
        bench.note(1, "a.py", Signal::Complete);
        assert_eq!(bench.poll(1), look(&["a.py"]));
        assert_eq!(bench.poll(1), Decision::Wait(None));
    }

    #[test]
    fn a_file_never_closed_is_delivered_when_quiet_or_at_the_bound() {
        let mut bench = Bench::new();
        bench.note(0, "a.py", Signal::Writing);
        assert_eq!(bench.poll(99), bench.wait(100));
        assert_eq!(bench.poll(100), look(&["a.py"]));

        for ms in (200..1200).step_by(50) {
            bench.note(ms, "a.py", Signal::Writing);
            assert!(
                matches!(bench.poll(ms), Decision::Wait(_)),
                "not before the bound: {ms}"
            );
        }
        assert_eq!(bench.poll(1200), look(&["a.py"]));
    }

    #[test]
    fn two_paths_in_one_burst_wait_for_the_gap() {
        let mut bench = Bench::new();
        bench.note(0, "a.py", Signal::Complete);
        bench.note(1, "b.py", Signal::Complete);
        assert_eq!(bench.poll(1), bench.wait(6));
        bench.note(4, "c.py", Signal::Complete);
        assert_eq!(bench.poll(6), bench.wait(9));
        assert_eq!(bench.poll(9), look(&["a.py", "b.py", "c.py"]));
    }

    #[test]
    fn more_queued_events_are_waited_for_up_to_the_bound() {
        let mut bench = Bench::new();
        bench.note(0, "a.py", Signal::Complete);
        for ms in 0..250 {
            assert!(matches!(
                bench.settle.poll(bench.at(ms), true),
                Decision::Wait(_)
            ));
        }
        assert_eq!(bench.settle.poll(bench.at(250), true), look(&["a.py"]));
    }

    #[test]
    fn a_writer_that_never_pauses_starves_nobody() {
        let mut bench = Bench::new();
        bench.note(0, "a.py", Signal::Complete);
        let mut delivered = None;
        for ms in 0..2000 {
            bench.note(ms, "noisy.py", Signal::Writing);
            if bench.poll(ms) == look(&["a.py"]) {
                delivered = Some(ms);
                break;
            }
        }
        assert_eq!(delivered, Some(250));
    }

    #[test]
    fn paths_far_apart_are_no_burst() {
        let mut bench = Bench::new();
        bench.note(0, "slow.py", Signal::Writing);
        bench.note(50, "a.py", Signal::Complete);
        assert_eq!(bench.poll(50), look(&["a.py"]));
        assert_eq!(bench.poll(50), bench.wait(100));
    }

    #[test]
    fn a_repository_lock_holds_the_batch_together() {
        let mut bench = Bench::new();
        let lock = Path::new(".git/index.lock");
        bench.settle.lock(lock, bench.at(0));
        bench.note(10, "a.py", Signal::Complete);
        assert_eq!(bench.poll(10), bench.wait(1010));
        bench.note(40, "gone.py", Signal::Missing);
        bench.note(50, "b.py", Signal::Complete);
        assert_eq!(bench.poll(60), bench.wait(1050));
        bench.settle.unlock(lock);
        let expected = Ripe {
            look: vec!["a.py".into(), "b.py".into()],
            gone: vec!["gone.py".into()],
            rescan: false,
        };
        assert_eq!(bench.poll(60), Decision::Deliver(expected));
    }

    #[test]
    fn a_stale_repository_lock_costs_a_gap_and_later_nothing() {
        let mut bench = Bench::new();
        bench.settle.lock(Path::new(".git/index.lock"), bench.at(0));
        bench.note(100, "a.py", Signal::Complete);
        assert_eq!(bench.poll(100), bench.wait(1100));
        assert_eq!(bench.poll(1100), look(&["a.py"]));
        bench.note(5000, "a.py", Signal::Complete);
        assert_eq!(bench.poll(5000), look(&["a.py"]));
    }

    #[test]
    fn a_lock_that_is_being_written_is_waited_for_however_slow_its_process_is() {
        let mut bench = Bench::new();
        let lock = Path::new(".git/index.lock");
        bench.settle.lock(lock, bench.at(0));
        bench.settle.set_hold(lock, Hold::Live);
        bench.note(10, "a.py", Signal::Complete);
        for ms in (2000..30_000).step_by(2000) {
            assert!(matches!(bench.poll(ms), Decision::Wait(_)), "stalled: {ms}");
            assert!(bench.settle.is_locked(bench.at(ms)));
            bench.note(ms, "b.py", Signal::Complete);
        }
        assert_eq!(bench.poll(30_000), look(&["a.py", "b.py"]));
        assert!(!bench.settle.is_locked(bench.at(30_000)));
    }

    #[test]
    fn a_lock_that_nobody_writes_any_more_costs_a_quarter_of_a_second() {
        let mut bench = Bench::new();
        let lock = Path::new(".git/index.lock");
        bench.settle.lock(lock, bench.at(0));
        bench.note(10, "a.py", Signal::Complete);
        bench.settle.set_hold(lock, Hold::Live);
        assert_eq!(bench.poll(20), bench.wait(3010));
        bench.settle.set_hold(lock, Hold::Left);
        assert_eq!(bench.poll(30), bench.wait(260));
        assert_eq!(bench.poll(260), look(&["a.py"]));
        bench.note(5000, "a.py", Signal::Complete);
        assert_eq!(bench.poll(5000), look(&["a.py"]));
    }

    #[test]
    fn a_path_that_returns_within_the_grace_was_never_removed() {
        let mut bench = Bench::new();
        bench.note(0, "a.py", Signal::Missing);
        assert_eq!(bench.poll(0), bench.wait(2000));
        bench.note(1500, "a.py", Signal::Writing);
        bench.note(1501, "a.py", Signal::Complete);
        assert_eq!(bench.poll(1501), look(&["a.py"]));
        assert_eq!(bench.poll(9000), Decision::Wait(None));
    }

    #[test]
    fn a_path_that_stays_away_is_removed_once() {
        let mut bench = Bench::new();
        bench.note(0, "a.py", Signal::Missing);
        bench.note(1000, "a.py", Signal::Missing);
        assert_eq!(bench.poll(2000), gone(&["a.py"]));
        assert_eq!(bench.poll(2000), Decision::Wait(None));
    }

    #[test]
    fn a_rescan_is_delivered_with_what_is_ripe() {
        let mut bench = Bench::new();
        bench.settle.note_rescan(bench.at(0));
        bench.note(0, "a.py", Signal::Complete);
        let expected = Ripe {
            rescan: true,
            look: vec!["a.py".into()],
            gone: vec![],
        };
        assert_eq!(bench.poll(0), Decision::Deliver(expected));
    }

    #[test]
    fn what_was_forgotten_is_not_delivered() {
        let mut bench = Bench::new();
        bench.note(0, "pkg/a.py", Signal::Complete);
        bench.note(0, "pkg2/b.py", Signal::Complete);
        bench.settle.forget(Path::new("pkg"));
        assert_eq!(bench.poll(10), look(&["pkg2/b.py"]));
    }
}
