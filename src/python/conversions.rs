//! What the Python half hands in, as the core has it: the entries of an outline that CPython's `ast` made (see
//! `reloadr.source.by_ast`), and words and numbers for kinds.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::entries::{Entry, EntryDefinition, EntryParam, Piece, Span};
use crate::outline::{Kind, ParamKind};

/// The kinds of parameters in the order of `inspect.Parameter`'s.
const KINDS: [ParamKind; 5] = [
    ParamKind::PositionalOnly,
    ParamKind::Positional,
    ParamKind::VarPositional,
    ParamKind::KeywordOnly,
    ParamKind::VarKeyword,
];

/// The number of a kind of parameter among them.
pub(super) fn kind_number(kind: ParamKind) -> u8 {
    let at = KINDS.iter().position(|each| *each == kind);
    at.map_or(0, |at| at as u8)
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
