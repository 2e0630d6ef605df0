//! The core of reloadr: everything about text and files, and nothing about living Python objects.
//!
//! The way of a save goes through these modules in one direction:
//!
//! 1. [`source`] reads a file once and turns its bytes into text ([`source::Snapshot`]).
//! 2. [`parse`] turns text into an [`outline::Outline`]: the definitions and statements of each
//!    namespace with position-blind fingerprints. It is the only user of tree-sitter, and when a
//!    text is an edit of one already parsed, only what the edit touched is walked again.
//! 3. [`diff`] compares two outlines and lists the edits between them, facet by facet.
//! 4. [`baseline`] remembers, per file, the text whose effects are live, and moves it forward only
//!    for the edits that were applied.
//!
//! The Python half (`python/reloadr`) owns living objects. `python` (a cargo feature that maturin
//! turns on) is the only place where the two meet.

pub mod baseline;
pub mod diff;
pub mod entries;
pub mod hunks;
pub mod mentions;
pub mod outline;
pub mod parse;
pub mod signature;
pub mod source;
pub mod watch;
pub mod words;

#[cfg(feature = "python")]
mod python;
