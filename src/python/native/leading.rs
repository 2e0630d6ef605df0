//! Which names of modules may lead to functions: one pass over all names, for each edit asks.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

/// How far it is gone into what holds others, and how many objects are looked at behind one name. Of more, Python
/// decides.
const DEEP: u8 = 4;
const MANY: usize = 200;

/// A hash of addresses: objects lie sixteen bytes apart.
#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only addresses are hashed");
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64 >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

type Ids = HashSet<usize, BuildHasherDefault<Spread>>;

/// What is sought, and what types of values say of themselves, all by identity.
struct Sought {
    /// The code objects.
    codes: Ids,
    /// Classes with methods, and modules with names, that are sought.
    owners: Ids,
    /// Types whose values hold nothing.
    atoms: Ids,
    /// Types of members that are come to by the name that a class has for them.
    members: Ids,
    /// The type of what `functools.lru_cache` makes.
    cache: usize,
    /// The names of the fields of objects that have no plain ones.
    constants: Py<PyAny>,
    wrapped: Py<PyAny>,
}

/// The number of a dict, a name in it, and its value.
type Named<'py> = (usize, Bound<'py, PyAny>, Bound<'py, PyAny>);

/// The names whose values are, or may hold, a function of one of these codes or a class or module of these: the number of the
/// dict, the name, and the value. Nearly all names are plain functions and classes, which are told by their fields, and
/// containers of what holds nothing. Runs none of the user's code.
#[pyfunction]
pub(super) fn may_lead<'py>(
    dicts: Vec<Bound<'py, PyDict>>,
    codes: Ids,
    owners: Ids,
    atoms: Ids,
    members: Ids,
    cache: &Bound<'py, PyType>,
) -> Vec<Named<'py>> {
    let py = cache.py();
    let sought = Sought {
        codes,
        owners,
        atoms,
        members,
        cache: cache.as_ptr() as usize,
        constants: pyo3::intern!(py, "co_consts").clone().into(),
        wrapped: pyo3::intern!(py, "__wrapped__").clone().into(),
    };
    let mut found = Vec::new();
    for (number, dict) in dicts.iter().enumerate() {
        // SAFETY: a living dict; what is handed on is held.
        unsafe {
            any_entry(dict.as_ptr(), |key, value| {
                let mut left = MANY;
                if sought.may_lead(value, DEEP, &mut left) {
                    let key = Bound::from_borrowed_ptr(py, key);
                    found.push((number, key, Bound::from_borrowed_ptr(py, value)));
                }
                false
            });
        }
    }
    found
}

/// Whether something holds of an entry of a dict.
///
/// # Safety
/// The dict lives, and nothing that is asked changes it.
unsafe fn any_entry(
    dict: *mut ffi::PyObject,
    mut holds: impl FnMut(*mut ffi::PyObject, *mut ffi::PyObject) -> bool,
) -> bool {
    let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    while unsafe { ffi::PyDict_Next(dict, &mut at, &mut key, &mut value) } != 0 {
        if holds(key, value) {
            return true;
        }
    }
    false
}

/// A field of an object of one of the interpreter's own types, held; None where there is none.
///
/// # Safety
/// The object lives, and its type looks attributes up as `object` does.
unsafe fn field<'py>(
    py: Python<'py>,
    object: *mut ffi::PyObject,
    name: &Py<PyAny>,
) -> Option<Bound<'py, PyAny>> {
    // SAFETY: as above; a failure leaves an exception, which is taken.
    unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyObject_GenericGetAttr(object, name.as_ptr())).ok()
    }
}

