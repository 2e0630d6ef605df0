//! Events of the operating system, through the `notify` crate: inotify, FSEvents,
//! ReadDirectoryChangesW.
//!
//! Folders are watched one by one and never recursively. The crate's own recursion would walk
//! `.git`, `node_modules` and virtual environments, and on Linux it adds a folder that appears
//! later without looking at what is in it already.
//!
//! The callback runs on the crate's thread: it translates, hands over, and never panics.

use super::inbox::{Fault, Inbox};
use super::interest::Kind;
use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Faults to be injected at the edge to the operating system, where the real ones cannot be
/// brought about.
#[doc(hidden)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// No more than this many folders can be watched.
    pub watch_limit: Option<usize>,
    /// No watcher can be had at all.
    pub no_instance: bool,
    /// The file system of everything below this folder is one without events.
    pub silent_below: Option<PathBuf>,
    /// For so long the crate's thread gets no processor when it comes upon a repository's lock.
    pub lag_at_locks: Duration,
}

/// Why a folder cannot be watched.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The limit of watches is reached.
    WatchLimit,
    /// No watcher can be had; in the words of the platform.
    NoInstance(io::Error),
    /// The folder is not there.
    Missing,
    /// Anything else, such as missing permission.
    Other(String),
}

/// How long the answer to a probe is waited for: the crate's thread may be kept waiting by a busy
/// machine.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// After so many in a row that were not answered there are no more.
const MOST_PROBE_FAILURES: u32 = 2;

/// A file of ours that has no name any more, watched: to write it brings about an event that comes
/// after everything that happened before. So it can be known that nothing is on its way.
struct Probe {
    file: File,
    path: PathBuf,
}

/// See the module's documentation.
pub(crate) struct NotifyBackend {
    watcher: RecommendedWatcher,
    inbox: Arc<Inbox>,
    /// The path of the probe, once there is one; `None` where there cannot be one.
    probe_path: Arc<OnceLock<PathBuf>>,
    probe: Option<Option<Probe>>,
    probe_failures: u32,
    faults: Faults,
    watched: usize,
}

impl NotifyBackend {
    pub(crate) fn new(inbox: Arc<Inbox>, faults: Faults) -> Result<Self, Refusal> {
        if faults.no_instance {
            let error = io::Error::other("too many open files (injected)");
            return Err(Refusal::NoInstance(error));
        }
        let config = notify::Config::default().with_follow_symlinks(false);
        let (theirs, probe_path) = (Arc::clone(&inbox), Arc::new(OnceLock::new()));
        let theirs_path = Arc::clone(&probe_path);
        let lag = faults.lag_at_locks;
        let handler = move |event: notify::Result<notify::Event>| match event {
            Ok(event) if is_of(&event, theirs_path.get()) => {
                if translate(&event.kind) == Some(Kind::Written) {
                    theirs.probe_seen();
                }
            }
            Ok(event) => {
                if !lag.is_zero() && is_new_lock(&event) {
                    std::thread::sleep(lag);
                }
                hand_over(&theirs, &event);
            }
            Err(error) => hand_over_error(&theirs, &error),
        };
        match RecommendedWatcher::new(handler, config) {
            Ok(watcher) => Ok(NotifyBackend {
                watcher,
                inbox,
                probe_path,
                probe: None,
                probe_failures: 0,
                faults,
                watched: 0,
            }),
            Err(error) => Err(Refusal::NoInstance(into_io(error))),
        }
    }

