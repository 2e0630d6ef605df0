//! Which names of modules may lead to functions: one pass over all names, for each edit asks.

use std::collections::HashSet;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

/// What is sought, and what types of values say of themselves, all by identity.
struct Sought {
    /// The code objects.
    codes: HashSet<usize>,
    /// Classes with methods that are sought.
    classes: HashSet<usize>,
    /// Types whose values hold nothing.
    atoms: HashSet<usize>,
    /// Types of members that are come to by the name that a class has for them.
    members: HashSet<usize>,
    /// The type of what `functools.lru_cache` makes.
    cache: usize,
}

/// The number of a dict, a name in it, and its value.
type Named<'py> = (usize, Bound<'py, PyAny>, Bound<'py, PyAny>);

/// The names whose values are, or may hold, a function of one of these codes or a class of these: the number of the
/// dict, the name, and the value. Nearly all names are plain functions and classes, which are told by their fields.
#[pyfunction]
pub(super) fn may_lead<'py>(
    dicts: Vec<Bound<'py, PyDict>>,
    codes: HashSet<usize>,
    classes: HashSet<usize>,
    atoms: HashSet<usize>,
    members: HashSet<usize>,
    cache: &Bound<'py, PyType>,
) -> PyResult<Vec<Named<'py>>> {
    let cache = cache.as_ptr() as usize;
    let sought = Sought {
        codes,
        classes,
        atoms,
        members,
        cache,
    };
    let mut found = Vec::new();
    for (number, dict) in dicts.iter().enumerate() {
        let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: both are borrowed from a living dict; nothing runs in between that could change it.
        while unsafe { ffi::PyDict_Next(dict.as_ptr(), &mut at, &mut key, &mut value) } != 0 {
            // SAFETY: a living object has a type.
            let kind = unsafe { ffi::Py_TYPE(value) };
            if !sought.atoms.contains(&(kind as usize)) {
                let (key, value) = unsafe {
                    let key = Bound::from_borrowed_ptr(dict.py(), key);
                    (key, Bound::from_borrowed_ptr(dict.py(), value))
                };
                found.push((number, key, value));
            }
        }
    }
    let mut kept = Vec::new();
    for each in found {
        if sought.may_lead(&each.2)? {
            kept.push(each);
        }
    }
    Ok(kept)
}

impl Sought {
    fn may_lead(&self, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let kind = value.get_type_ptr();
        if kind == &raw mut ffi::PyFunction_Type {
            return self.has(value, true);
        }
        if kind == &raw mut ffi::PyType_Type {
            return Ok(
                self.classes.contains(&(value.as_ptr() as usize)) || self.holds_others(value)
            );
        }
        if kind as usize == self.cache {
            let Ok(inner) = value.getattr(pyo3::intern!(value.py(), "__wrapped__")) else {
                return Ok(true);
            };
            let function = inner.get_type_ptr() == &raw mut ffi::PyFunction_Type;
            return Ok(!function || self.has(&inner, false)?);
        }
        Ok(true)
    }

    /// Whether a function runs one of the codes; `beside`: or makes functions that do, or may hold some in its closure.
    fn has(&self, function: &Bound<'_, PyAny>, beside: bool) -> PyResult<bool> {
        // SAFETY: fields of a living function.
        let (code, closure) = unsafe {
            let function = function.as_ptr().cast::<ffi::PyFunctionObject>();
            ((*function).func_code, (*function).func_closure)
        };
        if self.codes.contains(&(code as usize)) || (beside && !closure.is_null()) {
            return Ok(true);
        }
        if !beside {
            return Ok(false);
        }
        // SAFETY: the function holds its code.
        let code: Bound<'_, PyAny> = unsafe { Bound::from_borrowed_ptr(function.py(), code) };
        let constants = code.getattr(pyo3::intern!(function.py(), "co_consts"))?;
        let constants = constants.cast::<PyTuple>()?;
        Ok(constants
            .iter_borrowed()
            .any(|each| self.codes.contains(&(each.as_ptr() as usize))))
    }

    /// Whether a class of Python code has members beside methods and what holds nothing.
    fn holds_others(&self, class: &Bound<'_, PyAny>) -> bool {
        let class = class.as_ptr().cast::<ffi::PyTypeObject>();
        let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: a living class; the dict of one that was made by a `class` statement is in its field. Nothing runs in
        // between that could change it.
        unsafe {
            if ffi::PyType_HasFeature(class, ffi::Py_TPFLAGS_HEAPTYPE) == 0 {
                return false;
            }
            while ffi::PyDict_Next((*class).tp_dict, &mut at, &mut key, &mut value) != 0 {
                if !self.members.contains(&(ffi::Py_TYPE(value) as usize)) {
                    return true;
                }
            }
        }
        false
    }
}
