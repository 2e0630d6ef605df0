//! Which of several texts hold a word: asked often, answered from the words that they hold.
//!
//! A question is about a piece of text, not about a whole word: `conf` is in `config.load`. A text holds such a piece if
//! one of its words does, and the texts of a program share most of their words; so these are looked through, once each,
//! and not the texts. That is worth it from some questions on, and is done bit by bit: no question waits for it.

use std::collections::HashMap;

use memchr::memmem;

use crate::hunks::{common_prefix, common_suffix};

/// How many questions are answered by looking through all the texts, before their words are noted.
const PLAIN: usize = 16;

/// How many bytes of text are noted with each question from then on.
const STEP: usize = 64 * 1024;

/// The words of some texts, and which text holds which.
#[derive(Debug, Default)]
pub struct Mentions {
    asked: usize,
    words: Words,
}

#[derive(Debug, Default)]
struct Words {
    /// How many texts are noted.
    noted: usize,
    /// The words by number.
    numbers: HashMap<Box<[u8]>, u32>,
    /// All words, a zero byte behind each.
    all: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
    /// The texts that hold it, by number.
    texts: Vec<Vec<u32>>,
}

impl Mentions {
    /// The numbers of the texts that hold one of these pieces, in order; empty pieces are in none. The texts must be
    /// the same each time.
    pub fn find(&mut self, pieces: &[&str], texts: &[&[u8]]) -> Vec<usize> {
        self.asked += 1;
        if self.asked > PLAIN {
            self.words.note(texts);
        }
        let noted = self.words.noted;
        let mut found = vec![false; texts.len()];
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            let finder = memmem::Finder::new(piece);
            let plain = longest_word(piece.as_bytes());
            let whole = plain.len() == piece.len();
            let mut look = 0;
            if !plain.is_empty() {
                self.words.holding(plain, |at| {
                    found[at] = found[at] || whole || finder.find(texts[at]).is_some();
                });
                look = noted;
            }
            for (found, text) in found[look..].iter_mut().zip(&texts[look..]) {
                *found = *found || finder.find(text).is_some();
            }
        }
        let numbers = found.iter().enumerate();
        numbers
            .filter(|(_, found)| **found)
            .map(|(at, _)| at)
            .collect()
    }
}

/// How many pieces are remembered of a text.
const REMEMBERED: usize = 512;

/// Which pieces one text holds, as far as that was asked: handed on to the text that takes its place, so that a question
/// that comes with every edit is answered from what the edit touches.
#[derive(Debug, Default)]
pub struct Memory {
    /// Where each stands; None where it stands nowhere.
    places: HashMap<Box<str>, Option<usize>>,
}

impl Memory {
    /// Whether the text, always the same, holds a piece.
    pub fn holds(&mut self, piece: &str, text: &[u8]) -> bool {
        if let Some(place) = self.places.get(piece) {
            return place.is_some();
        }
        if self.places.len() >= REMEMBERED {
            self.places.clear();
        }
        let place = memmem::find(text, piece.as_bytes());
        self.places.insert(piece.into(), place);
        place.is_some()
    }

    /// What is known of the new text by what is known of the old one.
    pub fn after(&self, old: &[u8], new: &[u8]) -> Memory {
        let head = common_prefix(old, new);
        let tail = common_suffix(&old[head..], &new[head..]);
        let place_in_new = |piece: &str, place: Option<usize>| match place {
            Some(at) if at + piece.len() <= head => Some(Some(at)),
            Some(at) if at >= old.len() - tail => Some(Some(at + new.len() - old.len())),
            Some(_) => None,
            None => {
                // One that came has a byte of what changed, or stands where something went.
                let reach = piece.len() - 1;
                let from = head.saturating_sub(reach);
                let to = (new.len() - tail + reach).min(new.len());
                Some(memmem::find(&new[from..to], piece.as_bytes()).map(|at| from + at))
            }
        };
        let known = self.places.iter();
        Memory {
            places: known
                .filter_map(|(piece, place)| Some((piece.clone(), place_in_new(piece, *place)?)))
                .collect(),
        }
    }
}

