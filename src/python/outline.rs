//! Outlines, nodes and edits as Python objects: thin frozen handles on what the core holds.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::snapshot::Snapshot;
use super::without_python;
use crate::baseline;
use crate::definition::{self, Kind, Names, NodeRef, ParamKind};
use crate::diff;
use crate::entries::{Entry, EntryDefinition, EntryParam, Piece, Span};
use crate::parse::Parser;

/// The kinds of parameters in the order of `inspect.Parameter`'s.
const KINDS: [ParamKind; 5] = [
    ParamKind::PositionalOnly,
    ParamKind::Positional,
    ParamKind::VarPositional,
    ParamKind::KeywordOnly,
    ParamKind::VarKeyword,
];

/// One parser for the process: it keeps the trees of the files that were edited last.
static PARSER: Mutex<Option<Parser>> = Mutex::new(None);

fn with_parser<T: Send>(py: Python<'_>, work: impl FnOnce(&mut Parser) -> T + Send) -> T {
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
    fn decoded(self, py: Python<'_>) -> PyResult<Arc<str>> {
        match self {
            Text::Snapshot(snapshot) => snapshot.decoded(py),
            Text::Plain(text) => Ok(text.into()),
        }
    }
}

/// The definitions and statements of one text.
#[pyclass(frozen, module = "reloadr._core")]
pub struct Outline(Arc<definition::Outline>);

