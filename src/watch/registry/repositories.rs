//! Repositories: a version control system that rewrites the work tree holds a lock meanwhile, and so
//! says which changes belong together. One folder of each repository is watched for that.

use super::*;

/// The lock, by the entry that marks a repository.
pub(super) const REPOSITORIES: &[(&str, &str)] = &[(".git", "index.lock"), (".hg", "wlock")];

impl Registry {
    /// With nothing wanted any more, no lock matters.
    pub(super) fn release_repositories(&mut self) {
        for lock in std::mem::take(&mut self.locks) {
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
        let is_marked = |folder: &&Path| {
            REPOSITORIES
                .iter()
                .any(|(mark, _)| folder.join(mark).exists())
        };
        if let Some(repository) = folder.ancestors().find(is_marked) {
            self.watch_repository(repository);
        }
    }

    /// Watches the lock of a repository: its one folder, and nothing below it.
    pub(super) fn watch_repository(&mut self, root: &Path) {
        for (mark, lock) in REPOSITORIES {
            let Some(control) = control_folder(&root.join(mark)) else {
                continue;
            };
            if self.locks.contains(&control.join(lock)) {
                continue;
            }
            let Some(key) = self.record(&control) else {
                continue;
            };
            if let Some(folder) = self.folders.get_mut(&key) {
                folder.locks.insert(lock.into());
            }
            if self.register(&key) {
                self.locks.insert(key.join(lock));
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
