//! Texts of definitions and blocks with parts blanked out. What is blanked keeps its room: each line and column stays
//! what it is in the file.

use super::{NodeRef, Part};

/// Where a part of a node stands: line and column of the file in bytes, both from 0, and its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its first line.
    pub line: u32,
    /// Its first column.
    pub col: u32,
    /// How many bytes it has.
    pub length: usize,
}

impl NodeRef {
    /// Where one of its parts stands.
    pub fn place_of(&self, part: &Part) -> Place {
        Place {
            line: self.place.line + part.line,
            col: part.col,
            length: (part.end - part.start) as usize,
        }
    }

    /// A definition's text without decorators and with `0` for every default that is as it was in an earlier text of it,
    /// from the first line that holds code then.
    pub fn header_only(&self, old: Option<&NodeRef>) -> String {
        let Some(definition) = self.node().definition.as_deref() else {
            return self.segment();
        };
        let before = old.and_then(|old| old.node().definition.as_deref());
        let was = |name: &str| {
            let mut params = before.into_iter().flat_map(|before| &before.params);
            let default = params
                .find(|param| &*param.name == name)?
                .default
                .as_ref()?;
            Some(default.fingerprint)
        };
        let decorators: Vec<Place> = definition
            .decorators
            .iter()
            .map(|part| self.place_of(part))
            .collect();
        let defaults: Vec<Place> = definition
            .params
            .iter()
            .filter_map(|param| {
                let default = param.default.as_ref()?;
                (was(&param.name) == Some(default.fingerprint)).then(|| self.place_of(default))
            })
            .collect();
        self.without(&decorators, &defaults)
    }

    /// A definition's text without some of its decorators and with `0` for some of its defaults, from the first line
    /// that holds code then.
    pub fn without(&self, decorators: &[Place], defaults: &[Place]) -> String {
        let mut text = self.segment().into_bytes();
        let mut starts = vec![0];
        starts.extend(line_ends(&text).map(|end| end + 1));
        let first = self.line() - 1;
        let start_of = |place: &Place| starts[(place.line - first) as usize] + place.col as usize;
        for each in decorators {
            let end = start_of(each) + each.length;
            let at = text[..start_of(each)]
                .iter()
                .rposition(|byte| *byte == b'@');
            blank(&mut text[at.unwrap_or(0)..end]);
        }
        for each in defaults {
            let start = start_of(each);
            blank(&mut text[start..start + each.length]);
            text[start] = b'0';
        }
        let code = first_code(&text);
        into_text(text.split_off(code))
    }

    /// A block's text with some of the definitions in it replaced, line for line, by `mark` and their line: a note that
    /// they were come by.
    pub fn blanked(&self, inner: &[NodeRef], mark: &str) -> String {
        let text = self.segment();
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        for each in inner {
            let first = (each.line() - self.line()) as usize;
            let last = (each.end_line() - self.line()) as usize;
            for line in &mut lines[first..=last] {
                line.clear();
            }
            lines[first] = format!("{}{mark}{} = 1", each.indent(), each.line());
        }
        lines.join("\n")
    }
}

fn line_ends(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let ends = text.iter().enumerate();
    ends.filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at)
}

fn blank(text: &mut [u8]) {
    for byte in text.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

/// Where the first line begins that holds more than white space and a comment: what a comment behind a decorator is
/// indented by says nothing of the definition.
fn first_code(text: &[u8]) -> usize {
    let mut start = 0;
    for end in line_ends(text) {
        let line = &text[start..end];
        let said = line.iter().find(|byte| !b" \t\x0c".contains(byte));
        if said.is_some_and(|byte| *byte != b'#') {
            break;
        }
        start = end + 1;
    }
    start
}

fn into_text(bytes: Vec<u8>) -> String {
    // Whole parts were replaced by ASCII.
    String::from_utf8(bytes).expect("no character is cut in two")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outline::Outline;
    use crate::parse::Parser;

    fn outline(text: &str) -> Outline {
        let outline = Parser::new().parse(text);
        assert_eq!(outline.trouble, None);
        outline
    }

    #[test]
    fn a_header_has_what_changed_of_its_defaults() {
        let old = outline("@a\ndef f(x=é(1), y='b'): pass\n");
        let new = outline(
            "class C:\n    pass\n@a(\n  1) # 'é'\n# more\n\n@b\ndef f(x = é(1), y='c',\n  z=2): return 'é'\n",
        );
        let (before, after) = (old.find("f").remove(0), new.find("f").remove(0));
        assert_eq!(
            after.header_only(Some(&before)),
            "def f(x = 0    , y='c',\n  z=2): return 'é'"
        );
        assert_eq!(
            after.header_only(None),
            "def f(x = é(1), y='c',\n  z=2): return 'é'"
        );
    }

    #[test]
    fn one_decorator_is_left_out() {
        let new = outline("if x:\n  @a\n  @b(1,\n     2)\n  @c\n  def f(): pass\n");
        let node = new.find("f").remove(0);
        let parts = &node.node().definition.as_ref().unwrap().decorators;
        let places: Vec<Place> = parts.iter().map(|part| node.place_of(part)).collect();
        assert_eq!(
            node.without(&places[1..2], &[]),
            "  @a\n       \n       \n  @c\n  def f(): pass"
        );
        assert_eq!(
            node.without(&places[..1], &[]),
            "  @b(1,\n     2)\n  @c\n  def f(): pass"
        );
    }

    #[test]
    fn definitions_of_a_block_are_noted_where_they_stand() {
        let new =
            outline("x = 1\nif x:\n    y = 'é'\n    @a\n    def f():\n        pass\nelse: pass\n");
        let block = new.roots().nth(1).unwrap();
        let inner = new.find("f");
        assert_eq!(
            block.blanked(&inner, "come_by_"),
            "if x:\n    y = 'é'\n    come_by_4 = 1\n\n\nelse: pass"
        );
    }
}
