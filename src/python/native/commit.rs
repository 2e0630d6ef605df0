//! The steps of a commit: each sets one thing of a living object and gives back the step that takes it back.

use std::ffi::c_int;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyString, PyTuple, PyType};

use super::lines::member_offset;
use super::types::{set_bases, set_metaclass, set_type};

/// One step of a commit. `value` None means: take away.
struct Step {
    kind: u8,
    target: Py<PyAny>,
    key: Py<PyAny>,
    value: Option<Py<PyAny>>,
}

/// A step as Python has it: kind, target, key, and the value or the caller's word for none.
type PlainStep = (u8, Py<PyAny>, Py<PyAny>, Py<PyAny>);

/// Set or delete a key of a dict.
const DICT: u8 = 0;
/// Set or delete an attribute in a class's own namespace, past its metaclass.
const TYPE: u8 = 1;
/// Set closure and code of a function: the value is `(code, closure or None)`.
const CODE: u8 = 2;
/// Set an attribute of a function by its own setter (which runs no Python code).
const ATTR: u8 = 3;
/// Set or empty a cell.
const CELL: u8 = 4;
/// Set the globals of a function.
const GLOBALS: u8 = 5;
/// Set `__bases__` or `__class__` (of a class: its metaclass), which may run a metaclass's `mro()`.
const CLASS: u8 = 6;

/// Carries out steps in order, none of which lets another thread run; on an error takes back those
/// already done, in reverse, and raises it. Returns the steps that take everything back, in the order
/// to carry them out. They hold the old values, so no destructor runs before the caller lets go.
#[pyfunction]
pub(super) fn commit<'py>(
    py: Python<'py>,
    steps: Vec<PlainStep>,
    missing: &Bound<'py, PyAny>,
) -> PyResult<Vec<PlainStep>> {
    // CPython 3.11 collects garbage wherever something is allocated; finalizers are Python code, in which
    // threads take turns. Later ones wait for the next bytecode.
    let _paused = NoCollection::new();
    let mut undo: Vec<Step> = Vec::with_capacity(steps.len());
    for (kind, target, key, value) in steps {
        let value = (!value.bind(py).is(missing)).then_some(value);
        let step = Step {
            kind,
            target,
            key,
            value,
        };
        match carry_out(py, &step) {
            Ok(back) => undo.push(back),
            Err(error) => {
                for back in undo.iter().rev() {
                    carry_out(py, back)?;
                }
                return Err(error);
            }
        }
    }
    let tuple = |step: Step| {
        let value = step.value.unwrap_or_else(|| missing.clone().unbind());
        (step.kind, step.target, step.key, value)
    };
    Ok(undo.into_iter().rev().map(tuple).collect())
}

/// While this lives, no garbage is collected.
struct NoCollection {
    was_on: bool,
}

impl NoCollection {
    fn new() -> Self {
        // SAFETY: plain switches of the interpreter; the callers hold the GIL.
        let was_on = unsafe { ffi::PyGC_Disable() } == 1;
        Self { was_on }
    }
}

