//! Files as the session sees them: what changed on disk since the last look.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PySyntaxError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::without_python;
use crate::mentions::Memory;
use crate::source::Text;
use crate::source::{self, Decoded, Look, Seen};
use crate::watch::bell::{Bell, Ring};

/// One state of a file.
#[pyclass(frozen, module = "reloadr._core")]
pub struct Snapshot(source::Snapshot, Mutex<Memory>);

#[pymethods]
impl Snapshot {
    /// A snapshot of bytes that did not come from a file of their own, such as a member of a zip.
    #[new]
    fn new(path: PathBuf, data: &[u8]) -> Snapshot {
        Snapshot::of(source::Snapshot::new(path, data.to_vec()))
    }

    #[getter]
    fn path(&self) -> &OsStr {
        self.0.path.as_os_str()
    }

    #[getter]
    fn hash(&self) -> u64 {
        self.0.hash
    }

    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.bytes())
    }

    /// How many bytes it has.
    #[getter]
    fn size(&self) -> usize {
        self.0.bytes().len()
    }

    /// Whether there is nothing but white space.
    #[getter]
    fn is_blank(&self) -> bool {
        let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
        self.0.bytes().iter().all(blank)
    }

    /// Whether the bytes hold one of these words, anywhere.
    fn mentions(&self, words: Vec<String>) -> bool {
        self.holds_one(&words)
    }

    /// It takes the place of another: what was asked of that need not be looked for again.
    fn follow(&self, before: &Snapshot) {
        if !std::ptr::eq(self, before) {
            *self.memory() = before.memory().after(before.0.bytes(), self.0.bytes());
        }
    }

    /// The text, newlines as `\n`. Raises SyntaxError, located, when the bytes are not text.
    fn text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(PyString::new(py, &self.decoded(py)?))
    }
}

impl Snapshot {
    fn of(state: source::Snapshot) -> Snapshot {
        Snapshot(state, Mutex::default())
    }

    /// What `data` gives.
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// What `mentions` gives.
    pub fn holds_one(&self, words: &[String]) -> bool {
        let mut known = self.memory();
        pieces(words).any(|piece| known.holds(piece, self.0.bytes()))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `text` gives.
    pub fn decoded(&self, py: Python<'_>) -> PyResult<Text> {
        let wrong = |line: usize, why: String| {
            let path = self.0.path.to_string_lossy().into_owned();
            PySyntaxError::new_err((why, (path, line, 1, None::<String>)))
        };
        match without_python(py, || self.0.decode()) {
            Decoded::Text(text) => Ok(text),
            Decoded::Invalid { line, why } => Err(wrong(line, why)),
            Decoded::Codec(name) => {
                let decoded = py
                    .import("codecs")?
                    .call_method1("decode", (self.data(py), &name));
                match decoded.and_then(|text| text.extract::<String>()) {
                    Ok(text) => Ok(source::newlines(&text)),
                    Err(error) => Err(wrong(1, format!("encoding problem: {name} ({error})"))),
                }
            }
        }
    }
}

/// What a source must at least hold of a word that is asked about: the last part of a dotted name.
pub fn pieces(words: &[String]) -> impl Iterator<Item = &str> {
    let last = words
        .iter()
        .map(|word| word.rsplit('.').next().unwrap_or(word));
    last.filter(|word| !word.is_empty())
}

/// Reads a file now. Raises OSError.
#[pyfunction]
fn read(py: Python<'_>, path: PathBuf) -> PyResult<Snapshot> {
    without_python(py, || source::Snapshot::read(&path))
        .map(Snapshot::of)
        .map_err(PyErr::from)
}

/// The files that are watched, and what was last seen of each.
#[pyclass(module = "reloadr._core")]
#[derive(Default)]
pub struct Files {
    seen: HashMap<PathBuf, Seen>,
    /// Tells that a look at all would find nothing; hung when they are looked at for the second time.
    bell: Option<Bell>,
    looked: bool,
    /// Whether it would find nothing if nobody touched a file.
    settled: bool,
}

impl Files {
    /// The files that have to be looked at, if it is not all of them.
    fn outside(&mut self) -> Option<Vec<PathBuf>> {
        let ring = self.bell.as_mut()?.ask();
        if ring == Ring::Down {
            self.bell = None;
        }
        let bell = self.bell.as_ref()?;
        (ring == Ring::Quiet && self.settled).then(|| bell.uncovered().to_vec())
    }
}

#[pymethods]
impl Files {
    #[new]
    fn new() -> Files {
        Files::default()
    }

    /// Watches a file; `snapshot` is the state that is already known, if any.
    #[pyo3(signature = (path, snapshot=None))]
    fn add(&mut self, path: PathBuf, snapshot: Option<&Snapshot>) {
        if !self.seen.contains_key(&path) {
            (self.bell, self.looked) = (None, false);
        }
        self.settled = false;
        let seen = self.seen.entry(path).or_default();
        if let Some(snapshot) = snapshot {
            seen.expect(snapshot.0.hash);
        }
    }

    /// Forgets a file.
    fn discard(&mut self, path: PathBuf) {
        self.seen.remove(&path);
    }

    fn __len__(&self) -> usize {
        self.seen.len()
    }

    fn __contains__(&self, path: PathBuf) -> bool {
        self.seen.contains_key(&path)
    }

    /// Looks at these files, or at all: `(path, snapshot or None, why it is gone)` of each that
    /// differs from what was last seen.
    #[pyo3(signature = (paths=None))]
    fn look(
        &mut self,
        py: Python<'_>,
        paths: Option<Vec<PathBuf>>,
    ) -> Vec<(OsString, Option<Snapshot>, String)> {
        let at_all = paths.is_none();
        let paths = paths.or_else(|| self.outside());
        let is_partial = paths.is_some();
        if paths.is_none() && self.looked && self.bell.is_none() {
            // Before the look: what is saved meanwhile is heard.
            self.bell = Bell::hang(self.seen.keys());
        }
        self.looked |= at_all;
        let seen = &mut self.seen;
        let found = without_python(py, || {
            let mut found = Vec::new();
            let mut take = |path: &Path, seen: &mut Seen| match seen.look(path) {
                Look::Same => {}
                Look::Changed(snapshot) => {
                    found.push((path.to_owned(), Some(snapshot), String::new()))
                }
                Look::Gone(why) => found.push((path.to_owned(), None, why)),
            };
            match paths {
                Some(paths) => {
                    for path in paths {
                        if let Some(one) = seen.get_mut(&path) {
                            take(&path, one);
                        }
                    }
                }
                None => seen.iter_mut().for_each(|(path, one)| take(path, one)),
            }
            found
        });
        self.settled = match is_partial {
            false => seen.values().all(Seen::is_settled),
            // What is not covered is looked at the next time as well.
            true => at_all && self.settled,
        };
        let wrap = |(path, snapshot, why): (PathBuf, Option<source::Snapshot>, String)| {
            (path.into_os_string(), snapshot.map(Snapshot::of), why)
        };
        found.into_iter().map(wrap).collect()
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Snapshot>()?;
    module.add_class::<Files>()?;
    module.add_function(wrap_pyfunction!(read, module)?)
}
