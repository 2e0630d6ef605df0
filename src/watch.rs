//! The watcher: which files to look at, a moment after somebody saved them.
//!
//! ```text
//! operating system ─▶ notify_backend ─┐                   consumer's thread, inside `wait`
//!                                     ├─▶ inbox ─▶ registry ─▶ settle ─▶ Batch
//! file system  ◀─looks─ polling ──────┘   judged    meaning    when
//! ```
//!
//! It delivers paths and does not say whether their content changed: the engine compares hashes of
//! the bytes, which settles for good what time stamps and event kinds can only guess (a `touch`, a
//! clock that was set back, two writes within one tick).
//!
//! # Why it is built like this
//!
//! - **No debounce.** A file is delivered when its writer closed it or renamed it into place. What
//!   is waited for, and how long at most, is [`Settle`](settle::Settle)'s, a pure function of time.
//! - **Folders, one by one.** A watch on a file is lost when an editor saves by rename; a recursive
//!   watch walks virtual environments and `node_modules`. So the folders that hold wanted files are
//!   watched, each by itself, and folders that appear are registered and then read.
//! - **No thread of its own.** The consumer's thread does the work while it waits anyway. There is
//!   the one thread that the `notify` crate needs, and a second one only while something is polled.
//!   Nobody wakes without an event or a promised deadline.
//! - **Nothing silent.** A limit reached, a folder that cannot be read, a file system without
//!   events: the watcher goes on with what it has, by polling where it must, and says so
//!   ([`Problem`], [`Watch::polled_mounts`]). Lost events come as [`Event::Rescan`].
//!
//! # Example
//!
//! ```
//! use reloadr::watch::{Config, Event, Scope, Watch};
//! use std::time::Duration;
//!
//! let folder = std::env::temp_dir().join(format!("reloadr-doc-{}", std::process::id()));
//! std::fs::create_dir_all(&folder)?;
//! let watch = Watch::new(Config::default());
//! watch.add(&folder, Scope::Tree)?;
//!
//! std::fs::write(folder.join("app.py"), "answer = 42\n")?;
//! let batch = watch.wait(Some(Duration::from_secs(10)));
//! assert_eq!(batch.events, [Event::Changed(folder.join("app.py"))]);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it does not see
//!
//! That a folder *above* a watched one is renamed, when that folder is not watched itself and the
//! watched one does not move with it: to see that, `/home` and `/` would have to be watched.

pub mod belief;
pub mod bell;
mod filesystem;
mod inbox;
mod interest;
mod notify_backend;
mod polling;
mod problem;
mod registry;
mod resolve;
pub mod settle;
pub mod stillness;

pub use filesystem::FileSystem;
#[doc(hidden)]
pub use notify_backend::Faults;
pub use problem::{PollReason, PolledMount, Problem};
pub use settle::Timing;

use inbox::{Inbox, Tallies};
use registry::Registry;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Something that the consumer should look at. The order is the order of delivery in a batch:
/// [`Event::Rescan`] first since it comprises the rest, then changes, then removals, each by path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Events were lost: everything watched must be looked at, known files and folders alike.
    Rescan,
    /// The content of this file may have changed, or it is new. It was complete, as far as can be
    /// told; it may be gone again.
    Changed(PathBuf),
    /// This file has been gone for longer than an editor's save takes. Said once; its return comes
    /// as [`Event::Changed`].
    Removed(PathBuf),
}

/// Why [`Watch::wait`] returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wake {
    /// There are events or problems.
    News,
    /// Somebody called [`Watch::wake`].
    Asked,
    /// The time was up.
    Timeout,
    /// [`Watch::stop`] was called; so it will be from now on.
    Stopped,
    /// This process is a fork of the one that made the watch, and watches nothing. Make a new one.
    Forked,
}

/// What [`Watch::wait`] delivers: what belongs together, to be applied as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Why the wait ended.
    pub wake: Wake,
    /// In order, each once.
    pub events: Vec<Event>,
    /// Problems that have not been told yet.
    pub problems: Vec<Problem>,
}

/// How much around a path is watched. Ordered by how much that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// This one file, whatever its suffix: a module, the archive that holds one.
    File,
    /// The modules in this folder, new ones too, and nothing below it.
    Folder,
    /// The modules in this folder and below it, except in folders that hold no source of the
    /// user's: hidden ones, `node_modules`, `site-packages`, virtual environments, caches.
    Tree,
}

