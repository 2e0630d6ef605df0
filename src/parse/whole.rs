//! The fingerprint of a node that holds others, from those of its parts: no token is looked at once more.

use xxhash_rust::xxh3::Xxh3Default;

use crate::outline::{Definition, Node, ParamKind, Part};

/// What a definition or block says, whatever the layout: the same as all its parts say.
pub(super) fn whole(nodes: &[Node], index: u32, is_async: bool) -> u64 {
    let node = &nodes[index as usize];
    let mut hash = Said(Xxh3Default::new());
    hash.number(node.kind as u64);
    hash.number(u64::from(is_async));
    hash.word(node.name.as_deref().unwrap_or(""));
    if let Some(definition) = node.definition.as_deref() {
        hash.definition(definition);
    }
    for branch in &node.branches {
        hash.word(&branch.label);
        hash.parts(&branch.header);
        hash.number(branch.suite.len() as u64);
        for &child in &branch.suite {
            let child = &nodes[child as usize];
            hash.number(child.kind as u64);
            hash.number(child.part.fingerprint);
        }
    }
    hash.0.digest()
}

struct Said(Xxh3Default);

impl Said {
    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn word(&mut self, word: &str) {
        self.number(word.len() as u64);
        self.0.update(word.as_bytes());
    }

    fn parts<'a>(&mut self, parts: impl IntoIterator<Item = &'a Part>) {
        let fingerprints: Vec<u64> = parts.into_iter().map(|part| part.fingerprint).collect();
        self.number(fingerprints.len() as u64);
        for each in fingerprints {
            self.number(each);
        }
    }

    fn definition(&mut self, definition: &Definition) {
        self.parts(&definition.decorators);
        self.parts(&definition.type_params);
        self.number(definition.params.len() as u64);
        for param in &definition.params {
            self.word(&param.name);
            self.number(match param.kind {
                ParamKind::PositionalOnly => 0,
                ParamKind::Positional => 1,
                ParamKind::VarPositional => 2,
                ParamKind::KeywordOnly => 3,
                ParamKind::VarKeyword => 4,
            });
            self.parts(&param.annotation);
            self.parts(&param.default);
        }
        self.parts(&definition.returns);
        self.number(definition.bases.len() as u64);
        for base in &definition.bases {
            self.word(base.keyword.as_deref().unwrap_or(""));
            self.parts([&base.value]);
        }
        self.parts(&definition.docstring);
        self.number(definition.body_fingerprint);
    }
}
