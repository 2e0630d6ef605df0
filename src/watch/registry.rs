//! What is wanted, which folders must be watched for it, and what an event in one of them means.
//!
//! Two pictures are kept apart. *Wanted* are paths as the user knows them (`app/settings.py`,
//! perhaps through links). *Watched* are real folders, each once, whatever the number of paths that
//! lead there. Between them:
//!
//! - a **view** says that a folder, under this path of the user's, is watched for modules in it;
//! - a **step** says that the meaning of a wanted path depends on one entry of a folder (the file
//!   itself, a link on the way, or the first thing that is missing).
//!
//! Everything runs on the consumer's thread, inside `wait` (or `add` and `remove`): the backends'
//! threads only deliver, and so never wait for each other.
//!
//! A folder is registered first and read afterwards, and a path is resolved again after its folders
//! were registered: what happens in between is found by the second look, what happens later comes
//! as an event. Nothing falls between.

mod events;
mod folders;
mod repositories;
mod wants;

use super::filesystem::FileSystem;
use super::inbox::{Fault, Inbox, Mail};
use super::interest::{FolderInterest, Kind, Raw, holds_no_source, is_ignored_folder, is_mark};
use super::notify_backend::{NotifyBackend, Refusal};
use super::polling::PollingBackend;
use super::problem::{PollReason, PolledMount, Problem, inotify_limit};
use super::resolve::{End, exists_ignoring_case, is_absence, resolve};
use super::settle::{Decision, Ripe, Settle, Signal};
use super::{Config, Event, Scope};
use repositories::Repository;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Which folder it is, whatever its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    #[cfg(unix)]
    fn of(folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = Self::folder_metadata(folder)?;
        Ok(Identity {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    /// Elsewhere a folder is known by its path alone.
    #[cfg(not(unix))]
    fn of(folder: &Path) -> io::Result<Self> {
        use std::hash::{DefaultHasher, Hash, Hasher};
        Self::folder_metadata(folder)?;
        let mut hasher = DefaultHasher::new();
        folder.hash(&mut hasher);
        Ok(Identity {
            device: 0,
            inode: hasher.finish(),
        })
    }

    fn folder_metadata(folder: &Path) -> io::Result<fs::Metadata> {
        let metadata = fs::symlink_metadata(folder)?;
        if metadata.is_dir() {
            Ok(metadata)
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }
}

/// How a folder is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
enum How {
    Native,
    Polled(FileSystem, PollReason),
}

/// A real folder.
#[derive(Debug)]
struct Folder {
    identity: Identity,
    how: Option<How>,
    /// The user's paths under which its modules matter. [`Scope::Folder`] or [`Scope::Tree`].
    views: BTreeMap<PathBuf, Scope>,
    /// The entries on which the meaning of wanted paths depends.
    steps: HashMap<OsString, BTreeSet<PathBuf>>,
    /// The locks of a repository.
    locks: HashSet<OsString>,
    /// The modules in it.
    known: BTreeSet<OsString>,
}

/// A path of the user's.
#[derive(Debug)]
struct Want {
    scope: Scope,
    /// Found while reading a folder (a link), and not asked for.
    derived: bool,
    steps: Vec<(PathBuf, OsString)>,
    /// The real folder that it leads to, for a folder.
    real: Option<PathBuf>,
}

/// Which of the files that are found are noted for the consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announce {
    /// None: the consumer takes its baseline after the registration.
    Nothing,
    /// Those that were not known; the kind of event that led here says whether they are complete.
    New(Kind),
    /// All: another folder may have taken the place of the one that was known.
    All,
}

enum Native {
    Untried,
    Running(Box<NotifyBackend>),
    Unavailable,
}

/// See the module's documentation.
pub(crate) struct Registry {
    config: Config,
    inbox: Arc<Inbox>,
    native: Native,
    polling: PollingBackend,
    folders: BTreeMap<PathBuf, Folder>,
    by_identity: HashMap<Identity, PathBuf>,
    wants: BTreeMap<PathBuf, Want>,
    file_systems: HashMap<u64, FileSystem>,
    /// The repositories, by the path of their locks.
    locks: HashMap<PathBuf, Repository>,
    /// The folder that was last looked at for a repository above it, and when.
    looked_above: Option<(PathBuf, Instant)>,
    /// Counts the operations on repositories of which all events were taken in.
    generation: u64,
    settle: Settle,
    said_removed: HashSet<PathBuf>,
    unreadable: BTreeMap<PathBuf, (PathBuf, Scope)>,
    problems: BTreeSet<Problem>,
    fresh_problems: Vec<Problem>,
}

impl Registry {
    pub(crate) fn new(config: Config, inbox: Arc<Inbox>) -> Self {
        inbox.with_interest(|interest| {
            interest.suffixes.clone_from(&config.suffixes);
            interest.ignored_folders.clone_from(&config.ignored_folders);
        });
        Registry {
            polling: PollingBackend::new(Arc::clone(&inbox), config.poll_interval),
            settle: Settle::new(config.timing),
            config,
            inbox,
            native: Native::Untried,
            folders: BTreeMap::new(),
            by_identity: HashMap::new(),
            wants: BTreeMap::new(),
            file_systems: HashMap::new(),
            locks: HashMap::new(),
            looked_above: None,
            generation: 0,
            said_removed: HashSet::new(),
            unreadable: BTreeMap::new(),
            problems: BTreeSet::new(),
            fresh_problems: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, path: &Path, scope: Scope) {
        if path.as_os_str().as_encoded_bytes().contains(&0) {
            let reason = "it contains a null byte".into();
            return self.report(Problem::BadPath {
                path: path.to_owned(),
                reason,
            });
        }
        let path = match std::path::absolute(path) {
            Ok(path) => path,
            Err(error) => {
                let reason = error.to_string();
                return self.report(Problem::BadPath {
                    path: path.to_owned(),
                    reason,
                });
            }
        };
        let want = self
            .wants
            .entry(path.clone())
            .or_insert_with(|| Want::new(scope));
        want.scope = want.scope.max(scope);
        want.derived = false;
        self.resolve_want(&path, Announce::Nothing);
        let folder = match self.wants.get(&path) {
            Some(Want {
                real: Some(real), ..
            }) => Some(real.clone()),
            Some(want) => want.steps.last().map(|(folder, _)| folder.clone()),
            None => None,
        };
        if let Some(folder) = folder {
            self.watch_repository_above(&folder);
        }
    }

    pub(crate) fn remove(&mut self, path: &Path) {
        let Ok(path) = std::path::absolute(path) else {
            return;
        };
        if !self.drop_want(&path) {
            return;
        }
        self.settle.forget(&path);
        if self.wants.is_empty() {
            return self.release_repositories();
        }
        // What another wish covers as well must go on.
        let overlaps = |want: &Path| want.starts_with(&path) || path.starts_with(want);
        let rest: Vec<PathBuf> = self.wants.keys().filter(|w| overlaps(w)).cloned().collect();
        for want in rest {
            self.resolve_want(&want, Announce::Nothing);
        }
    }

    pub(crate) fn problems(&self) -> Vec<Problem> {
        self.problems.iter().cloned().collect()
    }

    pub(crate) fn take_fresh_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.fresh_problems)
    }

    pub(crate) fn has_fresh_problems(&self) -> bool {
        !self.fresh_problems.is_empty()
    }

    pub(crate) fn polled_mounts(&self) -> Vec<PolledMount> {
        let mut mounts: BTreeMap<(&FileSystem, PollReason), usize> = BTreeMap::new();
        for folder in self.folders.values() {
            if let Some(How::Polled(file_system, reason)) = &folder.how {
                *mounts.entry((file_system, *reason)).or_default() += 1;
            }
        }
        let mount = |((file_system, reason), folders): ((&FileSystem, _), _)| PolledMount {
            file_system: file_system.clone(),
            reason,
            folders,
        };
        mounts.into_iter().map(mount).collect()
    }

    /// The watched real folders: those with events, and those that are polled.
    pub(crate) fn watched_folders(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (mut native, mut polled) = (Vec::new(), Vec::new());
        for (path, folder) in &self.folders {
            let list = if folder.how == Some(How::Native) {
                &mut native
            } else {
                &mut polled
            };
            list.push(path.clone());
        }
        (native, polled)
    }

    /// Leaves the operating system's watcher to itself: after a fork, ending it would reach into
    /// the parent's.
    pub(crate) fn abandon(&mut self) {
        if let Native::Running(backend) = std::mem::replace(&mut self.native, Native::Unavailable) {
            std::mem::forget(backend);
        }
    }

    fn is_module_name(&self, name: &OsStr) -> bool {
        self.inbox
            .with_interest(|interest| interest.is_module_name(name))
    }

    fn is_ignored(&self, folder: &Path) -> bool {
        folder
            .file_name()
            .is_none_or(|name| is_ignored_folder(name, &self.config.ignored_folders))
            || holds_no_source(folder)
    }

    fn known_in<T>(&mut self, key: &Path, f: impl FnOnce(&mut BTreeSet<OsString>) -> T) {
        if let Some(folder) = self.folders.get_mut(key) {
            f(&mut folder.known);
        }
    }

    fn report_watch_limit(&mut self) {
        self.report(Problem::WatchLimit {
            limit: inotify_limit("max_user_watches"),
        });
    }

    fn report(&mut self, problem: Problem) {
        if self.problems.insert(problem.clone()) {
            self.fresh_problems.push(problem);
        }
    }
}
