//! The file watch as a Python object. Thin: what it does is written in [`crate::watch`].
//!
//! A thread that waits has released the interpreter. It is meant to be a daemon thread, and at the
//! end of the process nobody waits for it: an exit handler mutes every watch, so that it sleeps
//! through the teardown instead of coming back to an interpreter that is no more (which on CPython
//! before 3.14 ends the thread in the middle of Rust frames).

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};

use super::without_python;
use crate::watch;

/// How long the main thread, which alone handles signals, waits between looking for some.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// The watches to be muted at the end of the process.
static WATCHES: Mutex<Vec<Weak<watch::Watch>>> = Mutex::new(Vec::new());

/// How much around a path is watched.
#[pyclass(
    frozen,
    eq,
    ord,
    hash,
    from_py_object,
    rename_all = "UPPERCASE",
    module = "reloadr._core"
)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WatchScope {
    /// This one file, whatever its suffix.
    File,
    /// The modules in this folder.
    Folder,
    /// The modules in this folder and below it, except in folders that hold no source.
    Tree,
}

/// Why a wait ended.
#[pyclass(
    frozen,
    eq,
    ord,
    hash,
    rename_all = "UPPERCASE",
    module = "reloadr._core"
)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WatchWake {
    /// There are events or problems.
    News,
    /// Somebody called `wake()`.
    Asked,
    /// The time was up.
    Timeout,
    /// The watch was stopped.
    Stopped,
    /// This process is a fork of the one that made the watch, and watches nothing.
    Forked,
}

/// What an event is about.
#[pyclass(
    frozen,
    eq,
    ord,
    hash,
    rename_all = "UPPERCASE",
    module = "reloadr._core"
)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WatchEventKind {
    /// Events were lost: everything must be looked at.
    Rescan,
    /// The content of a file may have changed, or it is new.
    Changed,
    /// A file has been gone for longer than a save takes.
    Removed,
}

/// What a problem is about.
#[pyclass(
    frozen,
    eq,
    ord,
    hash,
    rename_all = "SCREAMING_SNAKE_CASE",
    module = "reloadr._core"
)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WatchProblemKind {
    /// The system refused another watcher; everything is polled.
    NoInstance,
    /// The system refused more watches; the folders beyond the limit are polled.
    WatchLimit,
    /// A file system does not tell of every change; its folders are polled.
    Silent,
    /// The system's watcher reported something else.
    Backend,
    /// A folder does not answer; its files keep their state.
    Unreachable,
    /// A folder cannot be read and is not watched.
    Unreadable,
    /// A path that no file can have was skipped.
    BadPath,
}

/// Why folders are polled.
#[pyclass(
    frozen,
    eq,
    ord,
    hash,
    rename_all = "SCREAMING_SNAKE_CASE",
    module = "reloadr._core"
)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PollReason {
    /// The file system does not tell every change.
    NoEvents,
    /// As asked.
    Asked,
    /// The limit of watches is reached.
    WatchLimit,
    /// No watcher can be had.
    NoInstance,
}

/// Something to look at.
#[pyclass(frozen, eq, ord, hash, module = "reloadr._core")]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchEvent(watch::Event);

#[pymethods]
impl WatchEvent {
    #[getter]
    fn kind(&self) -> WatchEventKind {
        match self.0 {
            watch::Event::Rescan => WatchEventKind::Rescan,
            watch::Event::Changed(_) => WatchEventKind::Changed,
            watch::Event::Removed(_) => WatchEventKind::Removed,
        }
    }

    /// The file; None for a rescan.
    #[getter]
    fn path(&self) -> Option<&OsStr> {
        match &self.0 {
            watch::Event::Rescan => None,
            watch::Event::Changed(path) | watch::Event::Removed(path) => Some(path.as_os_str()),
        }
    }

    fn __repr__(&self) -> String {
        format!("<WatchEvent {:?}>", self.0)
    }
}

/// Something that is not watched as it should be. `str()` gives a message for people.
#[pyclass(frozen, eq, ord, hash, module = "reloadr._core")]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchProblem(watch::Problem);

#[pymethods]
impl WatchProblem {
    #[getter]
    fn kind(&self) -> WatchProblemKind {
        match self.0 {
            watch::Problem::NoInstance { .. } => WatchProblemKind::NoInstance,
            watch::Problem::WatchLimit { .. } => WatchProblemKind::WatchLimit,
            watch::Problem::Silent { .. } => WatchProblemKind::Silent,
            watch::Problem::Backend { .. } => WatchProblemKind::Backend,
            watch::Problem::Unreachable { .. } => WatchProblemKind::Unreachable,
            watch::Problem::Unreadable { .. } => WatchProblemKind::Unreadable,
            watch::Problem::BadPath { .. } => WatchProblemKind::BadPath,
        }
    }

