//! What a watcher cannot do, and what can be done about it.

use super::filesystem::FileSystem;
use std::fmt;
use std::path::PathBuf;

/// Something that is not watched as it should be. Nothing here ends the watcher; each is told once
/// with a batch, and stays on the list of problems while it lasts. Ordered from the one that
/// concerns most to the one that concerns a single path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Problem {
    /// The system refused another watcher; everything is polled.
    NoInstance {
        /// The limit of instances, where the system has one and tells it.
        limit: Option<u64>,
        /// The words of the system.
        reason: String,
    },
    /// The system refused more watches; the folders beyond the limit are polled.
    WatchLimit {
        /// The limit of watches, where the system tells it.
        limit: Option<u64>,
    },
    /// A file system does not tell of every change; its folders are polled.
    Silent {
        /// The file system.
        file_system: FileSystem,
    },
    /// The system's watcher reported something else.
    Backend {
        /// Its words.
        reason: String,
    },
    /// A folder does not answer (a network file system that is away). Its files keep their state;
    /// they are looked at when it answers again.
    Unreachable {
        /// The folder.
        path: PathBuf,
        /// The words of the system.
        reason: String,
    },
    /// A folder cannot be read; it and what is below it is not watched. The rest is.
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// The words of the system.
        reason: String,
    },
    /// A path that no file can have was asked for and skipped.
    BadPath {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoInstance { limit, reason } => {
                let limit = limit.map_or(String::new(), |limit| format!(" (limit {limit})"));
                write!(
                    f,
                    "the system has no file watcher left{limit}: {reason}; all files are polled \
                     instead, which is slower. Cure: sudo sysctl \
                     fs.inotify.max_user_instances=1024, or `ulimit -n` if that is what is used up"
                )
            }
            Problem::WatchLimit { limit } => {
                let limit = limit.map_or(String::new(), |limit| format!(" ({limit})"));
                write!(
                    f,
                    "the system's limit of file watches{limit} is reached; the folders beyond it \
                     are polled instead, which is slower. Cure: sudo sysctl \
                     fs.inotify.max_user_watches=524288"
                )
            }
            Problem::Silent { file_system } => {
                let (mount_point, name) = (file_system.mount_point.display(), &file_system.name);
                write!(
                    f,
                    "{mount_point} ({name}) does not tell of every change; its folders are polled \
                     instead, which is slower"
                )
            }
            Problem::Backend { reason } => write!(f, "the system's file watcher: {reason}"),
            Problem::Unreachable { path, reason } => {
                write!(
                    f,
                    "{} does not answer: {reason}; its files are kept",
                    path.display()
                )
            }
            Problem::Unreadable { path, reason } => {
                write!(f, "{} cannot be watched: {reason}", path.display())
            }
            Problem::BadPath { path, reason } => write!(f, "{path:?} was skipped: {reason}"),
        }
    }
}

/// Why a folder is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PollReason {
    /// Its file system does not tell every change.
    NoEvents,
    /// The configuration asks for it.
    Asked,
    /// The limit of watches is reached.
    WatchLimit,
    /// No watcher can be had.
    NoInstance,
}

impl fmt::Display for PollReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PollReason::NoEvents => "its file system does not tell every change",
            PollReason::Asked => "as asked",
            PollReason::WatchLimit => "the limit of watches is reached",
            PollReason::NoInstance => "no file watcher can be had",
        })
    }
}

/// A mount of which folders are polled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolledMount {
    /// The mount.
    pub file_system: FileSystem,
    /// Why.
    pub reason: PollReason,
    /// How many of its folders.
    pub folders: usize,
}

impl fmt::Display for PolledMount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PolledMount {
            file_system,
            reason,
            folders,
        } = self;
        let (mount_point, name) = (file_system.mount_point.display(), &file_system.name);
        write!(
            f,
            "{mount_point} ({name}): {folders} folders are polled: {reason}"
        )
    }
}

/// The value of one of inotify's limits.
pub(crate) fn inotify_limit(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?;
    text.trim().parse().ok()
}
