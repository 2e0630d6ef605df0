//! Calls that a changed signature no longer takes.
//!
//! Only calls whose callee is surely the changed function are looked at, and only those that the old signature took: a
//! call that never fitted says nothing about the edit. What is sure is decided by names alone. A call with `*` or `**`
//! is named only if it fails whatever they bring.
//!
//! Why not a type checker: it would find more, and would take longer than the save that it is to comment on.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use tree_sitter::{Node as Syntax, Tree};

use super::Parser;
use super::scopes::{
    Bound, Method, Scope, bound_below, bound_in, dotted, first_parameter, method_kind, scopes,
    unwrapped,
};
use super::tree::{Step, ids, named_child, visit};
use crate::outline::{Kind, NodeRef, Outline};
use crate::signature::{Arguments, Signature};

/// The function whose calls are wanted, before the edit and after it.
pub struct Target {
    name: String,
    /// The qualified name of its class; empty for a function of the module.
    owner: String,
    module: String,
    old: Signature,
    new: Signature,
}

/// A module that may call it.
pub struct Source<'a> {
    /// Its name.
    pub module: &'a str,
    /// Its text.
    pub outline: &'a Outline,
    /// What its imports bind: the module, and the name in it, or nothing where the module itself is bound.
    pub imported: &'a HashMap<String, (String, String)>,
}

/// A call that was good and no longer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The definition that it stands in; empty at the top of the module.
    pub qualname: String,
    /// Its line, from 1.
    pub line: u32,
    /// What Python would say.
    pub why: String,
}

impl Target {
    /// What a definition of a module takes now, and took. None if it is no function.
    pub fn new(module: &str, old: &NodeRef, new: &NodeRef) -> Option<Target> {
        let owner: Vec<_> = new.scopes().iter().map(|each| each.qualname()).collect();
        Some(Target {
            name: new.node().name.as_deref()?.to_owned(),
            owner: owner.last().cloned().unwrap_or_default(),
            module: module.to_owned(),
            old: Signature::of(&old.node().definition.as_ref()?.params),
            new: Signature::of(&new.node().definition.as_ref()?.params),
        })
    }

    /// Whether whatever it took it takes.
    pub fn takes_all(&self) -> bool {
        self.new.takes_all_of(&self.old)
    }

    /// The word that a text must hold to call it: with `__init__`, the calls of the class count.
    pub fn word(&self) -> &str {
        if self.constructs() {
            last(&self.owner)
        } else {
            &self.name
        }
    }

    fn constructs(&self) -> bool {
        self.name == "__init__" && !self.owner.is_empty()
    }

    /// How it is stored in its class; None where that is not sure.
    fn method(&self, parser: &mut Parser, home: Option<&Outline>) -> Option<Method> {
        let Some(outline) = home else {
            return match self.new.first()? {
                "self" => Some(Method::Plain),
                "cls" => Some(Method::Class),
                _ => None,
            };
        };
        if self.name == "__new__" {
            return Some(Method::Static);
        }
        let found = outline.find(&format!("{}.{}", self.owner, self.name));
        let functions = found
            .iter()
            .filter(|node| node.node().kind == Kind::Function);
        let mut kinds = functions.map(|node| parser.method_of(&node.segment()));
        let first = kinds.next()??;
        kinds.all(|kind| kind == Some(first)).then_some(first)
    }
}

fn last(qualname: &str) -> &str {
    qualname.rsplit('.').next().unwrap_or(qualname)
}

