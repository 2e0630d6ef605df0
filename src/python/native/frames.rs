//! A frame that waits in a callback of `sys.monitoring` goes on in other code.
//!
//! The interpreter lets such a callback choose where its frame goes on (that is how `f_lineno` is set), and looks
//! at the frame anew when it returns. So nothing but this one frame changes, and its thread stands still meanwhile.
//! What is known of a frame's inside is compared with what the interpreter says of it before anything is touched.

use std::ffi::{c_char, c_int, c_void};

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyException, PyRuntimeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCode, PyFrame, PyInt, PyList, PyTuple};

use super::ending;
use super::slots::Slot;

/// `_PyInterpreterFrame` of CPython 3.11.
#[cfg(not(Py_3_12))]
#[repr(C)]
struct RawFrame {
    function: Slot,
    globals: *mut ffi::PyObject,
    builtins: *mut ffi::PyObject,
    locals: *mut ffi::PyObject,
    code: Slot,
    object: *mut ffi::PyObject,
    previous: *mut RawFrame,
    instruction: *const u8,
    stack_top: c_int,
    /// Whether the interpreter was called for it, rather than going on in it.
    is_entry: bool,
    owner: c_char,
    slots: [Slot; 1],
}

/// That of CPython 3.12 and 3.13. The names are those of 3.12.
#[cfg(all(Py_3_12, not(Py_3_14)))]
#[repr(C)]
struct RawFrame {
    code: Slot,
    previous: *mut RawFrame,
    function: Slot,
    globals: *mut ffi::PyObject,
    builtins: *mut ffi::PyObject,
    locals: *mut ffi::PyObject,
    object: *mut ffi::PyObject,
    instruction: *const u8,
    stack_top: c_int,
    return_offset: u16,
    owner: c_char,
    slots: [Slot; 1],
}

/// That of CPython 3.14 and 3.15.
#[cfg(Py_3_14)]
#[repr(C)]
struct RawFrame {
    code: Slot,
    previous: *mut RawFrame,
    function: Slot,
    globals: *mut ffi::PyObject,
    builtins: *mut ffi::PyObject,
    locals: *mut ffi::PyObject,
    object: *mut ffi::PyObject,
    instruction: *const u8,
    stack_top: *mut Slot,
    return_offset: u16,
    owner: c_char,
    visited: u8,
    slots: [Slot; 1],
}

impl RawFrame {
    fn first(&self) -> *mut Slot {
        (&raw const self.slots).cast::<Slot>().cast_mut()
    }

    /// How many slots are in use; nothing sensible while the frame runs.
    fn top(&self) -> Option<usize> {
        #[cfg(not(Py_3_14))]
        let top = self.stack_top as isize;
        #[cfg(Py_3_14)]
        let top = (self.stack_top as isize - self.first() as isize) / size_of::<Slot>() as isize;
        usize::try_from(top).ok()
    }

    fn set_top(&mut self, top: usize) {
        #[cfg(not(Py_3_14))]
        {
            self.stack_top = top as c_int;
        }
        #[cfg(Py_3_14)]
        {
            self.stack_top = self.first().wrapping_add(top);
        }
    }
}

/// The beginning of a frame object.
#[repr(C)]
struct RawFrameObject {
    base: ffi::PyObject,
    back: *mut ffi::PyObject,
    frame: *mut RawFrame,
}

/// A code object's instructions, which stand at its end.
struct Instructions {
    start: *const u8,
    length: usize,
}

impl Instructions {
    fn of(code: &Bound<'_, PyCode>) -> PyResult<Self> {
        let adaptive = code.getattr("_co_code_adaptive")?;
        let adaptive = adaptive.cast::<PyBytes>()?.as_bytes();
        let at: usize = code.get_type().getattr("__basicsize__")?.extract()?;
        // SAFETY: the variable part of a code object stands behind its fixed one, and is as long as its bytes.
        let start = unsafe { code.as_ptr().cast::<u8>().add(at) };
        // SAFETY: as above. Other threads do not run, so nothing is specialised in between.
        let found = unsafe { std::slice::from_raw_parts(start, adaptive.len()) };
        if found != adaptive {
            return Err(unlike("its instructions"));
        }
        Ok(Self {
            start,
            length: adaptive.len(),
        })
    }

    fn hold(&self, instruction: *const u8) -> bool {
        (self.start as usize..self.start as usize + self.length).contains(&(instruction as usize))
    }
}