// SAFETY of what follows: all objects live, for what holds them is not changed meanwhile, and no code of the user's runs.
impl Sought {
    /// Whether a value is, or holds within a few steps, what is sought, as far as can be told here.
    unsafe fn may_lead(&self, value: *mut ffi::PyObject, deep: u8, left: &mut usize) -> bool {
        let kind = unsafe { ffi::Py_TYPE(value) };
        if kind == &raw mut ffi::PyModule_Type {
            // Who has a module by a name is found by that name.
            return deep < DEEP && self.owners.contains(&(value as usize));
        }
        if self.atoms.contains(&(kind as usize)) {
            return false;
        }
        if *left == 0 {
            return true;
        }
        *left -= 1;
        unsafe {
            if kind == &raw mut ffi::PyFunction_Type {
                return self.is_sought(value) || (deep > 0 && self.is_given(value, deep - 1, left));
            }
            if kind == &raw mut ffi::PyType_Type {
                let class = value.cast::<ffi::PyTypeObject>();
                return self.owners.contains(&(value as usize))
                    || (deep > 0 && self.class_may_lead(class, deep - 1, left));
            }
            if kind as usize == self.cache || kind == &raw mut ffi::PyStaticMethod_Type {
                return field(self.py(), value, &self.wrapped)
                    .is_none_or(|inner| self.may_lead(inner.as_ptr(), deep, left));
            }
            if self.owners.contains(&(kind as usize)) {
                return true;
            }
            if ffi::PyTuple_Check(value) != 0 {
                let mut items = 0..ffi::PyTuple_GET_SIZE(value);
                return deep > 0
                    && items
                        .any(|at| self.may_lead(ffi::PyTuple_GET_ITEM(value, at), deep - 1, left));
            }
            if ffi::PyList_CheckExact(value) != 0 {
                let mut items = 0..ffi::PyList_GET_SIZE(value);
                return deep > 0
                    && items
                        .any(|at| self.may_lead(ffi::PyList_GET_ITEM(value, at), deep - 1, left));
            }
            if ffi::PyDict_CheckExact(value) != 0 {
                return deep > 0
                    && any_entry(value, |key, each| {
                        self.may_lead(each, deep - 1, left) || self.may_lead(key, deep - 1, left)
                    });
            }
            self.may_hold(kind)
        }
    }

    fn py(&self) -> Python<'_> {
        // SAFETY: made, used and dropped by one call from Python.
        unsafe { Python::assume_attached() }
    }

    /// Whether a function runs one of the codes, makes functions that do, or may hold some.
    unsafe fn is_sought(&self, function: *mut ffi::PyObject) -> bool {
        let function = function.cast::<ffi::PyFunctionObject>();
        unsafe {
            let (code, attributes) = ((*function).func_code, (*function).func_dict);
            if self.codes.contains(&(code as usize))
                || !(*function).func_closure.is_null()
                || (!attributes.is_null() && ffi::PyDict_Size(attributes) != 0)
            {
                return true;
            }
            field(self.py(), code, &self.constants).is_none_or(|constants| {
                let mut items = 0..ffi::PyTuple_GET_SIZE(constants.as_ptr());
                items.any(|at| {
                    let each = ffi::PyTuple_GET_ITEM(constants.as_ptr(), at);
                    self.codes.contains(&(each as usize))
                })
            })
        }
    }

    /// Whether a function is given what may lead there where a call leaves it out.
    unsafe fn is_given(&self, function: *mut ffi::PyObject, deep: u8, left: &mut usize) -> bool {
        let function = function.cast::<ffi::PyFunctionObject>();
        unsafe {
            [(*function).func_defaults, (*function).func_kwdefaults]
                .into_iter()
                .any(|given| !given.is_null() && self.may_lead(given, deep, left))
        }
    }

    /// Whether a class of Python code has members, beside methods, that may lead there.
    unsafe fn class_may_lead(
        &self,
        class: *mut ffi::PyTypeObject,
        deep: u8,
        left: &mut usize,
    ) -> bool {
        unsafe {
            // The dict of one that was made by a `class` statement is in its field.
            ffi::PyType_HasFeature(class, ffi::Py_TPFLAGS_HEAPTYPE) != 0
                && any_entry((*class).tp_dict, |_, member| {
                    !self.members.contains(&(ffi::Py_TYPE(member) as usize))
                        && self.may_lead(member, deep, left)
                })
        }
    }

    /// Whether objects of a type may hold anything: those that the collector looks into, and weak references.
    unsafe fn may_hold(&self, kind: *mut ffi::PyTypeObject) -> bool {
        unsafe {
            ffi::PyType_HasFeature(kind, ffi::Py_TPFLAGS_HAVE_GC) != 0
                || ffi::PyType_IsSubtype(kind, &raw mut ffi::_PyWeakref_RefType) != 0
        }
    }
}
