//! What a supervisor of processes needs and Python does not offer. Does nothing where the system
//! has no such thing.

use pyo3::prelude::*;

/// Orphaned descendants become children of this process, so that it can end them.
#[pyfunction]
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // SAFETY: sets an attribute of this process.
    unsafe {
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    }
}

/// This process gets `signal` when its parent ends, however that happens.
#[pyfunction]
fn end_with_parent(signal: i32) {
    #[cfg(target_os = "linux")]
    // SAFETY: sets an attribute of this process.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, signal, 0, 0, 0);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = signal;
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(adopt_orphans, module)?)?;
    module.add_function(wrap_pyfunction!(end_with_parent, module)?)
}
