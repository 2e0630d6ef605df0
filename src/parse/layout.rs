//! Which words of the grammar are about layout: where parentheses group nothing, and commas say nothing.
//!
//! That is decided without the grammar's precedence of operators, which is not CPython's everywhere.

/// What the layout of a text has to do with a node of some kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// It is what it is.
    Said,
    /// Nothing is said by it: comments, line continuations, `;`.
    Silent,
    /// A comma or parenthesis, which says nothing within a list.
    Mark,
    /// A string, or several side by side.
    String,
    /// A number.
    Number,
    /// A list of a kind that tells what its commas are: `[a]` and `[a,]`.
    List,
    /// A tuple with or without parentheses.
    Tuple,
    /// Parentheses around one expression.
    Parentheses,
    /// What stands within marks of its own, or is one word, and so is never split by an operator beside it.
    Atom,
    /// What its operands are is told by marks and words, never by which operator binds more tightly.
    Slots,
    /// The same, and a name on its left may stand in parentheses that say something: `(a): int = 1`.
    Assignment,
    /// What parentheses mean something else in, or may.
    Guarded,
    /// Arguments, or the bases of a class.
    Arguments,
    /// `class C():`, the same as `class C:`
    Class,
}

/// The words of the grammar that layout has to do with; all others are [`Layout::Said`].
pub(super) const LAYOUTS: [(Layout, &[&str]); 13] = [
    (Layout::Silent, &["comment", "line_continuation", ";"]),
    (Layout::Mark, &[",", "(", ")"]),
    (Layout::String, &["string", "concatenated_string"]),
    (Layout::Number, &["integer", "float"]),
    (
        Layout::List,
        &[
            "parameters",
            "lambda_parameters",
            "list",
            "set",
            "dictionary",
            "import_from_statement",
            "future_import_statement",
        ],
    ),
    (Layout::Tuple, &["tuple", "expression_list"]),
    (Layout::Parentheses, &["parenthesized_expression"]),
    (
        Layout::Atom,
        &[
            "identifier",
            "true",
            "false",
            "none",
            "ellipsis",
            "call",
            "attribute",
            "subscript",
            "list_comprehension",
            "set_comprehension",
            "dictionary_comprehension",
            "generator_expression",
        ],
    ),
    (
        Layout::Slots,
        &[
            "keyword_argument",
            "return_statement",
            "pair",
            "if_statement",
            "elif_clause",
            "while_statement",
            "decorator",
            "default_parameter",
            "typed_default_parameter",
            "assert_statement",
            "raise_statement",
            "for_statement",
            "expression_statement",
        ],
    ),
    (Layout::Assignment, &["assignment", "augmented_assignment"]),
    (
        Layout::Guarded,
        &[
            "with_item",
            "with_clause",
            "as_pattern",
            "case_pattern",
            "print_statement",
            "exec_statement",
            "delete_statement",
        ],
    ),
    (Layout::Arguments, &["argument_list"]),
    (Layout::Class, &["class_definition"]),
];

impl Layout {
    /// Whether parentheses around an operand of it group nothing, whatever is in them.
    pub(super) fn has_slots(self) -> bool {
        use Layout::*;
        matches!(
            self,
            Slots | Assignment | Arguments | List | Tuple | Parentheses
        )
    }

    /// Whether parentheses around it alone group nothing, whatever is beside them.
    pub(super) fn is_atom(self) -> bool {
        use Layout::*;
        matches!(self, Atom | String | Number | List | Tuple | Parentheses)
    }

    /// Whether commas and parentheses in it say nothing: its elements are apart without.
    pub(super) fn drops_marks(self) -> bool {
        matches!(self, Layout::List | Layout::Tuple | Layout::Arguments)
    }
}
