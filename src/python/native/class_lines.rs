//! The line that the body of a class within a function gives the class, from CPython 3.13 on.
//!
//! A class body begins with `LOAD_CONST line; STORE_NAME __firstlineno__` (3.14 has `LOAD_SMALL_INT`
//! for lines below 256). Where code objects move, what their functions make later is to say the new line.

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCode, PyTuple};

/// The numbers of the instructions that are looked for.
struct Operations {
    store: u8,
    load: u8,
    small: Option<u8>,
    /// All that take a constant by its index, specialized ones too.
    constants: Vec<u8>,
}

static OPERATIONS: PyOnceLock<Operations> = PyOnceLock::new();
/// Names before the one of the line, with those of 3.14 that stand for what the body annotates.
const WITHIN: usize = 24;

fn operations(py: Python<'_>) -> PyResult<&Operations> {
    OPERATIONS.get_or_try_init(py, || {
        let mut found = Operations {
            store: 0,
            load: 0,
            small: None,
            constants: Vec::new(),
        };
        let all = py.import("_opcode_metadata")?;
        for name in ["opmap", "_specialized_opmap"] {
            // A dict, from CPython 3.15 on a frozen one.
            for item in all.getattr(name)?.call_method0("items")?.try_iter()? {
                let (name, number): (String, Bound<'_, PyAny>) = item?.extract()?;
                // Beside real instructions there are some that the compiler uses alone.
                let Ok(number) = number.extract::<u8>() else {
                    continue;
                };
                match name.as_str() {
                    "STORE_NAME" => found.store = number,
                    "LOAD_SMALL_INT" => found.small = Some(number),
                    "LOAD_CONST" => found.load = number,
                    _ => {}
                }
                if name.contains("_CONST") {
                    found.constants.push(number);
                }
            }
        }
        Ok(found)
    })
}

/// Moves the line that a class body notes by as much as the body itself; of other code nothing is done.
/// `before` is the first line of the body as it was.
pub(super) fn shift_class_line(code: &Bound<'_, PyCode>, before: i64, delta: i64) -> PyResult<()> {
    let py = code.py();
    let names = code.getattr(pyo3::intern!(py, "co_names"))?;
    let names = names.cast::<PyTuple>()?;
    let wanted = pyo3::intern!(py, "__firstlineno__");
    // Names are interned: most code is told by a few comparisons of addresses.
    let Some(name) = names
        .iter_borrowed()
        .take(8)
        .position(|each| each.is(wanted))
    else {
        return Ok(());
    };
    let operations = operations(py)?;
    // SAFETY: we hold the GIL as long as this is in use, and nobody else has these bytes as a slice.
    let units = unsafe { &mut *units_of(code)? };
    let store = [operations.store, u8::try_from(name).unwrap_or(u8::MAX)];
    let Some(at) = units
        .iter()
        .take(WITHIN)
        .position(|unit| *unit == store)
        .filter(|at| *at > 0)
    else {
        return Ok(());
    };
    let [operation, argument] = units[at - 1];
    let line = before + delta;
    if Some(operation) == operations.small {
        if i64::from(argument) == before {
            match u8::try_from(line) {
                Ok(line) => units[at - 1][1] = line,
                Err(_) => load_constant(code, units, at - 1, operations, None, line)?,
            }
        }
    } else if operations.constants.contains(&operation) {
        let constants = code.getattr(pyo3::intern!(py, "co_consts"))?;
        let held = constants
            .cast::<PyTuple>()?
            .get_item(usize::from(argument))?;
        if held.extract::<i64>().ok() == Some(before) {
            load_constant(code, units, at - 1, operations, Some(argument), line)?;
        }
    }
    Ok(())
}

/// Has one instruction load a line: as the constant that it loaded, where nothing else loads that one,
/// else as one more.
fn load_constant(
    code: &Bound<'_, PyCode>,
    units: &mut [[u8; 2]],
    at: usize,
    operations: &Operations,
    held: Option<u8>,
    line: i64,
) -> PyResult<()> {
    let py = code.py();
    let constants = code.getattr(pyo3::intern!(py, "co_consts"))?;
    let mut values: Vec<Bound<'_, PyAny>> = constants.cast::<PyTuple>()?.iter().collect();
    let line = line.into_pyobject(py)?.into_any();
    let others = |index: u8| {
        units.iter().enumerate().any(|(other, unit)| {
            other != at && unit[1] == index && operations.constants.contains(&unit[0])
        })
    };
    let index = match held.filter(|index| !others(*index)) {
        Some(index) => {
            values[usize::from(index)] = line;
            index
        }
        None => {
            let Ok(index) = u8::try_from(values.len()) else {
                // It would take more than one instruction.
                return Ok(());
            };
            values.push(line);
            index
        }
    };
    let offset = super::lines::member_offset(py, "co_consts")?;
    let values = PyTuple::new(py, values)?;
    // SAFETY: a field of a living code object, at the offset that the interpreter names; we hold the GIL.
    // The earlier tuple is kept for good: a frame at work may have borrowed what is in it.
    unsafe {
        let field = code
            .as_ptr()
            .cast::<u8>()
            .offset(offset)
            .cast::<*mut ffi::PyObject>();
        *field = values.into_ptr();
    }
    units[at] = [operations.load, index];
    Ok(())
}

/// The instructions of a code object as they lie there, two bytes each: at the end of the object, which
/// has them as its items.
fn units_of(code: &Bound<'_, PyCode>) -> PyResult<*mut [[u8; 2]]> {
    // SAFETY: a code object is of a type whose items are its instructions, behind its fixed part.
    unsafe {
        let kind = ffi::Py_TYPE(code.as_ptr());
        if (*kind).tp_itemsize != 2 {
            return Err(PyRuntimeError::new_err("instructions are not of two bytes"));
        }
        let size = usize::try_from(ffi::Py_SIZE(code.as_ptr())).unwrap_or(0);
        let first = code.as_ptr().cast::<u8>().offset((*kind).tp_basicsize);
        Ok(std::ptr::slice_from_raw_parts_mut(
            first.cast::<[u8; 2]>(),
            size,
        ))
    }
}
