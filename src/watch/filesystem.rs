//! Does this file system tell when something changes?
//!
//! Asked for each mount, from what the kernel says about it, because asking the user is asking the
//! wrong one: on the same machine `/work` may be a disk and `/mnt/c` the host's drive behind 9p.
//! Where changes can be made behind the kernel's back (network file systems, shares of a virtual
//! machine's host, FUSE), events tell of some changes and not of others; those are polled. An
//! overlay is not: what is changed through it is told.

use std::path::{Path, PathBuf};

/// The file system that holds a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileSystem {
    /// Where it is mounted.
    pub mount_point: PathBuf,
    /// Its name as the kernel shows it: `ext4`, `9p`, `fuse.sshfs`.
    pub name: String,
    /// Whether every change is told by an event.
    pub tells_changes: bool,
}

/// Names of file systems whose files others may change unseen. Prefixes, because of `fuse.sshfs`,
/// `nfs4` and the like; `fuseblk` is a local disk.
const SILENT: &[&str] = &[
    "9p",
    "acfs",
    "afpfs",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "drvfs",
    "fuse",
    "gfs",
    "glusterfs",
    "gpfs",
    "lustre",
    "macfuse",
    "ncp",
    "nfs",
    "ocfs2",
    "orangefs",
    "osxfuse",
    "prl_fs",
    "smb",
    "sshfs",
    "vboxsf",
    "virtiofs",
    "vmhgfs",
    "webdav",
    "wslfs",
];

/// `f_type` of `statfs` for the same, for where the table of mounts cannot be read.
#[cfg(any(target_os = "linux", target_os = "android"))]
const SILENT_MAGIC: &[(u32, &str)] = &[
    (0x0102_1997, "9p"),
    (0x0000_6969, "nfs"),
    (0x0000_517b, "smb"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb2"),
    (0x6573_5546, "fuse"),
    (0x5346_414f, "afs"),
    (0x5346_4846, "wslfs"),
    (0x786f_4256, "vboxsf"),
    (0x00c3_6400, "ceph"),
    (0x7375_7245, "coda"),
    (0x0000_564c, "ncp"),
    (0x0bd0_0bd0, "lustre"),
    (0x4750_4653, "gpfs"),
    (0x0116_1970, "gfs2"),
    (0x7461_636f, "ocfs2"),
    (0x1983_0326, "beegfs"),
    (0x7c7c_6673, "prl_fs"),
];

/// Whether a file system of this name tells every change.
fn tells_changes(name: &str) -> bool {
    name == "fuseblk" || !SILENT.iter().any(|silent| name.starts_with(silent))
}

/// Asks the system about an existing path. When it does not answer, events are trusted.
pub(crate) fn file_system_of(path: &Path) -> FileSystem {
    platform::file_system_of(path).unwrap_or_else(|| FileSystem {
        mount_point: path.to_owned(),
        name: "unknown".into(),
        tells_changes: true,
    })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod platform {
    use super::{FileSystem, SILENT_MAGIC, tells_changes};
    use std::ffi::{CString, OsString};
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    pub(super) fn file_system_of(path: &Path) -> Option<FileSystem> {
        let magic = magic_of(path)?;
        let silent = SILENT_MAGIC.iter().find(|(silent, _)| *silent == magic);
        let table = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
        let (mount_point, name) = mount_of(&table, path).unwrap_or_else(|| {
            let name = silent.map_or("unknown", |(_, name)| name);
            (path.to_owned(), name.to_owned())
        });
        // `fuseblk` shares its magic number with FUSE, so the name has the last word where known.
        let known = name != "unknown" && silent.is_none_or(|(_, name)| *name == "fuse");
        let tells_changes = if known {
            tells_changes(&name)
        } else {
            silent.is_none()
        };
        Some(FileSystem {
            mount_point,
            name,
            tells_changes,
        })
    }

    #[expect(
        unsafe_code,
        reason = "statfs has no counterpart in the standard library"
    )]
    fn magic_of(path: &Path) -> Option<u32> {
        let path = CString::new(path.as_os_str().as_bytes()).ok()?;
        let mut answer = std::mem::MaybeUninit::<libc::statfs>::zeroed();
        // SAFETY: the path ends with a null byte, and `answer` is large enough and writable.
        let code = unsafe { libc::statfs(path.as_ptr(), answer.as_mut_ptr()) };
        // SAFETY: zeroed, and every bit pattern is a valid `statfs`.
        let answer = unsafe { answer.assume_init() };
        // The type is signed on some platforms and long on others; the low 32 bits identify.
        (code == 0).then_some(answer.f_type as u32)
    }

    /// The last of the mounts with the longest matching mount point is the visible one.
    pub(super) fn mount_of(table: &[u8], path: &Path) -> Option<(PathBuf, String)> {
        let mut best: Option<(PathBuf, String)> = None;
        for line in table.split(|byte| *byte == b'\n') {
            let mut fields = line.split(|byte| *byte == b' ');
            let Some(mount_point) = fields.nth(4).map(unescape) else {
                continue;
            };
            let Some(name) = fields.skip_while(|field| *field != b"-").nth(1) else {
                continue;
            };
            let best_len = best.as_ref().map_or(0, |(best, _)| best.as_os_str().len());
            if path.starts_with(&mount_point) && mount_point.as_os_str().len() >= best_len {
                best = Some((mount_point, String::from_utf8_lossy(name).into_owned()));
            }
        }
        best
    }

    /// The kernel writes blanks and the like as three octal digits.
    fn unescape(field: &[u8]) -> PathBuf {
        let mut bytes = Vec::with_capacity(field.len());
        let mut rest = field;
        while let Some((&first, tail)) = rest.split_first() {
            let octal = tail
                .get(..3)
                .and_then(|digits| std::str::from_utf8(digits).ok());
            let byte = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok());
            match byte {
                Some(byte) if first == b'\\' => {
                    bytes.push(byte);
                    rest = &tail[3..];
                }
                _ => {
                    bytes.push(first);
                    rest = tail;
                }
            }
        }
        PathBuf::from(OsString::from_vec(bytes))
    }
}

