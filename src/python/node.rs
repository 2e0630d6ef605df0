//! Nodes and their parts as Python objects: thin frozen handles on what the core holds.

use pyo3::prelude::*;

use super::conversions::kind_number;
use crate::outline::{self, NodeRef};

/// A definition or statement at its place.
#[pyclass(frozen, module = "reloadr._core")]
pub struct Node(pub(super) NodeRef);

#[pymethods]
impl Node {
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.node().kind.as_str()
    }

    #[getter]
    fn name(&self) -> Option<&str> {
        self.0.node().name.as_deref()
    }

    /// Dotted name below the module; for a statement that of its namespace.
    #[getter]
    fn qualname(&self) -> String {
        self.0.qualname()
    }

    /// First line, from 1.
    #[getter]
    fn line(&self) -> u32 {
        self.0.line()
    }

    #[getter]
    fn end_line(&self) -> u32 {
        self.0.end_line()
    }

    /// The line that CPython gives a definition's code object; of a statement its first.
    #[getter]
    fn code_line(&self) -> u32 {
        self.0.code_line()
    }

    /// Line of the `def` or `class` word.
    #[getter]
    fn def_line(&self) -> u32 {
        self.0.def_line()
    }

    #[getter]
    fn source(&self) -> &str {
        self.0.source()
    }

    /// The whole lines of the node, what else shares them replaced by spaces.
    #[getter]
    fn segment(&self) -> String {
        self.0.segment()
    }

    /// The white space its first line begins with.
    #[getter]
    fn indent(&self) -> &str {
        self.0.indent()
    }

    #[getter]
    fn fingerprint(&self) -> u64 {
        self.0.node().part.fingerprint
    }

    #[getter]
    fn exact(&self) -> u64 {
        self.0.node().exact
    }

    #[getter]
    fn binds(&self) -> Vec<&str> {
        self.0.node().binds.iter().map(|name| &**name).collect()
    }

    /// The plain name that an annotated assignment annotates, with or without a value.
    #[getter]
    fn annotates(&self) -> Option<&str> {
        self.0.node().annotates.as_deref()
    }

    #[getter]
    fn reads(&self) -> Vec<&str> {
        self.0
            .node()
            .part
            .reads
            .iter()
            .map(|name| &**name)
            .collect()
    }

    #[getter]
    fn once(&self) -> bool {
        self.0.node().once
    }

    /// The classes around it, outermost first.
    #[getter]
    fn scopes(&self) -> Vec<Node> {
        self.0.scopes().into_iter().map(Node).collect()
    }

    /// The blocks between it and its namespace, outermost first, each with the branch it is in.
    #[getter]
    fn guards(&self) -> Vec<(Node, u32)> {
        self.0
            .guards()
            .into_iter()
            .map(|(node, branch)| (Node(node), branch))
            .collect()
    }

    /// `(label, header, nodes)` of each suite of a class or block.
    #[getter]
    fn branches(&self) -> Vec<(String, Option<Part>, Vec<Node>)> {
        let branches = self.0.node().branches.iter();
        branches
            .map(|branch| {
                let header = branch.header.as_ref().map(|part| Part::of(&self.0, part));
                let suite = branch
                    .suite
                    .iter()
                    .map(|&index| Node(self.0.at(index)))
                    .collect();
                (branch.label.to_string(), header, suite)
            })
            .collect()
    }

    /// The members of a class's namespace, blocks looked through.
    #[getter]
    fn members(&self) -> Vec<Node> {
        self.0.members().into_iter().map(Node).collect()
    }

    /// `(module as written, name, bound name)` of what an import binds.
    #[getter]
    fn imported(&self) -> Vec<(&str, &str, &str)> {
        let imported = self.0.node().imported.iter();
        imported
            .map(|import| (&*import.module, &*import.name, &*import.bound))
            .collect()
    }

    #[getter]
    fn is_async(&self) -> bool {
        self.definition()
            .is_some_and(|definition| definition.is_async)
    }

    /// Attributes set on `self` anywhere in a function, or in the methods of a class.
    #[getter]
    fn self_stores(&self) -> Vec<&str> {
        self.definition().map_or_else(Vec::new, |definition| {
            definition.self_stores.iter().map(|name| &**name).collect()
        })
    }

    #[getter]
    fn decorators(&self) -> Vec<Part> {
        self.parts(|definition| definition.decorators.iter().collect())
    }

    #[getter]
    fn type_params(&self) -> Option<Part> {
        self.parts(|definition| definition.type_params.iter().collect())
            .pop()
    }

    #[getter]
    fn returns(&self) -> Option<Part> {
        self.parts(|definition| definition.returns.iter().collect())
            .pop()
    }

    #[getter]
    fn docstring(&self) -> Option<Part> {
        self.parts(|definition| definition.docstring.iter().collect())
            .pop()
    }

    /// The whole body of a definition, its docstring included.
    #[getter]
    fn body(&self) -> Option<Part> {
        self.parts(|definition| vec![&definition.body]).pop()
    }

    /// `(keyword or None, value)` of a class header.
    #[getter]
    fn bases(&self) -> Vec<(Option<&str>, Part)> {
        self.definition().map_or_else(Vec::new, |definition| {
            let bases = definition.bases.iter();
            bases
                .map(|base| (base.keyword.as_deref(), Part::of(&self.0, &base.value)))
                .collect()
        })
    }

    /// `(name, kind, annotation, default)` of each parameter; kinds are those of `inspect.Parameter`.
    #[getter]
    fn params(&self) -> Vec<(&str, u8, Option<Part>, Option<Part>)> {
        self.definition().map_or_else(Vec::new, |definition| {
            let params = definition.params.iter();
            params
                .map(|param| {
                    let part = |part: &Option<outline::Part>| {
                        part.as_ref().map(|part| Part::of(&self.0, part))
                    };
                    (
                        &*param.name,
                        kind_number(param.kind),
                        part(&param.annotation),
                        part(&param.default),
                    )
                })
                .collect()
        })
    }

    /// A definition's text without decorators, and with `0` for each default that is as it was in `old`.
    #[pyo3(signature = (old))]
    fn header_only(&self, old: Option<PyRef<'_, Node>>) -> String {
        self.0.header_only(old.as_deref().map(|old| &old.0))
    }

    /// A definition's text without some of its decorators.
    fn without(&self, decorators: Vec<PyRef<'_, Part>>) -> String {
        let places: Vec<outline::Place> = decorators.iter().map(|part| part.place()).collect();
        self.0.without(&places, &[])
    }

    /// A block's text with definitions in it replaced by `mark` and their line.
    fn blanked(&self, inner: Vec<PyRef<'_, Node>>, mark: &str) -> String {
        let inner: Vec<NodeRef> = inner.iter().map(|node| node.0.clone()).collect();
        self.0.blanked(&inner, mark)
    }

    fn __eq__(&self, other: &Node) -> bool {
        self.0.text.is(&other.0.text)
            && self.0.span() == other.0.span()
            && self.0.index == other.0.index
    }

    fn __hash__(&self) -> u64 {
        (self.0.span().start as u64) << 32 | u64::from(self.0.index)
    }

    fn __repr__(&self) -> String {
        format!(
            "<Node {} {} :{}>",
            self.kind(),
            self.qualname(),
            self.line()
        )
    }
}