impl From<definition::Outline> for Outline {
    fn from(outline: definition::Outline) -> Outline {
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
        without_python(py, || definition::Outline::from_entries(text, entries))
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
    fn future(&self) -> Vec<String> {
        self.0
            .tops
            .iter()
            .filter(|place| place.names.imports)
            .flat_map(|place| &place.top.nodes[0].imported)
            .filter(|import| &*import.module == "__future__")
            .map(|import| import.name.to_string())
            .collect()
    }

    /// The line of a `from __future__` below a statement of another kind, where none may be: only a compile of
    /// the whole file would notice.
    fn late_future(&self) -> Option<u32> {
        let mut begun = false;
        for (at, place) in self.0.tops.iter().enumerate() {
            if begun && !place.names.imports {
                continue;
            }
            let node = &place.top.nodes[0];
            if node
                .imported
                .iter()
                .any(|import| &*import.module == "__future__")
            {
                if begun {
                    return Some(place.line + 1);
                }
            } else if at > 0 || !matches!(node.kind, Kind::Docstring) {
                begun = true;
            }
        }
        None
    }

    /// Names that import statements bind at module scope, at any depth of blocks.
    #[getter]
    fn imports(&self) -> Vec<String> {
        let mut names = Vec::new();
        for place in self.0.tops.iter().filter(|place| place.names.imports) {
            let root = &place.top.nodes[0];
            if root.kind.is_definition() {
                continue;
            }
            for node in &place.top.nodes {
                let mut parent = node.parent;
                let in_class = loop {
                    match parent {
                        None => break false,
                        Some((index, _)) if place.top.nodes[index as usize].kind == Kind::Class => {
                            break true;
                        }
                        Some((index, _)) => parent = place.top.nodes[index as usize].parent,
                    }
                };
                if !in_class {
                    let bound = node
                        .imported
                        .iter()
                        .filter(|import| !import.bound.is_empty());
                    names.extend(bound.map(|import| import.bound.to_string()));
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether module scope mentions the name `super`, which changes how `super().x` is compiled.
    #[getter]
    fn super_at_top(&self) -> bool {
        let mentions = |node: &definition::Node| {
            let mut names = node.part.reads.iter().chain(&node.binds);
            names.any(|name| &**name == "super")
        };
        let digests = Names::digests(["super"]);
        let may = |names: Names| names.may_read(&digests) || names.may_bind(&digests);
        self.0.tops.iter().any(|place| {
            place.names.global_super || may(place.names) && mentions(&place.top.nodes[0])
        })
    }

    /// The top-level nodes.
    fn roots(&self) -> Vec<Node> {
        self.0.roots().map(Node).collect()
    }

    /// Every node of every namespace, in source order.
    fn nodes(&self) -> Vec<Node> {
        self.0.nodes().map(Node).collect()
    }

    /// `(qualname, kind, line of its code object)` of every definition, in source order.
    fn definitions(&self) -> Vec<(String, &'static str, u32)> {
        let definitions = self
            .0
            .nodes()
            .filter(|node| node.node().kind.is_definition());
        definitions
            .map(|node| (node.qualname(), node.node().kind.as_str(), node.code_line()))
            .collect()
    }

    /// `(qualname, line of its code object, attributes set on self)` of every class, in source order.
    fn class_lines(&self) -> Vec<(String, u32, Vec<String>)> {
        let classes = self
            .0
            .nodes()
            .filter(|node| node.node().kind == Kind::Class);
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
        let last = qualname.rsplit('.').next().unwrap_or(qualname);
        let digests = Names::digests([last]);
        let named = |node: &definition::Node| node.name.as_deref() == Some(last);
        let found = self.0.nodes_where(|names| names.may_bind(&digests), named);
        found
            .filter(|node| node.qualname() == qualname)
            .map(Node)
            .collect()
    }

    /// The nodes of the module's namespace, or of the class `scope`.
    fn members_of(&self, scope: &str) -> Vec<Node> {
        self.members(scope, |_| true, |_| true)
    }

    /// Whether the text holds one of these names anywhere but where a definition of that name begins.
    fn mentions(&self, names: HashSet<String>) -> bool {
        let text = self.0.text.as_bytes();
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
        names.iter().any(|name| {
            memchr::memmem::find_iter(text, name.as_bytes()).any(|at| {
                let whole = (at == 0 || !word(text[at - 1]))
                    && text.get(at + name.len()).is_none_or(|byte| !word(*byte));
                let before = &text[..at];
                whole && !before.ends_with(b"def ") && !before.ends_with(b"class ")
            })
        })
    }

    /// Names that are read while the module is loaded: by statements, headers, decorators, defaults, bases.
    fn load_time_names(&self) -> HashSet<String> {
        let names = self.0.tops.iter().flat_map(|place| &place.top.nodes);
        names
            .flat_map(|node| node.part.reads.iter().map(|name| name.to_string()))
            .collect()
    }

    /// The nodes that bind one of these names in the module's namespace (`scope` empty) or in that of
    /// the class `scope`.
    fn binders(&self, names: HashSet<String>, scope: &str) -> Vec<Node> {
        let digests = Names::digests(names.iter().map(String::as_str));
        let binds = |node: &definition::Node| node.binds.iter().any(|name| names.contains(&**name));
        self.members(scope, |names| names.may_bind(&digests), binds)
    }

    /// The nodes of any namespace whose statement, header, default or annotation reads one of these names.
    fn readers(&self, names: HashSet<String>) -> Vec<Node> {
        let digests = Names::digests(names.iter().map(String::as_str));
        let reads =
            |node: &definition::Node| node.part.reads.iter().any(|name| names.contains(&**name));
        self.0
            .nodes_where(|names| names.may_read(&digests), reads)
            .map(Node)
            .collect()
    }

    /// `(module as written, name, bound name, line)` of all that imports bind at module scope.
    fn imported(&self) -> Vec<(String, String, String, u32)> {
        let mut out = Vec::new();
        for node in self
            .0
            .nodes_where(|names| names.imports, |node| !node.imported.is_empty())
        {
            if node.scopes().is_empty() {
                for import in &node.node().imported {
                    out.push((
                        import.module.to_string(),
                        import.name.to_string(),
                        import.bound.to_string(),
                        node.line(),
                    ));
                }
            }
        }
        out
    }

    /// `(module as written, name)` of all that imports bind at module scope when the module is loaded: those
    /// under `if TYPE_CHECKING:` are left out.
    fn imported_at_load(&self) -> HashSet<(String, String)> {
        let for_types = |node: &NodeRef| {
            node.guards().iter().any(|(block, branch)| {
                let header = block.node().branches[*branch as usize].header.as_ref();
                let test = header.map_or("", |part| &block.text[block.part_span(part)]);
                block.node().kind == Kind::If && test.rsplit('.').next() == Some("TYPE_CHECKING")
            })
        };
        let nodes = self
            .0
            .nodes_where(|names| names.imports, |node| !node.imported.is_empty())
            .filter(|node| node.scopes().is_empty() && !for_types(node));
        let pairs = nodes.flat_map(|node| {
            let imports = node.node().imported.iter();
            let pairs = imports.map(|import| (import.module.to_string(), import.name.to_string()));
            pairs.collect::<Vec<_>>()
        });
        pairs.collect()
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

impl Outline {
    fn members(
        &self,
        scope: &str,
        pass: impl Fn(Names) -> bool,
        keep: impl Fn(&definition::Node) -> bool,
    ) -> Vec<Node> {
        self.0
            .nodes_where(pass, keep)
            .filter(|node| {
                let scopes = node.scopes();
                scopes.last().map_or_else(String::new, NodeRef::qualname) == scope
            })
            .map(Node)
            .collect()
    }
}

/// A definition or statement at its place.
#[pyclass(frozen, module = "reloadr._core")]
pub struct Node(NodeRef);

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
        let definition = self.0.node().definition.as_deref();
        definition.map_or(self.0.line(), |definition| {
            self.0.place.line + definition.def_line + 1
        })
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
    fn indent(&self) -> String {
        let span = self.0.span();
        let first = self.0.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let line = &self.0.text[first..];
        line.chars()
            .take_while(|c| c.is_whitespace() && *c != '\n')
            .collect()
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
        let node = self.0.node();
        let suites = node.branches.iter().map(|branch| &branch.suite);
        suites
            .flat_map(|suite| definition::namespace_members(&self.0.place.top, suite))
            .map(|index| Node(self.0.at(index)))
            .collect()
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

    #[getter]
    fn has_class(&self) -> bool {
        self.definition()
            .is_some_and(|definition| definition.has_class)
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
                    let kind = match param.kind {
                        ParamKind::PositionalOnly => 0,
                        ParamKind::Positional => 1,
                        ParamKind::VarPositional => 2,
                        ParamKind::KeywordOnly => 3,
                        ParamKind::VarKeyword => 4,
                    };
                    let part = |part: &Option<definition::Part>| {
                        part.as_ref().map(|part| Part::of(&self.0, part))
                    };
                    (
                        &*param.name,
                        kind,
                        part(&param.annotation),
                        part(&param.default),
                    )
                })
                .collect()
        })
    }

    fn __eq__(&self, other: &Node) -> bool {
        Arc::ptr_eq(&self.0.text, &other.0.text)
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
    fn definition(&self) -> Option<&definition::Definition> {
        self.0.node().definition.as_deref()
    }

    fn parts(&self, pick: impl Fn(&definition::Definition) -> Vec<&definition::Part>) -> Vec<Part> {
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
    fn of(node: &NodeRef, part: &definition::Part) -> Part {
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

/// The edits between two outlines.
#[pyclass(frozen, module = "reloadr._core")]
pub struct Diff {
    old: Arc<definition::Outline>,
    new: Arc<definition::Outline>,
    diff: diff::Diff,
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

impl<'py> FromPyObject<'_, 'py> for Entry {
    type Error = PyErr;

    fn extract(entry: Borrowed<'_, 'py, PyAny>) -> PyResult<Entry> {
        let word: String = entry.getattr("kind")?.extract()?;
        let kind = Kind::from_word(&word)
            .ok_or_else(|| PyValueError::new_err(format!("no such kind: {word}")))?;
        Ok(Entry {
            kind,
            parent: entry.getattr("parent")?.extract()?,
            piece: entry.getattr("piece")?.extract()?,
            name: entry.getattr("name")?.extract()?,
            binds: entry.getattr("binds")?.extract()?,
            definition: entry.getattr("definition")?.extract()?,
            branches: entry.getattr("branches")?.extract()?,
            imported: entry.getattr("imported")?.extract()?,
            annotates: entry.getattr("annotates")?.extract()?,
            once: entry.getattr("once")?.extract()?,
        })
    }
}

impl<'py> FromPyObject<'_, 'py> for EntryDefinition {
    type Error = PyErr;

    fn extract(definition: Borrowed<'_, 'py, PyAny>) -> PyResult<EntryDefinition> {
        Ok(EntryDefinition {
            def_line: definition.getattr("def_line")?.extract()?,
            code_line: definition.getattr("code_line")?.extract()?,
            is_async: definition.getattr("is_async")?.extract()?,
            decorators: definition.getattr("decorators")?.extract()?,
            type_params: definition.getattr("type_params")?.extract()?,
            params: definition.getattr("params")?.extract()?,
            returns: definition.getattr("returns")?.extract()?,
            bases: definition.getattr("bases")?.extract()?,
            docstring: definition.getattr("docstring")?.extract()?,
            body: definition.getattr("body")?.extract()?,
            body_syntax: definition.getattr("body_syntax")?.extract()?,
            has_class: definition.getattr("has_class")?.extract()?,
            self_stores: definition.getattr("self_stores")?.extract()?,
        })
    }
}

impl<'py> FromPyObject<'_, 'py> for EntryParam {
    type Error = PyErr;

    fn extract(param: Borrowed<'_, 'py, PyAny>) -> PyResult<EntryParam> {
        let (name, kind, annotation, default): (String, usize, Option<Piece>, Option<Piece>) =
            param.extract()?;
        let kind = *KINDS
            .get(kind)
            .ok_or_else(|| PyValueError::new_err("no such kind of parameter"))?;
        Ok(EntryParam {
            name,
            kind,
            annotation,
            default,
        })
    }
}

impl<'py> FromPyObject<'_, 'py> for Piece {
    type Error = PyErr;

    fn extract(piece: Borrowed<'_, 'py, PyAny>) -> PyResult<Piece> {
        let (span, syntax, reads): (Span, String, Vec<String>) = piece.extract()?;
        Ok(Piece {
            span,
            syntax,
            reads,
        })
    }
}

impl<'py> FromPyObject<'_, 'py> for Span {
    type Error = PyErr;

    fn extract(span: Borrowed<'_, 'py, PyAny>) -> PyResult<Span> {
        let (line, col, end_line, end_col) = span.extract()?;
        Ok(Span {
            line,
            col,
            end_line,
            end_col,
        })
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
    module.add_class::<Outline>()?;
    module.add_class::<Node>()?;
    module.add_class::<Part>()?;
    module.add_class::<Diff>()?;
    module.add_class::<Edit>()?;
    module.add_function(wrap_pyfunction!(may_be_same, module)?)?;
    module.add_function(wrap_pyfunction!(unified_diff, module)?)
}
