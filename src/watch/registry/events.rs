//! The registry's mail: what an event in a watched folder means for the paths that are wanted, and which of what
//! was noted is said when it has settled.

use super::*;

impl Registry {
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
    pub(super) fn note(&mut self, path: &Path, kind: Kind, now: Instant) {
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
