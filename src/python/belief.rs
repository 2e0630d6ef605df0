//! When a file that was saved may be believed, for the Python half.

use std::collections::HashSet;
use std::sync::Mutex;

use pyo3::prelude::*;

use crate::watch::belief::Belief;

/// The files that look unfinished: see `src/watch/belief.rs`. Instants are seconds of one monotonic clock.
#[pyclass(frozen, module = "reloadr._core")]
#[derive(Default)]
pub struct Settling(Mutex<Belief>);

impl Settling {
    fn with<T>(&self, work: impl FnOnce(&mut Belief) -> T) -> T {
        work(
            &mut self
                .0
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner()),
        )
    }
}

#[pymethods]
impl Settling {
    #[new]
    fn new() -> Settling {
        Settling::default()
    }

    fn __len__(&self) -> usize {
        self.with(|belief| belief.len())
    }

    /// The files whose time is up, or that should be looked at again.
    fn due(&self, now: f64) -> HashSet<String> {
        self.with(|belief| belief.due(now))
    }

    /// When the next one is due that nobody was told of.
    fn deadline(&self) -> Option<f64> {
        self.with(|belief| belief.deadline())
    }

    /// Somebody will come for these: there is nothing to wake up for any more.
    fn tell(&self, paths: HashSet<String>, now: f64) {
        let paths: Vec<String> = paths.into_iter().collect();
        self.with(|belief| belief.tell(&paths, now));
    }

    /// These files and all that wait for one of them.
    fn together(&self, paths: HashSet<String>) -> HashSet<String> {
        let paths: Vec<String> = paths.into_iter().collect();
        self.with(|belief| belief.together(&paths))
    }

    /// Whether an unfinished file has stayed like this for long enough.
    fn believes(&self, path: &str, state: Option<u64>, now: f64) -> bool {
        self.with(|belief| belief.believes(path, state, now))
    }

    /// Notes that a file looks unfinished.
    #[pyo3(signature = (path, state, now, *, is_open))]
    fn hold(&self, path: &str, state: Option<u64>, now: f64, is_open: bool) {
        self.with(|belief| belief.hold(path, state, now, is_open));
    }

    /// Whether others should wait for an unfinished file; notes them if so.
    fn keep_with(&self, path: &str, companions: HashSet<String>, now: f64) -> bool {
        self.with(|belief| belief.keep_with(path, companions, now))
    }

    /// Forgets files that are unfinished no more.
    fn release(&self, paths: HashSet<String>) {
        let paths: Vec<String> = paths.into_iter().collect();
        self.with(|belief| belief.release(&paths));
    }

    /// Forgets all of them.
    fn clear(&self) {
        self.with(|belief| belief.clear());
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Settling>()
}
