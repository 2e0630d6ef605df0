//! What a function takes: whether the arguments of a call fit its parameters.

use crate::outline::{Param, ParamKind};

/// The parameters of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(Vec<Parameter>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parameter {
    name: Box<str>,
    kind: ParamKind,
    optional: bool,
}

/// What a call passes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments<'t> {
    /// How many by place.
    pub places: usize,
    /// Which by name.
    pub names: Vec<&'t str>,
    /// Whether `*` brings more by place.
    pub more_places: bool,
    /// Whether `**` brings more by name.
    pub more_names: bool,
}

impl Signature {
    /// That of a definition.
    pub fn of(params: &[Param]) -> Signature {
        let parameter = |param: &Param| Parameter {
            name: param.name.clone(),
            kind: param.kind,
            optional: param.default.is_some(),
        };
        Signature(params.iter().map(parameter).collect())
    }

    /// The name of the first parameter.
    pub fn first(&self) -> Option<&str> {
        self.0.first().map(|each| &*each.name)
    }

    /// Whether every call that `old` takes is taken by this as well: only optional parameters came, at the end.
    pub fn takes_all_of(&self, old: &Signature) -> bool {
        let same = |(was, is): (&Parameter, &Parameter)| {
            was.name == is.name && was.kind == is.kind && (is.optional || !was.optional)
        };
        let more = self.0.iter().skip(old.0.len());
        self.0.len() >= old.0.len()
            && old.0.iter().zip(&self.0).all(same)
            && more.clone().all(|each| each.optional || each.takes_many())
    }

    /// Why a call does not fit, `bound` arguments being passed before those that are written. With `*` or `**` only
    /// what is too much counts, for they may bring whatever is missing.
    pub fn refuses(&self, arguments: &Arguments, bound: usize) -> Option<String> {
        let partial = arguments.more_places || arguments.more_names;
        let places = arguments.places + bound;
        let mut by_place = self.0.iter().filter(|each| each.is_place());
        let many = self.has(ParamKind::VarPositional);
        for _ in 0..places {
            match by_place.next() {
                Some(each) if each.kind == ParamKind::Positional && arguments.names(each) => {
                    return Some(format!("multiple values for argument '{}'", each.name));
                }
                Some(_) => {}
                None if many => break,
                None => return Some("too many positional arguments".into()),
            }
        }
        let missing = by_place.chain(
            self.0
                .iter()
                .filter(|each| each.kind == ParamKind::KeywordOnly),
        );
        for each in missing {
            let named = arguments.names(each);
            if named && each.kind == ParamKind::PositionalOnly && !self.has(ParamKind::VarKeyword) {
                let name = &each.name;
                return Some(format!(
                    "'{name}' parameter is positional only, but was passed as a keyword"
                ));
            }
            let given = named && each.kind != ParamKind::PositionalOnly;
            if !given && !each.optional && !partial {
                return Some(format!("missing a required argument: '{}'", each.name));
            }
        }
        let known = |name: &&&str| self.0.iter().any(|each| each.is_named(name));
        let unknown = arguments.names.iter().find(|name| !known(name));
        let unknown = unknown.filter(|_| !self.has(ParamKind::VarKeyword))?;
        Some(format!("got an unexpected keyword argument '{unknown}'"))
    }

    fn has(&self, kind: ParamKind) -> bool {
        self.0.iter().any(|each| each.kind == kind)
    }
}

impl Parameter {
    fn is_place(&self) -> bool {
        matches!(self.kind, ParamKind::PositionalOnly | ParamKind::Positional)
    }

    fn takes_many(&self) -> bool {
        matches!(self.kind, ParamKind::VarPositional | ParamKind::VarKeyword)
    }

    /// Whether a keyword argument of this name goes to it.
    fn is_named(&self, name: &str) -> bool {
        let by_name = matches!(self.kind, ParamKind::Positional | ParamKind::KeywordOnly);
        by_name && *self.name == *name
    }
}

impl Arguments<'_> {
    fn names(&self, parameter: &Parameter) -> bool {
        self.names.iter().any(|name| **name == *parameter.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Parser;

    fn signature(params: &str) -> Signature {
        let outline = Parser::new().parse(format!("def f({params}): pass\n"));
        let node = outline.find("f").remove(0);
        Signature::of(&node.node().definition.as_ref().unwrap().params)
    }

    fn given(places: usize, names: &[&'static str], more: (bool, bool)) -> Arguments<'static> {
        Arguments {
            places,
            names: names.to_vec(),
            more_places: more.0,
            more_names: more.1,
        }
    }

    #[test]
    fn what_a_signature_refuses_is_said_as_python_says_it() {
        let none = (false, false);
        let says = |params: &str, call: Arguments| signature(params).refuses(&call, 0);
        let missing = Some("missing a required argument: 'b'".to_owned());
        assert_eq!(says("a, b", given(1, &[], none)), missing);
        assert_eq!(says("a, *, b", given(1, &[], none)), missing);
        let many = Some("too many positional arguments".to_owned());
        assert_eq!(says("", given(1, &[], none)), many);
        assert_eq!(says("a, *, b=1", given(2, &[], none)), many);
        let twice = Some("multiple values for argument 'a'".to_owned());
        assert_eq!(says("a", given(1, &["a"], none)), twice);
        let unknown = Some("got an unexpected keyword argument 'z'".to_owned());
        assert_eq!(says("a=1", given(0, &["z"], none)), unknown);
        let only = "'a' parameter is positional only, but was passed as a keyword";
        assert_eq!(says("a, /", given(0, &["a"], none)), Some(only.into()));
        for (params, call) in [
            ("a, b=2", given(1, &[], none)),
            ("*args", given(9, &[], none)),
            ("**kwargs", given(0, &["a"], none)),
            ("a=1, /, **kwargs", given(0, &["a"], none)),
            ("a, b", given(0, &[], (true, false))),
            ("a, b", given(1, &[], (false, true))),
            ("*args, a", given(3, &["a"], none)),
        ] {
            assert_eq!(says(params, call), None, "{params}");
        }
        let too_much = says("a", given(2, &[], (true, false)));
        assert_eq!(too_much, many);
    }

    #[test]
    fn arguments_passed_before_the_written_ones_count() {
        let call = given(1, &[], (false, false));
        assert_eq!(signature("self, a").refuses(&call, 1), None);
        assert!(signature("self").refuses(&call, 1).is_some());
    }

    #[test]
    fn more_optional_parameters_at_the_end_take_what_was_taken() {
        let takes = |old: &str, new: &str| signature(new).takes_all_of(&signature(old));
        assert!(takes("a", "a, b=1"));
        assert!(takes("a", "a, *args, **kwargs"));
        assert!(takes("a", "a=1"));
        assert!(takes("", ""));
        assert!(!takes("a", "a, b"));
        assert!(!takes("a, b", "b, a"));
        assert!(!takes("a", "a, /"));
        assert!(!takes("a=1", "a"));
        assert!(!takes("a, b=1", "a"));
    }
}