#[cfg(target_os = "macos")]
mod platform {
    use super::{FileSystem, tells_changes};
    use std::ffi::{CStr, CString, OsStr};
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};

    #[expect(
        unsafe_code,
        reason = "statfs has no counterpart in the standard library"
    )]
    pub(super) fn file_system_of(path: &Path) -> Option<FileSystem> {
        let path = CString::new(path.as_os_str().as_bytes()).ok()?;
        let mut answer = std::mem::MaybeUninit::<libc::statfs>::zeroed();
        // SAFETY: the path ends with a null byte, and `answer` is large enough and writable.
        if unsafe { libc::statfs(path.as_ptr(), answer.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: the call succeeded, so both arrays hold strings that end with a null byte.
        let (answer, name, mount_point) = unsafe {
            let answer = answer.assume_init();
            let name = CStr::from_ptr(answer.f_fstypename.as_ptr())
                .to_string_lossy()
                .into_owned();
            let mount_point = CStr::from_ptr(answer.f_mntonname.as_ptr()).to_owned();
            (answer, name, mount_point)
        };
        let _ = answer;
        let mount_point = PathBuf::from(OsStr::from_bytes(mount_point.as_bytes()));
        Some(FileSystem {
            mount_point,
            tells_changes: tells_changes(&name),
            name,
        })
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
mod platform {
    use super::FileSystem;
    use std::path::{Component, Path, PathBuf, Prefix};

    /// A share (`\\server\share`) is polled; what else there is tells its changes.
    pub(super) fn file_system_of(path: &Path) -> Option<FileSystem> {
        let Some(Component::Prefix(prefix)) = path.components().next() else {
            return None;
        };
        let share = matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..));
        let name = if share { "share" } else { "local" };
        let mount_point = PathBuf::from(prefix.as_os_str());
        Some(FileSystem {
            mount_point,
            name: name.into(),
            tells_changes: !share,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_and_host_shares_are_silent_and_disks_are_not() {
        for name in [
            "9p",
            "nfs4",
            "cifs",
            "fuse.sshfs",
            "fuse",
            "virtiofs",
            "drvfs",
            "smb3",
        ] {
            assert!(!tells_changes(name), "{name}");
        }
        for name in [
            "ext4", "xfs", "btrfs", "overlay", "tmpfs", "zfs", "fuseblk", "apfs",
        ] {
            assert!(tells_changes(name), "{name}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_longest_mount_point_is_the_one() {
        let table = b"1 0 8:1 / / rw - ext4 /dev/sda rw\n\
            2 1 0:9 / /mnt/my\\040disk rw,x shared:1 - 9p C: rw\n\
            3 1 0:9 / /mnt rw - tmpfs none rw\n";
        let of = |path: &str| platform::mount_of(table, Path::new(path)).map(|(_, name)| name);
        assert_eq!(of("/home/a").as_deref(), Some("ext4"));
        assert_eq!(of("/mnt/a").as_deref(), Some("tmpfs"));
        assert_eq!(of("/mnt/my disk/a").as_deref(), Some("9p"));
        assert_eq!(of("/mntx").as_deref(), Some("ext4"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_file_system_of_proc_is_named() {
        let found = file_system_of(Path::new("/proc/self"));
        assert_eq!(
            (found.mount_point, found.name),
            ("/proc".into(), "proc".into())
        );
    }
}
