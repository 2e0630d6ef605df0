//! Where a path really leads, and which directory entries that depends on.
//!
//! `canonicalize` answers only the first half. A watcher needs the second: with
//! `app.py -> ..data/app.py` and `..data -> ..2025_06` (how Kubernetes mounts a config map), a
//! change of any of the entries `app.py`, `..data` and `..2025_06/app.py` changes what the path
//! means, and none of the others tells.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

/// More links than that are a cycle, as for the kernel.
const MOST_LINKS: usize = 40;

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// A file (or anything that is no folder).
    File,
    /// A folder, under its real path.
    Folder(PathBuf),
    /// Nothing; the last step names the first entry that is missing.
    Missing,
    /// The file system does not answer: no statement about existence.
    Unreachable(io::ErrorKind),
}

/// The entries, each a real folder and a name in it, that decide what a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolution {
    pub steps: Vec<(PathBuf, OsString)>,
    pub end: End,
}

/// Follows an absolute path. Reads the file system, touches nothing.
pub(crate) fn resolve(path: &Path) -> Resolution {
    let mut steps = Vec::new();
    let mut real = PathBuf::new();
    let mut ahead: VecDeque<OsString> = VecDeque::new();
    enqueue(path, &mut real, &mut ahead);
    let mut links = 0;
    while let Some(name) = ahead.pop_front() {
        if name == ".." {
            real.pop();
            continue;
        }
        let entry = real.join(&name);
        let metadata = match fs::symlink_metadata(&entry) {
            Ok(metadata) => metadata,
            Err(error) => {
                steps.push((real, name));
                return Resolution {
                    steps,
                    end: end_of_error(&error),
                };
            }
        };
        if metadata.is_symlink() {
            links += 1;
            let target = fs::read_link(&entry);
            // Links of the system itself (`/tmp`, `/home`) do not change under a program, and
            // their folder, `/`, is a noisy one.
            if real.parent().is_some() {
                steps.push((real.clone(), name));
            }
            match target {
                Ok(target) if links <= MOST_LINKS => enqueue(&target, &mut real, &mut ahead),
                _ => {
                    return Resolution {
                        steps,
                        end: End::Missing,
                    };
                }
            }
        } else if metadata.is_dir() {
            real = entry;
        } else {
            let end = if ahead.is_empty() {
                End::File
            } else {
                End::Missing
            };
            steps.push((real, name));
            return Resolution { steps, end };
        }
    }
    Resolution {
        steps,
        end: End::Folder(real),
    }
}

/// Puts the components of a path or of a link's target before those still ahead.
fn enqueue(path: &Path, real: &mut PathBuf, ahead: &mut VecDeque<OsString>) {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            // `push` keeps of `real` exactly what a root or a prefix leaves standing.
            Component::Prefix(_) | Component::RootDir => real.push(component.as_os_str()),
            Component::CurDir => {}
            Component::ParentDir => names.push(OsString::from("..")),
            Component::Normal(name) => names.push(name.to_owned()),
        }
    }
    for name in names.into_iter().rev() {
        ahead.push_front(name);
    }
}

fn end_of_error(error: &io::Error) -> End {
    if is_absence(error) {
        End::Missing
    } else {
        End::Unreachable(error.kind())
    }
}

/// Whether the file system says "there is no such path", and not "I cannot tell".
pub(crate) fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Whether a path exists when the case of its letters does not count: then its absence is a rename
/// of letter case, of itself or of a folder above it, and no deletion.
pub(crate) fn exists_ignoring_case(path: &Path) -> bool {
    find_ignoring_case(path, 3).is_some()
}

/// `depth` bounds how many levels of missing folders are searched for.
fn find_ignoring_case(path: &Path, depth: usize) -> Option<PathBuf> {
    if path.exists() {
        return Some(path.to_owned());
    }
    if depth == 0 {
        return None;
    }
    let wanted = path.file_name()?.to_str()?.to_lowercase();
    let folder = find_ignoring_case(path.parent()?, depth - 1)?;
    let entries = fs::read_dir(folder).ok()?;
    entries
        .flatten()
        .find(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.to_lowercase() == wanted)
        })
        .map(|entry| entry.path())
}