fn unlike(what: &str) -> PyErr {
    PyRuntimeError::new_err(format!(
        "a frame of this interpreter is not as expected: {what}"
    ))
}

/// A frame, of which all but its stack was compared with what the interpreter says of it.
struct Known<'py> {
    raw: *mut RawFrame,
    code: Bound<'py, PyCode>,
    locals: usize,
    capacity: usize,
}

/// A frame at a point where the interpreter has written all of it down.
struct Standing<'py> {
    raw: *mut RawFrame,
    code: Bound<'py, PyCode>,
    locals: usize,
    top: usize,
    capacity: usize,
}

fn size(code: &Bound<'_, PyCode>) -> PyResult<(usize, usize)> {
    let names = |name: &str| -> PyResult<Vec<String>> { code.getattr(name)?.extract() };
    let plain = names("co_varnames")?;
    let cells = names("co_cellvars")?;
    let beside = cells.iter().filter(|name| !plain.contains(name)).count();
    let locals = plain.len() + beside + names("co_freevars")?.len();
    let stack: usize = code.getattr("co_stacksize")?.extract()?;
    Ok((locals, locals + stack))
}

impl<'py> Known<'py> {
    fn of(frame: &Bound<'py, PyFrame>) -> PyResult<Self> {
        if cfg!(not(Py_3_11)) || cfg!(Py_3_16) || cfg!(Py_GIL_DISABLED) {
            return Err(unlike("it was not tried on this version"));
        }
        let code = frame.getattr("f_code")?.cast_into::<PyCode>()?;
        let globals = frame.getattr("f_globals")?;
        let builtins = frame.getattr("f_builtins")?;
        let (locals, capacity) = size(&code)?;
        let instructions = Instructions::of(&code)?;
        // SAFETY: a living frame object, whose frame lives as long as it runs or is suspended. The fields are read
        // and compared with what the interpreter gives for them; nothing is followed before it was compared.
        unsafe {
            let raw = (*frame.as_ptr().cast::<RawFrameObject>()).frame;
            let fields = [
                ((*raw).code.object(), code.as_ptr(), "its code"),
                ((*raw).globals, globals.as_ptr(), "its globals"),
                ((*raw).builtins, builtins.as_ptr(), "its builtins"),
                ((*raw).object, frame.as_ptr(), "its object"),
            ];
            for (there, said, what) in fields {
                if there != said {
                    return Err(unlike(what));
                }
            }
            if !instructions.hold((*raw).instruction) {
                return Err(unlike("where it stands"));
            }
            // Owned by a thread or a generator; not one that ended.
            if !(0..=1).contains(&(*raw).owner) {
                return Err(unlike("its owner"));
            }
            Ok(Self {
                raw,
                code,
                locals,
                capacity,
            })
        }
    }

    /// Whether a frame called this one directly: the interpreter looks anew at it when this one ends.
    fn was_called_by(&self, caller: *const RawFrame) -> bool {
        // SAFETY: the frame was compared. From 3.12 on one that is called otherwise than directly has a frame of the
        // interpreter's own between.
        unsafe {
            #[cfg(not(Py_3_12))]
            if (*self.raw).is_entry {
                return false;
            }
            std::ptr::eq((*self.raw).previous, caller)
        }
    }
}

impl<'py> Standing<'py> {
    fn of(frame: &Bound<'py, PyFrame>) -> PyResult<Self> {
        let known = Known::of(frame)?;
        // SAFETY: as there.
        let top = unsafe { (*known.raw).top() }.ok_or_else(|| unlike("its stack"))?;
        if !(known.locals..=known.capacity).contains(&top) {
            return Err(unlike("its stack"));
        }
        Ok(Self {
            raw: known.raw,
            code: known.code,
            locals: known.locals,
            top,
            capacity: known.capacity,
        })
    }

    fn slots(&self) -> &[Slot] {
        // SAFETY: `top` slots are in use, see `of`.
        unsafe { std::slice::from_raw_parts((*self.raw).first(), self.top) }
    }
}

