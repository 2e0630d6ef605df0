//! Properties of outlines, diffs and baselines on texts made at random, with fixed seeds.

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, reason = "each user of the harness takes a part of it")]
mod harness;

use reloadr::parse::Parser;

/// SplitMix64: the tests need no better numbers and no dependency.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A member of a module, class or block; `version` is what an edit changes.
#[derive(Clone, Debug)]
struct Item {
    kind: What,
    name: usize,
    version: usize,
    inside: Vec<Item>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Function,
    Class,
    Assign,
    Import,
    Block,
    OneLine,
}

fn item(random: &mut Random, names: &mut usize, depth: usize) -> Item {
    use What::*;
    *names += 1;
    let name = *names;
    let kinds: &[What] = if depth < 3 {
        &[
            Function, Function, Class, Class, Assign, Import, Block, OneLine,
        ]
    } else {
        &[Function, Assign]
    };
    let kind = *random.pick(kinds);
    let inside = if matches!(kind, Class | Block) {
        (0..1 + random.below(5))
            .map(|_| item(random, names, depth + 1))
            .collect()
    } else {
        Vec::new()
    };
    Item {
        kind,
        name,
        version: random.below(3),
        inside,
    }
}

/// How a text is laid out, which is no edit.
#[derive(Clone, Copy)]
struct Style {
    blank: usize,
    comments: bool,
}

fn render(items: &[Item], indent: &str, style: Style, out: &mut String) {
    for item in items {
        let Item { name, version, .. } = item;
        out.push_str(&"\n".repeat(style.blank));
        if style.comments {
            out.push_str(&format!("{indent}# {name}\n"));
        }
        match item.kind {
            What::Function => {
                if version % 3 == 1 {
                    out.push_str(&format!("{indent}@deco({version})\n"));
                }
                out.push_str(&format!("{indent}def f{name}(a, b={}):\n", version / 2));
                out.push_str(&format!(
                    "{indent}    \"\"\"The {name}th.\n  odd\n    é\"\"\"\n"
                ));
                out.push_str(&format!("{indent}    return a + {version} * {name}\n"));
            }
            What::Class => {
                let bases = if *version == 0 {
                    String::new()
                } else {
                    format!("(B{version}, key=\"#:\")")
                };
                out.push_str(&format!("{indent}class C{name}{bases}:\n"));
                render(&item.inside, &format!("{indent}    "), style, out);
                if item.inside.is_empty() {
                    out.push_str(&format!("{indent}    pass\n"));
                }
            }
            What::Assign => out.push_str(&format!("{indent}x{name} = [\n  {version},\n]\n")),
            What::Import => out.push_str(&format!("{indent}from m{version} import n{name}\n")),
            What::Block => {
                out.push_str(&format!("{indent}if c{name}:\n"));
                render(&item.inside, &format!("{indent}  "), style, out);
                if item.inside.is_empty() {
                    out.push_str(&format!("{indent}  pass\n"));
                }
                out.push_str(&format!("{indent}else: e{name} = 1\n"));
            }
            What::OneLine => {
                out.push_str(&format!(
                    "{indent}class L{name}: y{name} = {version}; z{name} = 0  # {version}\n"
                ));
            }
        }
    }
}

fn text(items: &[Item], style: Style) -> String {
    let mut out = String::new();
    render(items, "", style, &mut out);
    out
}

