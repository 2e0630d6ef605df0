//! Files to text: the only reader of files.
//!
//! Text is what CPython's tokenizer would see: decoded by its BOM or PEP 263 cookie, newlines
//! normalised to `\n`. UTF-8, ASCII and Latin-1 are decoded here; for any other codec the caller is
//! handed the bytes and the codec's name, since only Python knows what is registered under it.

use std::fs::{self, Metadata};
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::parse::hash_text;

/// A text that a file's state, its outline and the nodes of that hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Arc<String>);

impl Text {
    /// Whether both are one.
    pub fn is(&self, other: &Text) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text(Arc::new(text))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::from(text.to_owned())
    }
}

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
    /// The hash of its bytes.
    pub hash: u64,
    content: Content,
}

/// The bytes of a file: mostly the very text that its outline is about, which both hold then.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Text(Text),
    /// Those that are no UTF-8.
    Bytes(Vec<u8>),
}

impl Snapshot {
    /// A state of a file with these bytes.
    pub fn new(path: PathBuf, bytes: Vec<u8>) -> Snapshot {
        Snapshot {
            path,
            hash: hash_text(&bytes),
            content: match String::from_utf8(bytes) {
                Ok(text) => Content::Text(text.into()),
                Err(error) => Content::Bytes(error.into_bytes()),
            },
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn read(path: &Path) -> io::Result<Snapshot> {
        Ok(Snapshot::new(path.to_owned(), fs::read(path)?))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Text(text) => text.as_bytes(),
            Content::Bytes(bytes) => bytes,
        }
    }

    /// Its text, decoded as PEP 263 says.
    pub fn decode(&self) -> Decoded {
        let bytes = self.bytes();
        let (body, bom) = match bytes.strip_prefix(BOM) {
            Some(rest) => (rest, true),
            None => (bytes, false),
        };
        if let Some(at) = memchr::memchr(0, body) {
            return Decoded::Invalid {
                line: line_of(body, at),
                why: "source code cannot contain null bytes".to_owned(),
            };
        }
        let cookie = cookie(body).map(|name| name.to_ascii_lowercase().replace('_', "-"));
        match cookie.as_deref() {
            None | Some("utf-8" | "utf8" | "u8" | "utf-8-sig") => self.utf8(body),
            Some(other) if bom => Decoded::Invalid {
                line: 1,
                why: format!("encoding problem: {other} with BOM"),
            },
            Some("ascii" | "us-ascii") if body.is_ascii() => self.utf8(body),
            Some("latin-1" | "iso-8859-1" | "iso-latin-1" | "latin1" | "l1") => {
                let text: String = body.iter().map(|byte| char::from(*byte)).collect();
                Decoded::Text(newlines(&text))
            }
            Some(other) => Decoded::Codec(other.to_owned()),
        }
    }

    fn utf8(&self, body: &[u8]) -> Decoded {
        match &self.content {
            Content::Text(text) if body.len() == text.len() && !holds_returns(text) => {
                Decoded::Text(text.clone())
            }
            Content::Text(text) => Decoded::Text(newlines(&text[text.len() - body.len()..])),
            Content::Bytes(_) => invalid(body),
        }
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
    Text(Text),
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

fn invalid(body: &[u8]) -> Decoded {
    let at = match std::str::from_utf8(body) {
        Ok(text) => return Decoded::Text(newlines(text)),
        Err(error) => error.valid_up_to(),
    };
    Decoded::Invalid {
        line: line_of(body, at),
        why: format!(
            "(unicode error) 'utf-8' codec can't decode byte 0x{:02x}",
            body[at]
        ),
    }
}

fn line_of(body: &[u8], at: usize) -> usize {
    1 + body[..at].iter().filter(|byte| **byte == b'\n').count()
}

/// `\r\n` and `\r` to `\n`, as the tokenizer does.
pub fn newlines(text: &str) -> Text {
    if holds_returns(text) {
        text.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        text.into()
    }
}

fn holds_returns(text: &str) -> bool {
    memchr::memchr(b'\r', text.as_bytes()).is_some()
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

    fn decode(bytes: &[u8]) -> Decoded {
        Snapshot::new(PathBuf::new(), bytes.to_vec()).decode()
    }

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
        assert_eq!(
            decode(b"# coding: ascii\nx\r\n"),
            Decoded::Text("# coding: ascii\nx\n".into())
        );
    }

    #[test]
    fn a_text_is_held_once() {
        let held = Snapshot::new(PathBuf::new(), "é = 1\n".into());
        let Decoded::Text(text) = held.decode() else {
            panic!("it is text")
        };
        assert_eq!(text.as_bytes().as_ptr(), held.bytes().as_ptr());
    }

    #[test]
    fn a_look_tells_content_not_time() {
        let path = std::env::temp_dir().join(format!("reloadr-look-{}.py", std::process::id()));
        fs::write(&path, "a").unwrap();
        let mut one = Seen::default();
        let mut look = || one.look(&path);
        assert!(matches!(look(), Look::Changed(_)));
        fs::write(&path, "a").unwrap();
        assert_eq!(look(), Look::Same);
        fs::write(&path, "b").unwrap();
        assert!(matches!(look(), Look::Changed(_)));
        fs::remove_file(&path).unwrap();
        assert!(matches!(look(), Look::Gone(_)));
        assert_eq!(look(), Look::Same);
    }
}