    /// The path that it concerns; None for those that concern the whole.
    #[getter]
    fn path(&self) -> Option<&OsStr> {
        match &self.0 {
            watch::Problem::Unreachable { path, .. }
            | watch::Problem::Unreadable { path, .. }
            | watch::Problem::BadPath { path, .. } => Some(path.as_os_str()),
            watch::Problem::Silent { file_system } => Some(file_system.mount_point.as_os_str()),
            _ => None,
        }
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<WatchProblem {:?}>", self.0)
    }
}

/// A mount of which folders are polled. `str()` gives a message for people.
#[pyclass(frozen, eq, ord, hash, module = "reloadr._core")]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolledMount(watch::PolledMount);

#[pymethods]
impl PolledMount {
    #[getter]
    fn mount_point(&self) -> &OsStr {
        self.0.file_system.mount_point.as_os_str()
    }

    /// The name of the file system, such as `9p`.
    #[getter]
    fn file_system(&self) -> &str {
        &self.0.file_system.name
    }

    #[getter]
    fn reason(&self) -> PollReason {
        match self.0.reason {
            watch::PollReason::NoEvents => PollReason::NoEvents,
            watch::PollReason::Asked => PollReason::Asked,
            watch::PollReason::WatchLimit => PollReason::WatchLimit,
            watch::PollReason::NoInstance => PollReason::NoInstance,
        }
    }

    /// How many folders.
    #[getter]
    fn folders(&self) -> usize {
        self.0.folders
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<PolledMount {}>", self.0)
    }
}

/// What a wait delivers: what belongs together.
#[pyclass(frozen, module = "reloadr._core")]
#[derive(Clone)]
pub struct WatchBatch(watch::Batch);

#[pymethods]
impl WatchBatch {
    /// Why the wait ended.
    #[getter]
    fn wake(&self) -> WatchWake {
        match self.0.wake {
            watch::Wake::News => WatchWake::News,
            watch::Wake::Asked => WatchWake::Asked,
            watch::Wake::Timeout => WatchWake::Timeout,
            watch::Wake::Stopped => WatchWake::Stopped,
            watch::Wake::Forked => WatchWake::Forked,
        }
    }

    /// In order, each once: a rescan, changes, removals.
    #[getter]
    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.events.iter().cloned().map(WatchEvent))
    }

    /// Problems that have not been told yet.
    #[getter]
    fn problems<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.problems.iter().cloned().map(WatchProblem))
    }

    fn __repr__(&self) -> String {
        format!(
            "<WatchBatch {:?} {:?} {:?}>",
            self.0.wake, self.0.events, self.0.problems
        )
    }
}

/// Watches files and tells which to look at. All methods may be called from any thread.
#[pyclass(frozen, module = "reloadr._core")]
pub struct FileWatch {
    watch: Arc<watch::Watch>,
}

#[pymethods]
impl FileWatch {
    #[new]
    #[pyo3(signature = (
        *, suffixes=None, ignored_folders=None, excluded=None, poll_interval=None,
        poll_everything=false, polled_below=None, removal_grace=None, silent_below=None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword of Python's")]
    fn new(
        suffixes: Option<Vec<String>>,
        ignored_folders: Option<Vec<String>>,
        excluded: Option<Vec<PathBuf>>,
        poll_interval: Option<f64>,
        poll_everything: bool,
        polled_below: Option<Vec<PathBuf>>,
        removal_grace: Option<f64>,
        silent_below: Option<PathBuf>,
    ) -> PyResult<Self> {
        let mut config = watch::Config {
            poll_everything,
            ..watch::Config::default()
        };
        if let Some(suffixes) = suffixes {
            config.suffixes = suffixes;
        }
        config.ignored_folders = ignored_folders.unwrap_or_default();
        config.excluded = excluded.unwrap_or_default().into_iter().collect();
        config.polled_below = polled_below.unwrap_or_default();
        // For tests: as if the file system below were one without events.
        config.faults.silent_below = silent_below;
        if let Some(seconds) = poll_interval {
            config.poll_interval = duration("poll_interval", seconds)?;
        }
        if let Some(seconds) = removal_grace {
            config.timing.removal_grace = duration("removal_grace", seconds)?;
        }
        let watch = Arc::new(watch::Watch::new(config));
        let mut watches = WATCHES.lock().unwrap_or_else(PoisonError::into_inner);
        watches.retain(|watch| watch.strong_count() > 0);
        watches.push(Arc::downgrade(&watch));
        Ok(FileWatch { watch })
    }

    /// Watches a path, which need not exist yet. Take the baseline of a file after adding it.
    #[pyo3(signature = (path, *, scope=WatchScope::File))]
    fn add(&self, py: Python<'_>, path: PathBuf, scope: WatchScope) -> PyResult<()> {
        let scope = match scope {
            WatchScope::File => watch::Scope::File,
            WatchScope::Folder => watch::Scope::Folder,
            WatchScope::Tree => watch::Scope::Tree,
        };
        without_python(py, || self.watch.add(&path, scope)).map_err(into_py_error)
    }

    /// Stops watching a path that was added. What other paths cover as well goes on.
    fn remove(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        without_python(py, || self.watch.remove(&path)).map_err(into_py_error)
    }

