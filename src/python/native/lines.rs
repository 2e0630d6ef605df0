//! The lines that code objects say they stand on, changed in place.

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyList};

/// Where the interpreter keeps a field of code objects, by its own member descriptor.
pub(super) fn member_offset(py: Python<'_>, name: &str) -> PyResult<isize> {
    let descriptor = py
        .get_type::<PyCode>()
        .getattr("__dict__")?
        .get_item(name)?;
    if descriptor.get_type().name()? != "member_descriptor" {
        return Err(PyRuntimeError::new_err(format!(
            "{name} is no plain member on this interpreter"
        )));
    }
    // SAFETY: the type check above; the struct is part of the public headers.
    let offset =
        unsafe { (*(*descriptor.as_ptr().cast::<ffi::PyMemberDescrObject>()).d_member).offset };
    Ok(offset)
}

/// Moves the first line of code objects, and of those nested in them, in place: line tables are relative
/// to it, so everything that shares them (closures, running frames, copies) follows at once, and
/// nothing has to be found. `ranges` are `(first, last, delta)`, sorted, in lines before the move.
///
/// Hash and equality of code objects take the first line in; so would those of a replaced one.
/// Returns how many were moved.
#[pyfunction]
pub(super) fn shift(
    py: Python<'_>,
    codes: Vec<Bound<'_, PyCode>>,
    ranges: Vec<(i64, i64, i64)>,
) -> PyResult<usize> {
    shift_codes(py, codes.iter().map(Bound::as_ptr).collect(), &ranges)
}

/// `shift` for all code objects of a module, by qualified name, but those whose address is in `fresh`.
#[pyfunction]
pub(super) fn shift_module(
    py: Python<'_>,
    codes: &Bound<'_, PyDict>,
    ranges: Vec<(i64, i64, i64)>,
    fresh: std::collections::HashSet<usize>,
) -> PyResult<usize> {
    let mut found = Vec::with_capacity(codes.len());
    for held in codes.values().iter() {
        for code in held.cast::<PyList>()?.iter() {
            let code = code.cast_into::<PyCode>()?;
            if fresh.is_empty() || !fresh.contains(&(code.as_ptr() as usize)) {
                found.push(code.as_ptr());
            }
        }
    }
    shift_codes(py, found, &ranges)
}

/// The code objects are alive for as long as this takes: nothing here runs Python code.
fn shift_codes(
    py: Python<'_>,
    mut codes: Vec<*mut ffi::PyObject>,
    ranges: &[(i64, i64, i64)],
) -> PyResult<usize> {
    let offset = member_offset(py, "co_firstlineno")?;
    let consts = member_offset(py, "co_consts")?;
    let mut at = 0;
    while let Some(code) = codes.get(at) {
        // SAFETY: a tuple at the offset that the interpreter names, whose items live as long as it does.
        unsafe {
            let held = *code
                .cast::<u8>()
                .offset(consts)
                .cast::<*mut ffi::PyObject>();
            for item in 0..ffi::PyTuple_GET_SIZE(held) {
                let constant = ffi::PyTuple_GET_ITEM(held, item);
                if ffi::PyCode_Check(constant) != 0 {
                    codes.push(constant);
                }
            }
        }
        at += 1;
    }
    codes.sort_unstable();
    codes.dedup();
    let mut moved = 0;
    for code in codes {
        // SAFETY: a code object, see above.
        let code = unsafe { Bound::from_borrowed_ptr(py, code) };
        // SAFETY: an int field at the offset that the interpreter names; we hold the GIL.
        let field = unsafe {
            code.as_ptr()
                .cast::<u8>()
                .offset(offset)
                .cast::<std::ffi::c_int>()
        };
        // SAFETY: as above.
        let line = i64::from(unsafe { *field });
        let after = ranges.partition_point(|(_, last, _)| *last < line);
        if let Some((first, _, delta)) = ranges.get(after)
            && *first <= line
            && let Ok(line) = std::ffi::c_int::try_from(line + delta)
        {
            // SAFETY: as above.
            let before = i64::from(unsafe { std::mem::replace(&mut *field, line) });
            shift_traced_lines(code.cast::<PyCode>()?, *delta)?;
            #[cfg(Py_3_13)]
            super::class_lines::shift_class_line(code.cast::<PyCode>()?, before, *delta)?;
            #[cfg(not(Py_3_13))]
            let _ = before;
            moved += 1;
        }
    }
    Ok(moved)
}

/// 3.11 keeps absolute lines of code that was traced; later versions keep relative ones. The array's
/// place is that of 3.11's headers, which are final: three words behind `co_linetable`; the size of an
/// entry stands in the second half of the word behind `co_flags`.
#[cfg(not(Py_3_12))]
fn shift_traced_lines(code: &Bound<'_, PyCode>, delta: i64) -> PyResult<()> {
    let array_at = member_offset(code.py(), "co_linetable")? + 3 * size_of::<usize>() as isize;
    let entry_at = member_offset(code.py(), "co_flags")? + 6;
    // SAFETY: fields of a living code object; the array holds `Py_SIZE` entries.
    unsafe {
        let raw = code.as_ptr().cast::<u8>();
        let array = *raw.offset(array_at).cast::<*mut u8>();
        if array.is_null() {
            return Ok(());
        }
        let short = *raw.offset(entry_at).cast::<i16>() == 2;
        for at in 0..ffi::Py_SIZE(code.as_ptr()) {
            if short {
                let entry = array.cast::<i16>().offset(at);
                if *entry > 0 {
                    *entry = (i64::from(*entry) + delta) as i16;
                }
            } else {
                let entry = array.cast::<i32>().offset(at);
                if *entry > 0 {
                    *entry = (i64::from(*entry) + delta) as i32;
                }
            }
        }
    }
    Ok(())
}

#[cfg(Py_3_12)]
fn shift_traced_lines(_code: &Bound<'_, PyCode>, _delta: i64) -> PyResult<()> {
    Ok(())
}
