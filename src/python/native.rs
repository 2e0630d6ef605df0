//! What goes beneath Python's own rules: everything here touches living objects in ways that Python
//! code cannot, or cannot without letting other threads run in between.
//!
//! Tried on CPython 3.11.7, 3.12.1 and 3.13.0. The offsets that are used come from the running
//! interpreter's own member descriptors, not from a copy of its headers.

use std::collections::HashMap;
use std::ffi::c_int;

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyList, PySet, PyString, PyTuple, PyType};

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
fn commit<'py>(
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

fn set_type<'py>(
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
/// caller has made sure that instances look the same in memory either way (`_classes.same_layout`).
fn set_bases(class: &Bound<'_, PyType>, bases: &Bound<'_, PyTuple>) -> PyResult<bool> {
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
fn set_metaclass(class: &Bound<'_, PyType>, meta: &Bound<'_, PyType>) -> bool {
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

/// Where the interpreter keeps a field of code objects, by its own member descriptor.
fn member_offset(py: Python<'_>, name: &str) -> PyResult<isize> {
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
fn shift(
    py: Python<'_>,
    codes: Vec<Bound<'_, PyCode>>,
    ranges: Vec<(i64, i64, i64)>,
) -> PyResult<usize> {
    shift_codes(py, codes.iter().map(Bound::as_ptr).collect(), &ranges)
}

/// `shift` for all code objects of a module, by qualified name, but those whose address is in `fresh`.
#[pyfunction]
fn shift_module(
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
            unsafe { *field = line };
            shift_traced_lines(code.cast::<PyCode>()?, *delta)?;
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

/// The descriptor with which a class gives its instances an attribute that another class gives them: what
/// `__dict__` and `__weakref__` are in a class whose bases have none.
#[pyfunction]
fn descriptor_for<'py>(
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

/// How many references an object has, beside the one that asking takes.
#[pyfunction]
fn references(object: &Bound<'_, PyAny>) -> isize {
    // SAFETY: reads the count of a living object.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) - 1 }
}

/// Functions; generators, coroutines and asynchronous generators.
type Holders<'py> = (Vec<Bound<'py, PyAny>>, Vec<Bound<'py, PyAny>>);

/// One pass over the heap: the functions that run one of these code objects, and the generators,
/// coroutines and frames that are on one.
#[pyfunction]
fn holders<'py>(py: Python<'py>, codes: Vec<Bound<'py, PyCode>>) -> PyResult<Holders<'py>> {
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
            if wanted.contains(&object.getattr(attribute)?.as_ptr())
                && !object.getattr(frame.as_str())?.is_none()
            {
                runners.push(object.clone());
            }
        }
        Ok(())
    })?;
    Ok((functions, runners))
}

/// One pass over the heap: every function whose code comes from one of these files, by file.
#[pyfunction]
fn functions_of_files<'py>(
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
fn instances<'py>(
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

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(commit, module)?)?;
    module.add_function(wrap_pyfunction!(shift, module)?)?;
    module.add_function(wrap_pyfunction!(shift_module, module)?)?;
    module.add_function(wrap_pyfunction!(descriptor_for, module)?)?;
    module.add_function(wrap_pyfunction!(references, module)?)?;
    module.add_function(wrap_pyfunction!(holders, module)?)?;
    module.add_function(wrap_pyfunction!(functions_of_files, module)?)?;
    module.add_function(wrap_pyfunction!(instances, module)?)
}
