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

mod folders;
mod repositories;

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

/// A path that keeps changing while it is resolved is resolved no more often than that; its next
/// event does the rest.
const MOST_ATTEMPTS: usize = 4;

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
            generation: 0,
            said_removed: HashSet::new(),
            unreadable: BTreeMap::new(),
            problems: BTreeSet::new(),
            fresh_problems: Vec::new(),
        }
    }

    // What the user asks for.

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

    // What comes in, and what goes out.

    /// Takes the backends' mail.
    pub(crate) fn accept(&mut self, mail: Mail, now: Instant) {
        for fault in mail.faults {
            self.accept_fault(fault);
        }
        if mail.overflow {
            // What was queued before is covered by looking at everything.
            return self.rescan(now);
        }
        for raw in mail.events {
            self.accept_event(&raw, now);
        }
    }

    /// The events that are ripe, or the instant at which some will be.
    pub(crate) fn poll(&mut self, now: Instant) -> Result<Vec<Event>, Option<Instant>> {
        loop {
            match self.settle.poll(now, self.inbox.has_events()) {
                Decision::Wait(until) => return Err(until),
                Decision::Deliver(ripe) => {
                    let events = self.events_of(ripe, now);
                    if !events.is_empty() {
                        return Ok(events);
                    }
                }
            }
        }
    }

    fn accept_fault(&mut self, fault: Fault) {
        match fault {
            Fault::WatchLimit(_) => self.report_watch_limit(),
            Fault::Other(reason) => self.report(Problem::Backend { reason }),
            Fault::Unreachable(path, reason) => {
                self.report(Problem::Unreachable { path, reason });
            }
            Fault::Reachable(back) => self.problems.retain(
                |problem| !matches!(problem, Problem::Unreachable { path, .. } if *path == back),
            ),
        }
    }

    fn accept_event(&mut self, raw: &Raw, now: Instant) {
        let Raw { kind, path } = raw;
        if self.locks.contains_key(path) {
            match kind {
                _ if kind.is_departure() => self.settle.unlock(path),
                Kind::Created | Kind::RenamedTo => self.settle.lock(path, now),
                _ => {}
            }
            return;
        }
        if *kind == Kind::Attributes {
            return self.retry_unreadable(path);
        }
        if kind.is_structural() && self.folders.contains_key(path) {
            self.folder_changed(path, now);
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return;
        };
        let Some(folder) = self.folders.get(parent) else {
            return;
        };
        let dependents = folder.steps.get(name).cloned().unwrap_or_default();
        let views = folder.views.clone();
        for want in &dependents {
            self.step_changed(want, parent, name, *kind, now);
        }
        for (view, scope) in views {
            let path_of_user = view.join(name);
            if !dependents.contains(&path_of_user) {
                self.entry_changed(raw, &view, scope, now);
            }
        }
    }

    /// Something happened to an entry on which a wanted path depends.
    fn step_changed(&mut self, path: &Path, folder: &Path, name: &OsStr, kind: Kind, now: Instant) {
        let Some(want) = self.wants.get(path) else {
            return;
        };
        let is_file_itself = want.real.is_none()
            && want
                .steps
                .last()
                .is_some_and(|(last, file)| last == folder && file == name);
        if is_file_itself && !kind.is_structural() {
            self.note(path, kind, now);
        } else {
            self.resolve_want(path, Announce::New(kind));
        }
    }

    /// Something happened to an entry of a folder that is watched for its modules.
    fn entry_changed(&mut self, raw: &Raw, view: &Path, scope: Scope, now: Instant) {
        let (Some(parent), Some(name)) = (raw.path.parent(), raw.path.file_name()) else {
            return;
        };
        let path_of_user = view.join(name);
        let is_module = self.is_module_name(name);
        if raw.kind.is_departure() {
            if is_module {
                self.known_in(parent, |known| known.remove(name));
                self.settle.note(&path_of_user, Signal::Missing, now);
            }
            return;
        }
        if raw.kind.is_structural() {
            let Ok(metadata) = fs::symlink_metadata(&raw.path) else {
                if is_module && raw.kind == Kind::Unknown {
                    self.settle.note(&path_of_user, Signal::Missing, now);
                }
                return;
            };
            if metadata.is_symlink() {
                return self.link_found(&raw.path, &path_of_user, scope, Announce::New(raw.kind));
            }
            if metadata.is_dir() {
                if scope == Scope::Tree && !self.is_ignored(&raw.path) {
                    self.cover(&raw.path, &path_of_user, Scope::Tree, Announce::All);
                }
                return;
            }
            if is_mark(name) && !self.wants.contains_key(view) {
                return self.uncover(view, None);
            }
        }
        if is_module {
            self.known_in(parent, |known| known.insert(name.to_owned()));
            self.note(&path_of_user, raw.kind, now);
        }
    }

    /// Notes a file for delivery, asking the file system where the event does not tell enough.
    fn note(&mut self, path: &Path, kind: Kind, now: Instant) {
        let signal = match kind {
            Kind::Written => Some(Signal::Writing),
            Kind::Removed | Kind::RenamedFrom => Some(Signal::Missing),
            Kind::Attributes => None,
            _ => match fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => None,
                // An empty file is mostly one whose content is still to come.
                Ok(metadata) if metadata.len() == 0 => Some(Signal::Writing),
                Ok(metadata) if kind == Kind::Created && !is_linked(path, &metadata) => {
                    Some(Signal::Writing)
                }
                Ok(_) if kind == Kind::Unknown => Some(Signal::Writing),
                Ok(_) => Some(Signal::Complete),
                Err(error) if is_absence(&error) => Some(Signal::Missing),
                Err(_) => Some(Signal::Complete),
            },
        };
        if let Some(signal) = signal {
            self.settle.note(path, signal, now);
        }
    }

    fn events_of(&mut self, ripe: Ripe, now: Instant) -> Vec<Event> {
        let mut events = BTreeSet::new();
        if ripe.rescan {
            events.insert(Event::Rescan);
        }
        for path in ripe.look {
            self.said_removed.remove(&path);
            events.insert(Event::Changed(path));
        }
        for path in ripe.gone {
            match fs::metadata(&path) {
                Ok(_) => {
                    self.said_removed.remove(&path);
                    events.insert(Event::Changed(path));
                }
                Err(error) if is_absence(&error) => {
                    if self.is_removed(&path) {
                        events.insert(Event::Removed(path.clone()));
                    }
                    self.after_removal(&path, now);
                }
                // The file system does not answer: no statement about existence.
                Err(_) => {}
            }
        }
        events.into_iter().collect()
    }

    /// Whether a path that is not there was removed, and that has not been said yet.
    fn is_removed(&mut self, path: &Path) -> bool {
        let is_away = self.problems.iter().any(
            |problem| matches!(problem, Problem::Unreachable { path: away, .. } if path.starts_with(away)),
        );
        !is_away && !exists_ignoring_case(path) && self.said_removed.insert(path.to_owned())
    }

    /// A removed link needs its target no more; and a folder whose files go may be on its way out
    /// without a word, when a process keeps it open as its working directory.
    fn after_removal(&mut self, path: &Path, now: Instant) {
        let is_link = self.wants.get(path).is_some_and(|want| want.derived);
        if is_link && fs::symlink_metadata(path).is_err() {
            self.drop_want(path);
        }
        let above = |(want, _): &(&PathBuf, &Want)| path.starts_with(want);
        let roots: Vec<PathBuf> = self
            .wants
            .iter()
            .filter(above)
            .filter_map(|(_, want)| want.real.clone())
            .collect();
        for real in roots {
            let watched = self.folders.get(&real).map(|folder| folder.identity);
            if watched.is_some() && Identity::of(&real).ok() != watched {
                self.folder_changed(&real, now);
            }
        }
    }

    /// Events were lost: everything may have changed.
    fn rescan(&mut self, now: Instant) {
        self.settle.note_rescan(now);
        let folders: Vec<PathBuf> = self.folders.keys().cloned().collect();
        for path in folders {
            let Some(folder) = self.folders.get(&path) else {
                continue;
            };
            if Identity::of(&path).ok() != Some(folder.identity) {
                self.folder_changed(&path, now);
                continue;
            }
            let views = folder.views.clone();
            if let (Some(How::Native), Native::Running(backend)) = (&folder.how, &mut self.native) {
                // The crate may have lost track of what moved; to watch again is harmless.
                let _ = backend.watch(&path);
            }
            for (view, scope) in views {
                self.cover(&path, &view, scope, Announce::New(Kind::RenamedTo));
            }
        }
        let wants: Vec<PathBuf> = self.wants.keys().cloned().collect();
        for want in wants {
            self.resolve_want(&want, Announce::Nothing);
        }
        self.forget_released_locks();
    }

    // Wanted paths.

    /// Finds out what a wanted path leads to now, and watches what that depends on.
    fn resolve_want(&mut self, path: &Path, announce: Announce) {
        let mut end = End::Missing;
        for _ in 0..MOST_ATTEMPTS {
            let found = resolve(path);
            let steps = self.watch_steps(path, &found.steps);
            let settled = resolve(path) == found;
            self.replace_steps(path, steps);
            end = found.end;
            if settled {
                break;
            }
        }
        let Some(want) = self.wants.get_mut(path) else {
            return;
        };
        let (scope, now) = (want.scope, Instant::now());
        let before = want.real.clone();
        let real = match (&end, scope) {
            (End::Folder(real), Scope::Folder | Scope::Tree) => Some(real.clone()),
            // No statement about existence: what was known stands.
            (End::Unreachable(_), _) => before.clone(),
            _ => None,
        };
        want.real.clone_from(&real);
        if before.is_some() && before != real {
            let departed = (announce != Announce::Nothing).then_some(now);
            self.uncover(path, departed);
        }
        match end {
            End::Folder(_) => {
                let Some(real) = real else { return };
                let moved = before.as_ref() != Some(&real);
                let all = moved && announce != Announce::Nothing;
                self.cover(
                    &real,
                    path,
                    scope,
                    if all { Announce::All } else { announce },
                );
            }
            End::Unreachable(kind) => self.report(Problem::Unreachable {
                path: path.to_owned(),
                reason: kind.to_string(),
            }),
            End::File | End::Missing => {
                let kind = match announce {
                    Announce::Nothing => return,
                    _ if end == End::Missing => Kind::Removed,
                    Announce::New(Kind::Removed | Kind::RenamedFrom) => Kind::RenamedTo,
                    Announce::New(kind) => kind,
                    Announce::All => Kind::RenamedTo,
                };
                let is_file = scope == Scope::File || end == End::File;
                if is_file && !self.said_removed.contains(path) || end == End::File {
                    self.note(path, kind, now);
                }
            }
        }
    }

    /// Watches the folders of the steps; answers with those that can be watched.
    fn watch_steps(
        &mut self,
        want: &Path,
        steps: &[(PathBuf, OsString)],
    ) -> Vec<(PathBuf, OsString)> {
        let mut watched = Vec::new();
        for (real, name) in steps {
            let Some(key) = self.record(real) else {
                continue;
            };
            if let Some(folder) = self.folders.get_mut(&key) {
                folder
                    .steps
                    .entry(name.clone())
                    .or_default()
                    .insert(want.to_owned());
            }
            if self.register(&key) {
                watched.push((key, name.clone()));
            }
        }
        watched
    }

    fn replace_steps(&mut self, path: &Path, steps: Vec<(PathBuf, OsString)>) {
        let Some(want) = self.wants.get_mut(path) else {
            return;
        };
        let before = std::mem::replace(&mut want.steps, steps.clone());
        for step in before {
            if !steps.contains(&step) {
                self.drop_step(path, &step);
            }
        }
    }

    fn drop_step(&mut self, want: &Path, (key, name): &(PathBuf, OsString)) {
        let Some(folder) = self.folders.get_mut(key) else {
            return;
        };
        if let Some(wants) = folder.steps.get_mut(name) {
            wants.remove(want);
            if wants.is_empty() {
                folder.steps.remove(name);
            }
        }
        self.release(key);
    }

    /// Forgets a wanted path and what only it needed.
    fn drop_want(&mut self, path: &Path) -> bool {
        let Some(want) = self.wants.remove(path) else {
            return false;
        };
        for step in &want.steps {
            self.drop_step(path, step);
        }
        if want.real.is_some() {
            self.uncover(path, None);
        }
        true
    }

    /// A link was found in a watched folder: its target is wanted under the link's path.
    fn link_found(&mut self, link: &Path, path: &Path, scope: Scope, announce: Announce) {
        if self.wants.contains_key(path) {
            return self.resolve_want(path, announce);
        }
        let Some(name) = path.file_name() else { return };
        let target_is_folder = fs::metadata(link).is_ok_and(|metadata| metadata.is_dir());
        let scope = if target_is_folder {
            if scope != Scope::Tree || self.is_ignored(link) || self.is_cycle(link, path) {
                return;
            }
            Scope::Tree
        } else if self.is_module_name(name) {
            Scope::File
        } else {
            return;
        };
        self.wants.insert(
            path.to_owned(),
            Want {
                derived: true,
                ..Want::new(scope)
            },
        );
        self.resolve_want(path, announce);
    }

    /// Whether a link leads to a folder that the way to it came through.
    fn is_cycle(&self, link: &Path, path: &Path) -> bool {
        let Ok(target) = fs::canonicalize(link) else {
            return true;
        };
        let views = self.folders.get(&target).map(|folder| &folder.views);
        link.starts_with(&target)
            || views.is_some_and(|views| views.keys().any(|view| path.starts_with(view)))
    }

    // Small questions.

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

impl Want {
    fn new(scope: Scope) -> Self {
        Want {
            scope,
            derived: false,
            steps: Vec::new(),
            real: None,
        }
    }
}

/// Whether the entry is a link, of either kind: then it was complete when it appeared.
#[cfg(unix)]
fn is_linked(path: &Path, metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.nlink() > 1 || fs::symlink_metadata(path).is_ok_and(|entry| entry.is_symlink())
}

#[cfg(not(unix))]
fn is_linked(path: &Path, _: &fs::Metadata) -> bool {
    fs::symlink_metadata(path).is_ok_and(|entry| entry.is_symlink())
}
