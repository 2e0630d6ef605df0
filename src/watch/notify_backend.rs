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
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// See the module's documentation.
pub(crate) struct NotifyBackend {
    watcher: RecommendedWatcher,
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
        let handler = move |event: notify::Result<notify::Event>| match event {
            Ok(event) => hand_over(&inbox, &event),
            Err(error) => hand_over_error(&inbox, &error),
        };
        match RecommendedWatcher::new(handler, config) {
            Ok(watcher) => Ok(NotifyBackend {
                watcher,
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

    /// Stops watching. That the folder is gone already is no error.
    pub(crate) fn unwatch(&mut self, folder: &Path) {
        if self.watcher.unwatch(folder).is_ok() {
            self.watched = self.watched.saturating_sub(1);
        }
    }
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
