//! The texts that the watched modules run, and which of them hold a word: asked many times with each save.
//!
//! Answers are kept from one save to the next; a module whose text is another by then is asked again, and no other one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pyo3::prelude::*;
use pyo3::types::PyList;

use super::snapshot::{Snapshot, pieces};
use crate::mentions::Mentions;

/// How many answers are kept; those that were not asked for the longest time go.
const ANSWERS: usize = 128;

/// How many changes of texts are kept until all answers are forgotten.
const CHANGES: usize = 10_000;

/// Up to so many texts are looked through one by one.
const FEW: usize = 16;

struct Row {
    module: Py<PyAny>,
    snapshot: Py<Snapshot>,
}

/// The modules whose text holds one of some words.
struct Answer {
    found: BTreeSet<u64>,
    /// Those that are still to be asked.
    due: BTreeSet<u64>,
    /// How many of the changes are taken in.
    at: usize,
    /// When it was asked for, in questions.
    asked: u64,
}

/// What many texts hold, noted at once.
#[derive(Default)]
struct Many {
    numbers: Vec<u64>,
    mentions: Mentions,
    /// Those of them that are another text by now, or gone.
    stale: BTreeSet<u64>,
}

/// The texts that were saved, by the numbers of their modules.
#[pyclass(module = "reloadr._core")]
struct Saved {
    rows: Vec<(u64, Py<Snapshot>)>,
    numbers: BTreeSet<u64>,
    mentions: Mentions,
}

#[pymethods]
impl Saved {
    #[new]
    fn new(rows: Vec<(u64, Py<Snapshot>)>) -> Saved {
        Saved {
            numbers: rows.iter().map(|(number, _)| *number).collect(),
            rows,
            mentions: Mentions::default(),
        }
    }
}

impl Saved {
    /// Those of the modules whose text holds one of these words.
    fn holding(&mut self, words: &[String]) -> Vec<u64> {
        if self.rows.len() <= FEW {
            // What an earlier text was asked for is known of it, as far as the edit does not touch it.
            let holds = |row: &&(u64, Py<Snapshot>)| row.1.get().holds_one(words);
            return self.rows.iter().filter(holds).map(|row| row.0).collect();
        }
        let texts: Vec<&[u8]> = self.rows.iter().map(|row| row.1.get().bytes()).collect();
        let found = self
            .mentions
            .find(&pieces(words).collect::<Vec<_>>(), &texts);
        found.into_iter().map(|at| self.rows[at].0).collect()
    }
}

#[pyclass(module = "reloadr._core")]
#[derive(Default)]
struct Texts {
    rows: BTreeMap<u64, Row>,
    changes: Vec<u64>,
    answers: HashMap<Vec<String>, Answer>,
    many: Many,
    questions: u64,
}

#[pymethods]
impl Texts {
    #[new]
    fn new() -> Texts {
        Texts::default()
    }

    /// A module, and the text that it runs from now on.
    fn put(&mut self, number: u64, module: Py<PyAny>, snapshot: Py<Snapshot>) {
        self.rows.insert(number, Row { module, snapshot });
        self.changed(number);
    }

    /// A module is watched no more.
    fn drop(&mut self, number: u64) {
        self.rows.remove(&number);
        self.changed(number);
    }

    /// The modules, in the order of their numbers, whose text holds one of these words anywhere; of those that were
    /// saved, whose new text does.
    #[pyo3(signature = (words, saved=None))]
    fn mentioning<'py>(
        &mut self,
        py: Python<'py>,
        words: Vec<String>,
        saved: Option<PyRefMut<'py, Saved>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let mut all = BTreeSet::new();
        match saved {
            Some(mut saved) => {
                all.extend(saved.holding(&words));
                all.extend(
                    self.answer(words, &saved.numbers)
                        .difference(&saved.numbers),
                );
            }
            None => all.extend(self.answer(words, &BTreeSet::new())),
        }
        let rows = all.iter().filter_map(|number| self.rows.get(number));
        PyList::new(
            py,
            rows.map(|row| row.module.clone_ref(py)).collect::<Vec<_>>(),
        )
    }
}

impl Texts {
    fn changed(&mut self, number: u64) {
        if self.changes.len() >= CHANGES {
            self.changes.clear();
            self.answers.clear();
        }
        self.changes.push(number);
        self.many.stale.insert(number);
    }

    /// What is known of the texts that modules run, but of those that were saved: what they run is soon another text.
    fn answer(&mut self, words: Vec<String>, saved: &BTreeSet<u64>) -> &BTreeSet<u64> {
        self.questions += 1;
        if self.answers.len() >= ANSWERS && !self.answers.contains_key(&words) {
            self.forget_half();
        }
        let mut answer = self.answers.remove(&words).unwrap_or_else(|| Answer {
            found: BTreeSet::new(),
            due: self.rows.keys().copied().collect(),
            at: self.changes.len(),
            asked: 0,
        });
        answer.asked = self.questions;
        answer.due.extend(&self.changes[answer.at..]);
        answer.at = self.changes.len();
        let (later, now): (BTreeSet<u64>, BTreeSet<u64>) =
            answer.due.iter().partition(|number| saved.contains(number));
        answer.due = later;
        if !now.is_empty() {
            answer.found.retain(|number| !now.contains(number));
            answer.found.extend(self.holding(now, &words));
        }
        &self.answers.entry(words).or_insert(answer).found
    }

    fn forget_half(&mut self) {
        let mut asked: Vec<u64> = self.answers.values().map(|each| each.asked).collect();
        asked.sort_unstable();
        let middle = asked[asked.len() / 2];
        self.answers.retain(|_, each| each.asked >= middle);
    }

    /// Those of some modules whose text holds one of these words.
    fn holding(&mut self, mut due: BTreeSet<u64>, words: &[String]) -> BTreeSet<u64> {
        let mut found = BTreeSet::new();
        if due.len() > FEW {
            if self.many.stale.len() * 8 > self.rows.len() {
                self.many = Many {
                    numbers: self.rows.keys().copied().collect(),
                    ..Many::default()
                };
            }
            let rows = &self.rows;
            let texts: Vec<&[u8]> = self.many.numbers.iter().map(|at| text(rows, *at)).collect();
            let wanted: Vec<&str> = pieces(words).collect();
            let holding = self.many.mentions.find(&wanted, &texts);
            let known = holding.into_iter().map(|at| self.many.numbers[at]);
            found = known
                .filter(|number| due.contains(number) && !self.many.stale.contains(number))
                .collect();
            due.retain(|number| self.many.stale.contains(number));
        }
        let holds = |number: &u64| {
            let row = self.rows.get(number);
            row.is_some_and(|row| row.snapshot.get().holds_one(words))
        };
        found.extend(due.into_iter().filter(holds));
        found
    }
}

fn text(rows: &BTreeMap<u64, Row>, number: u64) -> &[u8] {
    rows.get(&number)
        .map_or(&[], |row| row.snapshot.get().bytes())
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Texts>()?;
    module.add_class::<Saved>()
}
