//! Strings and numbers by what they mean, however they are spelled: `'a'` is `"a"`, `"a" "b"` is `"ab"`, `0x10` is 16.
//!
//! Two spellings get the same form only where they are surely the same; what is not understood stands for itself.

use tree_sitter::Node as Syntax;

use super::tree::{Step, is_tuple, named_child, visit};

/// What a string, or several side by side, consists of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Characters, or bytes: in UTF-8, halves of surrogates and numbers of bytes included.
    Text(Vec<u8>),
    /// Text as it is written, since it takes more than the text to say what it means: `\N{DASH}`.
    Written { raw: bool, text: &'t str },
    /// `{...}` of a formatted string, as it is written: `{a=}` shows its own source.
    Field(&'t str),
}

/// What kind of object a literal makes: `str`, `bytes`, a formatted string or a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Makes {
    Text = 0,
    Bytes = 1,
    Formatted = 2,
    Template = 3,
}

/// What these strings, which stand side by side, make together.
pub(super) fn strings<'t>(nodes: &[Syntax], text: &'t str) -> (Makes, Vec<Piece<'t>>) {
    let mut makes = Makes::Text;
    let mut pieces = Vec::new();
    for node in nodes {
        let prefix = Prefix::of(*node, text);
        makes = match prefix.makes {
            Makes::Text => makes,
            other => other,
        };
        string(*node, prefix, text, &mut pieces);
    }
    (makes, pieces)
}

#[derive(Clone, Copy)]
struct Prefix {
    makes: Makes,
    raw: bool,
}

impl Prefix {
    fn of(string: Syntax, text: &str) -> Prefix {
        let start = string
            .child(0)
            .map_or("", |start| &text[start.byte_range()]);
        let has = |letter: char| start.contains([letter, letter.to_ascii_uppercase()]);
        let makes = if has('b') {
            Makes::Bytes
        } else if has('t') {
            Makes::Template
        } else if has('f') {
            Makes::Formatted
        } else {
            Makes::Text
        };
        Prefix {
            makes,
            raw: has('r'),
        }
    }
}

fn string<'t>(node: Syntax, prefix: Prefix, text: &'t str, out: &mut Vec<Piece<'t>>) {
    let mut cursor = node.walk();
    let mut at = None;
    for child in node.children(&mut cursor) {
        let range = child.byte_range();
        match child.kind() {
            "string_start" => at = Some(range.end),
            "string_end" | "interpolation" => {
                let from = at.unwrap_or(range.start).min(range.start);
                literal(&text[from..range.start], prefix, out);
                if child.kind() == "interpolation" {
                    out.push(Piece::Field(&text[range.clone()]));
                }
                at = Some(range.end);
            }
            _ => {}
        }
    }
}

fn literal<'t>(written: &'t str, prefix: Prefix, out: &mut Vec<Piece<'t>>) {
    if written.is_empty() {
        return;
    }
    match decoded(written, prefix) {
        Some(more) => match out.last_mut() {
            Some(Piece::Text(before)) => before.extend(more),
            _ => out.push(Piece::Text(more)),
        },
        None => out.push(Piece::Written {
            raw: prefix.raw,
            text: written,
        }),
    }
}

/// The characters that a text between quotes stands for; None where that is not for us to say.
fn decoded(written: &str, prefix: Prefix) -> Option<Vec<u8>> {
    if prefix.raw || !written.contains('\\') {
        return Some(written.as_bytes().to_vec());
    }
    let mut out = Vec::with_capacity(written.len());
    let mut chars = written.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '\\' {
            push(u32::from(char), &mut out)?;
            continue;
        }
        let escape = chars.next()?;
        let mut hex = |digits: usize| -> Option<u32> {
            let mut number = 0;
            for _ in 0..digits {
                number = number * 16 + chars.next()?.to_digit(16)?;
            }
            Some(number)
        };
        let unicode = prefix.makes != Makes::Bytes;
        match escape {
            '\n' => {}
            '\\' | '\'' | '"' => push(u32::from(escape), &mut out)?,
            'a' => out.push(0x07),
            'b' => out.push(0x08),
            'f' => out.push(0x0c),
            'n' => out.push(0x0a),
            'r' => out.push(0x0d),
            't' => out.push(0x09),
            'v' => out.push(0x0b),
            'x' => push(hex(2)?, &mut out)?,
            'u' if unicode => push(hex(4)?, &mut out)?,
            'U' if unicode => push(hex(8)?, &mut out)?,
            'N' if unicode => return None,
            '0'..='7' => {
                let mut number = escape.to_digit(8)?;
                for _ in 0..2 {
                    let Some(digit) = chars.peek().and_then(|next| next.to_digit(8)) else {
                        break;
                    };
                    number = number * 8 + digit;
                    chars.next();
                }
                // Beyond a byte: taken as it is in text, cut off in bytes, and refused some day.
                if number > 0xff {
                    return None;
                }
                push(number, &mut out)?;
            }
            _ => {
                out.push(b'\\');
                push(u32::from(escape), &mut out)?;
            }
        }
    }
    Some(out)
}