impl Words {
    /// Takes in some more texts.
    fn note(&mut self, texts: &[&[u8]]) {
        let mut left = STEP;
        while left > 0 && self.noted < texts.len() {
            let text = texts[self.noted];
            self.note_one(text);
            self.noted += 1;
            left = left.saturating_sub(text.len());
        }
    }

    fn note_one(&mut self, text: &[u8]) {
        for word in text.split(|byte| !is_part(*byte)) {
            if word.is_empty() {
                continue;
            }
            let at = match self.numbers.get(word) {
                Some(at) => *at as usize,
                None => {
                    self.numbers.insert(word.into(), self.texts.len() as u32);
                    self.all.extend_from_slice(word);
                    self.all.push(0);
                    self.ends.push(self.all.len() as u32);
                    self.texts.push(Vec::new());
                    self.texts.len() - 1
                }
            };
            if self.texts[at].last() != Some(&(self.noted as u32)) {
                self.texts[at].push(self.noted as u32);
            }
        }
    }

    /// Tells each text that has a word which holds a piece, perhaps more than once.
    fn holding(&self, piece: &[u8], mut tell: impl FnMut(usize)) {
        let mut from = 0;
        while let Some(at) = memmem::find(&self.all[from..], piece) {
            let word = self
                .ends
                .partition_point(|end| (*end as usize) <= from + at);
            for &text in &self.texts[word] {
                tell(text as usize);
            }
            from = self.ends[word] as usize;
        }
    }
}

/// What words consist of: all that is no ASCII punctuation, white space or control character.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn longest_word(piece: &[u8]) -> &[u8] {
    let words = piece.split(|byte| !is_part(*byte));
    words.max_by_key(|word| word.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_what_looking_through_the_texts_tells() {
        let texts: Vec<&[u8]> = vec![
            b"from conf import RATE\nx = RATES['a']\n",
            b"import config as c, other\nvars(c)\n",
            "é = configuré\n".as_bytes(),
            b"",
            b"from conf import *\n# import\n",
        ];
        let questions: [&[&str]; 10] = [
            &["conf"],
            &["RATE"],
            &["RATES", "vars("],
            &["conf as "],
            &["config as "],
            &["import *"],
            &["configur\u{e9}"],
            &["é"],
            &["", "nothing"],
            &["(", "*"],
        ];
        let long = format!("{}conf", "x = 1\n".repeat(STEP));
        let (mut plain, mut noted) = (Mentions::default(), Mentions::default());
        noted.asked = PLAIN;
        for last in [b"".as_slice(), long.as_bytes()] {
            let texts = [texts.as_slice(), &[last, b"conf"]].concat();
            for pieces in questions {
                plain.asked = 0;
                let holds = |at: &usize| {
                    let mut pieces = pieces.iter().filter(|piece| !piece.is_empty());
                    pieces.any(|piece| memmem::find(texts[*at], piece.as_bytes()).is_some())
                };
                let expected: Vec<usize> = (0..texts.len()).filter(holds).collect();
                assert_eq!(plain.find(pieces, &texts), expected, "{pieces:?}");
                assert_eq!(noted.find(pieces, &texts), expected, "{pieces:?}");
            }
            assert_eq!((plain.words.noted, noted.words.noted), (0, texts.len()));
            noted = Mentions {
                asked: PLAIN,
                words: Words::default(),
            };
        }
    }

    #[test]
    fn what_an_edit_does_not_touch_is_known_still() {
        let texts = [
            "import os\nx = conf\n",
            "import os\nx = config\n",
            "import os\n\nx = con\n",
            "os = con\nfig\n",
            "",
            "conconfig",
            "conconfigfig",
        ];
        let pieces = ["conf", "config", "import os\n", "s\nx", "fig", "x", "con"];
        for old in texts {
            for new in texts {
                let mut memory = Memory::default();
                for piece in pieces {
                    assert_eq!(memory.holds(piece, old.as_bytes()), old.contains(piece));
                }
                let mut later = memory.after(old.as_bytes(), new.as_bytes());
                for piece in pieces {
                    assert_eq!(
                        later.holds(piece, new.as_bytes()),
                        new.contains(piece),
                        "{old:?} {new:?} {piece:?}"
                    );
                }
            }
        }
    }
}