impl Parser {
    /// The calls of functions, methods and classes in some modules that fitted and do not any more: the number of
    /// each one's target and module, and the call. For all targets at once, since any of them may have its calls in
    /// the same large class, which is to be parsed once.
    pub fn broken_calls(
        &mut self,
        targets: &[Target],
        sources: &[Source],
    ) -> Vec<(usize, usize, Broken)> {
        let methods: Vec<_> = targets
            .iter()
            .map(|target| {
                let home = sources.iter().find(|each| each.module == target.module);
                let outline = home.map(|each| each.outline);
                (!target.owner.is_empty()).then(|| target.method(self, outline))?
            })
            .collect();
        let mut found = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            let mut trees = Trees::new(self, source.outline);
            for (at, (target, method)) in targets.iter().zip(&methods).enumerate() {
                let home = source.module == target.module;
                if home || source.outline.text.contains(target.word()) {
                    let mut search = Search {
                        target,
                        method: *method,
                        source,
                        trees: &mut trees,
                    };
                    let calls = search.calls();
                    found.extend(calls.into_iter().map(|call| (at, number, call)));
                }
            }
        }
        found.sort_by_key(|(at, number, _)| (*at, *number));
        found
    }

    /// How a method is stored, by the text of its definition as it stands in its class.
    fn method_of(&mut self, segment: &str) -> Option<Method> {
        let text = format!("if 1:\n{segment}\n");
        let tree = self.tree(&text).ok()?;
        let mut found = None;
        visit(tree.root_node(), |seen| match seen.kind {
            "function_definition" => {
                found = Some(method_kind(seen.node, &text));
                Step::Stop
            }
            _ => Step::Into,
        });
        found
    }
}

/// The entries of a text as syntax trees, made when one is asked for.
struct Trees<'a> {
    parser: &'a mut Parser,
    outline: &'a Outline,
    /// None where the grammar does not know an entry: nothing is sure there.
    made: HashMap<usize, Option<Tree>>,
    bound: HashMap<String, Bound>,
    /// The last names of what entries call.
    called: HashMap<usize, HashSet<&'a str>>,
}

impl<'a> Trees<'a> {
    fn new(parser: &'a mut Parser, outline: &'a Outline) -> Trees<'a> {
        Trees {
            parser,
            outline,
            made: HashMap::new(),
            bound: HashMap::new(),
            called: HashMap::new(),
        }
    }

    /// The entries that hold one of these words.
    fn holding(&self, words: &[&str]) -> Vec<usize> {
        let holds = |at: &usize| {
            let text = &self.outline.text[self.span(*at)];
            words.iter().any(|word| text.contains(word))
        };
        (0..self.outline.tops.len()).filter(holds).collect()
    }

    fn span(&self, at: usize) -> Range<usize> {
        let place = &self.outline.tops[at];
        let start = place.byte as usize;
        start..start + place.top.nodes[0].part.end as usize
    }

    /// The tree of an entry, and its text. It is cheap to hand out: a tree is counted.
    fn tree(&mut self, at: usize) -> Option<(Tree, &'a str)> {
        let text = &self.outline.text[self.span(at)];
        let tree = self.made.entry(at).or_insert_with(|| {
            let tree = self.parser.tree(text).ok()?;
            (!tree.root_node().has_error()).then_some(tree)
        });
        Some((tree.clone()?, text))
    }

    /// Whether an entry calls anything by one of these names: many targets may be asked about in one large class.
    fn calls(&mut self, at: usize, words: &[&str]) -> bool {
        if !self.called.contains_key(&at) {
            let mut names = HashSet::new();
            if let Some((tree, text)) = self.tree(at) {
                visit(tree.root_node(), |seen| {
                    if seen.kind == "call" {
                        names.extend(last_of_callee(seen.node, text));
                    }
                    Step::Into
                });
            }
            self.called.insert(at, names);
        }
        words.iter().any(|word| self.called[&at].contains(word))
    }

    /// How often the module binds a name.
    fn bound(&mut self, name: &str) -> Bound {
        if let Some(known) = self.bound.get(name) {
            return known.clone();
        }
        let mut found = Bound::default();
        for at in self.holding(&[name]) {
            if let Some((tree, text)) = self.tree(at) {
                found.times += bound_below(vec![tree.root_node()], name, text).times;
            }
        }
        self.bound.insert(name.to_owned(), found.clone());
        found
    }
}

/// One module's text, and what is wanted in it.
struct Search<'a, 'b> {
    target: &'a Target,
    method: Option<Method>,
    source: &'a Source<'a>,
    trees: &'a mut Trees<'b>,
}

