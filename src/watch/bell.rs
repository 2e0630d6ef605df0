//! Whether a file may have changed since the last look: asked before each request or cell, where a
//! `stat` of each file would be felt.
//!
//! By the time that a write returns, the kernel has its event in the queue of inotify. So whoever
//! reads the queue misses nothing that was saved before, and needs no thread. That holds where the
//! kernel tells of each change: what lies behind a symbolic link or on a file system that others
//! change unseen is not covered, and is looked at each time. What no event tells (a write through a
//! hard link elsewhere or through mapped memory, a file system that is mounted over) is found a
//! second later, for then all is looked at anyway.

use std::path::PathBuf;
use std::time::Duration;

/// After so long a bell that did not ring is believed no more.
const BELIEVED: Duration = Duration::from_secs(1);

/// What a bell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// Nothing that it covers was touched.
    Quiet,
    /// Something may have been.
    Rang,
    /// It hangs where it may not hear everything any more.
    Down,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use there::Bell;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use elsewhere::Bell;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod elsewhere {
    use super::*;

    /// There is none here.
    #[derive(Debug)]
    pub enum Bell {}

    impl Bell {
        /// Covers nothing.
        pub fn hang<'a>(_paths: impl Iterator<Item = &'a PathBuf>) -> Option<Bell> {
            None
        }

        /// Never asked.
        pub fn ask(&mut self) -> Ring {
            match *self {}
        }

        /// Never asked.
        pub fn uncovered(&self) -> &[PathBuf] {
            match *self {}
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[expect(
    unsafe_code,
    reason = "inotify has no counterpart in the standard library"
)]
mod there {
    use super::*;
    use crate::watch::filesystem::file_system_of;
    use std::collections::{HashMap, HashSet};
    use std::ffi::{CString, OsStr, OsString};
    use std::fs;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::time::Instant;

    /// A folder that holds files, and one above it.
    const HOLDS: u32 = libc::IN_MODIFY
        | libc::IN_CLOSE_WRITE
        | libc::IN_ATTRIB
        | libc::IN_CREATE
        | libc::IN_DELETE
        | libc::IN_MOVED_FROM
        | libc::IN_MOVED_TO
        | ABOVE;
    const ABOVE: u32 = libc::IN_DELETE_SELF | libc::IN_MOVE_SELF | libc::IN_MASK_ADD;
    /// After these a watch may be of another folder than its path.
    const ELSEWHERE: u32 = libc::IN_DELETE_SELF
        | libc::IN_MOVE_SELF
        | libc::IN_IGNORED
        | libc::IN_UNMOUNT
        | libc::IN_Q_OVERFLOW;
    const HEAD: usize = std::mem::size_of::<libc::inotify_event>();

    /// Hangs in the folders of some files.
    #[derive(Debug)]
    pub struct Bell {
        queue: OwnedFd,
        /// A fork has the same queue, and must leave it alone.
        process: u32,
        /// By the number of a watch: the files that matter there.
        names: HashMap<i32, HashSet<OsString>>,
        uncovered: Vec<PathBuf>,
        since: Instant,
    }

    impl Bell {
        /// For these files, as far as may be; None where the system has no more bells.
        pub fn hang<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Option<Bell> {
            // SAFETY: a new descriptor, or a negative number.
            let queue = unsafe {
                let queue = libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC);
                (queue >= 0).then(|| OwnedFd::from_raw_fd(queue))?
            };
            let mut bell = Bell {
                queue,
                process: std::process::id(),
                names: HashMap::new(),
                uncovered: Vec::new(),
                since: Instant::now(),
            };
            let mut folders: HashMap<&Path, Option<i32>> = HashMap::new();
            for path in paths {
                let is_link = fs::symlink_metadata(path).is_ok_and(|seen| seen.is_symlink());
                let watch = path.parent().and_then(|folder| {
                    *folders
                        .entry(folder)
                        .or_insert_with(|| bell.hang_in(folder))
                });
                match (watch, path.file_name()) {
                    (Some(watch), Some(name)) if !is_link => {
                        bell.names.entry(watch).or_default().insert(name.to_owned());
                    }
                    _ => bell.uncovered.push(path.clone()),
                }
            }
            for folder in folders.keys().flat_map(|folder| folder.ancestors().skip(1)) {
                // Where nobody may listen, nobody else moves folders either.
                let _ = bell.watch(folder, ABOVE);
            }
            Some(bell)
        }

        /// In a folder whose path has no links, and that tells of what changes in it.
        fn hang_in(&self, folder: &Path) -> Option<i32> {
            let is_plain = fs::canonicalize(folder).is_ok_and(|real| real == folder);
            (is_plain && file_system_of(folder).tells_changes)
                .then(|| self.watch(folder, HOLDS))
                .flatten()
        }

        fn watch(&self, folder: &Path, mask: u32) -> Option<i32> {
            let path = CString::new(folder.as_os_str().as_bytes()).ok()?;
            let mask = mask | libc::IN_ONLYDIR;
            // SAFETY: the path ends with a null byte.
            let watch =
                unsafe { libc::inotify_add_watch(self.queue.as_raw_fd(), path.as_ptr(), mask) };
            (watch >= 0).then_some(watch)
        }

        /// The files that it is not rung for.
        pub fn uncovered(&self) -> &[PathBuf] {
            &self.uncovered
        }

        /// What happened since it was asked last.
        pub fn ask(&mut self) -> Ring {
            if self.process != std::process::id() {
                return Ring::Down;
            }
            let mut ring = self.heard();
            if self.since.elapsed() > BELIEVED && ring == Ring::Quiet {
                ring = Ring::Rang;
            }
            if ring != Ring::Quiet {
                self.since = Instant::now();
            }
            ring
        }

        /// Empties the queue.
        fn heard(&self) -> Ring {
            let mut ring = Ring::Quiet;
            let mut bytes = [0_u8; 4096];
            loop {
                let (queue, to, len) = (
                    self.queue.as_raw_fd(),
                    bytes.as_mut_ptr().cast(),
                    bytes.len(),
                );
                // SAFETY: writes at most `len` bytes to `bytes`.
                let count = unsafe { libc::read(queue, to, len) };
                let Ok(count @ 1..) = usize::try_from(count) else {
                    return ring;
                };
                let mut rest = &bytes[..count];
                while rest.len() >= HEAD {
                    // SAFETY: the kernel writes whole events; the head of one may stand anywhere.
                    let event: libc::inotify_event =
                        unsafe { std::ptr::read_unaligned(rest.as_ptr().cast()) };
                    let end = (HEAD + event.len as usize).min(rest.len());
                    if event.mask & ELSEWHERE != 0 {
                        ring = Ring::Down;
                    } else if ring == Ring::Quiet && self.matters(event.wd, &rest[HEAD..end]) {
                        ring = Ring::Rang;
                    }
                    rest = &rest[end..];
                }
            }
        }

        fn matters(&self, watch: i32, name: &[u8]) -> bool {
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            self.names
                .get(&watch)
                .is_some_and(|names| names.contains(OsStr::from_bytes(name)))
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("reloadr-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("in")).unwrap();
        fs::canonicalize(folder).unwrap()
    }

    #[test]
    fn each_save_is_heard_at_once_and_nothing_else() {
        let folder = folder("bell");
        let paths = [folder.join("in/a.py"), folder.join("in/b.py")];
        fs::write(&paths[0], "1").unwrap();
        let mut bell = Bell::hang(paths.iter()).unwrap();
        assert!(bell.uncovered().is_empty());
        assert_eq!(bell.ask(), Ring::Quiet);
        for number in 0..100 {
            fs::write(&paths[0], number.to_string()).unwrap();
            assert_eq!(bell.ask(), Ring::Rang);
            assert_eq!(bell.ask(), Ring::Quiet);
        }
        fs::write(folder.join("in/log"), "1").unwrap();
        assert_eq!(bell.ask(), Ring::Quiet);
        fs::rename(folder.join("in/log"), &paths[1]).unwrap();
        assert_eq!(bell.ask(), Ring::Rang);
        fs::remove_file(&paths[0]).unwrap();
        assert_eq!(bell.ask(), Ring::Rang);
        std::thread::sleep(BELIEVED + Duration::from_millis(10));
        assert_eq!(bell.ask(), Ring::Rang);
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(bell.ask(), Ring::Down);
    }

    #[test]
    fn a_folder_above_that_is_moved_takes_it_down_and_links_are_not_covered() {
        let folder = folder("bell-above");
        let path = folder.join("in/a.py");
        fs::write(&path, "1").unwrap();
        std::os::unix::fs::symlink(&path, folder.join("in/link.py")).unwrap();
        std::os::unix::fs::symlink(folder.join("in"), folder.join("other")).unwrap();
        let linked = [folder.join("in/link.py"), folder.join("other/a.py"), path];
        let mut bell = Bell::hang(linked.iter()).unwrap();
        assert_eq!(bell.uncovered(), &linked[..2]);
        let moved = folder.with_extension("moved");
        fs::rename(&folder, &moved).unwrap();
        assert_eq!(bell.ask(), Ring::Down);
        fs::remove_dir_all(moved).unwrap();
    }
}