/// Changes, adds and removes some members at any depth. Blocks come and go, and members move between
/// namespaces, only in a `wild` one: those are edits within edits.
fn edit(random: &mut Random, items: &mut Vec<Item>, names: &mut usize, depth: usize, wild: bool) {
    for _ in 0..1 + random.below(3) {
        match random.below(6) {
            0 if items.len() > 1 => {
                let at = random.below(items.len());
                if wild || items[at].kind != What::Block {
                    items.remove(at);
                }
            }
            1 => {
                let mut added = item(random, names, depth);
                while !wild && added.kind == What::Block {
                    added = item(random, names, depth);
                }
                let at = random.below(items.len() + 1);
                items.insert(at, added);
            }
            2 if wild && items.len() > 1 => {
                let moved = items.remove(random.below(items.len()));
                let to = random.below(items.len());
                let suite = match items[to].kind {
                    What::Class | What::Block => &mut items[to].inside,
                    _ => &mut *items,
                };
                suite.push(moved);
            }
            _ => {
                let Some(at) = (!items.is_empty()).then(|| random.below(items.len())) else {
                    continue;
                };
                let item = &mut items[at];
                if item.inside.is_empty() || random.below(3) == 0 {
                    item.version += 1 + random.below(3);
                } else {
                    edit(random, &mut items[at].inside, names, depth + 1, wild);
                }
            }
        }
    }
}

/// How many seeds: `RELOADR_SEEDS` times the usual number.
fn seeds(usual: u64) -> u64 {
    let times = std::env::var("RELOADR_SEEDS")
        .ok()
        .and_then(|times| times.parse().ok());
    usual * times.unwrap_or(1)
}

/// A random text before and after a random edit.
fn edited(random: &mut Random, wild: bool) -> (String, String) {
    let mut names = 0;
    let mut items: Vec<Item> = (0..2 + random.below(6))
        .map(|_| item(random, &mut names, 0))
        .collect();
    let style = Style {
        blank: random.below(3),
        comments: random.below(2) == 0,
    };
    let before = text(&items, style);
    edit(random, &mut items, &mut names, 0, wild);
    (before, text(&items, style))
}

#[test]
fn applying_some_edits_leaves_exactly_the_others() {
    let (mut applied, mut left) = (0, 0);
    for seed in 0..seeds(400) {
        let mut random = Random(seed);
        let (before, after) = edited(&mut random, false);
        let mask = random.next();
        harness::update(&before, &after);
        harness::edits(&before, &after, mask);
        let (some, rest) = harness::assert_rest_is_left(&before, &after, mask);
        (applied, left) = (applied + some, left + rest);
    }
    assert!(
        applied > 200 && left > 200,
        "{applied} and {left} edits test nothing"
    );
}

#[test]
fn a_text_with_some_edits_applied_always_parses() {
    for seed in 0..seeds(400) {
        let mut random = Random(500_000 + seed);
        let (before, after) = edited(&mut random, true);
        harness::update(&before, &after);
        harness::edits(&before, &after, random.next());
    }
}

const PIECES: [&str; 40] = [
    "\n",
    "    ",
    "\t",
    " ",
    ":",
    ";",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "\"\"\"",
    "#",
    "\\",
    "\\\n",
    ",",
    "=",
    "@",
    "é",
    "f'{",
    "def f(a):\n",
    "class C:\n",
    "if x:\n",
    "else:\n",
    "elif y:\n",
    "try:\n",
    "except A as e:\n",
    "finally:\n",
    "with a as b:\n",
    "match x:\n",
    "case [y, *z]:\n",
    "    return 1\n",
    "    x = 1\n",
    "import a.b\n",
    "# reloadr: once\n",
    "lambda: 0",
    "\u{b5} = 1\n",
];