    /// Blocks until there is something to look at, or something else to say; other threads run
    /// meanwhile. `timeout` is in seconds.
    #[pyo3(signature = (timeout=None))]
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<WatchBatch> {
        let until = match timeout {
            Some(seconds) if seconds.is_nan() => {
                return Err(PyValueError::new_err("timeout is not a number"));
            }
            Some(seconds) => {
                let timeout = Duration::try_from_secs_f64(seconds.max(0.0)).ok();
                timeout.and_then(|timeout| Instant::now().checked_add(timeout))
            }
            None => None,
        };
        let slice = is_main_thread(py)?.then_some(SIGNAL_INTERVAL);
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let timeout = left.into_iter().chain(slice).min();
            let batch = without_python(py, || self.watch.wait(timeout));
            let is_slice = batch.wake == watch::Wake::Timeout && timeout != left;
            if !is_slice {
                return Ok(WatchBatch(batch));
            }
            py.check_signals()?;
        }
    }

    /// A number while no repository is being rewritten and all that happened to one was delivered
    /// or waits for delivery. What is read between two equal numbers is of one state.
    fn rest(&self, py: Python<'_>) -> Option<u64> {
        without_python(py, || self.watch.rest())
    }

    /// Delivers these paths once more, when their repository is at rest.
    fn again(&self, py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<()> {
        without_python(py, || self.watch.again(&paths)).map_err(into_py_error)
    }

    /// Lets a thread that waits (or the next one that would) return at once.
    fn wake(&self) {
        self.watch.wake();
    }

    /// Ends the watch: waiting threads return, and later waits do at once.
    fn stop(&self) {
        self.watch.stop();
    }

    /// What is not watched as it should be, at the moment.
    fn problems<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let problems = without_python(py, || self.watch.problems());
        PyTuple::new(py, problems.into_iter().map(WatchProblem))
    }

    /// The mounts of which folders are polled.
    fn polled_mounts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let mounts = without_python(py, || self.watch.polled_mounts());
        PyTuple::new(py, mounts.into_iter().map(PolledMount))
    }

    /// The watched real folders: those with events, and those that are polled.
    fn watched_folders<'py>(&self, py: Python<'py>) -> PyResult<[Bound<'py, PyTuple>; 2]> {
        let (native, polled) = without_python(py, || self.watch.watched_folders());
        let names = |paths: Vec<PathBuf>| PyTuple::new(py, paths.iter().map(|p| p.as_os_str()));
        Ok([names(native)?, names(polled)?])
    }

    /// How often things happened so far, by name.
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counters = without_python(py, || self.watch.counters());
        let dict = PyDict::new(py);
        dict.set_item("received", counters.received)?;
        dict.set_item("admitted", counters.admitted)?;
        dict.set_item("wakeups", counters.wakeups)?;
        dict.set_item("batches", counters.batches)?;
        dict.set_item("poll_passes", counters.poll_passes)?;
        dict.set_item("native_folders", counters.native_folders)?;
        dict.set_item("polled_folders", counters.polled_folders)?;
        Ok(dict)
    }

    /// Whether this process is a fork of the one that made the watch.
    #[getter]
    fn is_forked(&self) -> bool {
        self.watch.is_forked()
    }
}

impl Drop for FileWatch {
    fn drop(&mut self) {
        // A thread that waits holds the object; nobody else can stop the watch any more.
        self.watch.stop();
    }
}

/// The inode, size and time of each file, for a comparison; None for one that somebody has open for
/// writing at this instant.
#[pyfunction]
fn stillness(py: Python<'_>, paths: Vec<PathBuf>) -> Vec<Option<(u64, u64, i64)>> {
    let mark = |path: &PathBuf| {
        let mark = watch::stillness::mark(path)?;
        Some((mark.inode, mark.size, mark.modified))
    };
    without_python(py, || paths.iter().map(mark).collect())
}

fn duration(name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}

fn into_py_error(error: watch::WatchError) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

/// Python's own idea of the main thread, which a fork may change.
fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    threading.call_method0("get_ident")?.eq(main)
}

/// Registers the classes and, first of all exit handlers and so last to run, the one that mutes.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<FileWatch>()?;
    module.add_class::<WatchBatch>()?;
    module.add_class::<WatchEvent>()?;
    module.add_class::<WatchEventKind>()?;
    module.add_class::<WatchProblem>()?;
    module.add_class::<WatchProblemKind>()?;
    module.add_class::<WatchScope>()?;
    module.add_class::<WatchWake>()?;
    module.add_class::<PolledMount>()?;
    module.add_class::<PollReason>()?;
    module.add_function(wrap_pyfunction!(stillness, module)?)?;
    let py = module.py();
    let mute = PyCFunction::new_closure(py, Some(c"mute_watches"), None, |_, _| {
        for watch in WATCHES
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            if let Some(watch) = watch.upgrade() {
                watch.mute();
            }
        }
    })?;
    py.import("atexit")?.call_method1("register", (mute,))?;
    Ok(())
}
