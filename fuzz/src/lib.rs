//! What must hold for any text: shared by the fuzz targets and by `tests/outline_properties.rs`.

use std::collections::HashSet;
use std::path::PathBuf;

use reloadr::baseline::splice;
use reloadr::diff::{Action, Edit, Facet, diff};
use reloadr::outline::{NodeRef, Outline, Part};
use reloadr::parse::Parser;
use reloadr::source::{Decoded, Snapshot};

/// Any bytes as the content of a file, and as two: what comes before the first null byte is an earlier
/// state of it.
pub fn outline(bytes: &[u8]) {
    let (before, after) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (&b""[..], bytes),
    };
    let decode = |bytes: &[u8]| Snapshot::new(PathBuf::new(), bytes.to_vec()).decode();
    if let (Decoded::Text(before), Decoded::Text(after)) = (decode(before), decode(after)) {
        update(&before, &after);
    }
}

/// An outline that was brought up to date is the one that a fresh parse gives.
pub fn update(before: &str, after: &str) {
    let mut parser = Parser::new();
    let old = parser.parse(before);
    check(&old);
    let updated = parser.update(&old, after);
    check(&updated);
    let fresh = Parser::new().parse(after);
    // Where the grammar sees an error it may see it elsewhere when it starts from an older tree.
    assert_eq!(
        updated.trouble.is_some(),
        fresh.trouble.is_some(),
        "trouble"
    );
    if fresh.trouble.is_none() {
        assert_same(&updated, &fresh);
    }
}

/// Asserts that two outlines agree in everything.
pub fn assert_same(one: &Outline, other: &Outline) {
    assert_eq!(one.text, other.text);
    assert_eq!(one.trouble, other.trouble);
    for (a, b) in one.tops.iter().zip(&other.tops) {
        assert_eq!((a.byte, a.line), (b.byte, b.line));
        assert_eq!(a.top, b.top);
    }
    assert_eq!(one.tops.len(), other.tops.len());
}

/// Spans lie in the text and in one another, lines are those of the bytes, parents come before children.
pub fn check(outline: &Outline) {
    let text = &outline.text;
    let lines = Lines::of(text);
    let mut end = 0;
    for place in &outline.tops {
        assert!(place.byte as usize >= end, "entries overlap");
        assert_eq!(place.line as usize, lines.row(place.byte as usize));
        let nodes = &place.top.nodes;
        for index in 0..nodes.len() {
            let node = NodeRef {
                text: text.clone(),
                place: place.clone(),
                index: index as u32,
            };
            check_node(&node, &lines);
            if index == 0 {
                end = node.span().end;
            }
        }
    }
}

fn check_node(it: &NodeRef, lines: &Lines) {
    let node = it.node();
    let span = it.span();
    check_part(it, &node.part, lines);
    assert_eq!(
        it.end_line() as usize,
        lines.row(span.end) + 1,
        "end of {:?}",
        it.source()
    );
    match node.parent {
        None => assert_eq!(it.index, 0),
        Some((above, branch)) => {
            assert!(above < it.index);
            let above = it.at(above);
            assert!(above.span().start <= span.start && span.end <= above.span().end);
            assert!(
                above.node().branches[branch as usize]
                    .suite
                    .contains(&it.index)
            );
        }
    }
    for (number, branch) in node.branches.iter().enumerate() {
        branch
            .header
            .iter()
            .for_each(|header| check_part(it, header, lines));
        assert!(branch.suite.is_sorted());
        for &index in &branch.suite {
            assert_eq!(it.at(index).node().parent, Some((it.index, number as u32)));
        }
    }
    if let Some(definition) = &node.definition {
        assert!(node.name.is_some());
        assert!(definition.def_line >= node.part.line);
        let parts = definition
            .decorators
            .iter()
            .chain(&definition.type_params)
            .chain(&definition.returns);
        let parts = parts
            .chain(&definition.docstring)
            .chain(definition.bases.iter().map(|base| &base.value));
        let parts = parts.chain(
            definition
                .params
                .iter()
                .flat_map(|p| p.annotation.iter().chain(&p.default)),
        );
        parts.for_each(|part| check_part(it, part, lines));
    }
    it.segment();
    it.qualname();
}

