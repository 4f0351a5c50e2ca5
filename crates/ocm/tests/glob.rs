//! Patterns of names and paths: known cases, tables computed by the libraries of the official CLI
//! (`gobwas/glob` 0.2.3, Go's `path.Match`), and a second implementation.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may panic"
)]

mod second_glob;

use ocm::glob::Glob;
use serde_json::Value;

fn table(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/matching/");
    serde_json::from_slice(&std::fs::read(format!("{folder}{name}")).unwrap()).unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item.as_str().unwrap()).collect()
}

#[test]
fn component_patterns_match_as_in_the_official_cli() {
    let table = table("globs.json");
    let names = texts(&table["names"]);
    let rows = table["patterns"].as_array().unwrap();
    assert!(rows.len() > 40, "{}", rows.len());
    for row in rows {
        let text = row["pattern"].as_str().unwrap();
        let glob = Glob::gobwas(text).ok();
        assert_eq!(glob.is_none(), row["bad"] == true, "`{text}`");
        let Some(glob) = glob else { continue };
        let found: Vec<_> = names
            .iter()
            .copied()
            .filter(|name| glob.matches(name))
            .collect();
        assert_eq!(found, texts(&row["fits"]), "`{text}`");
    }
}

#[test]
fn path_patterns_match_as_in_go() {
    let table = table("paths.json");
    let paths = texts(&table["paths"]);
    let rows = table["patterns"].as_array().unwrap();
    assert!(rows.len() > 20);
    for row in rows {
        let text = row["pattern"].as_str().unwrap();
        let glob = Glob::path(text).ok();
        let fits = |path: &&str| glob.as_ref().is_some_and(|glob| glob.matches(path));
        let found: Vec<_> = paths.iter().copied().filter(fits).collect();
        assert_eq!(found, texts(&row["fits"]), "`{text}`");
    }
}

#[test]
fn component_patterns_match_whole_names() {
    // (pattern, name, whether it matches)
    let cases = [
        ("*", "a.org/x/y", true),
        ("a.org/*", "a.org/x/y", true),
        ("a.org/**", "a.org/x", true),
        ("a.org/x", "a.org/x/y", false),
        ("{a,b}.org/*", "b.org/p", true),
        ("a.org/p?", "a.org/p1", true),
        ("a.org/p?", "a.org/p", false),
        ("a.org/p[0-9]", "a.org/px", false),
        ("a.org/p[0-9]", "a.org/p7", true),
        ("a.org/p[!0-9]", "a.org/px", true),
        ("a.org/p[xyz]", "a.org/py", true),
        ("a.org/p[!xyz]", "a.org/py", false),
        ("", "a.org/x", false),
        ("", "", true),
        ("*/x", "a.org/y/x", true),
        ("*x*y*", "a.org/x/y/z", true),
        ("{a.org/{x,y},b.org}/p", "a.org/y/p", true),
        ("{a.org/{x,y},b.org}/p", "b.org/p", true),
        ("{a.org/{x,y},b.org}/p", "a.org/p", false),
        ("{,x}y", "y", true),
        ("{a", "a", true),
        (r"a\*", "a*", true),
        (r"a\*", "ab", false),
        ("a,b}", "a,b}", true),
        ("[]]", "]", false),
        (r"[\]]", "]", true),
    ];
    for (pattern, name, expected) in cases {
        let fits = Glob::gobwas(pattern).is_ok_and(|glob| glob.matches(name));
        assert_eq!(fits, expected, "{pattern} {name}");
    }
}