impl Search<'_, '_> {
    fn calls(&mut self) -> Vec<Broken> {
        let mut found = Vec::new();
        let words: Vec<String> = self.words().into_iter().map(str::to_owned).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for at in self.trees.holding(&words) {
            let Some((tree, text)) = self.trees.tree(at) else {
                continue;
            };
            let line = self.trees.outline.tops[at].line + 1;
            // An entry that imports may have the target under any name.
            let imports = text.contains("import");
            if !imports && !self.trees.calls(at, &words) {
                continue;
            }
            let mut calls = Vec::new();
            visit(tree.root_node(), |seen| {
                // A quick look, for most calls are of something else; where one stands is found from the top of the
                // tree.
                if seen.kind == "call"
                    && last_of_callee(seen.node, text)
                        .is_some_and(|name| imports || words.contains(&name))
                {
                    calls.push(seen.node);
                }
                Step::Into
            });
            for call in calls {
                let broken = self.broken(call, text);
                found.extend(broken.map(|(qualname, why)| Broken {
                    qualname,
                    line: line + call.start_position().row as u32,
                    why,
                }));
            }
        }
        found
    }

    /// What an entry must hold to have a call of the target in it: its name, or one that an import gives it.
    fn words(&self) -> Vec<&str> {
        let mut words = vec![self.target.name.as_str()];
        words.extend(self.target.constructs().then(|| last(&self.target.owner)));
        let imported = self.source.imported.iter();
        let aliases = imported.filter(|(_, (_, name))| words.contains(&name.as_str()));
        let aliases: Vec<&str> = aliases.map(|(bound, _)| bound.as_str()).collect();
        words.extend(aliases);
        words
    }

    /// Where a call stands and what Python would say of it, if it fitted and does not any more.
    fn broken(&mut self, call: Syntax, text: &str) -> Option<(String, String)> {
        let place = Place {
            text,
            scopes: scopes(call, text),
        };
        let callee = unwrapped(call.child_by_field_name("function")?)?;
        let bound = self.passed_before(callee, &place)?;
        let arguments = arguments(call, text)?;
        if self.target.old.refuses(&arguments, bound).is_some() {
            return None;
        }
        let why = self.target.new.refuses(&arguments, bound)?;
        let around = place.scopes.last();
        Some((
            around.map_or_else(String::new, |scope| scope.qualname.clone()),
            why,
        ))
    }

    /// How many arguments a call passes before its own; None if it is not surely one of the target.
    fn passed_before(&mut self, callee: Syntax, place: &Place) -> Option<usize> {
        let target = self.target;
        if target.owner.is_empty() {
            return self
                .names(callee, &target.name, place, place.scopes.len())
                .then_some(0);
        }
        let here = place.scopes.len();
        if target.constructs() && self.names(callee, &target.owner, place, here) {
            return Some(1);
        }
        let attribute = callee.child_by_field_name("attribute")?;
        if place.text[attribute.byte_range()] != target.name {
            return None;
        }
        let object = unwrapped(callee.child_by_field_name("object")?)?;
        // `Cart.total(cart, ...)` and `cls.total(cart, ...)` pass the instance themselves.
        let plain = if self.names(object, &target.owner, place, here) {
            0
        } else {
            usize::from(!self.own_instance(object, place)?)
        };
        match self.method? {
            Method::Plain => Some(plain),
            Method::Class => Some(1),
            Method::Static => Some(0),
            Method::Property => None,
        }
    }

    /// Whether an expression stands for `wanted` of the target's module, seen from within the first `depth` scopes.
    fn names(&mut self, expression: Syntax, wanted: &str, place: &Place, depth: usize) -> bool {
        let Some(parts) = dotted(expression, place.text) else {
            return false;
        };
        let scope = place.binder(parts[0], depth);
        let (times, imported) = match &scope {
            // Relative ones would need the package.
            Some((_, bound)) => {
                let import = bound
                    .import
                    .as_ref()
                    .filter(|each| !each.module.starts_with('.'));
                (bound.times, import.map(resolved))
            }
            None => {
                let bound = self.trees.bound(parts[0]);
                (bound.times, self.source.imported.get(parts[0]).cloned())
            }
        };
        let Some((module, name)) = imported else {
            let is_home = scope.is_none() && self.source.module == self.target.module;
            return is_home && times == 1 && parts.join(".") == wanted;
        };
        if !name.is_empty() && times > 1 {
            return false; // bound again, here or there
        }
        let mut path = vec![module.as_str()];
        path.extend((!name.is_empty()).then_some(name.as_str()));
        path.extend(&parts[1..]);
        path.join(".") == format!("{}.{wanted}", self.target.module)
    }

