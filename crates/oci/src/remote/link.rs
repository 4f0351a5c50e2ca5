//! The `Link` header (RFC 8288, section 3), which leads to the next page of a list.

/// The header does not follow the grammar.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Finds the URL of the next page, if there is one.
///
/// # Errors
/// A line cannot be parsed. Ignoring it would silently lose the rest of the list.
pub(super) fn next<'a>(
    lines: impl IntoIterator<Item = &'a str>,
) -> Result<Option<String>, Malformed> {
    let mut found = None;
    for line in lines {
        let mut rest = skip(line, ", \t");
        while !rest.is_empty() {
            let (address, is_next, after) = link(rest).ok_or(Malformed)?;
            if is_next && found.is_none() {
                found = Some(address.trim().to_owned());
            }
            rest = skip(after, ", \t");
        }
    }
    Ok(found)
}

/// Parses one link: its URL, whether it leads to the next page, and the rest of the line.
fn link(text: &str) -> Option<(&str, bool, &str)> {
    let (address, mut rest) = text.strip_prefix('<')?.split_once('>')?;
    let mut relation = None;
    loop {
        rest = skip(rest, " \t");
        if rest.is_empty() || rest.starts_with(',') {
            let relation: String = relation.unwrap_or_default();
            let mut relations = relation.split_ascii_whitespace();
            let is_next = relations.any(|one| one.eq_ignore_ascii_case("next"));
            return Some((address, is_next, rest));
        }
        rest = skip(rest.strip_prefix(';')?, " \t");
        let end = rest.find(['=', ';', ',', ' ', '\t']).unwrap_or(rest.len());
        let name = &rest[..end];
        rest = skip(&rest[end..], " \t");
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = parameter(skip(after, " \t"))?;
        }
        // Only the first one counts (section 3.3).
        if name.eq_ignore_ascii_case("rel") && relation.is_none() {
            relation = Some(value);
        }
    }
}

/// Parses the value of a parameter, quoted or not, and returns the rest of the line.
fn parameter(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',', ' ', '\t']).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[index + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

fn skip<'a>(text: &'a str, characters: &str) -> &'a str {
    text.trim_start_matches(|character| characters.contains(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_in_a_link() {
        let next_is = |address: &str| Ok(Some(address.to_owned()));
        for (line, expected) in [
            (
                r#"</v2/x/tags/list?last=a&n=2>; rel="next""#,
                next_is("/v2/x/tags/list?last=a&n=2"),
            ),
            ("</a>; rel=next", next_is("/a")),
            (r#"</a>; rel="prev", </b>; rel="next""#, next_is("/b")),
            (r#"</a,b;c>;REL="first NEXT""#, next_is("/a,b;c")),
            (
                r#"</a>; title="x; rel=next, <y>"; rel = next"#,
                next_is("/a"),
            ),
            (r#"</a>; title="\"" ; rel=next; rel=last"#, next_is("/a")),
            (r#"</a>; rel=last; rel=next"#, Ok(None)),
            (r#"</a>; rel="prev""#, Ok(None)),
            ("</a>; rel=nextpage", Ok(None)),
            ("</a>", Ok(None)),
            ("", Ok(None)),
            (", ,", Ok(None)),
            ("nonsense", Err(Malformed)),
            ("/a; rel=next", Err(Malformed)),
            ("</a; rel=next", Err(Malformed)),
            (r#"</a>; rel="next"#, Err(Malformed)),
            ("</a> rel=next", Err(Malformed)),
        ] {
            assert_eq!(next([line]), expected, "{line}");
        }
    }

    #[test]
    fn any_well_formed_link_is_understood_and_no_text_does_harm() {
        let mut random = fastrand::Rng::with_seed(7);
        let pieces = [
            "<", ">", ";", ",", "=", "\"", "\\", " ", "\t", "rel", "next", "é", "/a?b",
        ];
        for _ in 0..20_000 {
            let any: String = (0..random.usize(..12))
                .map(|_| random.choice(pieces).unwrap())
                .collect();
            let _ = next([any.as_str()]);

            let count = random.usize(1..5);
            let which = random.usize(..=count);
            let links: Vec<String> = (0..count)
                .map(|number| {
                    let relation = if number == which { "next" } else { "prev" };
                    let blank = ["", " ", " \t"][random.usize(..3)];
                    let title =
                        ["", "; title=\"a, <b>; rel=next\"", ";x", "; y=z"][random.usize(..4)];
                    let quote = ["", "\""][random.usize(..2)];
                    format!(
                        "</page/{number}>{blank}{title};{blank}rel={quote}{relation}{quote}{blank}"
                    )
                })
                .collect();
            let line = links.join([",", ", ", " ,, "][random.usize(..3)]);
            let expected = (which < count).then(|| format!("/page/{which}"));
            assert_eq!(next([line.as_str()]), Ok(expected), "{line}");
        }
    }
}
