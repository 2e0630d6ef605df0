//! Facts of single statements, for the Python half.

use std::collections::HashSet;

use pyo3::prelude::*;
use pyo3::types::PyFrozenSet;

use super::node::Node;
use super::outline::with_parser;
use crate::parse::{self, FILLING};

/// What a statement does, as far as its text tells.
#[pyclass(frozen, module = "reloadr._core")]
pub struct Facts(parse::Facts);

#[pymethods]
impl Facts {
    /// `x += 1`
    #[getter]
    fn augments(&self) -> bool {
        self.0.augments
    }

    /// It did nothing when it ran: a bare name or constant, `pass`, `assert`, `x: int`.
    #[getter]
    fn plain(&self) -> bool {
        self.0.plain
    }

    /// A loop that does nothing but tell objects which module they are of.
    #[getter]
    fn sets_modules(&self) -> bool {
        self.0.sets_modules
    }

    /// Each `globals()` in it is subscribed or updated at once, and handed to nobody.
    #[getter]
    fn only_writes_globals(&self) -> bool {
        self.0.only_writes_globals
    }

    /// An assignment to what is no name: `D["a"] += 1`, `x.count = 1`.
    #[getter]
    fn stores_elsewhere(&self) -> bool {
        self.0.stores_elsewhere
    }

    /// Names whose objects it changes: `T.append(x)`, `T[k] = v`, `del T[k]`, `T += [x]`.
    #[getter]
    fn fills(&self) -> Vec<&str> {
        self.0.fills.iter().map(|name| &**name).collect()
    }

    /// Of an assignment to one name: the fingerprint of its value, if it has one, and the annotation as it is written.
    #[getter]
    fn binding(&self) -> Option<(Option<u64>, &str)> {
        let binding = self.0.binding.as_ref();
        binding.map(|(value, annotation)| (*value, &**annotation))
    }
}

/// What a statement does, as far as its text tells.
#[pyfunction]
fn facts(py: Python<'_>, node: &Node) -> Facts {
    let text = node.0.segment();
    Facts(with_parser(py, |parser| parser.facts(&text)))
}

/// Whether an assignment reads names in the bodies of lambdas alone, and those are not called as it runs.
#[pyfunction]
fn reads_later(py: Python<'_>, node: &Node, names: HashSet<String>) -> bool {
    let text = node.0.segment();
    text.contains("lambda") && with_parser(py, |parser| parser.reads_later(&text, &names))
}

/// Whether the text of a statement or expression calls one of these functions as it runs, or hands it to what does.
#[pyfunction]
fn calls(py: Python<'_>, text: &str, names: HashSet<String>) -> bool {
    with_parser(py, |parser| parser.calls(text, &names))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("FILLING", PyFrozenSet::new(module.py(), FILLING)?)?;
    module.add_class::<Facts>()?;
    module.add_function(wrap_pyfunction!(facts, module)?)?;
    module.add_function(wrap_pyfunction!(reads_later, module)?)?;
    module.add_function(wrap_pyfunction!(calls, module)?)
}
