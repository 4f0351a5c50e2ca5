//! The patterns of names in the schemas of descriptor and constructor.

/// Maximum number of characters of a component name.
const COMPONENT_LIMIT: usize = 255;

/// Returns whether `text` is a component name: a domain, a slash, and at least one more segment,
/// such as `ocm.software/plugins/helminput`.
pub fn is_component_name(text: &str) -> bool {
    let Some((domain, path)) = text.split_once('/') else {
        return false;
    };
    let labels: Vec<&str> = domain.split('.').collect();
    let top_level = labels.last().copied().unwrap_or_default();
    text.len() <= COMPONENT_LIMIT
        && labels.len() >= 2
        && labels[..labels.len() - 1]
            .iter()
            .all(|label| is_word(label, b"-"))
        && top_level.len() >= 2
        && top_level.bytes().all(|byte| byte.is_ascii_lowercase())
        && path.split('/').all(is_segment)
}

/// `[a-z][-a-z0-9_]*([.][a-z][-a-z0-9_]*)*`
fn is_segment(segment: &str) -> bool {
    segment.split('.').all(|word| is_word(word, b"-_"))
}

/// A lower-case letter, then lower-case letters, digits and the bytes of `further`.
fn is_word(text: &str, further: &[u8]) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && bytes.all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || further.contains(&byte)
        })
}

/// Returns whether `text` can name a resource, source or reference, or be a key of an extra
/// identity: two characters or more of `a-z0-9`, with `-`, `_` and `+` inside.
pub fn is_element_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.len() >= 2
        && plain(bytes[0])
        && plain(bytes[bytes.len() - 1])
        && bytes
            .iter()
            .all(|&byte| plain(byte) || matches!(byte, b'-' | b'_' | b'+'))
}

/// Maximum number of characters compared of each word, because the time is their product.
const LONGEST_WORD: usize = 64;

/// Finds the word of `known` that was probably meant by `word`: the one with the smallest edit
/// distance, if that is at most a third of the characters of `word`, plus one.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1) + 1;
    let short = |word: &str| -> String { word.to_lowercase().chars().take(LONGEST_WORD).collect() };
    let word = short(word);
    known
        .iter()
        .map(|&candidate| (strsim::levenshtein(&word, &short(candidate)), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Returns `did you mean …?` with the word of `known` that was probably meant by `word`, or `None`.
pub fn did_you_mean(word: &str, known: &[&str]) -> Option<String> {
    nearest(word, known).map(question)
}

/// Returns the end of a message about an unknown name: `; did you mean …?`, or nothing without a
/// `nearest` name.
pub fn also_did_you_mean(nearest: Option<&str>) -> String {
    nearest
        .map(|nearest| format!("; {}", question(nearest)))
        .unwrap_or_default()
}

/// Returns the question whether a word found by [`nearest`] was meant.
pub fn question(nearest: &str) -> String {
    format!("did you mean `{nearest}`?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similar_word_is_suggested() {
        let known = ["version"];
        let suggestion = "did you mean `version`?";
        assert_eq!(did_you_mean("versoin", &known).as_deref(), Some(suggestion));
        assert_eq!(did_you_mean("homepage", &known), None);
        assert_eq!(
            also_did_you_mean(Some("version")),
            format!("; {suggestion}")
        );
        assert_eq!(also_did_you_mean(None), "");
    }

    #[test]
    fn component_names_are_a_domain_and_a_path() {
        for name in [
            "ocm.software/cli",
            "ocm.software/plugins/helminput",
            "a.bc/d_e.f-g/h1",
            "enterprise.corp/plugins/x",
        ] {
            assert!(is_component_name(name), "{name}");
        }
        let long = format!("ocm.software/{}", "a".repeat(250));
        for name in [
            "",
            "cli",
            "ocm.software",
            "ocm/cli",
            "Ocm.software/cli",
            "ocm.software/Cli",
            "ocm.software/",
            "ocm.software//cli",
            "ocm.software/1cli",
            "1cm.software/cli",
            "ocm.s/cli",
            "ocm.software/cli ",
            "ocm.soft9/cli",
            "ocm..software/cli",
            "ocm.software/a..b",
            &long,
        ] {
            assert!(!is_component_name(name), "{name}");
        }
    }

    #[test]
    fn element_names_have_no_dots_and_two_characters() {
        for name in ["ab", "helminput", "a-b_c+d", "00"] {
            assert!(is_element_name(name), "{name}");
        }
        for name in ["", "a", "-a", "a-", "a.b", "aB", "a b", "é1"] {
            assert!(!is_element_name(name), "{name}");
        }
    }

    #[test]
    fn a_misspelled_word_gets_a_suggestion() {
        let known = ["componentReferences", "componentName", "version"];
        assert_eq!(nearest("versoin", &known), Some("version"));
        assert_eq!(nearest("componentname", &known), Some("componentName"));
        assert_eq!(nearest("homepage", &known), None);
    }
}
