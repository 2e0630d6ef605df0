//! The folders' half of the registry: what covers a folder, which backend watches it, and what
//! becomes of it when it is removed, moved or replaced.

use super::repositories::REPOSITORIES;
use super::*;
use crate::watch::filesystem::file_system_of;

impl Registry {
    /// Watches a folder for its modules, and in a tree the folders below it.
    pub(super) fn cover(&mut self, real: &Path, view: &Path, scope: Scope, announce: Announce) {
        let mut ahead = vec![(real.to_owned(), view.to_owned())];
        while let Some((real, view)) = ahead.pop() {
            if self.config.excluded.contains(&view) {
                continue;
            }
            let Some(key) = self.record(&real) else {
                continue;
            };
            if let Some(folder) = self.folders.get_mut(&key) {
                let covered = folder.views.entry(view.clone()).or_insert(scope);
                *covered = scope.max(*covered);
            }
            if self.register(&key) {
                ahead.extend(self.read(&key, &view, scope, announce));
            } else if key.exists() {
                self.remember_unreadable(&key, &view, scope);
            }
        }
    }

    /// Reads a folder that is registered; answers with the folders below it that a tree covers.
    pub(super) fn read(
        &mut self,
        key: &Path,
        view: &Path,
        scope: Scope,
        announce: Announce,
    ) -> Vec<(PathBuf, PathBuf)> {
        let entries = match fs::read_dir(key) {
            Ok(entries) => entries,
            Err(error) => {
                if !is_absence(&error) {
                    let reason = error.to_string();
                    self.report(Problem::Unreadable {
                        path: key.to_owned(),
                        reason,
                    });
                    self.remember_unreadable(key, view, scope);
                }
                return Vec::new();
            }
        };
        let (mut below, mut links, mut found) = (Vec::new(), Vec::new(), BTreeSet::new());
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Ok(file_type) = entry.file_type() else {
                continue;
            };
            if REPOSITORIES.iter().any(|(mark, ..)| name == *mark) {
                self.watch_repository(key);
            }
            if file_type.is_symlink() {
                links.push(name.clone());
            }
            if file_type.is_dir() {
                if scope == Scope::Tree && !self.is_ignored(&entry.path()) {
                    below.push((entry.path(), view.join(&name)));
                }
            } else if self.is_module_name(&name) {
                found.insert(name);
            }
        }
        self.compare_known(key, view, &found, announce);
        for name in links {
            found.remove(&name);
            self.link_found(&key.join(&name), &view.join(&name), scope, announce);
        }
        below
    }

    /// Notes what was found in a folder against what was known of it.
    pub(super) fn compare_known(
        &mut self,
        key: &Path,
        view: &Path,
        found: &BTreeSet<OsString>,
        announce: Announce,
    ) {
        let Some(folder) = self.folders.get_mut(key) else {
            return;
        };
        let known = std::mem::replace(&mut folder.known, found.clone());
        if announce == Announce::Nothing {
            return;
        }
        let now = Instant::now();
        for name in found {
            if announce == Announce::All || !known.contains(name) {
                self.note(&view.join(name), Kind::RenamedTo, now);
            }
        }
        for name in known.difference(found) {
            self.settle.note(&view.join(name), Signal::Missing, now);
        }
    }

    /// Stops watching, for their modules, the folders that are reached below this path of the
    /// user's. With an instant: the modules are gone as of then.
    pub(super) fn uncover(&mut self, path: &Path, departed: Option<Instant>) {
        let mut released = Vec::new();
        for (key, folder) in &mut self.folders {
            let covered: Vec<PathBuf> = folder
                .views
                .keys()
                .filter(|view| view.starts_with(path))
                .cloned()
                .collect();
            for view in &covered {
                folder.views.remove(view);
                for name in folder.known.iter().filter(|_| departed.is_some()) {
                    let now = departed.unwrap_or_else(Instant::now);
                    self.settle.note(&view.join(name), Signal::Missing, now);
                }
            }
            if !covered.is_empty() {
                released.push(key.clone());
            }
        }
        let is_below = |(want, kept): &(&PathBuf, &Want)| kept.derived && want.starts_with(path);
        let derived: Vec<PathBuf> = self
            .wants
            .iter()
            .filter(is_below)
            .map(|(want, _)| want.clone())
            .collect();
        for want in derived {
            if want != path {
                self.drop_want(&want);
            }
        }
        for key in released {
            self.release(&key);
        }
    }

    /// The key under which a real folder is kept; it is not yet registered.
    pub(super) fn record(&mut self, real: &Path) -> Option<PathBuf> {
        let identity = match Identity::of(real) {
            Ok(identity) => identity,
            Err(error) => {
                if !is_absence(&error) {
                    let reason = error.to_string();
                    self.report(Problem::Unreachable {
                        path: real.to_owned(),
                        reason,
                    });
                }
                return None;
            }
        };
        if let Some(folder) = self.folders.get(real) {
            if folder.identity != identity {
                self.unregister(real);
                self.identify(real, identity);
            }
            return Some(real.to_owned());
        }
        if let Some(other) = self.by_identity.get(&identity).cloned() {
            // The same folder under a second path, by a bind mount; or it was moved here.
            if Identity::of(&other).is_ok_and(|known| known == identity) {
                return Some(other);
            }
            self.folder_changed(&other, Instant::now());
        }
        let folder = Folder {
            identity,
            how: None,
            views: BTreeMap::new(),
            steps: HashMap::new(),
            locks: HashSet::new(),
            known: BTreeSet::new(),
        };
        self.folders.insert(real.to_owned(), folder);
        self.by_identity.insert(identity, real.to_owned());
        Some(real.to_owned())
    }

    pub(super) fn identify(&mut self, key: &Path, identity: Identity) {
        let Some(folder) = self.folders.get_mut(key) else {
            return;
        };
        let before = std::mem::replace(&mut folder.identity, identity);
        self.by_identity.remove(&before);
        self.by_identity.insert(identity, key.to_owned());
    }

    /// Makes known what matters in a folder and sees to it that a backend watches it. When none
    /// can, the folder is forgotten.
    pub(super) fn register(&mut self, key: &Path) -> bool {
        self.publish(key);
        let Some(folder) = self.folders.get(key) else {
            return false;
        };
        if folder.how.is_some() {
            return true;
        }
        let device = folder.identity.device;
        match self.choose_backend(key, device) {
            Ok(how) => {
                if let Some(folder) = self.folders.get_mut(key) {
                    folder.how = Some(how);
                }
                true
            }
            Err(refusal) => {
                if let Refusal::Other(reason) = refusal {
                    self.report(Problem::Unreadable {
                        path: key.to_owned(),
                        reason,
                    });
                }
                self.erase(key);
                false
            }
        }
    }

    pub(super) fn choose_backend(&mut self, key: &Path, device: u64) -> Result<How, Refusal> {
        let file_system = self.file_system(key, device);
        let asked = self.config.poll_everything
            || self
                .config
                .polled_below
                .iter()
                .any(|polled| key.starts_with(polled));
        if asked {
            return self.poll_folder(key, file_system, PollReason::Asked);
        }
        if !file_system.tells_changes {
            self.report(Problem::Silent {
                file_system: file_system.clone(),
            });
            return self.poll_folder(key, file_system, PollReason::NoEvents);
        }
        let Some(backend) = self.native_backend() else {
            return self.poll_folder(key, file_system, PollReason::NoInstance);
        };
        match backend.watch(key) {
            Ok(()) => Ok(How::Native),
            Err(Refusal::WatchLimit) => {
                self.report_watch_limit();
                self.poll_folder(key, file_system, PollReason::WatchLimit)
            }
            Err(refusal) => Err(refusal),
        }
    }

    pub(super) fn poll_folder(
        &mut self,
        key: &Path,
        file_system: FileSystem,
        reason: PollReason,
    ) -> Result<How, Refusal> {
        match self.polling.watch(key) {
            Ok(()) => Ok(How::Polled(file_system, reason)),
            Err(error) if is_absence(&error) => Err(Refusal::Missing),
            Err(error) => Err(Refusal::Other(error.to_string())),
        }
    }

    pub(super) fn native_backend(&mut self) -> Option<&mut NotifyBackend> {
        if let Native::Untried = self.native {
            let faults = self.config.faults.clone();
            self.native = match NotifyBackend::new(Arc::clone(&self.inbox), faults) {
                Ok(backend) => Native::Running(Box::new(backend)),
                Err(refusal) => {
                    let limit = inotify_limit("max_user_instances");
                    let reason = match refusal {
                        Refusal::NoInstance(error) => error.to_string(),
                        refusal => format!("{refusal:?}"),
                    };
                    self.report(Problem::NoInstance { limit, reason });
                    Native::Unavailable
                }
            };
        }
        match &mut self.native {
            Native::Running(backend) => Some(backend),
            _ => None,
        }
    }

    pub(super) fn file_system(&mut self, path: &Path, device: u64) -> FileSystem {
        if let Some(silent) = &self.config.faults.silent_below
            && path.starts_with(silent)
        {
            let (mount_point, name) = (silent.clone(), "9p".into());
            return FileSystem {
                mount_point,
                name,
                tells_changes: false,
            };
        }
        // Without device numbers every folder is asked for.
        if device == 0 {
            return file_system_of(path);
        }
        self.file_systems
            .entry(device)
            .or_insert_with(|| file_system_of(path))
            .clone()
    }

    /// Tells the backends what matters in a folder.
    pub(super) fn publish(&self, key: &Path) {
        let Some(folder) = self.folders.get(key) else {
            return;
        };
        let interest = FolderInterest {
            modules: !folder.views.is_empty(),
            subfolders: folder.views.values().any(|scope| *scope == Scope::Tree),
            names: folder.steps.keys().chain(&folder.locks).cloned().collect(),
        };
        self.inbox.with_interest(|all| {
            all.folders.insert(key.to_owned(), interest);
        });
    }

    /// Ends the watch of a folder that nobody needs any more.
    pub(super) fn release(&mut self, key: &Path) {
        let Some(folder) = self.folders.get(key) else {
            return;
        };
        if folder.views.is_empty() && folder.steps.is_empty() && folder.locks.is_empty() {
            self.unregister(key);
            self.erase(key);
        } else {
            self.publish(key);
        }
    }

    pub(super) fn unregister(&mut self, key: &Path) {
        let Some(folder) = self.folders.get_mut(key) else {
            return;
        };
        match (folder.how.take(), &mut self.native) {
            (Some(How::Native), Native::Running(backend)) => backend.unwatch(key),
            (Some(How::Polled(..)), _) => self.polling.unwatch(key),
            _ => {}
        }
    }

    pub(super) fn erase(&mut self, key: &Path) -> Option<Folder> {
        let folder = self.folders.remove(key)?;
        if self
            .by_identity
            .get(&folder.identity)
            .is_some_and(|path| path == key)
        {
            self.by_identity.remove(&folder.identity);
        }
        self.inbox.with_interest(|all| all.folders.remove(key));
        Some(folder)
    }

    /// A watched folder was removed, moved, or replaced by another.
    pub(super) fn folder_changed(&mut self, key: &Path, now: Instant) {
        match Identity::of(key) {
            Ok(identity) => self.folder_replaced(key, identity),
            Err(error) if is_absence(&error) => self.folder_removed(key, now),
            Err(error) => {
                let reason = error.to_string();
                self.report(Problem::Unreachable {
                    path: key.to_owned(),
                    reason,
                });
            }
        }
    }

    pub(super) fn folder_replaced(&mut self, key: &Path, identity: Identity) {
        self.unregister(key);
        self.identify(key, identity);
        let Some(folder) = self.folders.get(key) else {
            return;
        };
        let wants: BTreeSet<PathBuf> = folder.steps.values().flatten().cloned().collect();
        let views = folder.views.clone();
        if !self.register(key) {
            return;
        }
        for (view, scope) in views {
            self.cover(key, &view, scope, Announce::All);
        }
        for want in wants {
            self.resolve_want(&want, Announce::New(Kind::RenamedTo));
        }
    }

    pub(super) fn folder_removed(&mut self, key: &Path, now: Instant) {
        let below = self
            .folders
            .range(key.to_owned()..)
            .take_while(|(path, _)| path.starts_with(key));
        let keys: Vec<PathBuf> = below.map(|(path, _)| path.clone()).collect();
        let mut wants = BTreeSet::new();
        for key in &keys {
            self.unregister(key);
            let Some(folder) = self.erase(key) else {
                continue;
            };
            for view in folder.views.keys() {
                for name in &folder.known {
                    self.settle.note(&view.join(name), Signal::Missing, now);
                }
            }
            wants.extend(folder.steps.into_values().flatten());
            for lock in &folder.locks {
                let lock = key.join(lock);
                self.settle.unlock(&lock);
                self.locks.remove(&lock);
            }
        }
        let led_there = |(_, want): &(&PathBuf, &Want)| {
            want.real.as_ref().is_some_and(|real| keys.contains(real))
        };
        wants.extend(
            self.wants
                .iter()
                .filter(led_there)
                .map(|(path, _)| path.clone()),
        );
        for want in wants {
            self.resolve_want(&want, Announce::New(Kind::Removed));
        }
    }

    /// A folder could not be read: the permission to may be given later.
    pub(super) fn remember_unreadable(&mut self, key: &Path, view: &Path, scope: Scope) {
        self.unreadable
            .insert(key.to_owned(), (view.to_owned(), scope));
        self.inbox
            .with_interest(|all| all.unreadable.insert(key.to_owned()));
    }

    pub(super) fn retry_unreadable(&mut self, path: &Path) {
        let Some((view, scope)) = self.unreadable.remove(path) else {
            return;
        };
        self.inbox.with_interest(|all| all.unreadable.remove(path));
        self.problems.retain(
            |problem| !matches!(problem, Problem::Unreadable { path: closed, .. } if closed == path),
        );
        self.cover(path, &view, scope, Announce::All);
    }
}
