//! What goes beneath Python's own rules: everything here touches living objects in ways that Python
//! code cannot, or cannot without letting other threads run in between. The offsets that are used come from the running
//! interpreter's own member descriptors, not from a copy of its headers.
//!
//! Tried on CPython 3.11.7, 3.12.1 and 3.13.0, all but other metaclasses and
//! descriptors on 3.14.8 and 3.15.0 as well.
//!
//! | what | why Python code cannot | how |
//! | --- | --- | --- |
//! | many swaps in one step | other threads may run between any two bytecodes | one native call that holds the GIL and runs no Python code; setting `__bases__` or `__class__` alone may run a metaclass's `mro()` |
//! | new code with other free variables | `__code__` refuses it, `__closure__` is read-only | `PyFunction_SetClosure`, then `__code__` |
//! | a function that moves to another module | `__globals__` is read-only | the field is set, right before `__code__`, which resets what was cached for the old one |
//! | a class attribute past its metaclass | `__setattr__` of the metaclass would run | `type`'s own `tp_setattro` |
//! | bases that CPython refuses only because `object` is among them | "deallocator differs" | the best base is set for the moment of the assignment, after the layouts were compared |
//! | another metaclass | CPython refuses where one of the two is `type` | the type field of the class object is set, after sizes, offsets and flags of both were compared |
//! | `__dict__` and `__weakref__` of a class whose bases no longer have them | `type.__setattr__` takes these names for its own | a descriptor from the same table of the interpreter, put into the class's dict right before its bases change |
//! | lines of functions that only moved | `co_firstlineno` is read-only; replaced code objects would have to be found in closures and frames | the field is written in place, where the interpreter's own member descriptor says it is; line tables are relative to it. On 3.11 a traced code object has absolute lines as well, which move too |
//! | the line that a class body notes for its class, from 3.13 on | it is a constant of its code | the instruction that loads it is given another constant: the bytes are read and written where the type says that they are |
//! | references of an object | `sys.getrefcount` counts its own caller's too | read from the object |
//!
//! Nothing is copied from CPython's headers but the place of that one array of 3.11, which is final.

#[cfg(Py_3_13)]
mod class_lines;
mod commit;
mod ending;
mod frames;
mod heap;
mod leading;
mod lines;
mod slots;
mod types;

use pyo3::prelude::*;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(commit::commit, module)?)?;
    module.add_function(wrap_pyfunction!(frames::frame_parts, module)?)?;
    module.add_function(wrap_pyfunction!(frames::replace_code, module)?)?;
    module.add_function(wrap_pyfunction!(frames::move_caller, module)?)?;
    module.add_class::<frames::Mover>()?;
    module.add_function(wrap_pyfunction!(lines::shift, module)?)?;
    module.add_function(wrap_pyfunction!(lines::shift_module, module)?)?;
    module.add_function(wrap_pyfunction!(types::descriptor_for, module)?)?;
    module.add_function(wrap_pyfunction!(heap::references, module)?)?;
    module.add_function(wrap_pyfunction!(heap::referent, module)?)?;
    module.add_function(wrap_pyfunction!(heap::keys_of, module)?)?;
    module.add_function(wrap_pyfunction!(leading::may_lead, module)?)?;
    module.add_function(wrap_pyfunction!(heap::reorder, module)?)?;
    module.add_function(wrap_pyfunction!(heap::holders, module)?)?;
    module.add_function(wrap_pyfunction!(heap::functions_of_files, module)?)?;
    module.add_function(wrap_pyfunction!(heap::referrers, module)?)?;
    module.add_function(wrap_pyfunction!(heap::instances, module)?)
}
