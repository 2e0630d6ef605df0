//! Classes, past their metaclasses and past what CPython allows to assign.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

pub(super) fn set_type<'py>(
    class: &Bound<'py, PyType>,
    name: &Bound<'py, PyString>,
    value: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = class.py();
    let namespace = class.getattr("__dict__")?;
    let old = namespace.get_item(name).ok();
    if value.is_none() && old.is_none() {
        return Ok(None);
    }
    // SAFETY: `type.__setattr__` itself, with borrowed pointers that outlive the call; a null value deletes.
    let status = unsafe {
        let set = ffi::PyType_Type.tp_setattro;
        let set = set.ok_or_else(|| PyRuntimeError::new_err("type has no setattr"))?;
        set(
            class.as_ptr(),
            name.as_ptr(),
            value.map_or(std::ptr::null_mut(), |value| value.as_ptr()),
        )
    };
    if status < 0 {
        Err(PyErr::fetch(py))
    } else {
        Ok(old)
    }
}

/// Sets `__bases__` where CPython refuses although nothing stands against it: it compares how the old and
/// the new best base free their instances, and calls `object` different from any class of Python code. With
/// the new best base in the place of the old one before the assignment, the comparison is of equals. The
/// caller has made sure that instances look the same in memory either way (`same_layout`, in Python).
pub(super) fn set_bases(class: &Bound<'_, PyType>, bases: &Bound<'_, PyTuple>) -> PyResult<bool> {
    let raw = class.as_type_ptr();
    for base in bases.iter() {
        let Ok(base) = base.cast_into::<PyType>() else {
            return Ok(false);
        };
        // SAFETY: `tp_base` is an owned reference; the interpreter releases what it finds there when it
        // succeeds, so that is ours by then, and the one that was there is released here.
        unsafe {
            let before = (*raw).tp_base;
            (*raw).tp_base = ffi::Py_NewRef(base.as_ptr()).cast();
            if class.setattr("__bases__", bases).is_ok() {
                ffi::Py_DECREF(before.cast());
                return Ok(true);
            }
            ffi::Py_DECREF((*raw).tp_base.cast());
            (*raw).tp_base = before;
        }
    }
    Ok(false)
}

/// Gives a class another metaclass, which CPython refuses where one of the two is `type`. Classes of both must
/// look the same in memory, as those of `type`, `abc.ABCMeta` and the metaclass of protocols do; false if not.
pub(super) fn set_metaclass(class: &Bound<'_, PyType>, meta: &Bound<'_, PyType>) -> bool {
    /// What lies before and in an object: inline values, managed weak references, managed dict (CPython's
    /// `Include/object.h`).
    const PLACES: std::ffi::c_ulong = 1 << 2 | 1 << 3 | 1 << 4;
    let old = class.get_type();
    // An object holds a reference to its type, unless that is one of the interpreter's own.
    let counted = |type_: *mut ffi::PyTypeObject| {
        // SAFETY: the flags of a living type.
        unsafe { ffi::PyType_HasFeature(type_, ffi::Py_TPFLAGS_HEAPTYPE) != 0 }
    };
    // SAFETY: fields of living types; no other thread runs between the exchange and the word to the
    // interpreter's caches.
    unsafe {
        let (a, b) = (old.as_type_ptr(), meta.as_type_ptr());
        let alike = ffi::PyType_IsSubtype(b, &raw mut ffi::PyType_Type) != 0
            && (*a).tp_basicsize == (*b).tp_basicsize
            && (*a).tp_itemsize == (*b).tp_itemsize
            && (*a).tp_dictoffset == (*b).tp_dictoffset
            && (*a).tp_weaklistoffset == (*b).tp_weaklistoffset
            && (ffi::PyType_GetFlags(a) ^ ffi::PyType_GetFlags(b)) & PLACES == 0;
        if alike {
            if counted(b) {
                ffi::Py_INCREF(b.cast());
            }
            (*class.as_ptr()).ob_type = b;
            if counted(a) {
                ffi::Py_DECREF(a.cast());
            }
            ffi::PyType_Modified(class.as_type_ptr());
        }
        alike
    }
}

/// The descriptor with which a class gives its instances an attribute that another class gives them: what
/// `__dict__` and `__weakref__` are in a class whose bases have none.
#[pyfunction]
pub(super) fn descriptor_for<'py>(
    class: &Bound<'py, PyType>,
    other: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the kind is compared before the field is read. What it points to is a static table of the
    // interpreter's, as the names that it is used for are.
    unsafe {
        if ffi::Py_TYPE(other.as_ptr()) != &raw mut ffi::PyGetSetDescr_Type {
            return Err(PyTypeError::new_err("not a getset descriptor"));
        }
        let table = (*other.as_ptr().cast::<ffi::PyGetSetDescrObject>()).d_getset;
        let made = ffi::PyDescr_NewGetSet(class.as_type_ptr(), table);
        Bound::from_owned_ptr_or_err(class.py(), made)
    }
}
