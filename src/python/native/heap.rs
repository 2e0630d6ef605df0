//! Who holds what: one pass over all objects that the garbage collector knows.

use std::collections::{HashMap, HashSet};
use std::ffi::{c_int, c_void};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyList, PySet, PyString, PyType, PyWeakref, PyWeakrefMethods};

/// How many references an object has, beside the one that asking takes.
#[pyfunction]
pub(super) fn references(object: &Bound<'_, PyAny>) -> isize {
    // SAFETY: reads the count of a living object.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) - 1 }
}

/// Puts the entries of these names, which the dict of a class has, in this order behind all others, in one step for
/// other threads.
#[pyfunction]
pub(super) fn reorder(
    class: &Bound<'_, PyType>,
    dict: &Bound<'_, PyDict>,
    names: Vec<Bound<'_, PyString>>,
) -> PyResult<()> {
    for name in names {
        if let Some(value) = dict.get_item(&name)? {
            dict.del_item(&name)?;
            dict.set_item(&name, value)?;
        }
    }
    // SAFETY: a living class; what was cached of it is looked up again.
    unsafe { ffi::PyType_Modified(class.as_type_ptr()) };
    Ok(())
}

/// Which of some dicts have a value, and under which keys: the dict's number and the key, in order.
#[pyfunction]
pub(super) fn keys_of<'py>(
    dicts: Vec<Bound<'py, PyDict>>,
    value: &Bound<'py, PyAny>,
) -> Vec<(usize, Bound<'py, PyAny>)> {
    let mut found = Vec::new();
    for (number, dict) in dicts.iter().enumerate() {
        let (mut at, mut key, mut each) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: both are borrowed from a living dict; nothing runs in between that could change it.
        while unsafe { ffi::PyDict_Next(dict.as_ptr(), &mut at, &mut key, &mut each) } != 0 {
            if each == value.as_ptr() {
                found.push((number, unsafe { Bound::from_borrowed_ptr(dict.py(), key) }));
            }
        }
    }
    found
}

/// Functions; generators, coroutines and asynchronous generators.
type Holders<'py> = (Vec<Bound<'py, PyAny>>, Vec<Bound<'py, PyAny>>);

/// One pass over the heap: the functions that run one of these code objects, and the generators,
/// coroutines and frames that are on one.
#[pyfunction]
pub(super) fn holders<'py>(
    py: Python<'py>,
    codes: Vec<Bound<'py, PyCode>>,
) -> PyResult<Holders<'py>> {
    let wanted: std::collections::HashSet<*mut ffi::PyObject> =
        codes.iter().map(|code| code.as_ptr()).collect();
    let (mut functions, mut runners) = (Vec::new(), Vec::new());
    each_object(py, |object| {
        // SAFETY: type checks on a living object, and a field of a function.
        unsafe {
            let raw = object.as_ptr();
            if ffi::PyFunction_Check(raw) != 0 {
                if wanted.contains(&(*raw.cast::<ffi::PyFunctionObject>()).func_code) {
                    functions.push(object.clone());
                }
                return Ok(());
            }
            let kind = ffi::Py_TYPE(raw);
            let attribute = if kind == &raw mut ffi::PyGen_Type {
                "gi_code"
            } else if kind == &raw mut ffi::PyCoro_Type {
                "cr_code"
            } else if kind == &raw mut ffi::PyAsyncGen_Type {
                "ag_code"
            } else {
                return Ok(());
            };
            let frame = attribute.replace("code", "frame");
            // CPython 3.11 gives that with which it began.
            let found = cfg!(not(Py_3_12)) || wanted.contains(&object.getattr(attribute)?.as_ptr());
            if !found {
                return Ok(());
            }
            let frame = object.getattr(frame.as_str())?;
            if !frame.is_none() && wanted.contains(&frame.getattr("f_code")?.as_ptr()) {
                runners.push(object.clone());
            }
        }
        Ok(())
    })?;
    Ok((functions, runners))
}

/// One pass over the heap: every function whose code comes from one of these files, by file.
#[pyfunction]
pub(super) fn functions_of_files<'py>(
    py: Python<'py>,
    files: &Bound<'py, PySet>,
) -> PyResult<Bound<'py, PyDict>> {
    let found = PyDict::new(py);
    let filename = pyo3::intern!(py, "co_filename");
    // Code objects of one file share the string, so most look-ups go by address.
    let mut known: HashMap<*mut ffi::PyObject, Option<Bound<'py, PyList>>> = HashMap::new();
    each_object(py, |object| {
        // SAFETY: a type check and a field of a living function.
        let code = unsafe {
            if ffi::PyFunction_Check(object.as_ptr()) == 0 {
                return Ok(());
            }
            Bound::from_borrowed_ptr(
                py,
                (*object.as_ptr().cast::<ffi::PyFunctionObject>()).func_code,
            )
        };
        let name = code.getattr(filename)?;
        let list = match known.get(&name.as_ptr()) {
            Some(list) => list.clone(),
            None => {
                let list = if !files.contains(&name)? {
                    None
                } else if let Some(list) = found.get_item(&name)? {
                    Some(list.cast_into::<PyList>()?)
                } else {
                    let list = PyList::empty(py);
                    found.set_item(&name, &list)?;
                    Some(list)
                };
                known.insert(name.as_ptr(), list.clone());
                list
            }
        };
        if let Some(list) = list {
            list.append(object)?;
        }
        Ok(())
    })?;
    Ok(found)
}

