//! A second matcher that shares nothing with the first one: it tries everything, or goes the alternative
//! of the source of Go's `path.Match`.

/// Flat patterns, of which one has to match: braces are written out.
pub(crate) struct Second {
    alternatives: Vec<Vec<Token>>,
    as_in_go: bool,
}

#[derive(Clone)]
enum Token {
    Star,
    One,
    /// The characters it matches, out of those that the texts are made of.
    Among(String),
}

/// All characters that occur in texts and patterns.
const ALL: &str = "abé/*?[]^!-{},\\";

fn among(test: impl Fn(char) -> bool) -> Token {
    Token::Among(ALL.chars().filter(|character| test(*character)).collect())
}

impl Second {
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let matches = if self.as_in_go { go } else { tries };
        self.alternatives
            .iter()
            .any(|tokens| matches(tokens, &text))
    }
}

fn tries(tokens: &[Token], text: &[char]) -> bool {
    match (tokens, text) {
        ([], text) => text.is_empty(),
        ([Token::Star, rest @ ..], _) => (0..=text.len()).any(|taken| tries(rest, &text[taken..])),
        ([_, ..], []) => false,
        ([Token::One, rest @ ..], [_, after @ ..]) => tries(rest, after),
        ([Token::Among(set), rest @ ..], [first, after @ ..]) => {
            set.contains(*first) && tries(rest, after)
        }
    }
}

/// As `Match` in Go: chunk after chunk, each at the first position where it fits.
fn go(tokens: &[Token], text: &[char]) -> bool {
    let (mut tokens, mut text) = (tokens, text);
    'chunks: while !tokens.is_empty() {
        let star = matches!(tokens[0], Token::Star);
        while let [Token::Star, after @ ..] = tokens {
            tokens = after;
        }
        let is_star = |token: &Token| matches!(token, Token::Star);
        let length = tokens.iter().position(is_star).unwrap_or(tokens.len());
        let (chunk, rest) = tokens.split_at(length);
        tokens = rest;
        if star && chunk.is_empty() {
            return !text.contains(&'/');
        }
        let last = rest.is_empty();
        let before_slash = text.iter().position(|found| *found == '/');
        let most = if star {
            before_slash.unwrap_or(text.len())
        } else {
            0
        };
        for skipped in 0..=most {
            if let Some(after) = go_chunk(chunk, &text[skipped..])
                && (!last || after.is_empty())
            {
                text = after;
                continue 'chunks;
            }
        }
        return false;
    }
    text.is_empty()
}

fn go_chunk<'a>(chunk: &[Token], text: &'a [char]) -> Option<&'a [char]> {
    let (found, after) = text.split_at_checked(chunk.len())?;
    let fits = |(token, found): (&Token, &char)| match token {
        Token::Among(set) => set.contains(*found),
        Token::One => *found != '/',
        Token::Star => false,
    };
    chunk.iter().zip(found).all(fits).then_some(after)
}

pub(crate) fn wildcards(pattern: &str) -> Second {
    let tokens = pattern.chars().map(|character| match character {
        '*' => Token::Star,
        '?' => Token::One,
        other => among(|found| found == other),
    });
    Second {
        alternatives: vec![tokens.collect()],
        as_in_go: false,
    }
}

/// From the grammar in the documentation of Go's `path.Match`.
pub(crate) fn path(pattern: &str) -> Option<Second> {
    let mut rest: Vec<char> = pattern.chars().collect();
    let mut tokens = Vec::new();
    while !rest.is_empty() {
        let character = rest.remove(0);
        tokens.push(match character {
            '*' => Token::Star,
            '?' => Token::One,
            '\\' if rest.is_empty() => return None,
            '\\' => {
                let escaped = rest.remove(0);
                among(|found| found == escaped)
            }
            '[' => path_class(&mut rest)?,
            other => among(|found| found == other),
        });
    }
    Some(Second {
        alternatives: vec![tokens],
        as_in_go: true,
    })
}

/// `'[' [ '^' ] { character-range } ']'`, the ranges not empty.
fn path_class(rest: &mut Vec<char>) -> Option<Token> {
    let negated = rest.first() == Some(&'^');
    if negated {
        rest.remove(0);
    }
    let mut set = String::new();
    let mut ranges = 0;
    while ranges == 0 || rest.first()? != &']' {
        let low = path_member(rest)?;
        let mut high = low;
        if rest.first()? == &'-' {
            rest.remove(0);
            high = path_member(rest)?;
        }
        set.extend(ALL.chars().filter(|found| *found >= low && *found <= high));
        ranges += 1;
    }
    rest.remove(0);
    Some(among(|found| set.contains(found) != negated))
}

/// A character other than `\`, `-` and `]`, or one after `\`.
fn path_member(rest: &mut Vec<char>) -> Option<char> {
    match rest.first()? {
        '-' | ']' => None,
        '\\' => {
            rest.remove(0);
            (!rest.is_empty()).then(|| rest.remove(0))
        }
        _ => Some(rest.remove(0)),
    }
}

/// As `gobwas/glob` without separators.
pub(crate) fn gobwas(pattern: &str) -> Option<Second> {
    let mut rest: Vec<char> = pattern.chars().collect();
    let alternatives = written_out(&mut rest, false)?;
    Some(Second {
        alternatives,
        as_in_go: false,
    })
}

/// All flat patterns that a part with braces can mean.
fn written_out(rest: &mut Vec<char>, within: bool) -> Option<Vec<Vec<Token>>> {
    let mut alternatives = vec![Vec::new()];
    while let Some(&character) = rest.first() {
        if within && (character == ',' || character == '}') {
            break;
        }
        rest.remove(0);
        let parts = match character {
            '*' => vec![vec![Token::Star]],
            '?' => vec![vec![Token::One]],
            '\\' if rest.is_empty() => vec![vec![]],
            '\\' => {
                let escaped = rest.remove(0);
                vec![vec![among(|found| found == escaped)]]
            }
            '[' => vec![vec![gobwas_class(rest)?]],
            '{' => {
                let mut parts = written_out(rest, true)?;
                while rest.first() == Some(&',') {
                    rest.remove(0);
                    parts.extend(written_out(rest, true)?);
                }
                if !rest.is_empty() {
                    rest.remove(0);
                }
                parts
            }
            other => vec![vec![among(|found| found == other)]],
        };
        let before = alternatives;
        alternatives = Vec::new();
        for alternative in &before {
            alternatives.extend(
                parts
                    .iter()
                    .map(|part| [alternative.as_slice(), part].concat()),
            );
        }
    }
    Some(alternatives)
}

fn gobwas_class(rest: &mut Vec<char>) -> Option<Token> {
    let negated = rest.first() == Some(&'!');
    if negated {
        rest.remove(0);
    }
    if let [low, '-', high, after @ ..] = rest.as_slice() {
        if after.first() != Some(&']') || high < low {
            return None;
        }
        let (low, high) = (*low, *high);
        rest.drain(..4);
        return Some(among(|found| (low <= found && found <= high) != negated));
    }
    let mut set = String::new();
    loop {
        match rest.first()? {
            ']' if set.is_empty() => return None,
            ']' => {
                rest.remove(0);
                return Some(among(|found| set.contains(found) != negated));
            }
            '\\' => {
                rest.remove(0);
                rest.first()?;
                set.push(rest.remove(0));
            }
            _ => set.push(rest.remove(0)),
        }
    }
}
