//! Building the tree from parser events.

mod build;
mod position;

use granit_parser::{ErrorKind, Event, Parser, ScanError, StrInput, options};

use self::build::Builder;
pub(super) use self::build::null;
use super::{Comment, Document, Limits, Node, Span, YamlError};

/// Parses the first document of a text.
///
/// The time grows with the size of the text and of what its aliases refer to. The result borrows
/// nothing from the text; spans refer to the given text including its byte order mark.
pub fn parse(text: &str, limits: Limits) -> Result<Document, YamlError> {
    check_text(text, limits.bytes)?;
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(
            text,
            options! {
                block_scalar_eof_without_line_feed: true,
                emit_anchor_events: true,
                max_buffered_comment_events: usize::MAX,
                flow_nesting_limit: limits.depth,
                block_nesting_limit: limits.depth,
            },
        ),
        text,
        depth: limits.depth,
        comments: Vec::new(),
    };
    let root = reader.document(limits)?;
    let second_document = reader.rest();
    Ok(Document {
        root: root.unwrap_or_else(|| null(text.len())),
        comments: reader.comments,
        second_document,
    })
}

/// Refuses what the official reader refuses or interprets differently.
fn check_text(text: &str, limit: usize) -> Result<(), YamlError> {
    if text.len() > limit {
        let message = format!("the text has {} bytes, more than {limit}", text.len());
        return Err(YamlError::new(Span::empty(0), message));
    }
    for (start, character) in text.char_indices() {
        let span = Span {
            start,
            end: start + character.len_utf8(),
        };
        let code = u32::from(character);
        match character {
            '\n' | '\r' | '\t' | ' '..='~' => {}
            '\u{85}' | '\u{2028}' | '\u{2029}' => {
                let message = format!("U+{code:04X} is a line break to some readers");
                let help = format!("write \"\\u{code:04x}\" inside of double quotes");
                return Err(YamlError::new(span, message).help(help));
            }
            '\0'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                let message = format!("U+{code:04X} may not stand in YAML");
                let help = format!("write \"\\u{code:04x}\" inside of double quotes");
                return Err(YamlError::new(span, message).help(help));
            }
            _ => {}
        }
    }
    Ok(())
}

struct Reader<'a> {
    depth: usize,
    parser: Parser<'a, StrInput<'a>>,
    text: &'a str,
    comments: Vec<Comment>,
}

impl<'a> Reader<'a> {
    /// The next event that is not a comment.
    fn next(&mut self) -> Result<Option<(Event<'a>, granit_parser::Span)>, ScanError> {
        loop {
            match self.parser.next_event().transpose()? {
                Some((Event::Comment(..), span)) => self.comments.push(Comment {
                    span: position::bytes(span),
                }),
                other => return Ok(other),
            }
        }
    }

    fn document(&mut self, limits: Limits) -> Result<Option<Node>, YamlError> {
        let mut builder = Builder::new(self.text, limits);
        loop {
            let event = self
                .next()
                .map_err(|error| syntax_error(self.text, &error, self.depth))?;
            let Some((event, span)) = event else {
                return Ok(builder.root());
            };
            match event {
                Event::StreamStart => {}
                Event::DocumentStart(_, None) => builder.start_at(position::bytes(span).end),
                Event::DocumentStart(_, Some(version)) => {
                    if (version.major, version.minor) != (1, 1) {
                        let message = "the official reader takes no `%YAML` but 1.1";
                        return Err(YamlError::new(position::bytes(span), message)
                            .help("leave the `%YAML` line out"));
                    }
                }
                Event::DocumentEnd | Event::StreamEnd => return Ok(builder.root()),
                event => {
                    let anchor = self.anchor(&event)?;
                    builder.take(event, span, anchor)?;
                }
            }
        }
    }

    /// The span and name of the anchor, which come right after the node that has it.
    fn anchor(&mut self, event: &Event<'_>) -> Result<Option<(Span, String)>, YamlError> {
        if event.anchor_id().is_none() {
            return Ok(None);
        }
        let next = self.parser.next_event().transpose();
        match next.map_err(|error| syntax_error(self.text, &error, self.depth))? {
            Some((Event::Anchor(_, name), span)) => {
                Ok(Some((position::bytes(span), name.into_owned())))
            }
            _ => Ok(None),
        }
    }

    /// Collects the comments after the first document, and finds what else follows. Like the
    /// official reader, it ignores errors there.
    fn rest(&mut self) -> Option<Span> {
        loop {
            match self.next() {
                Ok(Some((Event::DocumentStart(..), span))) => return Some(position::bytes(span)),
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(error) => {
                    return Some(syntax_error(self.text, &error, self.depth).diagnostic.span);
                }
            }
        }
    }
}

fn syntax_error(text: &str, error: &ScanError, depth: usize) -> YamlError {
    let at = error.marker().byte_offset().unwrap_or_default();
    let start = position::floor(text, at);
    let end = text[start..]
        .chars()
        .next()
        .filter(|character| !character.is_whitespace())
        .map_or(start, |character| start + character.len_utf8());
    let message = match error.kind() {
        ErrorKind::RecursionLimitExceeded => build::too_deep(depth),
        kind => kind.to_string().trim_end_matches('.').to_owned(),
    };
    YamlError::new(Span { start, end }, message)
}
