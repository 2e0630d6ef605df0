//! What a slot of a frame holds: a pointer, until CPython 3.13; from 3.14 on one with a tag in its lowest bits.
//!
//! The tag says that the slot has no reference of its own, for the object is immortal or somebody else has one for as
//! long as that matters; or that the slot holds a number and no object.

use pyo3::ffi;

use super::ending;

#[cfg(Py_3_14)]
const UNCOUNTED: usize = 1;
#[cfg(Py_3_14)]
const TAG: usize = 3;

/// One slot, as it lies in the frame.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Slot(usize);

#[cfg(not(Py_3_14))]
impl Slot {
    pub(super) const NOTHING: Self = Self(0);

    /// The object in it; null for none.
    pub(super) fn object(self) -> *mut ffi::PyObject {
        self.0 as *mut ffi::PyObject
    }

    /// The number in it.
    pub(super) fn number(self) -> Option<isize> {
        None
    }

    /// An object whose reference is somebody else's.
    pub(super) fn borrowed(object: *mut ffi::PyObject) -> Self {
        Self(object as usize)
    }

    /// Another slot that holds the same, with a reference of its own.
    ///
    /// # Safety
    /// The object lives, and the interpreter's lock is held.
    pub(super) unsafe fn again(self) -> Self {
        // SAFETY: as promised.
        unsafe { ffi::Py_XINCREF(self.object()) };
        self
    }

    /// Gives up what it holds.
    ///
    /// # Safety
    /// It has a reference of its own, and the interpreter's lock is held.
    pub(super) unsafe fn let_go(self) {
        // SAFETY: as promised.
        unsafe { ending::let_go(self.object()) };
    }
}

#[cfg(Py_3_14)]
impl Slot {
    pub(super) const NOTHING: Self = Self(UNCOUNTED);

    /// The object in it; null for none, and for a number.
    pub(super) fn object(self) -> *mut ffi::PyObject {
        if self.0 & TAG == TAG {
            return std::ptr::null_mut();
        }
        (self.0 & !UNCOUNTED) as *mut ffi::PyObject
    }

    /// The number in it.
    pub(super) fn number(self) -> Option<isize> {
        (self.0 & TAG == TAG).then_some(self.0 as isize >> 2)
    }

    /// An object whose reference is somebody else's.
    pub(super) fn borrowed(object: *mut ffi::PyObject) -> Self {
        Self(object as usize)
    }

    /// Another slot that holds the same, with a reference of its own where that is counted.
    ///
    /// # Safety
    /// The object lives, and the interpreter's lock is held.
    pub(super) unsafe fn again(self) -> Self {
        let object = self.object();
        if object.is_null() {
            return self;
        }
        // The interpreter compares None, True and False tag and all. Immortal objects have the sign of their count set.
        // SAFETY: as promised; an object begins with its count.
        unsafe {
            if *object.cast::<i32>() < 0 {
                return Self(object as usize | UNCOUNTED);
            }
            ffi::Py_INCREF(object);
        }
        Self(object as usize)
    }

    /// Gives up what it holds.
    ///
    /// # Safety
    /// It has a reference of its own where its tag says so, and the interpreter's lock is held.
    pub(super) unsafe fn let_go(self) {
        if self.0 & UNCOUNTED == 0 {
            // SAFETY: as promised.
            unsafe { ending::let_go(self.object()) };
        }
    }
}

impl Slot {
    /// A slot for an object, with a reference of its own.
    ///
    /// # Safety
    /// The object lives, and the interpreter's lock is held.
    pub(super) unsafe fn of(object: *mut ffi::PyObject) -> Self {
        // SAFETY: as promised.
        unsafe { Self::borrowed(object).again() }
    }
}