/// What a frame that waits in a callback holds: its function, its variables and its stack, with `missing` for none, and
/// a number for one that is no object.
#[pyfunction]
pub(super) fn frame_parts<'py>(
    frame: &Bound<'py, PyFrame>,
    missing: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyList>, Bound<'py, PyList>)> {
    let py = frame.py();
    let standing = Standing::of(frame)?;
    let given = |slot: &Slot| {
        if let Some(number) = slot.number() {
            return number.into_bound_py_any(py);
        }
        // SAFETY: a slot holds nothing or a living object.
        let object = unsafe { Bound::from_borrowed_ptr_or_opt(py, slot.object()) };
        Ok(object.unwrap_or_else(|| missing.clone()))
    };
    let all: Vec<Bound<'py, PyAny>> = standing
        .slots()
        .iter()
        .map(given)
        .collect::<PyResult<_>>()?;
    // SAFETY: as above; a frame always has a function.
    let function =
        unsafe { Bound::from_borrowed_ptr_or_opt(py, (*standing.raw).function.object()) };
    let function = function.ok_or_else(|| unlike("its function"))?;
    let (locals, stack) = all.split_at(standing.locals);
    Ok((function, PyList::new(py, locals)?, PyList::new(py, stack)?))
}

/// The frame that called another one directly, and waits for it to end, goes on at the very same instruction of other
/// code: what is behind that code's end is all that differs.
#[pyfunction]
pub(super) fn replace_code(
    frame: &Bound<'_, PyFrame>,
    caller: &Bound<'_, PyFrame>,
    code: &Bound<'_, PyCode>,
) -> PyResult<()> {
    let inner = Known::of(frame)?;
    let standing = Standing::of(caller)?;
    let (locals, capacity) = size(code)?;
    if locals != standing.locals || capacity > standing.capacity {
        return Err(PyValueError::new_err("the frame does not fit this code"));
    }
    let before = Instructions::of(&standing.code)?;
    let after = Instructions::of(code)?;
    if !inner.was_called_by(standing.raw) {
        return Err(PyValueError::new_err("it was not called directly"));
    }
    // SAFETY: both frames were compared with what the interpreter says of them.
    unsafe {
        let raw = standing.raw;
        let offset = (*raw).instruction as usize - before.start as usize;
        if offset >= after.length {
            return Err(PyValueError::new_err("no such instruction"));
        }
        (*raw).instruction = after.start.add(offset);
        std::mem::replace(&mut (*raw).code, Slot::of(code.as_ptr())).let_go();
    }
    Ok(())
}

/// The frame that called another one directly, and waits for it to end, goes on in other code, behind the instruction at
/// an offset. What the call returns comes on top of its stack.
#[pyfunction]
pub(super) fn move_caller<'py>(
    frame: &Bound<'py, PyFrame>,
    caller: &Bound<'py, PyFrame>,
    target: Target<'py>,
) -> PyResult<()> {
    let inner = Known::of(frame)?;
    let raw = Standing::of(caller)?.raw;
    if !inner.was_called_by(raw) {
        return Err(PyValueError::new_err("it was not called directly"));
    }
    move_frame(caller, target)
}

/// Called by `sys.monitoring` where a loop begins anew. What it was made with says where the frame goes on: it is
/// called with the frame, its code and the offset of the jump, and returns a `Target`, or what `sys.monitoring` is to
/// be given. No line of Python runs between the move and the interpreter, so that no signal is handled there, which
/// would be an exception that stands in neither code.
#[pyclass(frozen, module = "reloadr._core")]
pub(super) struct Mover {
    plan: Py<PyAny>,
    failed: Py<PyAny>,
}

/// Code, an offset in bytes, what each variable is from now on, and what lies on the stack, or None as it is: each
/// is the number of an earlier slot, a tuple that holds the object, or None for nothing.
type Target<'py> = (
    Bound<'py, PyCode>,
    usize,
    Vec<Bound<'py, PyAny>>,
    Option<Vec<Bound<'py, PyAny>>>,
);

#[pymethods]
impl Mover {
    #[new]
    fn new(plan: Py<PyAny>, failed: Py<PyAny>) -> Self {
        Self { plan, failed }
    }

    fn __call__<'py>(
        &self,
        code: &Bound<'py, PyCode>,
        jump: usize,
        _target: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = code.py();
        // SAFETY: the frame that runs, if there is one, borrowed from the interpreter.
        let frame = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) };
        let Some(frame) = frame else {
            return Ok(py.None().into_bound(py));
        };
        let answer = match ending::call(self.plan.bind(py), (&frame, code, jump)) {
            Ok(answer) => answer,
            // Nothing may be raised from here: CPython 3.12 then looks for handlers at a wrong place. A mistake of
            // ours is none of the user's loop; what a signal's handler raised comes as soon as the loop goes on.
            Err(error) => {
                if error.is_instance_of::<PyException>(py) {
                    error.write_unraisable(py, Some(code.as_any()));
                } else {
                    raise_later(error.into_value(py).into_ptr());
                }
                return Ok(py.None().into_bound(py));
            }
        };
        let Ok(target) = answer.cast::<PyTuple>() else {
            return Ok(answer);
        };
        let frame = frame.cast::<PyFrame>()?;
        let moved = target
            .extract::<Target<'py>>()
            .and_then(|target| move_frame(frame, target));
        match moved {
            Ok(()) => Ok(py.None().into_bound(py)),
            Err(error) => ending::call(self.failed.bind(py), (code, jump, error)),
        }
    }
}

