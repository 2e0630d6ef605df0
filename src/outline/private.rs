//! Private names: in the body of a class the compiler stores and looks up `__x` as `_Cart__x`.

use super::{Kind, Node, Part};

/// Gives the names that the nodes of an entry bind and read the form in which the compiler knows them.
pub(super) fn mangle(nodes: &mut [Node]) {
    for index in 0..nodes.len() {
        if let Some(owner) = owner_of(nodes, index) {
            mangle_node(&mut nodes[index], &owner);
        }
    }
}

/// The class in whose body a node stands, without the underscores that its name begins with.
fn owner_of(nodes: &[Node], index: usize) -> Option<Box<str>> {
    let mut parent = nodes[index].parent;
    while let Some((above, _)) = parent {
        let node = &nodes[above as usize];
        if node.kind == Kind::Class {
            let owner = node.name.as_deref().unwrap_or("").trim_start_matches('_');
            return (!owner.is_empty()).then(|| owner.into());
        }
        parent = node.parent;
    }
    None
}

fn mangle_node(node: &mut Node, owner: &str) {
    all(&mut node.binds, owner);
    for import in &mut node.imported {
        one(&mut import.bound, owner);
    }
    part(&mut node.part, owner);
    for header in node
        .branches
        .iter_mut()
        .filter_map(|each| each.header.as_mut())
    {
        part(header, owner);
    }
    if let Some(definition) = &mut node.definition {
        let params = definition.params.iter_mut();
        let of_params = params.flat_map(|each| [&mut each.annotation, &mut each.default]);
        let optional = of_params.chain([&mut definition.returns, &mut definition.type_params]);
        let bases = definition.bases.iter_mut().map(|base| &mut base.value);
        let parts = optional.filter_map(Option::as_mut).chain(bases);
        parts
            .chain(&mut definition.decorators)
            .for_each(|each| part(each, owner));
    }
}

fn part(part: &mut Part, owner: &str) {
    all(&mut part.reads, owner);
}

fn all(names: &mut [Box<str>], owner: &str) {
    names.iter_mut().for_each(|name| one(name, owner));
}

fn one(name: &mut Box<str>, owner: &str) {
    if name.split('.').any(is_private) {
        let words = name.split('.').map(|word| match is_private(word) {
            true => format!("_{owner}{word}"),
            false => word.to_owned(),
        });
        *name = words.collect::<Vec<_>>().join(".").into();
    }
}

fn is_private(word: &str) -> bool {
    word.starts_with("__") && !word.ends_with("__")
}