/// One pass over the heap: living instances of these classes (subclasses included when asked).
#[pyfunction]
#[pyo3(signature = (classes, subclasses=true))]
pub(super) fn instances<'py>(
    py: Python<'py>,
    classes: Vec<Bound<'py, PyType>>,
    subclasses: bool,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut found = Vec::new();
    let mut verdicts: HashMap<*mut ffi::PyTypeObject, bool> = HashMap::new();
    each_object(py, |object| {
        // SAFETY: reads the type of a living object, and asks the interpreter about two types.
        let wanted = unsafe {
            let kind = ffi::Py_TYPE(object.as_ptr());
            *verdicts.entry(kind).or_insert_with(|| {
                classes.iter().any(|class| {
                    let class: *mut ffi::PyTypeObject = class.as_ptr().cast();
                    class == kind || subclasses && ffi::PyType_IsSubtype(kind, class) != 0
                })
            })
        };
        if wanted {
            found.push(object.clone());
        }
        Ok(())
    })?;
    Ok(found)
}

/// Who holds one of these objects, functions by their defaults among them, and who holds a tuple that does. The tuples
/// themselves are not given out: another thread may still be making one, which nobody else must hold. A second pass
/// over the heap is made only where there are tuples beside those to leave out, told by their ids.
#[pyfunction]
pub(super) fn referrers<'py>(
    py: Python<'py>,
    objects: Vec<Bound<'py, PyAny>>,
    leave_out: HashSet<usize>,
) -> PyResult<Holders<'py>> {
    let wanted = objects.iter().map(|each| each.as_ptr()).collect();
    let (holders, tuples) = holders_of(py, wanted)?;
    let tuples: Vec<_> = tuples
        .into_iter()
        .filter(|each| !leave_out.contains(&(*each as usize)))
        .collect();
    if tuples.is_empty() {
        return Ok((holders, Vec::new()));
    }
    let (through, _) = holders_of(py, tuples)?;
    Ok((holders, through))
}

type Found<'py> = (Vec<Bound<'py, PyAny>>, Vec<*mut ffi::PyObject>);

/// One pass over the heap: who holds one of these, and the tuples that do.
fn holders_of<'py>(py: Python<'py>, mut wanted: Vec<*mut ffi::PyObject>) -> PyResult<Found<'py>> {
    wanted.sort_unstable();
    let mut pass = Pass {
        wanted,
        found: false,
    };
    let (mut holders, mut tuples) = (Vec::new(), Vec::new());
    each_living(py, |raw| {
        // SAFETY: type checks on a living object, fields of a function, and the traversal that the collector makes.
        unsafe {
            let kind = ffi::Py_TYPE(raw);
            pass.found = false;
            if let Some(traverse) = (*kind).tp_traverse {
                traverse(raw, visited, (&raw mut pass).cast());
            }
            if ffi::PyTuple_CheckExact(raw) != 0 {
                if pass.found {
                    tuples.push(raw);
                }
                return;
            }
            if ffi::PyFunction_Check(raw) != 0 && !pass.found {
                let defaults = (*raw.cast::<ffi::PyFunctionObject>()).func_defaults;
                if !defaults.is_null()
                    && let Some(traverse) = ffi::PyTuple_Type.tp_traverse
                {
                    traverse(defaults, visited, (&raw mut pass).cast());
                }
            }
            if pass.found {
                holders.push(Bound::from_borrowed_ptr(py, raw));
            }
        }
    })?;
    Ok((holders, tuples))
}

struct Pass {
    wanted: Vec<*mut ffi::PyObject>,
    found: bool,
}

extern "C" fn visited(object: *mut ffi::PyObject, pass: *mut c_void) -> c_int {
    // SAFETY: the pass outlives the traversal that calls this.
    let pass = unsafe { &mut *pass.cast::<Pass>() };
    pass.found = match pass.wanted.as_slice() {
        [one] => *one == object,
        several => several.binary_search(&object).is_ok(),
    };
    c_int::from(pass.found)
}

/// Every object that the collector knows, while no other thread runs.
#[cfg(Py_3_12)]
fn each_living(_py: Python<'_>, mut visit: impl FnMut(*mut ffi::PyObject)) -> PyResult<()> {
    extern "C" fn one<F: FnMut(*mut ffi::PyObject)>(
        object: *mut ffi::PyObject,
        visit: *mut c_void,
    ) -> c_int {
        // SAFETY: the closure outlives the walk that calls this.
        unsafe { (*visit.cast::<F>())(object) };
        1
    }
    fn run<F: FnMut(*mut ffi::PyObject)>(visit: &mut F) {
        // SAFETY: called with the interpreter's lock; the closure makes no objects and runs no code of Python's.
        unsafe { PyUnstable_GC_VisitObjects(one::<F>, std::ptr::from_mut(visit).cast()) };
    }
    run(&mut visit);
    Ok(())
}

#[cfg(Py_3_12)]
unsafe extern "C" {
    fn PyUnstable_GC_VisitObjects(
        callback: extern "C" fn(*mut ffi::PyObject, *mut c_void) -> c_int,
        arg: *mut c_void,
    );
}

#[cfg(not(Py_3_12))]
fn each_living(py: Python<'_>, mut visit: impl FnMut(*mut ffi::PyObject)) -> PyResult<()> {
    let objects = py.import("gc")?.call_method0("get_objects")?;
    for object in objects.cast::<PyList>()?.iter() {
        visit(object.as_ptr());
    }
    Ok(())
}

fn each_object<'py>(
    py: Python<'py>,
    mut visit: impl FnMut(&Bound<'py, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    let objects = py.import("gc")?.call_method0("get_objects")?;
    for object in objects.cast::<PyList>()?.iter() {
        visit(&object)?;
    }
    Ok(())
}

/// What a weak reference, or a weak proxy, refers to; none where that has gone. Nobody is asked: a proxy would ask the
/// object.
#[pyfunction]
pub(super) fn referent<'py>(weak: &Bound<'py, PyWeakref>) -> Option<Bound<'py, PyAny>> {
    weak.upgrade()
}
