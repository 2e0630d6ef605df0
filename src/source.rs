//! Files to text: the only reader of files.
//!
//! Text is what CPython's tokenizer would see: decoded by its BOM or PEP 263 cookie, newlines
//! normalised to `\n`. UTF-8, ASCII and Latin-1 are decoded here; for any other codec the caller is
//! handed the bytes and the codec's name, since only Python knows what is registered under it.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::parse::hash_text;

/// What identifies a state of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    changed: i128,
    length: u64,
    inode: u64,
}

/// A file whose last change is younger than this when it is read may change again without its stamp
/// changing: file systems stamp with the kernel's tick, at most 10 ms apart, FAT with two seconds.
const RACY: Duration = Duration::from_millis(20);

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        #[cfg(unix)]
        let (changed, inode) = {
            use std::os::unix::fs::MetadataExt;
            let nanoseconds =
                i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec());
            (nanoseconds, metadata.ino())
        };
        #[cfg(not(unix))]
        let (changed, inode) = (0, 0);
        Stamp {
            modified: metadata.modified().ok(),
            changed,
            length: metadata.len(),
            inode,
        }
    }

    /// Whether a later write could leave the same stamp, seen from `now`.
    fn racy(&self, now: SystemTime) -> bool {
        let young = |at: SystemTime| now.duration_since(at).map_or(true, |age| age < RACY);
        let changed = u64::try_from(self.changed)
            .ok()
            .map(|ns| SystemTime::UNIX_EPOCH + Duration::from_nanos(ns));
        match changed.filter(|_| self.changed != 0) {
            Some(changed) => young(changed),
            None => self.modified.is_none_or(young),
        }
    }
}

/// One state of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Where it was read.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Their hash.
    pub hash: u64,
}

impl Snapshot {
    /// Reads a file.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn read(path: &Path) -> io::Result<Snapshot> {
        let bytes = fs::read(path)?;
        Ok(Snapshot {
            path: path.to_owned(),
            hash: hash_text(&bytes),
            bytes,
        })
    }
}

/// Remembers the stamp and hash of one file, to read it only when it may have changed.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    stamp: Option<Stamp>,
    hash: Option<u64>,
}

/// What a look at a file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The bytes are those seen last.
    Same,
    /// The bytes differ.
    Changed(Snapshot),
    /// It cannot be read; the reason in words.
    Gone(String),
}

impl Seen {
    /// Looks at a file: a `stat`, and a read only where that leaves doubt.
    pub fn look(&mut self, path: &Path) -> Look {
        let now = SystemTime::now();
        let metadata = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => return self.gone("it is no regular file"),
            Err(error) => return self.gone(&plain(&error)),
        };
        let stamp = Stamp::of(&metadata);
        if self.stamp == Some(stamp) && self.hash.is_some() {
            return Look::Same;
        }
        let snapshot = match Snapshot::read(path) {
            Ok(snapshot) => snapshot,
            Err(error) => return self.gone(&plain(&error)),
        };
        self.stamp = (!stamp.racy(now)).then_some(stamp);
        if self.hash.replace(snapshot.hash) == Some(snapshot.hash) {
            return Look::Same;
        }
        Look::Changed(snapshot)
    }

    /// Whether the next look finds the same, if nobody touches the file.
    pub fn is_settled(&self) -> bool {
        self.stamp.is_some() || self.hash.is_none()
    }

    /// Takes `hash` for what was seen last, whatever the file's stamp says.
    pub fn expect(&mut self, hash: u64) {
        self.hash = Some(hash);
        self.stamp = None;
    }

    fn gone(&mut self, why: &str) -> Look {
        if self.stamp.is_none() && self.hash.is_none() {
            return Look::Same;
        }
        *self = Seen::default();
        Look::Gone(why.to_owned())
    }
}

/// An error of the system as a user knows it: without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let number = text.rfind(" (os error");
    text[..number.unwrap_or(text.len())].to_owned()
}