/// A character by its number, in UTF-8; half of a surrogate as that would be written. None beyond them all.
fn push(number: u32, out: &mut Vec<u8>) -> Option<()> {
    match char::from_u32(number) {
        Some(char) => out.extend(char.encode_utf8(&mut [0; 4]).as_bytes()),
        None if number < 0x1_0000 => out.extend([
            0xe0 | (number >> 12) as u8,
            0x80 | (number >> 6 & 0x3f) as u8,
            0x80 | (number & 0x3f) as u8,
        ]),
        None => return None,
    }
    Some(())
}

/// The string of a docstring statement, in parentheses or not: a plain literal, no f-string and no bytes.
pub(super) fn docstring<'t>(statement: Syntax<'t>, text: &str) -> Option<Syntax<'t>> {
    if statement.kind() != "expression_statement" || is_tuple(statement) {
        return None;
    }
    let mut child = named_child(statement)?;
    while child.kind() == "parenthesized_expression" {
        child = named_child(child)?;
    }
    let mut plain = matches!(child.kind(), "string" | "concatenated_string");
    visit(child, |seen| match seen.kind {
        "string_start" => {
            plain &= !text[seen.node.byte_range()].contains(['f', 'F', 'b', 'B', 't', 'T']);
            Step::Over
        }
        _ => Step::Into,
    });
    plain.then_some(child)
}

/// A number by its value: `0x10`, `1_6` and `16` are one, and so are `1.0` and `1.`; None where it is too large to say.
pub(super) fn number(written: &str) -> Option<String> {
    let digits = written.replace('_', "").to_ascii_lowercase();
    let radix = match digits.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    if radix != 10 {
        let value = u128::from_str_radix(&digits[2..], radix).ok()?;
        return Some(format!("i{value}"));
    }
    if let Ok(value) = digits.parse::<u128>() {
        return Some(format!("i{value}"));
    }
    let (real, unit) = match digits.strip_suffix('j') {
        Some(rest) => (rest, "j"),
        None => (&*digits, "f"),
    };
    let whole = real.bytes().all(|byte| byte.is_ascii_digit());
    if whole && unit == "f" {
        return None;
    }
    let value = real.parse::<f64>().ok()?;
    Some(format!("{unit}{}", value.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_their_values() {
        for same in [
            ["0x10", "16"],
            ["1_000", "1000"],
            ["0O17", "15"],
            ["0b1_0", "2"],
            ["1.0", "1."],
            ["1e3", "1000.0"],
            [".5", "0.50"],
            ["1J", "1.0j"],
            ["00", "0"],
        ] {
            assert_eq!(number(same[0]), number(same[1]), "{same:?}");
            assert!(number(same[0]).is_some(), "{same:?}");
        }
        for other in [["1", "1.0"], ["1", "1j"], ["0.1", "0.10000000000000002"]] {
            assert_ne!(number(other[0]), number(other[1]), "{other:?}");
        }
        assert_eq!(number("9".repeat(60).as_str()), None);
    }

    #[test]
    fn escapes_are_what_they_stand_for() {
        let plain = |text| {
            let prefix = Prefix {
                makes: Makes::Text,
                raw: false,
            };
            decoded(text, prefix)
        };
        let chars = |text: &str| Some(text.as_bytes().to_vec());
        assert_eq!(plain(r"\x41\101\u0041\U00000041"), chars("AAAA"));
        assert_eq!(plain("a\\\nb"), chars("ab"));
        assert_eq!(plain(r"\d\'"), chars(r"\d'"));
        assert_eq!(plain(r"\08"), chars("\08"));
        assert_eq!(plain(r"\ud800"), Some(vec![0xed, 0xa0, 0x80]));
        assert_eq!(plain(r"\N{DASH}"), None);
        assert_eq!(plain(r"\777"), None);
        let bytes = Prefix {
            makes: Makes::Bytes,
            raw: false,
        };
        assert_eq!(decoded(r"\u0041\N", bytes), chars(r"\u0041\N"));
        let raw = Prefix {
            makes: Makes::Text,
            raw: true,
        };
        assert_eq!(decoded(r"\n\'", raw), chars(r"\n\'"));
    }
}
