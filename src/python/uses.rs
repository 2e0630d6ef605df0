//! Which definitions of a module use which names, kept up as their code changes: a question about an edit must not
//! cost a look at all code of a long file.

use std::collections::{HashMap, HashSet};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PySet, PyString, PyTuple};

/// The top-level definitions whose code uses a name, by their numbers, and how often.
type Users = Vec<(u32, u32)>;

/// What the code objects of a module use. It holds none of them: what counts references to them need not know of it.
#[pyclass(module = "reloadr._core")]
#[derive(Default)]
pub struct Uses {
    /// By the hash of the name: who has the hash of another name by chance is looked at for nothing.
    users: HashMap<isize, Users>,
    /// The names of top-level definitions, with their hashes.
    tops: Vec<(Box<str>, isize)>,
    numbers: HashMap<Box<str>, u32>,
}

#[pymethods]
impl Uses {
    #[new]
    fn new() -> Uses {
        Uses::default()
    }

    /// Takes in a code object, with those inside it.
    fn add(&mut self, code: &Bound<'_, PyCode>) -> PyResult<()> {
        let top = self.top_of(code)?;
        each_name(code, |name| {
            let users = self.users.entry(name).or_default();
            match users.iter_mut().find(|user| user.0 == top) {
                Some(user) => user.1 += 1,
                None => users.push((top, 1)),
            }
        })
    }

    /// Takes out one that was taken in.
    fn drop(&mut self, code: &Bound<'_, PyCode>) -> PyResult<()> {
        let top = self.top_of(code)?;
        each_name(code, |name| {
            let users = self.users.get_mut(&name);
            if let Some(users) = users
                && let Some(at) = users.iter().position(|user| user.0 == top)
            {
                users[at].1 -= 1;
                if users[at].1 == 0 {
                    users.swap_remove(at);
                }
            }
        })
    }

    /// The top-level definitions that use one of these names, or use one that does, and so on: the first parts of
    /// their qualified names.
    fn of<'py>(&self, names: &Bound<'py, PySet>) -> PyResult<Bound<'py, PySet>> {
        let hashes = names.iter().map(|name| name.hash());
        let mut todo = hashes.collect::<PyResult<Vec<isize>>>()?;
        let mut found = HashSet::new();
        while let Some(name) = todo.pop() {
            for (top, _) in self.users.get(&name).into_iter().flatten() {
                if found.insert(*top) {
                    todo.push(self.tops[*top as usize].1);
                }
            }
        }
        let found = found.iter().map(|top| &*self.tops[*top as usize].0);
        PySet::new(names.py(), found)
    }
}

impl Uses {
    /// The number of the top-level definition that a code object belongs to.
    fn top_of(&mut self, code: &Bound<'_, PyCode>) -> PyResult<u32> {
        let qualname = code.getattr(intern!(code.py(), "co_qualname"))?;
        let qualname = qualname.cast::<PyString>()?.to_str()?;
        let top = qualname.split('.').next().unwrap_or(qualname);
        if let Some(number) = self.numbers.get(top) {
            return Ok(*number);
        }
        let number = self.tops.len() as u32;
        let hash = PyString::new(code.py(), top).hash()?;
        self.tops.push((top.into(), hash));
        self.numbers.insert(top.into(), number);
        Ok(number)
    }
}

fn tuple<'py>(
    code: &Bound<'py, PyCode>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyTuple>> {
    Ok(code.getattr(name)?.cast_into::<PyTuple>()?)
}

/// The hashes of the names that a code object and those inside it use.
fn each_name(code: &Bound<'_, PyCode>, mut visit: impl FnMut(isize)) -> PyResult<()> {
    let py = code.py();
    let mut todo = vec![code.clone()];
    while let Some(code) = todo.pop() {
        for name in tuple(&code, intern!(py, "co_names"))? {
            visit(name.hash()?);
        }
        let constants = tuple(&code, intern!(py, "co_consts"))?;
        let inner = constants.iter().map(|each| each.cast_into::<PyCode>());
        todo.extend(inner.flatten());
    }
    Ok(())
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Uses>()
}
