//! Outlines as Python objects: thin frozen handles on what the core holds.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::diff::Diff;
use super::node::Node;
use super::snapshot::Snapshot;
use super::without_python;
use crate::diff;
use crate::entries::Entry;
use crate::outline::{self, Kind, NodeRef};
use crate::parse::Parser;

/// One parser for the process. It keeps no tree between two texts.
static PARSER: Mutex<Option<Parser>> = Mutex::new(None);

pub(super) fn with_parser<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&mut Parser) -> T + Send,
) -> T {
    without_python(py, || {
        // A panic inside the parser leaves nothing half-done that a new parser would not mend.
        let mut guard = PARSER.lock().unwrap_or_else(|poisoned| {
            let mut guard = poisoned.into_inner();
            *guard = None;
            guard
        });
        work(guard.get_or_insert_with(Parser::new))
    })
}

/// A text, or the state of a file that holds one.
#[derive(FromPyObject)]
pub enum Text<'py> {
    Snapshot(PyRef<'py, Snapshot>),
    Plain(String),
}

impl Text<'_> {
    /// Raises SyntaxError, located, when it is not text.
    fn decoded(self, py: Python<'_>) -> PyResult<crate::source::Text> {
        match self {
            Text::Snapshot(snapshot) => snapshot.decoded(py),
            Text::Plain(text) => Ok(text.into()),
        }
    }
}

/// The definitions and statements of one text.
#[pyclass(frozen, module = "reloadr._core")]
pub struct Outline(pub(super) Arc<outline::Outline>);

impl From<outline::Outline> for Outline {
    fn from(outline: outline::Outline) -> Outline {
        Outline(Arc::new(outline))
    }
}

#[pymethods]
impl Outline {
    /// The outline of a text alone.
    #[staticmethod]
    fn parse(py: Python<'_>, text: Text<'_>) -> PyResult<Outline> {
        let text = text.decoded(py)?;
        Ok(with_parser(py, |parser| parser.parse(text)).into())
    }

    /// The outline of a later state of the same file: what the edit does not touch is shared.
    fn update(&self, py: Python<'_>, text: Text<'_>) -> PyResult<Outline> {
        let text = text.decoded(py)?;
        Ok(with_parser(py, |parser| parser.update(&self.0, text)).into())
    }

    /// The outline of a text that the grammar does not know, from what CPython's `ast` says (see
    /// `reloadr.source.by_ast`).
    #[staticmethod]
    fn from_entries(py: Python<'_>, text: &str, entries: Vec<Entry>) -> PyResult<Outline> {
        without_python(py, || outline::Outline::from_entries(text, entries))
            .map(Outline::from)
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }

    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    /// `"grammar"` or `"python"`: who made it. Both sides of a diff must come from the same maker.
    #[getter]
    fn maker(&self) -> &'static str {
        self.0.maker.as_str()
    }

    /// `(line, column)` where the grammar does not understand the text, or None.
    #[getter]
    fn trouble(&self) -> Option<(u32, u32)> {
        self.0.trouble.as_ref().map(|at| (at.line, at.col))
    }

    /// The features that `from __future__` statements name.
    #[getter]
    fn future(&self) -> Vec<&str> {
        self.0.future()
    }

    /// The line of a `from __future__` below a statement of another kind, where none may be: only a compile of
    /// the whole file would notice.
    fn late_future(&self) -> Option<u32> {
        self.0.late_future()
    }

    /// Names that import statements bind at module scope, at any depth of blocks.
    #[getter]
    fn imports(&self) -> Vec<String> {
        self.0.imports().into_iter().map(String::from).collect()
    }

    /// Whether module scope mentions the name `super`, which changes how `super().x` is compiled.
    #[getter]
    fn super_at_top(&self) -> bool {
        self.0.super_at_top()
    }

    /// The top-level nodes.
    fn roots(&self) -> Vec<Node> {
        handles(self.0.roots())
    }

    /// Every node of every namespace, in source order.
    fn nodes(&self) -> Vec<Node> {
        handles(self.0.nodes())
    }

    /// `(qualname, kind, line of its code object)` of every definition, in source order.
    fn definitions(&self) -> Vec<(String, &'static str, u32)> {
        let definitions = self.0.definitions();
        definitions
            .map(|node| (node.qualname(), node.node().kind.as_str(), node.code_line()))
            .collect()
    }

    /// `(qualname, line of its code object, attributes set on self)` of every class, in source order.
    fn class_lines(&self) -> Vec<(String, u32, Vec<String>)> {
        let definitions = self.0.definitions();
        let classes = definitions.filter(|node| node.node().kind == Kind::Class);
        classes
            .map(|node| {
                let definition = node.node().definition.as_deref();
                let stores = definition.map_or(&[][..], |definition| &definition.self_stores);
                let stores = stores.iter().map(|name| name.to_string()).collect();
                (node.qualname(), node.code_line(), stores)
            })
            .collect()
    }

    /// The definitions with this qualified name, in source order.
    fn find(&self, qualname: &str) -> Vec<Node> {
        handles(self.0.find(qualname))
    }

    /// The nodes of the module's namespace, or of the class `scope`.
    fn members_of(&self, scope: &str) -> Vec<Node> {
        handles(self.0.members_of(scope))
    }

    /// The nodes that bind one of these names in the module's namespace (`scope` empty) or in that of
    /// the class `scope`.
    fn binders(&self, names: HashSet<String>, scope: &str) -> Vec<Node> {
        handles(self.0.binders(&names, scope))
    }

    /// The nodes of any namespace whose statement, header, default or annotation reads one of these names.
    fn readers(&self, names: HashSet<String>) -> Vec<Node> {
        handles(self.0.readers(&names))
    }

    /// `(module as written, name, bound name, line)` of all that imports bind at module scope.
    fn imported(&self) -> Vec<(String, String, String, u32)> {
        let mut out = Vec::new();
        for node in self.0.import_statements() {
            for import in &node.node().imported {
                out.push((
                    import.module.to_string(),
                    import.name.to_string(),
                    import.bound.to_string(),
                    node.line(),
                ));
            }
        }
        out
    }

    /// The import statements in the bodies of classes.
    fn imports_in_classes(&self) -> Vec<Node> {
        handles(self.0.imports_in_classes())
    }

    /// `(module as written, name)` of all that imports bind at module scope when the module is loaded: those
    /// under `if TYPE_CHECKING:` are left out.
    fn imported_at_load(&self) -> HashSet<(String, String)> {
        let mut out = HashSet::new();
        for node in self.0.imports_at_load() {
            let imports = node.node().imported.iter();
            out.extend(imports.map(|import| (import.module.to_string(), import.name.to_string())));
        }
        out
    }

    /// The edits that lead from here to `new`.
    fn diff(&self, py: Python<'_>, new: &Outline) -> PyResult<Diff> {
        if self.0.maker != new.0.maker {
            return Err(PyValueError::new_err(
                "outlines of different makers cannot be compared; please report this",
            ));
        }
        let diff = without_python(py, || diff::diff(&self.0, &new.0));
        Ok(Diff {
            old: self.0.clone(),
            new: new.0.clone(),
            diff,
        })
    }
}

fn handles(nodes: impl IntoIterator<Item = NodeRef>) -> Vec<Node> {
    nodes.into_iter().map(Node).collect()
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Outline>()
}