/// A decoded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// The text, newlines normalised.
    Text(Arc<str>),
    /// A codec that only Python knows.
    Codec(String),
    /// Bytes that are not text in the declared encoding: line from 1, and why.
    Invalid {
        /// Line, from 1.
        line: usize,
        /// Why.
        why: String,
    },
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Decodes the bytes of a Python file as PEP 263 says.
pub fn decode(bytes: &[u8]) -> Decoded {
    let (body, bom) = match bytes.strip_prefix(BOM) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    if holds(body, 0)
        && let Some(at) = body.iter().position(|byte| *byte == 0)
    {
        return Decoded::Invalid {
            line: line_of(body, at),
            why: "source code cannot contain null bytes".to_owned(),
        };
    }
    let cookie = cookie(body).map(|name| name.to_ascii_lowercase().replace('_', "-"));
    match cookie.as_deref() {
        None | Some("utf-8" | "utf8" | "u8" | "utf-8-sig") => utf8(body),
        Some(other) if bom => Decoded::Invalid {
            line: 1,
            why: format!("encoding problem: {other} with BOM"),
        },
        Some("ascii" | "us-ascii") if body.is_ascii() => utf8(body),
        Some("latin-1" | "iso-8859-1" | "iso-latin-1" | "latin1" | "l1") => {
            let text: String = body.iter().map(|byte| char::from(*byte)).collect();
            Decoded::Text(newlines(&text))
        }
        Some(other) => Decoded::Codec(other.to_owned()),
    }
}

fn utf8(body: &[u8]) -> Decoded {
    match std::str::from_utf8(body) {
        Ok(text) => Decoded::Text(newlines(text)),
        Err(error) => Decoded::Invalid {
            line: line_of(body, error.valid_up_to()),
            why: format!(
                "(unicode error) 'utf-8' codec can't decode byte 0x{:02x}",
                body[error.valid_up_to()]
            ),
        },
    }
}

fn line_of(body: &[u8], at: usize) -> usize {
    1 + body[..at].iter().filter(|byte| **byte == b'\n').count()
}

/// `\r\n` and `\r` to `\n`, as the tokenizer does.
pub fn newlines(text: &str) -> Arc<str> {
    if holds(text.as_bytes(), b'\r') {
        text.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        text.into()
    }
}

/// Whether a byte occurs; in blocks, which the compiler turns into vector instructions.
fn holds(bytes: &[u8], wanted: u8) -> bool {
    let mut blocks = bytes.chunks(4096);
    blocks.any(|block| {
        block
            .iter()
            .fold(false, |found, byte| found | (*byte == wanted))
    })
}

/// The codec named in one of the first two lines, if these are comments (or the first is blank).
fn cookie(body: &[u8]) -> Option<String> {
    for line in body.split(|byte| *byte == b'\n' || *byte == b'\r').take(2) {
        let line = String::from_utf8_lossy(line);
        let trimmed = line.trim_matches([' ', '\t', '\x0c', '\r']);
        if trimmed.is_empty() {
            continue;
        }
        let comment = trimmed.strip_prefix('#')?;
        if let Some(name) = named_codec(comment) {
            return Some(name);
        }
    }
    None
}

/// `coding[:=]\s*([-\w.]+)`
fn named_codec(comment: &str) -> Option<String> {
    comment.match_indices("coding").find_map(|(at, word)| {
        let rest = &comment[at + word.len()..];
        let rest = rest
            .strip_prefix([':', '='])?
            .trim_start_matches([' ', '\t']);
        let name: String = rest
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            .collect();
        (!name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_follows_pep_263() {
        assert_eq!(decode(b"x = 1\r\ny\r"), Decoded::Text("x = 1\ny\n".into()));
        assert_eq!(decode(b"\xef\xbb\xbfx"), Decoded::Text("x".into()));
        assert_eq!(
            decode(b"# coding: latin-1\n\xe9"),
            Decoded::Text("# coding: latin-1\né".into())
        );
        assert_eq!(
            decode(b"\n# vim: set fileencoding=cp1252 :\n"),
            Decoded::Codec("cp1252".into())
        );
        assert_eq!(
            decode(b"x = 1\n# coding: cp1252\n"),
            Decoded::Text("x = 1\n# coding: cp1252\n".into())
        );
        assert!(matches!(
            decode(b"a\n\xff"),
            Decoded::Invalid { line: 2, .. }
        ));
        assert!(matches!(decode(b"a\0"), Decoded::Invalid { line: 1, .. }));
    }

    #[test]
    fn a_look_tells_content_not_time() {
        let path = std::env::temp_dir().join(format!("reloadr-look-{}.py", std::process::id()));
        fs::write(&path, "a").unwrap();
        let mut seen = Seen::default();
        assert!(matches!(seen.look(&path), Look::Changed(_)));
        fs::write(&path, "a").unwrap();
        assert_eq!(seen.look(&path), Look::Same);
        fs::write(&path, "b").unwrap();
        assert!(matches!(seen.look(&path), Look::Changed(_)));
        fs::remove_file(&path).unwrap();
        assert!(matches!(seen.look(&path), Look::Gone(_)));
        assert_eq!(seen.look(&path), Look::Same);
    }
}