/// The choices of a watch, made once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The suffixes of the files that matter in folders and trees.
    pub suffixes: Vec<String>,
    /// Names of folders that trees leave out, on top of those that [`Scope::Tree`] names.
    pub ignored_folders: Vec<String>,
    /// Folders, by path, that trees leave out.
    pub excluded: BTreeSet<PathBuf>,
    /// How often polled folders are looked at.
    pub poll_interval: Duration,
    /// Poll everything, whatever its file system.
    pub poll_everything: bool,
    /// Poll what is (really) below these folders, whatever its file system.
    pub polled_below: Vec<PathBuf>,
    /// How long things may take.
    pub timing: Timing,
    #[doc(hidden)]
    pub faults: Faults,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            suffixes: vec![".py".into()],
            ignored_folders: Vec::new(),
            excluded: BTreeSet::new(),
            poll_interval: Duration::from_millis(400),
            poll_everything: false,
            polled_below: Vec::new(),
            timing: Timing::default(),
            faults: Faults::default(),
        }
    }
}

/// How often a batch is put off for what has happened to a repository since; then it is delivered
/// as it is.
const MOST_DRAINS: usize = 8;

/// Why a watch does not do what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WatchError {
    /// The watch belongs to another process, of which this one is a fork.
    Forked {
        /// The process that made it.
        made_in: u32,
        /// This process.
        used_in: u32,
    },
    /// The watch was stopped.
    Stopped,
}

impl fmt::Display for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WatchError::Forked { made_in, used_in } => write!(
                f,
                "this file watch was made in process {made_in} and does not work in its fork \
                 {used_in}: make a new one there"
            ),
            WatchError::Stopped => f.write_str("this file watch was stopped"),
        }
    }
}

impl std::error::Error for WatchError {}

/// How often things happened, and how much is watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events that the backends saw.
    pub received: u64,
    /// Those of them that mattered.
    pub admitted: u64,
    /// How often a waiting consumer's thread woke.
    pub wakeups: u64,
    /// Batches with news.
    pub batches: u64,
    /// How often all polled folders were looked at.
    pub poll_passes: u64,
    /// Folders with events from the operating system.
    pub native_folders: usize,
    /// Folders that are polled.
    pub polled_folders: usize,
}

/// A file watch. All methods may be called from any thread; one thread at a time should wait.
///
/// Take the baseline of a file *after* adding it: a change between the two is then an event that
/// changes nothing, instead of a change without an event.
pub struct Watch {
    inbox: Arc<Inbox>,
    registry: Mutex<Registry>,
    made_in: u32,
}

impl Watch {
    /// A watch of nothing yet. Never fails: what the system refuses becomes a [`Problem`].
    pub fn new(config: Config) -> Self {
        let inbox = Arc::new(Inbox::default());
        let registry = Mutex::new(Registry::new(config, Arc::clone(&inbox)));
        Watch {
            inbox,
            registry,
            made_in: std::process::id(),
        }
    }

    /// Watches a path, which need not exist yet. A path that no file can have is skipped and
    /// becomes a [`Problem`].
    pub fn add(&self, path: impl AsRef<Path>, scope: Scope) -> Result<(), WatchError> {
        self.check()?;
        let mut registry = self.registry();
        registry.add(path.as_ref(), scope);
        let has_news = registry.has_fresh_problems();
        drop(registry);
        if has_news {
            self.inbox.nudge();
        }
        Ok(())
    }

    /// Stops watching a path that was added. What other paths cover as well goes on.
    pub fn remove(&self, path: impl AsRef<Path>) -> Result<(), WatchError> {
        self.check()?;
        self.registry().remove(path.as_ref());
        Ok(())
    }