impl Drop for NoCollection {
    fn drop(&mut self) {
        if self.was_on {
            // SAFETY: as above.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}

fn carry_out(py: Python<'_>, step: &Step) -> PyResult<Step> {
    let target = step.target.bind(py);
    let key = step.key.bind(py);
    let value = step.value.as_ref().map(|value| value.bind(py));
    let old = match step.kind {
        DICT => {
            let dict = target.cast::<PyDict>()?;
            let old = dict.get_item(key)?;
            match value {
                Some(value) => dict.set_item(key, value)?,
                None if old.is_some() => dict.del_item(key)?,
                None => {}
            }
            old
        }
        TYPE => set_type(target.cast::<PyType>()?, key.cast::<PyString>()?, value)?,
        CODE => Some(set_code(target, value)?),
        ATTR => {
            let old = target.getattr(key.cast::<PyString>()?).ok();
            match value {
                Some(value) => target.setattr(key.cast::<PyString>()?, value)?,
                None => target.delattr(key.cast::<PyString>()?)?,
            }
            old
        }
        CELL => set_cell(target, value)?,
        GLOBALS => Some(set_globals(target, value)?),
        CLASS => {
            let name = key.cast::<PyString>()?;
            let old = target.getattr(name)?;
            let value =
                value.ok_or_else(|| PyTypeError::new_err("a class cannot be without bases"))?;
            if let Err(error) = target.setattr(name, value) {
                let class = target.cast::<PyType>().ok();
                let class = class.filter(|_| error.is_instance_of::<PyTypeError>(py));
                let done = match class {
                    Some(class) if name == "__bases__" => {
                        set_bases(class, value.cast::<PyTuple>()?)?
                    }
                    Some(class) => set_metaclass(class, value.cast::<PyType>()?),
                    None => false,
                };
                if !done {
                    return Err(error);
                }
            }
            Some(old)
        }
        other => return Err(PyValueError::new_err(format!("no such step: {other}"))),
    };
    Ok(Step {
        kind: step.kind,
        target: step.target.clone_ref(py),
        key: step.key.clone_ref(py),
        value: old.map(Bound::unbind),
    })
}

fn function_of(object: &Bound<'_, PyAny>) -> PyResult<*mut ffi::PyFunctionObject> {
    // SAFETY: a type check on a living object.
    if unsafe { ffi::PyFunction_Check(object.as_ptr()) } == 0 {
        return Err(PyTypeError::new_err("not a function"));
    }
    Ok(object.as_ptr().cast())
}

fn set_code<'py>(
    function: &Bound<'py, PyAny>,
    value: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = function.py();
    let raw = function_of(function)?;
    let pair = value.ok_or_else(|| PyTypeError::new_err("a function cannot be without code"))?;
    let (code, closure): (Bound<'py, PyCode>, Bound<'py, PyAny>) = pair.extract()?;
    let free = code.getattr("co_freevars")?.len()?;
    let cells = if closure.is_none() { 0 } else { closure.len()? };
    if free != cells {
        return Err(PyValueError::new_err(format!(
            "code has {free} free variables, closure {cells}"
        )));
    }
    // SAFETY: the fields of a living function; both are read before anything is replaced.
    let old = unsafe {
        let none = py.None().into_bound(py);
        let closure = Bound::from_borrowed_ptr_or_opt(py, (*raw).func_closure).unwrap_or(none);
        (Bound::from_borrowed_ptr(py, (*raw).func_code), closure)
    };
    // SAFETY: a function and None or a tuple of cells, as the call wants. Closure first, then code: the
    // setter of `__code__` checks the two against each other. No other thread sees the state between.
    if unsafe { ffi::PyFunction_SetClosure(function.as_ptr(), closure.as_ptr()) } < 0 {
        return Err(PyErr::fetch(py));
    }
    let kind = LikeKind::of(py, &code, &old.0)?;
    let set = function.setattr("__code__", &code);
    drop(kind);
    if let Err(error) = set {
        // SAFETY: as above, with what was there before.
        unsafe { ffi::PyFunction_SetClosure(function.as_ptr(), old.1.as_ptr()) };
        return Err(error);
    }
    let old = PyTuple::new(py, [old.0, old.1])?;
    Ok(old.into_any())
}

/// The flags that make a function a generator, a coroutine or an asynchronous generator.
const KIND_FLAGS: c_int = ffi::CO_GENERATOR | ffi::CO_COROUTINE | ffi::CO_ASYNC_GENERATOR;

/// While this lives, a code object says that it is of another's kind. CPython 3.13 and later warn when
/// `__code__` changes its kind: in the midst of a commit, with Python code, and with an error under `-W error`.
/// Nothing runs the code object meanwhile, for no other thread does.
struct LikeKind {
    flags: *mut c_int,
    own: c_int,
}

impl LikeKind {
    fn of(
        py: Python<'_>,
        code: &Bound<'_, PyCode>,
        model: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Self>> {
        let offset = member_offset(py, "co_flags")?;
        // SAFETY: both are code objects, with an int at the offset that the interpreter names.
        unsafe {
            let flags = code.as_ptr().cast::<u8>().offset(offset).cast::<c_int>();
            let wanted = *model.as_ptr().cast::<u8>().offset(offset).cast::<c_int>() & KIND_FLAGS;
            let own = *flags;
            if own & KIND_FLAGS == wanted {
                return Ok(None);
            }
            *flags = own & !KIND_FLAGS | wanted;
            Ok(Some(Self { flags, own }))
        }
    }
}

impl Drop for LikeKind {
    fn drop(&mut self) {
        // SAFETY: the code object outlives the assignment that this guards.
        unsafe { *self.flags = self.own };
    }
}

fn set_cell<'py>(
    cell: &Bound<'py, PyAny>,
    value: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = cell.py();
    // SAFETY: checked to be a cell; `PyCell_Set` takes its own reference.
    unsafe {
        if ffi::Py_TYPE(cell.as_ptr()) != &raw mut ffi::PyCell_Type {
            return Err(PyTypeError::new_err("not a cell"));
        }
        let old = Bound::from_owned_ptr_or_opt(py, ffi::PyCell_Get(cell.as_ptr()));
        PyErr::take(py);
        if ffi::PyCell_Set(
            cell.as_ptr(),
            value.map_or(std::ptr::null_mut(), |value| value.as_ptr()),
        ) < 0
        {
            return Err(PyErr::fetch(py));
        }
        Ok(old)
    }
}

/// `__globals__` is read-only in Python. A function that moved to another module keeps its identity and
/// looks its names up there; `__code__` is set right after, which resets every cache that was keyed on
/// the old dict. `__builtins__` is the same in all modules of a program.
fn set_globals<'py>(
    function: &Bound<'py, PyAny>,
    value: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = function.py();
    let raw = function_of(function)?;
    let dict = value
        .ok_or_else(|| PyTypeError::new_err("a function cannot be without globals"))?
        .cast::<PyDict>()?;
    // SAFETY: the field always holds an owned dict; the new one is given a reference, the old one's is taken over.
    unsafe {
        let old = (*raw).func_globals;
        (*raw).func_globals = ffi::Py_NewRef(dict.as_ptr());
        Ok(Bound::from_owned_ptr(py, old))
    }
}