impl Node {
    fn definition(&self) -> Option<&outline::Definition> {
        self.0.node().definition.as_deref()
    }

    fn parts(&self, pick: impl Fn(&outline::Definition) -> Vec<&outline::Part>) -> Vec<Part> {
        self.definition().map_or_else(Vec::new, |definition| {
            pick(definition)
                .into_iter()
                .map(|part| Part::of(&self.0, part))
                .collect()
        })
    }
}

/// A stretch of source inside a node.
#[pyclass(frozen, module = "reloadr._core")]
#[derive(Clone)]
pub struct Part {
    /// Its source.
    #[pyo3(get)]
    source: String,
    /// Its first line, from 1.
    #[pyo3(get)]
    line: u32,
    /// Its first column, in bytes from 0.
    #[pyo3(get)]
    col: u32,
    /// Blind to position and layout.
    #[pyo3(get)]
    fingerprint: u64,
    /// The names it reads.
    #[pyo3(get)]
    reads: Vec<String>,
}

impl Part {
    fn place(&self) -> outline::Place {
        outline::Place {
            line: self.line - 1,
            col: self.col,
            length: self.source.len(),
        }
    }

    fn of(node: &NodeRef, part: &outline::Part) -> Part {
        Part {
            source: node.text[node.part_span(part)].to_owned(),
            line: node.place.line + part.line + 1,
            col: part.col,
            fingerprint: part.fingerprint,
            reads: part.reads.iter().map(|name| name.to_string()).collect(),
        }
    }
}

#[pymethods]
impl Part {
    fn __repr__(&self) -> String {
        format!("<Part {:?} :{}>", self.source, self.line)
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Node>()?;
    module.add_class::<Part>()
}
