//! Repositories: a version control system that rewrites the work tree holds a lock meanwhile, and so
//! says which changes belong together. One folder of each repository is watched for that.

use super::*;
use crate::watch::settle::Hold;
use crate::watch::stillness::{Mark, identity, is_being_written};
use std::time::Duration;

/// The entry that marks a repository; in what it leads to, the lock, and the file that is another
/// one after each operation.
pub(super) const REPOSITORIES: &[(&str, &str, &str)] = &[
    (".git", "index.lock", "index"),
    (".hg", "wlock", "dirstate"),
];

/// How long the answer stands whether a folder lies in a repository: while a program starts, it is asked for each of its
/// modules.
const LOOKED: Duration = Duration::from_millis(200);

/// A repository, as one knows it by its lock.
#[derive(Debug)]
pub(super) struct Repository {
    /// The file that is another one after each operation.
    state: PathBuf,
    /// What it was when everything that had happened before was known.
    seen: Option<Mark>,
}

impl Registry {
    /// Whether no repository is being rewritten, and none was since all of its events were known.
    /// What is read between two calls that say so with the same number is of one state.
    pub(crate) fn rest(&mut self, now: Instant) -> Option<u64> {
        self.look_at_locks(now);
        let changed = |repository: &Repository| identity(&repository.state) != repository.seen;
        let is_moving = self.settle.is_locked(now) || self.locks.values().any(changed);
        (!is_moving).then_some(self.generation)
    }

    /// Whether a ripe batch may lack something that has happened to a repository already, because
    /// the event is still on its way. To be asked before a delivery.
    pub(crate) fn may_lack_events(&mut self, now: Instant) -> bool {
        if self.locks.is_empty() || !self.settle.is_ripe(now) {
            return false;
        }
        let mut lacks = self.look_at_locks(now);
        for repository in self.locks.values_mut() {
            let state = identity(&repository.state);
            if state != repository.seen {
                repository.seen = state;
                self.generation += 1;
                lacks = true;
            }
        }
        lacks
    }

    /// Waits for the events that are on their way.
    pub(crate) fn drain(&mut self) {
        if let Native::Running(backend) = &mut self.native {
            backend.drain();
        }
    }

    /// Of a lock that is gone, and whose going was not told, nothing more will come.
    pub(crate) fn forget_released_locks(&mut self) {
        for lock in self.locks.keys() {
            if self.settle.knows_lock(lock) && fs::symlink_metadata(lock).is_err() {
                self.settle.unlock(lock);
            }
        }
    }

    /// Asks the file system, which knows of a lock before its event is here; whether one is gone
    /// of which no event has said so.
    fn look_at_locks(&mut self, now: Instant) -> bool {
        let mut is_one_gone = false;
        for lock in self.locks.keys() {
            if fs::symlink_metadata(lock).is_err() {
                is_one_gone = is_one_gone || self.settle.knows_lock(lock);
                continue;
            }
            if !self.settle.knows_lock(lock) {
                self.settle.lock(lock, now);
            }
            let hold = match is_being_written(lock) {
                Some(true) => Hold::Live,
                Some(false) => Hold::Left,
                None => Hold::Unknown,
            };
            self.settle.set_hold(lock, hold);
        }
        is_one_gone
    }

    /// Takes note that files should be looked at (once more).
    pub(crate) fn note_again(&mut self, paths: &[PathBuf], now: Instant) {
        for path in paths {
            self.settle.note(path, Signal::Complete, now);
        }
    }

    /// With nothing wanted any more, no lock matters.
    pub(super) fn release_repositories(&mut self) {
        self.looked_above = None;
        for lock in std::mem::take(&mut self.locks).into_keys() {
            self.settle.unlock(&lock);
            let Some(control) = lock.parent() else {
                continue;
            };
            if let Some(folder) = self.folders.get_mut(control) {
                folder.locks.clear();
            }
            self.release(control);
        }
    }

    /// Watches the lock of the repository that a folder belongs to, if any.
    pub(super) fn watch_repository_above(&mut self, folder: &Path) {
        let now = Instant::now();
        if let Some((last, at)) = &self.looked_above
            && last == folder
            && now.duration_since(*at) < LOOKED
        {
            return;
        }
        self.looked_above = Some((folder.to_owned(), now));
        let is_marked = |folder: &&Path| {
            REPOSITORIES
                .iter()
                .any(|(mark, ..)| folder.join(mark).exists())
        };
        if let Some(repository) = folder.ancestors().find(is_marked) {
            self.watch_repository(repository);
        }
    }

    /// Watches the lock of a repository: its one folder, and nothing below it.
    pub(super) fn watch_repository(&mut self, root: &Path) {
        for (mark, lock, state) in REPOSITORIES {
            let Some(control) = control_folder(&root.join(mark)) else {
                continue;
            };
            if self.locks.contains_key(&control.join(lock)) {
                continue;
            }
            let Some(key) = self.record(&control) else {
                continue;
            };
            // Before its folder is watched: what happens from now on is known to lack its events.
            let state = key.join(state);
            let seen = identity(&state);
            if let Some(folder) = self.folders.get_mut(&key) {
                folder.locks.insert(lock.into());
            }
            if self.register(&key) {
                let repository = Repository { state, seen };
                self.locks.insert(key.join(lock), repository);
            }
        }
    }
}

/// The folder that a repository keeps its state in: `.git` itself, or what a work tree's or
/// submodule's `.git` file names.
fn control_folder(mark: &Path) -> Option<PathBuf> {
    if mark.is_dir() {
        return fs::canonicalize(mark).ok();
    }
    let text = fs::read_to_string(mark).ok()?;
    let named = text.strip_prefix("gitdir:")?.trim();
    fs::canonicalize(mark.parent()?.join(named))
        .ok()
        .filter(|folder| folder.is_dir())
}
