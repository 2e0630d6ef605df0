//! Any bytes as a file, and as two states of one.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::outline(bytes));
