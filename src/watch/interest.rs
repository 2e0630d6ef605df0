//! Which directory entries matter: asked by the backends for every event, before anybody is woken.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Folders that hold no source of the user's, by name. Hidden folders are left out as well, and
/// folders that say themselves what they are (see [`holds_no_source`]).
const IGNORED_FOLDERS: &[&str] = &[
    "__pycache__",
    "node_modules",
    "site-packages",
    "dist-packages",
    "__pypackages__",
    "venv",
];

/// Whether a tree leaves out the folder of this name.
pub(crate) fn is_ignored_folder(name: &OsStr, also_ignored: &[String]) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    name.starts_with('.')
        || IGNORED_FOLDERS.contains(&name)
        || also_ignored.iter().any(|ignored| ignored == name)
}

/// Whether the folder says that it is a virtual environment (whatever its name) or a cache (the
/// [cache directory tagging](https://bford.info/cachedir/) that cargo, pytest and mypy follow).
pub(crate) fn holds_no_source(folder: &Path) -> bool {
    MARKS.iter().any(|mark| folder.join(mark).exists())
}

/// The entries by which a folder says so.
const MARKS: &[&str] = &["pyvenv.cfg", "CACHEDIR.TAG", "conda-meta"];

/// Whether an entry of this name says that its folder holds no source.
pub(crate) fn is_mark(name: &OsStr) -> bool {
    MARKS.iter().any(|mark| name == *mark)
}

/// Whether the name is one of a file that an editor drops beside the one that it saves, although
/// its suffix looks like a module's.
pub(crate) fn is_dropping(name: &str) -> bool {
    name.starts_with(".#") // Emacs: a lock, a link that leads nowhere
        || name.starts_with("flycheck_")
        || name.starts_with("#") // Emacs: auto-save
        || name.starts_with(".~") // LibreOffice, some IDEs
        || name.contains("___jb_") // JetBrains: the new and the old content
        || name.contains(".sb-") // macOS: safe save
}

/// What happened to a directory entry, as far as a backend knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A file or link appeared; its content may still be on its way.
    Created,
    /// A folder appeared.
    CreatedFolder,
    /// Content was written; the file is still open.
    Written,
    /// The file was closed by a writer.
    Closed,
    /// Something complete was renamed to this path: a file, a link or a folder.
    RenamedTo,
    /// What was here was renamed away.
    RenamedFrom,
    /// What was here was deleted.
    Removed,
    /// Only the metadata changed: never a reason to wake anybody, except for a folder that could
    /// not be read before.
    Attributes,
    /// The platform does not say what; the file system must be asked.
    Unknown,
}

impl Kind {
    /// Whether the entry itself changed, and not only what is in the file.
    pub(crate) fn is_structural(self) -> bool {
        !matches!(self, Kind::Written | Kind::Closed | Kind::Attributes)
    }

    /// Whether something left this path.
    pub(crate) fn is_departure(self) -> bool {
        matches!(self, Kind::RenamedFrom | Kind::Removed)
    }
}

/// One event of a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    pub kind: Kind,
    pub path: PathBuf,
}

/// What matters in one folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FolderInterest {
    /// Every entry with a module's suffix.
    pub modules: bool,
    /// New subfolders, by themselves or as links.
    pub subfolders: bool,
    /// These entries, whatever their suffix.
    pub names: HashSet<OsString>,
}

/// The answer to "does this event matter".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Yes,
    No,
    /// Only when the path is a folder, or a link (which may lead to one).
    IfFolder,
}

/// What matters, by real folder.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    pub suffixes: Vec<String>,
    pub ignored_folders: Vec<String>,
    pub folders: HashMap<PathBuf, FolderInterest>,
    /// Folders that could not be read; a change of their permissions matters.
    pub unreadable: HashSet<PathBuf>,
}

impl Interest {
    /// Whether the name is one that a module, or another file of the watched suffixes, may have.
    /// A name that is not text can be no module's.
    pub(crate) fn is_module_name(&self, name: &OsStr) -> bool {
        let Some(name) = name.to_str() else {
            return false;
        };
        self.suffixes
            .iter()
            .any(|suffix| name.ends_with(suffix.as_str()))
            && !is_dropping(name)
    }

    /// Whether the entry of a watched folder matters as a file.
    pub(crate) fn wants_file(&self, folder: &Path, name: &OsStr) -> bool {
        self.folders
            .get(folder)
            .is_some_and(|f| f.names.contains(name) || (f.modules && self.is_module_name(name)))
    }

    /// Whether the entry of a watched folder matters if it is a folder.
    pub(crate) fn wants_folder(&self, folder: &Path, name: &OsStr) -> bool {
        self.folders.get(folder).is_some_and(|f| f.subfolders)
            && !is_ignored_folder(name, &self.ignored_folders)
    }

    /// Whether the entry of a watched folder says that a tree should leave the folder out.
    pub(crate) fn wants_mark(&self, folder: &Path, name: &OsStr) -> bool {
        is_mark(name) && self.folders.get(folder).is_some_and(|f| f.subfolders)
    }

    /// Whether an event matters.
    pub(crate) fn judge(&self, kind: Kind, path: &Path) -> Verdict {
        if kind == Kind::Attributes {
            return if self.unreadable.contains(path) {
                Verdict::Yes
            } else {
                Verdict::No
            };
        }
        if self.folders.contains_key(path) && kind.is_structural() {
            return Verdict::Yes;
        }
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Verdict::No;
        };
        if self.wants_file(folder, name) {
            return Verdict::Yes;
        }
        if kind.is_structural() && self.wants_mark(folder, name) {
            return Verdict::Yes;
        }
        let may_be_folder = kind.is_structural() && !kind.is_departure();
        if !may_be_folder || !self.wants_folder(folder, name) {
            return Verdict::No;
        }
        if kind == Kind::CreatedFolder {
            Verdict::Yes
        } else {
            Verdict::IfFolder
        }
    }
}
