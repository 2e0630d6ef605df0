//! Whether a file is being written at this instant, so that half of it is not taken for the whole.
//!
//! A close event tells that a writer was done; it does not tell that no other one has begun since.
//! Linux answers that directly: a read lease is only granted on a file that nobody holds open for
//! writing. It is given back at once, so nobody ever waits for us. A reader asks before and after
//! it reads, and compares: two equal [`Mark`]s mean that what it read is whole.

use std::path::Path;

/// What a file looked like at an instant at which nobody was writing it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Mark {
    /// Which file it was.
    pub inode: u64,
    /// Its length in bytes.
    pub size: u64,
    /// When it was written, in nanoseconds.
    pub modified: i64,
}

/// Whether somebody has a file open for writing; `None` where that cannot be told.
#[cfg(target_os = "linux")]
pub fn is_being_written(path: &Path) -> Option<bool> {
    let file = open(path).ok()?;
    writer_of(&file)
}

/// Whether somebody has a file open for writing. Elsewhere nobody tells about writers.
#[cfg(not(target_os = "linux"))]
pub fn is_being_written(_: &Path) -> Option<bool> {
    None
}

/// A file's mark, whether or not somebody is writing it; `None` where there is none. Two files that
/// took each other's place differ.
pub fn identity(path: &Path) -> Option<Mark> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some(mark_of(&metadata))
}

#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK);
    options.open(path)
}

#[cfg(unix)]
fn mark_of(metadata: &std::fs::Metadata) -> Mark {
    use std::os::unix::fs::MetadataExt;
    Mark {
        inode: metadata.ino(),
        size: metadata.size(),
        modified: metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec(),
    }
}

#[cfg(not(unix))]
fn mark_of(metadata: &std::fs::Metadata) -> Mark {
    let modified = metadata.modified().ok();
    let since = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    Mark {
        inode: 0,
        size: metadata.len(),
        modified: since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(0)),
    }
}

/// The file's mark; `None` while somebody has it open for writing. A missing file has the default
/// mark. Where the system cannot tell about writers, nobody writes.
#[cfg(unix)]
pub fn mark(path: &Path) -> Option<Mark> {
    let Ok(file) = open(path) else {
        return Some(Mark::default());
    };
    let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file);
    let Some(metadata) = metadata else {
        return Some(Mark::default());
    };
    if writer_of(&file) == Some(true) {
        return None;
    }
    Some(mark_of(&metadata))
}

/// The file's mark. Elsewhere nobody tells about writers.
#[cfg(not(unix))]
pub fn mark(path: &Path) -> Option<Mark> {
    let Ok(metadata) = std::fs::metadata(path) else {
        return Some(Mark::default());
    };
    Some(mark_of(&metadata))
}

#[cfg(target_os = "linux")]
fn writer_of(file: &std::fs::File) -> Option<bool> {
    use std::os::fd::AsRawFd;
    // From the kernel's headers; the libc crate does not name it.
    const F_SETSIG: libc::c_int = 10;
    let descriptor = file.as_raw_fd();
    // A writer that comes between the two calls is announced to us by a signal, and the default
    // one would end the process. This one does nothing unless somebody asked for it.
    // SAFETY: plain system calls on a descriptor that `file` keeps open.
    unsafe {
        libc::fcntl(descriptor, F_SETSIG, libc::SIGURG);
        if libc::fcntl(descriptor, libc::F_SETLEASE, libc::F_RDLCK) == 0 {
            libc::fcntl(descriptor, libc::F_SETLEASE, libc::F_UNLCK);
            return Some(false);
        }
    }
    // Another error: leases are not for this file system or this user.
    let error = std::io::Error::last_os_error();
    (error.kind() == std::io::ErrorKind::WouldBlock).then_some(true)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn writer_of(_: &std::fs::File) -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_is_open_for_writing_has_no_mark() {
        let path = std::env::temp_dir().join(format!("reloadr-still-{}", std::process::id()));
        assert_eq!(mark(&path), Some(Mark::default()));
        let mut writer = std::fs::File::create(&path).unwrap();
        writer.write_all(b"half").unwrap();
        assert_eq!(mark(&path), None);
        assert_eq!(is_being_written(&path), Some(true));
        let written = identity(&path);
        drop(writer);
        assert_eq!(is_being_written(&path), Some(false));
        assert_eq!(identity(&path), written);
        let whole = mark(&path);
        assert_eq!(whole.map(|mark| mark.size), Some(4));
        assert_eq!(mark(&path), whole);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_folder_is_nothing_that_is_written() {
        assert_eq!(mark(&std::env::temp_dir()), Some(Mark::default()));
    }
}
