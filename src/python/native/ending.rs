//! Calls of Python code from a thread that the interpreter may end meanwhile.
//!
//! Until CPython 3.13, a daemon thread that wants to go on while the interpreter ends is unwound as a C++ exception
//! would, and Rust ends the whole process where that comes to its frames. So it is kept there until the process
//! has ended, which is what CPython does by itself from 3.14 on.

use std::time::Duration;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

mod unwinding {
    use pyo3::ffi::PyObject;

    unsafe extern "C-unwind" {
        pub(super) fn PyObject_CallObject(
            callable: *mut PyObject,
            arguments: *mut PyObject,
        ) -> *mut PyObject;
        pub(super) fn Py_DecRef(object: *mut PyObject);
    }
}

/// Dropped by nothing but a thread that is ended in between.
struct Kept;

impl Drop for Kept {
    fn drop(&mut self) {
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    }
}

/// Calls a function of Python's.
pub(super) fn call<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = callable.py();
    let arguments = arguments.into_pyobject(py)?;
    let kept = Kept;
    // SAFETY: a callable and a tuple; the result is a new reference, or null with an exception.
    let result = unsafe {
        let result = unwinding::PyObject_CallObject(callable.as_ptr(), arguments.as_ptr());
        Bound::from_owned_ptr_or_err(py, result)
    };
    std::mem::forget(kept);
    result
}

/// Gives up a reference, which may run a destructor.
///
/// # Safety
/// It is one of the caller's own, or null, and the interpreter's lock is held.
pub(super) unsafe fn let_go(object: *mut ffi::PyObject) {
    let kept = Kept;
    // SAFETY: as promised.
    unsafe { unwinding::Py_DecRef(object) };
    std::mem::forget(kept);
}