#[test]
fn path_patterns_match_whole_paths() {
    // (pattern, path, whether it matches), those of the tests of Go among them
    let cases = [
        ("abc", "abc", true),
        ("*", "abc", true),
        ("*c", "abc", true),
        ("a*", "a", true),
        ("a*", "abc", true),
        ("a*", "ab/c", false),
        ("a*/b", "abc/b", true),
        ("a*/b", "a/c/b", false),
        ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
        ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
        ("a*b?c*x", "abxbbxdbxebxczzx", true),
        ("a*b?c*x", "abxbbxdbxebxczzy", false),
        ("ab[c]", "abc", true),
        ("ab[b-d]", "abc", true),
        ("ab[e-g]", "abc", false),
        ("ab[^c]", "abc", false),
        ("ab[^b-d]", "abc", false),
        ("ab[^e-g]", "abc", true),
        (r"a\*b", "a*b", true),
        (r"a\*b", "ab", false),
        ("a?b", "a☺b", true),
        ("a[^a]b", "a☺b", true),
        ("a???b", "a☺b", false),
        ("[a-ζ]*", "α", true),
        ("*[a-ζ]", "A", false),
        ("a?b", "a/b", false),
        ("a*b", "a/b", false),
        (r"[\]a]", "]", true),
        (r"[\-]", "-", true),
        (r"[x\-]", "x", true),
        (r"[x\-]", "z", false),
        (r"[\-x]", "a", false),
        ("[]a]", "]", false),
        ("[-]", "-", false),
        ("[x-]", "x", false),
        ("[-x]", "x", false),
        ("[a-b-c]", "a", false),
        ("[", "a", false),
        ("[^", "a", false),
        ("[^bc", "a", false),
        ("a[", "a", false),
        ("a[", "ab", false),
        (r"\", "a", false),
        ("*x", "xxx", true),
        ("a[^b]c", "a/c", true),
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("*", "a/b", false),
    ];
    for (pattern, path, expected) in cases {
        let fits = Glob::path(pattern).is_ok_and(|glob| glob.matches(path));
        assert_eq!(fits, expected, "{pattern} {path}");
    }
}

#[test]
fn wildcards_match_whole_names() {
    for (pattern, text, expected) in [
        ("*", "", true),
        ("helm*", "helminput", true),
        ("*input", "helminput", true),
        ("h*i*t", "helminput", true),
        ("helm", "helminput", false),
        ("h?lminput", "helminput", true),
        ("h?", "hé", true),
        ("a*a", "a", false),
        ("[a]*", "a", false),
        (r"[a]*\", r"[a]x\", true),
        ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
    ] {
        let fits = Glob::wildcards(pattern).matches(text);
        assert_eq!(fits, expected, "{pattern} {text}");
    }
}

#[test]
fn invalid_patterns_are_refused_with_the_reason() {
    let gobwas = [
        ("[", "is not closed"),
        ("[!", "is not closed"),
        ("[a", "is not closed"),
        ("[a-", "is not closed"),
        ("[a-b", "is not closed"),
        ("[]", "is empty"),
        ("[b-a]", "is backwards"),
        ("[a-bc]", "either a range or"),
        (&"{".repeat(17), "too many braces"),
        (&"a".repeat(4097), "too long"),
    ];
    let path = [
        ("[", "is not closed"),
        ("a[^bc", "is not closed"),
        ("[]a]", "is empty"),
        ("[-x]", "a `-` in a class"),
        ("[x-]", "has no end"),
        (r"[\", "is not closed"),
        (r"a\", "nothing follows"),
        (&"a".repeat(4097), "too long"),
    ];
    let gobwas = gobwas.map(|(pattern, reason)| (Glob::gobwas(pattern), reason));
    let path = path.map(|(pattern, reason)| (Glob::path(pattern), reason));
    for (glob, reason) in gobwas.into_iter().chain(path) {
        let error = glob.unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

/// Texts of a few characters, so that patterns match often.
struct Random(fastrand::Rng);

impl Random {
    fn text(&mut self, alphabet: &[char], longest: usize) -> String {
        let length = self.0.usize(0..=longest);
        (0..length)
            .map(|_| alphabet[self.0.usize(0..alphabet.len())])
            .collect()
    }
}

#[test]
fn random_patterns_match_as_in_a_second_implementation() {
    const PATTERN: &[char] = &[
        'a', 'b', '/', '*', '*', '?', '[', ']', '^', '!', '-', '{', '}', ',', '\\', 'é',
    ];
    let mut random = Random(fastrand::Rng::with_seed(1));
    let (mut valid, mut matched) = (0, 0);
    for _ in 0..30_000 {
        let pattern = random.text(PATTERN, 9);
        let globs = [
            (
                Some(Glob::wildcards(&pattern)),
                Some(second_glob::wildcards(&pattern)),
            ),
            (Glob::path(&pattern).ok(), second_glob::path(&pattern)),
            (Glob::gobwas(&pattern).ok(), second_glob::gobwas(&pattern)),
        ];
        for (glob, second) in globs {
            assert_eq!(glob.is_some(), second.is_some(), "`{pattern}`");
            let (Some(glob), Some(second)) = (glob, second) else {
                continue;
            };
            valid += 1;
            for _ in 0..8 {
                let text = random.text(&['a', 'b', '/', '-', 'é'], 6);
                let expected = second.matches(&text);
                assert_eq!(glob.matches(&text), expected, "{glob:?} `{text}`");
                matched += usize::from(expected);
            }
        }
    }
    assert!(valid > 40_000, "{valid} valid patterns");
    assert!(matched > 10_000, "{matched} matches");
}