fn check_part(it: &NodeRef, part: &Part, lines: &Lines) {
    let (span, around) = (it.part_span(part), it.span());
    assert!(span.start <= span.end && around.start <= span.start && span.end <= around.end);
    let _ = &it.text[span.clone()];
    assert_eq!((it.place.line + part.line) as usize, lines.row(span.start));
    let line = lines.0[lines.row(span.start)];
    assert_eq!(part.col as usize, span.start - line);
}

/// The first byte of each line.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Lines(
            std::iter::once(0)
                .chain(newlines.map(|(at, _)| at + 1))
                .collect(),
        )
    }

    fn row(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start <= byte) - 1
    }
}

/// The edits between two texts, all of them applied, none, and a part chosen by the bits of `mask`.
pub fn edits(before: &str, after: &str, mask: u64) {
    let mut parser = Parser::new();
    let old = parser.parse(before);
    let new = parser.update(&old, after);
    let found = diff(&old, &new);
    let all: HashSet<usize> = (0..found.edits.len()).collect();
    assert_eq!(splice(&old, &new, &found, &all), after);
    if !all.is_empty() {
        assert_eq!(splice(&old, &new, &found, &HashSet::new()), before);
    }
    let some: HashSet<usize> = all
        .iter()
        .copied()
        .filter(|number| mask >> (number % 64) & 1 == 1)
        .collect();
    let text = splice(&old, &new, &found, &some);
    let halfway = parser.parse(text.as_str());
    check(&halfway);
    if old.trouble.is_none() && new.trouble.is_none() {
        assert_eq!(
            halfway.trouble, None,
            "the spliced text does not parse:\n{text}"
        );
        assert!(diff(&new, &new).edits.is_empty());
        // A class that moves does so when all that it holds is applied.
        let shows =
            |edit: &Edit| edit.action != Action::Formatted && !edit.facets.contains(&Facet::Place);
        let changes = some.iter().any(|number| shows(&found.edits[*number]));
        assert!(
            !changes || text != before,
            "the splice failed:\n{before}\n-----\n{after}"
        );
    }
}

/// What edits say, as words; formatting is nothing.
fn words<'a>(edits: impl Iterator<Item = &'a Edit>) -> Vec<String> {
    let name = |node: &Option<NodeRef>| {
        node.as_ref().map_or_else(String::new, |node| {
            format!("{} {}", node.qualname(), node.node().binds.join(","))
        })
    };
    let mut words: Vec<String> = edits
        .filter(|edit| edit.action != Action::Formatted)
        .map(|edit| {
            format!(
                "{} {} > {}",
                edit.action.as_str(),
                name(&edit.old),
                name(&edit.new)
            )
        })
        .collect();
    words.sort();
    words
}

/// Asserts that after some edits were applied exactly the others are left; returns how many those are.
pub fn assert_rest_is_left(before: &str, after: &str, mask: u64) -> (usize, usize) {
    let mut parser = Parser::new();
    let (old, new) = (parser.parse(before), Parser::new().parse(after));
    assert_eq!(
        (&old.trouble, &new.trouble),
        (&None, &None),
        "{before}\n-----\n{after}"
    );
    let found = diff(&old, &new);
    let applies = |number: usize| mask >> (number % 64) & 1 == 1;
    let some: HashSet<usize> = (0..found.edits.len())
        .filter(|number| applies(*number))
        .collect();
    let chosen = |applied: bool| {
        let edits = found.edits.iter().enumerate();
        words(
            edits
                .filter(|(number, _)| applies(*number) == applied)
                .map(|(_, edit)| edit),
        )
    };
    let text = splice(&old, &new, &found, &some);
    let halfway = parser.parse(text.as_str());
    assert_eq!(
        words(diff(&halfway, &new).edits.iter()),
        chosen(false),
        "\n--- before\n{before}\n--- after\n{after}\n--- applied {:?}\n{text}",
        chosen(true)
    );
    (chosen(true).len(), chosen(false).len())
}