/// Raises an exception in the main thread, where signals are handled, once its code goes on.
fn raise_later(error: *mut ffi::PyObject) {
    extern "C" fn raise(error: *mut c_void) -> c_int {
        // SAFETY: the exception that was handed over, with its reference; the interpreter calls this under its lock.
        unsafe {
            let error: *mut ffi::PyObject = error.cast();
            ffi::PyErr_SetObject(ffi::Py_TYPE(error).cast(), error);
            ffi::Py_DECREF(error);
        }
        -1
    }
    // SAFETY: as above. Where its queue is full the interpreter does not take it.
    unsafe {
        if ffi::Py_AddPendingCall(Some(raise), error.cast()) != 0 {
            ffi::Py_DECREF(error);
        }
    }
}

/// Either all of it is done, or an error says that nothing is.
fn move_frame<'py>(frame: &Bound<'py, PyFrame>, target: Target<'py>) -> PyResult<()> {
    let (code, offset, sources, stack) = target;
    let code = &code;
    let standing = Standing::of(frame)?;
    let (locals, capacity) = size(code)?;
    if locals != sources.len() {
        return Err(PyValueError::new_err("as many sources as variables"));
    }
    if capacity > standing.capacity {
        return Err(PyValueError::new_err(
            "the frame is too small for this code",
        ));
    }
    let instructions = Instructions::of(code)?;
    if offset % 2 != 0 || offset >= instructions.length {
        return Err(PyValueError::new_err("no such instruction"));
    }
    let earlier = standing.slots();
    let mut slots = Vec::with_capacity(capacity);
    for source in sources.iter().chain(stack.iter().flatten()) {
        slots.push(slot(earlier, source)?);
    }
    if stack.is_none() {
        slots.extend_from_slice(&earlier[standing.locals..]);
    }
    if slots.len() > capacity {
        return Err(PyValueError::new_err("the frame cannot hold all of it"));
    }
    // Code of a module keeps its variables in a dict, which goes on.
    let optimised = is_optimised(code)?;
    if optimised != is_optimised(&standing.code)? {
        return Err(PyValueError::new_err("code of another kind"));
    }
    let gone = earlier.to_vec();
    // SAFETY: all was checked. The frame has room for the slots; each gets a reference of its own before those that
    // were there are given up, which is last, for a destructor may run other threads.
    unsafe {
        let slots: Vec<Slot> = slots.iter().map(|slot| slot.again()).collect();
        let raw = standing.raw;
        std::ptr::copy_nonoverlapping(slots.as_ptr(), (*raw).first(), slots.len());
        (*raw).set_top(slots.len());
        (*raw).instruction = instructions.start.add(offset);
        let before = std::mem::replace(&mut (*raw).code, Slot::of(code.as_ptr()));
        debug_assert_eq!(before.object(), standing.code.as_ptr());
        // What `locals()` gave once; it has the names of the earlier code.
        let shown = if optimised {
            std::mem::replace(&mut (*raw).locals, std::ptr::null_mut())
        } else {
            std::ptr::null_mut()
        };
        for slot in gone {
            slot.let_go();
        }
        ending::let_go(shown);
        before.let_go();
    }
    Ok(())
}

fn is_optimised(code: &Bound<'_, PyCode>) -> PyResult<bool> {
    let flags: c_int = code.getattr("co_flags")?.extract()?;
    Ok(flags & ffi::CO_OPTIMIZED != 0)
}

/// What a source stands for, borrowed.
fn slot(earlier: &[Slot], source: &Bound<'_, PyAny>) -> PyResult<Slot> {
    if source.is_none() {
        return Ok(Slot::NOTHING);
    }
    if let Ok(held) = source.cast::<PyTuple>() {
        return Ok(Slot::borrowed(held.get_item(0)?.as_ptr()));
    }
    let number: usize = source.cast::<PyInt>()?.extract()?;
    let found = earlier.get(number).copied();
    found.ok_or_else(|| PyValueError::new_err("no such slot"))
}
