//! The wanted half of the registry: what a path of the user's leads to now, and on which entries of which folders
//! that depends.

use super::*;

/// A path that keeps changing while it is resolved is resolved no more often than that; its next
/// event does the rest.
const MOST_ATTEMPTS: usize = 4;

impl Registry {
    /// Finds out what a wanted path leads to now, and watches what that depends on.
    pub(super) fn resolve_want(&mut self, path: &Path, announce: Announce) {
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
            if self.register_step(&key, name) {
                watched.push((key, name.clone()));
            }
        }
        watched
    }

    /// Sees to it that an entry of a folder is watched. Of a folder with thousands of them, each is made known by
    /// itself.
    fn register_step(&mut self, key: &Path, name: &OsStr) -> bool {
        let is_watched = self.folders.get(key).is_some_and(|it| it.how.is_some());
        let is_known = is_watched
            && self
                .inbox
                .with_interest(|all| match all.folders.get_mut(key) {
                    Some(interest) => {
                        interest.names.insert(name.to_owned());
                        true
                    }
                    None => false,
                });
        is_known || self.register(key)
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
    pub(super) fn drop_want(&mut self, path: &Path) -> bool {
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
    pub(super) fn link_found(
        &mut self,
        link: &Path,
        path: &Path,
        scope: Scope,
        announce: Announce,
    ) {
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
}

impl Want {
    pub(super) fn new(scope: Scope) -> Self {
        Want {
            scope,
            derived: false,
            steps: Vec::new(),
            real: None,
        }
    }
}
