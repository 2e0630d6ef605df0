//! A quick look whether two texts can be the same program at all.
//!
//! What an edit changes is most often a name or a number. Two texts whose names and integers differ, in their
//! order, have different syntax trees, whatever their quotes, parentheses and line breaks; so a parser has to
//! be asked only where they agree.

use xxhash_rust::xxh3::Xxh3Default;

/// False where the texts are certainly different programs.
pub fn may_be_same(old: &str, new: &str) -> bool {
    match (digest(old), digest(new)) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// A hash of names and integers in order; None where telling strings from code takes a parser.
///
/// `if`, `elif` and `else` are left out, since the last two have more than one way to be written.
fn digest(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let mut hash = Xxh3Default::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'#' => {
                at += bytes[at..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .unwrap_or(bytes.len() - at)
            }
            b'\'' | b'"' => at = string_end(bytes, at)?,
            b'0'..=b'9' => {
                let end = word_end(bytes, at);
                hash.update(b"\0");
                // A fraction or an exponent: another way to write it may have other digits.
                let after = bytes.get(end).copied().unwrap_or(b' ');
                let before = at.checked_sub(1).map_or(b' ', |before| bytes[before]);
                hash.update(
                    &integer(&text[at..end])
                        .filter(|_| after != b'.' && before != b'.')?
                        .to_le_bytes(),
                );
                at = end;
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let end = word_end(bytes, at);
                let word = &text[at..end];
                let prefix =
                    matches!(bytes.get(end), Some(b'\'' | b'"')).then(|| word.to_ascii_lowercase());
                match prefix.as_deref() {
                    // What stands in braces of a formatted string is code, quotes and all.
                    Some("f" | "t" | "fr" | "rf" | "tr" | "rt") => return None,
                    Some("r" | "b" | "u" | "br" | "rb") => {
                        at = end;
                        continue;
                    }
                    _ => {}
                }
                if !matches!(word, "if" | "elif" | "else") {
                    hash.update(word.as_bytes());
                    hash.update(b"\0");
                }
                at = end;
            }
            0x80.. => return None,
            _ => at += 1,
        }
    }
    Some(hash.digest())
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes[start..]
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    rest.map_or(bytes.len(), |length| start + length)
}

/// The value of an integer as it is written; None for anything else, and for a large one.
fn integer(word: &str) -> Option<u64> {
    let digits = word.replace('_', "");
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        _ => (10, &digits[..]),
    };
    u64::from_str_radix(digits, radix).ok()
}

/// The first byte after a string that opens here.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let triple = bytes[start..].starts_with(&[quote; 3]);
    let close: &[u8] = if triple { &[quote; 3] } else { &[quote] };
    let mut at = start + close.len();
    while at < bytes.len() {
        if bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at..].starts_with(close) {
            return Some(at + close.len());
        } else {
            at += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_and_numbers_are_another_program() {
        for (a, b) in [
            ("x = 1", "x = 2"),
            ("f(a)", "f(b)"),
            ("return x", "return"),
            ("x = 0x10", "x = 17"),
        ] {
            assert!(!may_be_same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn another_way_to_write_it_may_be_the_same() {
        for (a, b) in [
            ("x = (1)", "x = 1  # one"),
            ("x = 'a'", "x = \"a\""),
            ("x = 0x1_0", "x = 16"),
            ("x = 1.0", "x = 1.00"),
            ("x = 1e3", "x = 1000."),
            ("x = 'it''s'", "x = r'its'"),
            ("x = f'{a[\"b\"]}'", "x = f\"{a['b']}\""),
            ("if a: b\nelif c: d", "if a: b\nelse:\n  if c: d"),
            ("x = 1j", "x = 1J"),
            ("x = 18446744073709551616", "x = 0x10000000000000000"),
            ("x = .5", "x = 0.5"),
            ("x in 'a'", "x in'a'"),
        ] {
            assert!(may_be_same(a, b), "{a} {b}");
        }
    }
}
