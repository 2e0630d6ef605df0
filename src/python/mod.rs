//! The only user of pyo3: classes, conversions, errors, and the gate that lets other Python threads run
//! while the core works on text.

mod belief;
mod calls;
mod conversions;
mod diff;
mod facts;
mod native;
mod node;
mod outline;
mod process;
mod snapshot;
mod texts;
mod uses;
mod watch;

use pyo3::prelude::*;

/// The extension module `reloadr._core`.
#[pymodule(gil_used = true)]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    outline::register(module)?;
    node::register(module)?;
    diff::register(module)?;
    snapshot::register(module)?;
    texts::register(module)?;
    belief::register(module)?;
    calls::register(module)?;
    facts::register(module)?;
    native::register(module)?;
    uses::register(module)?;
    process::register(module)?;
    watch::register(module)?;
    let names: Vec<String> = module
        .dict()
        .keys()
        .iter()
        .filter_map(|name| name.extract::<String>().ok())
        .filter(|name| !name.starts_with("__"))
        .collect();
    module.add("__all__", names)
}

/// Runs `work` while other Python threads may run. The core knows no Python object, so all of it may go
/// through here; it is the one place where that happens.
#[expect(clippy::disallowed_methods, reason = "this is the gate")]
fn without_python<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(work)
}