/// Characters, pieces of syntax and whole lines put in, taken out and moved.
fn mutate(random: &mut Random, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..1 + random.below(2) {
        let at = random.below(chars.len() + 1);
        match random.below(5) {
            0 => {
                let end = (at + 1 + random.below(3)).min(chars.len());
                chars.drain(at..end);
            }
            1 => {
                let end = chars[at..]
                    .iter()
                    .position(|c| *c == '\n')
                    .map_or(chars.len(), |n| at + n + 1);
                let line: Vec<char> = chars.drain(at..end).collect();
                let to = random.below(chars.len() + 1);
                chars.splice(to..to, line);
            }
            _ => {
                let piece = random.pick(&PIECES);
                chars.splice(at..at, piece.chars());
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn an_updated_outline_is_the_fresh_one() {
    for seed in 0..seeds(150) {
        let mut random = Random(1_000 + seed);
        let mut names = 0;
        let items: Vec<Item> = (0..2 + random.below(5))
            .map(|_| item(&mut random, &mut names, 0))
            .collect();
        let mut now = text(
            &items,
            Style {
                blank: 1,
                comments: true,
            },
        );
        let mut parser = Parser::new();
        let mut outline = parser.parse(now.as_str());
        for _ in 0..12 {
            let next = mutate(&mut random, &now);
            harness::update(&now, &next);
            harness::edits(&now, &next, random.next());
            outline = parser.update(&outline, next.as_str());
            let fresh = Parser::new().parse(next.as_str());
            if fresh.trouble.is_none() && outline.trouble.is_none() {
                harness::assert_same(&outline, &fresh);
            }
            now = next;
        }
    }
}

/// CPython refuses most of these; the core must get there to ask it, on a thread with a small stack.
#[test]
fn deep_nesting_overflows_no_stack() {
    let around =
        |open: &str, inner: &str, close: &str, n: usize| open.repeat(n) + inner + &close.repeat(n);
    let blocks = |head: &str, n: usize| -> String {
        let line = |depth: usize| format!("{}{head}\n", " ".repeat(depth));
        (0..n).map(line).collect::<String>() + &" ".repeat(n) + "pass\n"
    };
    let n = seeds(5_000) as usize;
    let texts = [
        format!("x = {}\n", around("(", "1", ")", n)),
        format!("x = {}\n", around("[", "1", "]", n)),
        format!("f{}\n", around("(", "1", ")", n)),
        format!("{} = 1\n", around("[", "a", "]", n)),
        "(".repeat(n),
        "[(".repeat(n),
        "x = ".repeat(n) + "1\n",
        "not ".repeat(n) + "1\n",
        "-".repeat(n) + "1\n",
        "1 + ".repeat(n) + "1\n",
        "a ** ".repeat(n) + "1\n",
        "a.".repeat(n) + "b\n",
        "a".to_owned() + &".b()".repeat(n) + "\n",
        "a".to_owned() + &"[0]".repeat(n) + "\n",
        "lambda: ".repeat(n) + "1\n",
        "1 if a else ".repeat(n) + "1\n",
        "a and ".repeat(n) + "1\n",
        format!("def f(a={}): pass\n", around("(", "1", ")", n)),
        format!(
            "def f(self):\n    return {}\n",
            around("{", "self.x", "}", n)
        ),
        format!("class C({}): pass\n", around("(", "A", ")", n)),
        format!("@{}\ndef f(): pass\n", around("(", "A", ")", n)),
        format!("with {} as a: pass\n", around("(", "A", ")", n)),
        format!("for {} in a: pass\n", around("(", "a", ")", n)),
        format!("match a:\n    case {}: pass\n", around("[", "a", "]", n)),
        format!("'''d'''\nx = {}\n", around("f(a=", "1", ")", n)),
        "@a\n".repeat(n / 10) + "def f(): pass\n",
        "x = 1; ".repeat(n / 10) + "\n",
        "if a:\n  pass\n".to_owned() + &"elif a:\n  pass\n".repeat(n / 10),
        format!("x = {}\n", around("f'{", "1", "}'", 300)),
        blocks("if x:", 600),
        blocks("class C:", 600),
        blocks("def f():", 600),
    ];
    let small = std::thread::Builder::new().stack_size(1024 * 1024);
    let work = move || {
        for text in &texts {
            let started = std::time::Instant::now();
            harness::update("x = 1\n", text);
            harness::update(text, &format!("{text}y = 1\n"));
            harness::edits(text, &format!("y = 1\n{text}"), 1);
            let (took, start) = (started.elapsed(), &text[..text.len().min(40)]);
            assert!(took.as_secs() < 60, "{start:?}: {took:?}");
            println!("{start:?}: {took:?}");
        }
    };
    small
        .spawn(work)
        .expect("a thread can be started")
        .join()
        .expect("no check failed");
}
