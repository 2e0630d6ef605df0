//! What goes beneath Python's own rules: everything here touches living objects in ways that Python
//! code cannot, or cannot without letting other threads run in between.
//!
//! Tried on CPython 3.11.7, 3.12.1 and 3.13.0. The offsets that are used come from the running
//! interpreter's own member descriptors, not from a copy of its headers.

mod commit;
mod frames;
mod heap;
mod lines;
mod slots;
mod types;

use pyo3::prelude::*;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(commit::commit, module)?)?;
    module.add_function(wrap_pyfunction!(frames::frame_parts, module)?)?;
    module.add_function(wrap_pyfunction!(frames::replace_code, module)?)?;
    module.add_class::<frames::Mover>()?;
    module.add_function(wrap_pyfunction!(lines::shift, module)?)?;
    module.add_function(wrap_pyfunction!(lines::shift_module, module)?)?;
    module.add_function(wrap_pyfunction!(types::descriptor_for, module)?)?;
    module.add_function(wrap_pyfunction!(heap::references, module)?)?;
    module.add_function(wrap_pyfunction!(heap::keys_of, module)?)?;
    module.add_function(wrap_pyfunction!(heap::reorder, module)?)?;
    module.add_function(wrap_pyfunction!(heap::holders, module)?)?;
    module.add_function(wrap_pyfunction!(heap::functions_of_files, module)?)?;
    module.add_function(wrap_pyfunction!(heap::referrers, module)?)?;
    module.add_function(wrap_pyfunction!(heap::instances, module)?)
}