    /// Whether an expression is the `cls` of the method around it (true) or its `self` or `super()` (false); None if it
    /// is not surely one of them.
    ///
    /// `super()` reaches the target only from a class that derives from it; which one that is takes more than the text
    /// of a method, so only a single, direct base is looked at.
    fn own_instance(&mut self, expression: Syntax, place: &Place) -> Option<bool> {
        let at = place.scopes.iter().rposition(|scope| scope.is_method)?;
        let (method, class) = (&place.scopes[at], &place.scopes[at - 1]);
        let name = super::scopes::name_of(method.syntax, place.text)?;
        let kind = match method_kind(method.syntax, place.text) {
            _ if name == "__new__" => Method::Class,
            kind => kind,
        };
        let sure = if expression.kind() == "identifier" {
            let name = &place.text[expression.byte_range()];
            kind != Method::Static
                && self.source.module == self.target.module
                && class.qualname == self.target.owner
                && first_parameter(method.syntax, place.text) == Some(name)
                && place
                    .binder(name, place.scopes.len())
                    .is_some_and(|(index, bound)| index == at && bound.times == 1)
        } else {
            self.is_super(expression, place) && self.derives(class.syntax, place, at - 1)
        };
        sure.then_some(kind == Method::Class)
    }

    fn is_super(&mut self, expression: Syntax, place: &Place) -> bool {
        let function = expression.child_by_field_name("function");
        let named = function.is_some_and(|function| {
            expression.kind() == "call" && place.text[function.byte_range()] == *"super"
        });
        let arguments = expression.child_by_field_name("arguments");
        named
            && arguments.is_some_and(|arguments| named_child(arguments).is_none())
            && place.binder("super", place.scopes.len()).is_none()
            && self.trees.bound("super").times == 0
    }

    /// Whether a class has the target's as its only base.
    fn derives(&mut self, class: Syntax, place: &Place, depth: usize) -> bool {
        let Some(bases) = class.child_by_field_name("superclasses") else {
            return false;
        };
        let mut cursor = bases.walk();
        let bases: Vec<Syntax> = bases
            .named_children(&mut cursor)
            .filter(|base| base.kind() != "keyword_argument" && !ids().says_nothing(*base))
            .collect();
        bases.len() == 1 && self.names(bases[0], &self.target.owner, place, depth)
    }
}

/// The last name of what a call calls: `total` of `total(1)` and `cart.total(1)`.
fn last_of_callee<'t>(call: Syntax, text: &'t str) -> Option<&'t str> {
    let callee = unwrapped(call.child_by_field_name("function")?)?;
    let name = callee.child_by_field_name("attribute").unwrap_or(callee);
    Some(&text[name.byte_range()])
}

/// Where a call stands.
struct Place<'t> {
    text: &'t str,
    scopes: Vec<Scope<'t>>,
}

impl Place<'_> {
    /// The definition around the call that binds a name, among the first `depth`; None if the module does.
    fn binder(&self, name: &str, depth: usize) -> Option<(usize, Bound)> {
        for (at, scope) in self.scopes[..depth].iter().enumerate().rev() {
            if scope.is_class() && at + 1 != depth {
                continue; // functions do not see the names of the class around them
            }
            let bound = bound_in(scope.syntax, name, self.text);
            if bound.times > 0 {
                return Some((at, bound));
            }
        }
        None
    }
}

/// What an import binds: the module, and the name in it or nothing.
fn resolved(import: &crate::outline::Imported) -> (String, String) {
    match &*import.name {
        "as" => (import.module.to_string(), String::new()),
        "" => (import.bound.to_string(), String::new()),
        name => (import.module.to_string(), name.to_owned()),
    }
}

/// What a call passes.
fn arguments<'t>(call: Syntax, text: &'t str) -> Option<Arguments<'t>> {
    let given = call.child_by_field_name("arguments")?;
    let mut found = Arguments::default();
    if given.kind() == "generator_expression" {
        found.places = 1;
        return Some(found);
    }
    let mut cursor = given.walk();
    for each in given.named_children(&mut cursor) {
        match each.kind() {
            "keyword_argument" => {
                let name = each.child_by_field_name("name")?;
                found.names.push(&text[name.byte_range()]);
            }
            "list_splat" => found.more_places = true,
            "dictionary_splat" => found.more_names = true,
            _ if ids().says_nothing(each) => {}
            _ => found.places += 1,
        }
    }
    Some(found)
}
