//! Which names an entry may have to do with, so that a question about a name costs a look at a few entries.

use super::Top;

/// A digest of the names in an entry, so that a question about a name costs a look at a few entries and not
/// at all of them. It answers "not here" or "maybe".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    reads: u64,
    binds: u64,
    /// Whether it holds an import.
    pub imports: bool,
    /// Whether it may declare `super` global.
    pub global_super: bool,
}

impl Names {
    pub(super) fn of(top: &Top, source: &str) -> Names {
        let mut names = Names {
            reads: 0,
            binds: 0,
            imports: false,
            global_super: source.contains("global super"),
        };
        for node in &top.nodes {
            names.reads |= node.part.reads.iter().fold(0, |all, name| all | bits(name));
            // A definition is looked for by the name that it is written with.
            let bound = node.binds.iter().chain(&node.name);
            names.binds |= bound.fold(0, |all, name| all | bits(name));
            names.imports |= !node.imported.is_empty();
        }
        names
    }

    /// The digests of names that are asked about.
    pub fn digests<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<u64> {
        names.into_iter().map(bits).collect()
    }

    /// Whether some node may read one of the names of these digests.
    #[inline]
    pub fn may_read(self, digests: &[u64]) -> bool {
        digests.iter().any(|bits| self.reads & bits == *bits)
    }

    /// Whether some node may bind one of the names of these digests.
    #[inline]
    pub fn may_bind(self, digests: &[u64]) -> bool {
        digests.iter().any(|bits| self.binds & bits == *bits)
    }
}

/// Two bits of 64 for a name: classes of a kind have members of the same names, and with a single bit each
/// one asked-about name in ten would be taken for one of theirs.
fn bits(name: &str) -> u64 {
    let hash = xxhash_rust::xxh3::xxh3_64(name.as_bytes());
    1 << (hash % 64) | 1 << (hash / 64 % 64)
}
