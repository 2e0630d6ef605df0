//! Diffs and edits as Python objects: thin frozen handles on what the core holds.

use std::collections::HashSet;
use std::sync::Arc;

use pyo3::prelude::*;

use super::node::Node;
use super::without_python;
use crate::{baseline, diff, outline};

/// The edits between two outlines.
#[pyclass(frozen, module = "reloadr._core")]
pub struct Diff {
    pub(super) old: Arc<outline::Outline>,
    pub(super) new: Arc<outline::Outline>,
    pub(super) diff: diff::Diff,
}

#[pymethods]
impl Diff {
    #[getter]
    fn edits(&self) -> Vec<Edit> {
        let edits = self.diff.edits.iter().enumerate();
        edits
            .map(|(number, edit)| Edit {
                number,
                edit: edit.clone(),
            })
            .collect()
    }

    /// `(first line, last line, how far down)` of what only moved, in lines of the old text.
    #[getter]
    fn shifts(&self) -> Vec<(u32, u32, i64)> {
        let shifts = self.diff.shifts.iter();
        shifts
            .map(|shift| (shift.first, shift.last, shift.delta))
            .collect()
    }

    /// The old text with the edits of these numbers applied, and no others.
    fn splice(&self, applied: HashSet<usize>) -> String {
        baseline::splice(&self.old, &self.new, &self.diff, &applied)
    }
}

/// One difference between two outlines.
#[pyclass(frozen, module = "reloadr._core")]
pub struct Edit {
    /// Its number in the diff.
    #[pyo3(get)]
    number: usize,
    edit: diff::Edit,
}

#[pymethods]
impl Edit {
    #[getter]
    fn action(&self) -> &'static str {
        self.edit.action.as_str()
    }

    #[getter]
    fn facets(&self) -> Vec<&'static str> {
        self.edit
            .facets
            .iter()
            .map(|facet| facet.as_str())
            .collect()
    }

    #[getter]
    fn old(&self) -> Option<Node> {
        self.edit.old.clone().map(Node)
    }

    #[getter(new)]
    fn after(&self) -> Option<Node> {
        self.edit.new.clone().map(Node)
    }

    fn __repr__(&self) -> String {
        let node = self.edit.new.as_ref().or(self.edit.old.as_ref());
        let name = node.map_or_else(String::new, |node| {
            format!(
                "{} {} :{}",
                node.node().kind.as_str(),
                node.qualname(),
                node.line()
            )
        });
        format!(
            "<Edit {} {} {:?}>",
            self.edit.action.as_str(),
            name,
            self.facets()
        )
    }
}

/// Whether two texts may be the same program: False is certain, and quickly found.
#[pyfunction]
fn may_be_same(old: &str, new: &str) -> bool {
    crate::words::may_be_same(old, new)
}

/// A unified diff of two texts, three lines of context.
#[pyfunction]
fn unified_diff(py: Python<'_>, old: &str, new: &str, path: &str) -> String {
    without_python(py, || {
        similar::TextDiff::from_lines(old, new)
            .unified_diff()
            .header(path, path)
            .to_string()
    })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Diff>()?;
    module.add_class::<Edit>()?;
    module.add_function(wrap_pyfunction!(may_be_same, module)?)?;
    module.add_function(wrap_pyfunction!(unified_diff, module)?)
}
