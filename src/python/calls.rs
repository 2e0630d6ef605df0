//! Calls that a changed signature no longer takes, for the Python half.

use std::collections::HashMap;
use std::sync::Arc;

use pyo3::prelude::*;

use super::node::Node;
use super::outline::{Outline, with_parser};
use crate::outline;
use crate::parse::{Source, Target};

/// A module's name and outline, and what its imports bind.
type Module<'py> = (
    String,
    PyRef<'py, Outline>,
    HashMap<String, (String, String)>,
);

/// The word that a text must hold to call a function of a module whose signature changed; None where whatever it took
/// it takes.
#[pyfunction]
fn word_of_broken_calls(module: &str, old: &Node, new: &Node) -> Option<String> {
    let target = Target::new(module, &old.0, &new.0)?;
    (!target.takes_all()).then(|| target.word().to_owned())
}

/// A call that does not fit any more: the number of the function, then module, qualname, line and why.
type Call = (usize, String, String, u32, String);

/// The calls of functions of modules, each as `(module, old, new)`, that fitted and do not any more.
#[pyfunction]
fn broken_calls(
    py: Python<'_>,
    functions: Vec<(String, PyRef<'_, Node>, PyRef<'_, Node>)>,
    sources: Vec<Module<'_>>,
) -> Vec<Call> {
    let targets = functions.iter().enumerate().filter_map(|(at, each)| {
        let target = Target::new(&each.0, &each.1.0, &each.2.0)?;
        (!target.takes_all()).then_some((at, target))
    });
    let (numbers, targets): (Vec<usize>, Vec<Target>) = targets.unzip();
    type Held = (
        String,
        Arc<outline::Outline>,
        HashMap<String, (String, String)>,
    );
    let held: Vec<Held> = sources
        .into_iter()
        .map(|(module, outline, imported)| (module, outline.0.clone(), imported))
        .collect();
    with_parser(py, |parser| {
        let sources: Vec<Source> = held
            .iter()
            .map(|(module, outline, imported)| Source {
                module,
                outline,
                imported,
            })
            .collect();
        let found = parser.broken_calls(&targets, &sources);
        found
            .into_iter()
            .map(|(target, at, call)| {
                let module = held[at].0.clone();
                (numbers[target], module, call.qualname, call.line, call.why)
            })
            .collect()
    })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(word_of_broken_calls, module)?)?;
    module.add_function(wrap_pyfunction!(broken_calls, module)?)
}