    /// Blocks until there is something to look at, or something else to say; see [`Wake`].
    pub fn wait(&self, timeout: Option<Duration>) -> Batch {
        // A timeout beyond what the clock can count is none.
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            match self.check() {
                Ok(()) => {}
                Err(WatchError::Forked { .. }) => return Batch::empty(Wake::Forked),
                Err(WatchError::Stopped) => return Batch::empty(Wake::Stopped),
            }
            let (batch, deadline) = self.collect();
            if let Some(batch) = batch {
                Tallies::count(&self.inbox.tallies.batches);
                return batch;
            }
            if self.inbox.take_woken() {
                return Batch::empty(Wake::Asked);
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                return Batch::empty(Wake::Timeout);
            }
            self.inbox.wait(deadline.into_iter().chain(until).min());
        }
    }

    /// A number while no repository is being rewritten and all that happened to one was delivered
    /// or waits for delivery. What is read between two calls with the same answer is of one state;
    /// what is not should be read [`again`](Watch::again).
    pub fn rest(&self) -> Option<u64> {
        if self.check().is_err() {
            return Some(0);
        }
        self.registry().rest(Instant::now())
    }

    /// Delivers these paths once more, when their repository is at rest.
    pub fn again(&self, paths: &[PathBuf]) -> Result<(), WatchError> {
        self.check()?;
        self.registry().note_again(paths, Instant::now());
        self.inbox.nudge();
        Ok(())
    }

    /// Lets a thread that waits (or the next one that would) return at once.
    pub fn wake(&self) {
        if self.made_in == std::process::id() {
            self.inbox.wake();
        }
    }

    /// Ends the watch: waiting threads return, and later waits do at once.
    pub fn stop(&self) {
        if self.made_in == std::process::id() {
            self.inbox.stop();
        }
    }

    /// For the end of a process: from now on nobody who waits is woken, not by events and not by a
    /// timeout. A thread that was left waiting then cannot come back to an interpreter that is
    /// being torn down.
    pub fn mute(&self) {
        if self.made_in == std::process::id() {
            self.inbox.mute();
        }
    }

    /// What is not watched as it should be, at the moment.
    pub fn problems(&self) -> Vec<Problem> {
        if self.check_fork().is_err() {
            Vec::new()
        } else {
            self.registry().problems()
        }
    }

    /// The mounts of which folders are polled.
    pub fn polled_mounts(&self) -> Vec<PolledMount> {
        if self.check_fork().is_err() {
            Vec::new()
        } else {
            self.registry().polled_mounts()
        }
    }

    /// The watched real folders: those with events, and those that are polled.
    pub fn watched_folders(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        match self.check_fork() {
            Ok(()) => self.registry().watched_folders(),
            Err(_) => (Vec::new(), Vec::new()),
        }
    }

    /// How often things happened so far.
    pub fn counters(&self) -> Counters {
        let (native, polled) = self.watched_folders();
        let tallies = &self.inbox.tallies;
        Counters {
            received: tallies.received.load(Ordering::Relaxed),
            admitted: tallies.admitted.load(Ordering::Relaxed),
            wakeups: tallies.wakeups.load(Ordering::Relaxed),
            batches: tallies.batches.load(Ordering::Relaxed),
            poll_passes: tallies.poll_passes.load(Ordering::Relaxed),
            native_folders: native.len(),
            polled_folders: polled.len(),
        }
    }

    /// Whether this process is a fork of the one that made the watch.
    pub fn is_forked(&self) -> bool {
        self.check_fork().is_err()
    }

    /// As if the operating system had said that events were lost.
    #[doc(hidden)]
    pub fn inject_overflow(&self) {
        self.inbox.overflow();
    }

    /// What is ripe, or when to look again.
    fn collect(&self) -> (Option<Batch>, Option<Instant>) {
        let mail = self.inbox.take();
        let mut registry = self.registry();
        registry.accept(mail, Instant::now());
        for _ in 0..MOST_DRAINS {
            if !registry.may_lack_events(Instant::now()) {
                break;
            }
            registry.drain();
            registry.accept(self.inbox.take(), Instant::now());
            registry.forget_released_locks();
        }
        let (events, deadline) = match registry.poll(Instant::now()) {
            Ok(events) => (events, None),
            Err(deadline) => (Vec::new(), deadline),
        };
        let problems = registry.take_fresh_problems();
        let is_news = !events.is_empty() || !problems.is_empty();
        (
            is_news.then_some(Batch {
                wake: Wake::News,
                events,
                problems,
            }),
            deadline,
        )
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self) -> Result<(), WatchError> {
        self.check_fork()?;
        if self.inbox.is_stopped() {
            Err(WatchError::Stopped)
        } else {
            Ok(())
        }
    }

    /// Asked before any lock is touched: at the fork, a thread that is not here may have held one.
    fn check_fork(&self) -> Result<(), WatchError> {
        let used_in = std::process::id();
        if used_in == self.made_in {
            return Ok(());
        }
        Err(WatchError::Forked {
            made_in: self.made_in,
            used_in,
        })
    }
}

impl Batch {
    fn empty(wake: Wake) -> Self {
        Batch {
            wake,
            events: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.is_forked() {
            self.registry
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .abandon();
        } else {
            self.inbox.stop();
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("made_in", &self.made_in)
            .finish_non_exhaustive()
    }
}
