//! Which sides of a definition differ from those of another: its parameters, defaults, body, bases and so on.

use crate::outline::{Definition, NodeRef, Part};

/// Which side of a definition changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facet {
    /// Its name.
    Name,
    /// `def` to `async def` or back, or a function became a class.
    Kind,
    /// The list of decorators.
    Decorators,
    /// `[T]`
    TypeParams,
    /// Names, kinds or order of parameters.
    Signature,
    /// The default of a parameter.
    Defaults,
    /// An annotation of a parameter or of the result.
    Annotations,
    /// The docstring of a function.
    Docstring,
    /// The body of a function.
    Body,
    /// The bases of a class.
    Bases,
    /// The keywords of a class header.
    Keywords,
    /// The condition, context or iterable of a block, or its branches.
    Header,
    /// The blocks that a definition stands in.
    Place,
}

impl Facet {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Facet::Name => "name",
            Facet::Kind => "kind",
            Facet::Decorators => "decorators",
            Facet::TypeParams => "type parameters",
            Facet::Signature => "signature",
            Facet::Defaults => "defaults",
            Facet::Annotations => "annotations",
            Facet::Docstring => "docstring",
            Facet::Body => "body",
            Facet::Bases => "bases",
            Facet::Keywords => "keywords",
            Facet::Header => "header",
            Facet::Place => "place",
        }
    }
}

pub(super) fn facets(old: &NodeRef, new: &NodeRef) -> Vec<Facet> {
    let (Some(a), Some(b)) = (
        old.node().definition.as_deref(),
        new.node().definition.as_deref(),
    ) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let mut add = |facet: Facet, differs: bool| {
        if differs {
            out.push(facet);
        }
    };
    add(
        Facet::Kind,
        a.is_async != b.is_async || old.node().kind != new.node().kind,
    );
    add(
        Facet::Decorators,
        fingerprints(&a.decorators) != fingerprints(&b.decorators),
    );
    add(
        Facet::TypeParams,
        fingerprints(&a.type_params) != fingerprints(&b.type_params),
    );
    let shape =
        |d: &Definition| -> Vec<_> { d.params.iter().map(|p| (p.name.clone(), p.kind)).collect() };
    add(Facet::Signature, shape(a) != shape(b));
    let defaults = |d: &Definition| -> Vec<_> {
        let all = d.params.iter();
        all.filter_map(|p| p.default.as_ref().map(|x| (p.name.clone(), x.fingerprint)))
            .collect()
    };
    add(Facet::Defaults, defaults(a) != defaults(b));
    let notes = |d: &Definition| -> Vec<_> {
        let all = d.params.iter();
        all.filter_map(|p| {
            p.annotation
                .as_ref()
                .map(|x| (p.name.clone(), x.fingerprint))
        })
        .collect()
    };
    let returns = fingerprints(&a.returns) != fingerprints(&b.returns);
    add(Facet::Annotations, returns || notes(a) != notes(b));
    add(
        Facet::Docstring,
        fingerprints(&a.docstring) != fingerprints(&b.docstring),
    );
    add(Facet::Body, a.body_fingerprint != b.body_fingerprint);
    let bases = |d: &Definition, keywords: bool| -> Vec<_> {
        let all = d
            .bases
            .iter()
            .filter(|base| base.keyword.is_some() == keywords);
        all.map(|base| (base.keyword.clone(), base.value.fingerprint))
            .collect()
    };
    add(Facet::Bases, bases(a, false) != bases(b, false));
    add(Facet::Keywords, bases(a, true) != bases(b, true));
    out
}

pub(super) fn fingerprints<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Vec<u64> {
    parts.into_iter().map(|part| part.fingerprint).collect()
}