    /// Watches the entries of one folder. May be called again for a folder that is watched: its
    /// path may have come to lead to another one.
    pub(crate) fn watch(&mut self, folder: &Path) -> Result<(), Refusal> {
        if self
            .faults
            .watch_limit
            .is_some_and(|limit| self.watched >= limit)
        {
            return Err(Refusal::WatchLimit);
        }
        match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched += 1;
                Ok(())
            }
            Err(error) => Err(match error.kind {
                notify::ErrorKind::MaxFilesWatch => Refusal::WatchLimit,
                notify::ErrorKind::PathNotFound => Refusal::Missing,
                notify::ErrorKind::Io(error) if super::resolve::is_absence(&error) => {
                    Refusal::Missing
                }
                kind => Refusal::Other(into_io(notify::Error::new(kind)).to_string()),
            }),
        }
    }

    /// Waits until everything that happened before this call is in the inbox. Where that cannot
    /// be known, it does nothing.
    pub(crate) fn drain(&mut self) {
        if self.probe.is_none() {
            self.probe = Some(self.make_probe().ok());
        }
        let Some(Some(probe)) = &self.probe else {
            return;
        };
        let seen = self.inbox.probes();
        if !probe
            .write()
            .is_ok_and(|()| self.inbox.await_probe(seen, PROBE_PATIENCE))
        {
            self.probe_failures += 1;
        } else {
            self.probe_failures = 0;
        }
        if self.probe_failures == MOST_PROBE_FAILURES {
            // It would be waited for in vain every time.
            let _ = self.watcher.unwatch(&probe.path);
            self.probe = Some(None);
        }
    }

    fn make_probe(&mut self) -> Result<Probe, notify::Error> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("reloadr-probe-{}-{number}", std::process::id());
        let folder = std::fs::canonicalize(std::env::temp_dir())?;
        let path = self.probe_path.get_or_init(|| folder.join(name)).clone();
        let file = File::create_new(&path)?;
        let watched = self.watcher.watch(&path, RecursiveMode::NonRecursive);
        std::fs::remove_file(&path)?;
        watched?;
        Ok(Probe { file, path })
    }

    /// Stops watching. That the folder is gone already is no error.
    pub(crate) fn unwatch(&mut self, folder: &Path) {
        if self.watcher.unwatch(folder).is_ok() {
            self.watched = self.watched.saturating_sub(1);
        }
    }
}

impl Probe {
    fn write(&self) -> io::Result<()> {
        use io::{Seek, Write};
        let mut file = &self.file;
        file.rewind()?;
        file.write_all(b".")
    }
}

fn is_of(event: &notify::Event, path: Option<&PathBuf>) -> bool {
    path.is_some() && event.paths.first() == path
}

fn is_new_lock(event: &notify::Event) -> bool {
    let is_lock = |path: &PathBuf| path.extension().is_some_and(|suffix| suffix == "lock");
    event.kind.is_create() && event.paths.iter().any(is_lock)
}

fn into_io(error: notify::Error) -> io::Error {
    match error.kind {
        notify::ErrorKind::Io(error) => error,
        kind => io::Error::other(notify::Error::new(kind).to_string()),
    }
}

fn hand_over(inbox: &Inbox, event: &notify::Event) {
    if event.need_rescan() {
        inbox.overflow();
        return;
    }
    let Some(kind) = translate(&event.kind) else {
        return;
    };
    for path in &event.paths {
        inbox.push(kind, path);
    }
}

fn hand_over_error(inbox: &Inbox, error: &notify::Error) {
    let path = error.paths.first().cloned().unwrap_or_default();
    inbox.fault(match error.kind {
        notify::ErrorKind::MaxFilesWatch => Fault::WatchLimit(path),
        _ => Fault::Other(error.to_string()),
    });
}

/// `None`: of no interest to anybody (a file was opened or read).
fn translate(kind: &EventKind) -> Option<Kind> {
    Some(match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Kind::Closed,
        EventKind::Access(_) => return None,
        EventKind::Create(CreateKind::Folder) => Kind::CreatedFolder,
        EventKind::Create(_) => Kind::Created,
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Kind::RenamedTo,
        EventKind::Modify(ModifyKind::Name(RenameMode::From)) => Kind::RenamedFrom,
        // Comes on top of the two halves.
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => return None,
        EventKind::Modify(ModifyKind::Name(_)) => Kind::Unknown,
        EventKind::Modify(ModifyKind::Metadata(_)) => Kind::Attributes,
        EventKind::Modify(_) => Kind::Written,
        EventKind::Remove(_) => Kind::Removed,
        EventKind::Any | EventKind::Other => Kind::Unknown,
    })
}
