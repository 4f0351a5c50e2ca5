//! A text with its tree: lines, columns, comments, and splices.

use std::borrow::Cow;

use ocm::yaml::{self, Document, Kind, Limits, Node, ScalarStyle, Span, YamlError};

/// Bytes to replace, and their replacement.
#[derive(Clone, Debug)]
pub(crate) struct Splice {
    pub(crate) span: Span,
    pub(crate) text: String,
}

impl Splice {
    pub(crate) fn new(start: usize, end: usize, text: impl Into<String>) -> Self {
        Self {
            span: Span { start, end },
            text: text.into(),
        }
    }

    pub(crate) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at, at, text)
    }
}

/// A text and its parsed document.
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    pub(crate) document: Cow<'a, Document>,
}

impl<'a> Source<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, YamlError> {
        Ok(Self {
            text,
            document: Cow::Owned(yaml::parse(text, Limits::constructor())?),
        })
    }

    /// A text that is already parsed.
    pub(crate) fn of(text: &'a str, document: &'a Document) -> Self {
        Self {
            text,
            document: Cow::Borrowed(document),
        }
    }

    /// Applies splices, in the given order where several are at one position. Nothing if some
    /// overlap.
    pub(crate) fn spliced(&self, mut splices: Vec<Splice>) -> Option<String> {
        splices.sort_by_key(|splice| (splice.span.start, splice.span.end));
        // Two edits may need the same change, such as in the header of a block scalar.
        splices.dedup_by(|one, other| {
            one.span == other.span && one.span.start < one.span.end && one.text == other.text
        });
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for splice in splices {
            out.push_str(self.text.get(at..splice.span.start)?);
            out.push_str(&splice.text);
            at = splice.span.end;
        }
        out.push_str(self.text.get(at..)?);
        Some(out)
    }

    /// Comments in order.
    pub(crate) fn comments(&self) -> impl Iterator<Item = &'a str> {
        let text = self.text;
        let spans = self.document.comments.iter();
        spans.map(move |comment| comment.span.slice(text))
    }

    /// Whether a comment starts within a span.
    pub(crate) fn has_comment(&self, span: Span) -> bool {
        let comments = &self.document.comments;
        let first = comments.partition_point(|comment| comment.span.start < span.start);
        comments
            .get(first)
            .is_some_and(|comment| comment.span.start < span.end)
    }

    /// The number of a line, counted from 1.
    pub(crate) fn line_number(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        let breaks = before.replace("\r\n", "\n");
        1 + breaks.matches(['\n', '\r']).count()
    }

    /// Start of the line of a position, after a byte order mark.
    pub(crate) fn line_start(&self, at: usize) -> usize {
        let before = &self.text[..at];
        match before.rfind(['\n', '\r']) {
            Some(line_break) => line_break + 1,
            None if self.text.starts_with('\u{feff}') => '\u{feff}'.len_utf8().min(at),
            None => 0,
        }
    }

    /// End of the line of a position, before its line break.
    pub(crate) fn line_end(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        at + rest.find(['\n', '\r']).unwrap_or(rest.len())
    }

    /// Start of the line after the line of a position; nothing if it has no line break.
    pub(crate) fn next_line(&self, at: usize) -> Option<usize> {
        let end = self.line_end(at);
        match self.text.as_bytes().get(end..)? {
            [b'\r', b'\n', ..] => Some(end + 2),
            [] => None,
            _ => Some(end + 1),
        }
    }

    /// Start of the line before a line.
    pub(crate) fn line_before(&self, line: usize) -> Option<usize> {
        let before = &self.text[..line];
        let before = before
            .strip_suffix("\r\n")
            .or_else(|| before.strip_suffix(['\n', '\r']))?;
        Some(self.line_start(before.len()))
    }

    /// Bytes between the start of the line and a position.
    pub(crate) fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    /// Whether only blanks are before a position on its line.
    pub(crate) fn starts_line(&self, at: usize) -> bool {
        is_blank(&self.text[self.line_start(at)..at])
    }

    pub(crate) fn is_blank_line(&self, line: usize) -> bool {
        is_blank(&self.text[line..self.line_end(line)])
    }

    /// The column of a comment that has the line to itself.
    pub(crate) fn comment_column(&self, line: usize) -> Option<usize> {
        let content = &self.text[line..self.line_end(line)];
        let column = content.len() - content.trim_start_matches([' ', '\t']).len();
        let comments = &self.document.comments;
        comments
            .binary_search_by_key(&(line + column), |comment| comment.span.start)
            .ok()?;
        Some(column)
    }

    /// The line break used at a position.
    pub(crate) fn line_break(&self, at: usize) -> &'static str {
        let end = self.line_end(at);
        let near = &self.text[end..];
        let first = self
            .text
            .find(['\n', '\r'])
            .map(|first| &self.text[first..]);
        let near = if near.is_empty() { first } else { Some(near) };
        match near {
            Some(text) if text.starts_with("\r\n") => "\r\n",
            Some(text) if text.starts_with('\r') => "\r",
            _ => "\n",
        }
    }

    /// Start of the comment lines directly above a line that belong to it.
    ///
    /// Comments indented more than `column` belong to what is above them:
    ///
    /// ```yaml
    /// - name: a
    ///   # belongs to a
    /// # belongs to b
    /// - name: b
    /// ```
    pub(crate) fn comments_above(&self, line: usize, column: usize) -> usize {
        let mut lines = Vec::new();
        let mut top = line;
        let mut below_content = false;
        while let Some(before) = self.line_before(top) {
            let Some(found) = self.comment_column(before) else {
                below_content = !self.is_blank_line(before);
                break;
            };
            lines.push((before, found));
            top = before;
        }
        if below_content {
            while lines.pop_if(|&mut (_, found)| found > column).is_some() {}
        }
        lines.last().map_or(line, |&(start, _)| start)
    }

    /// A position on the last of the comment lines directly below a position that are indented
    /// more than `column`.
    pub(crate) fn comments_below(&self, at: usize, column: usize) -> usize {
        let mut last = at;
        while let Some(next) = self.next_line(last)
            && self
                .comment_column(next)
                .is_some_and(|found| found > column)
        {
            last = next;
        }
        last
    }

    /// Inserts lines below a node whose lines are indented by `column` or more.
    ///
    /// `lines` has `\n` between its lines and none at its end.
    pub(crate) fn insert_below(&self, node: &Node, column: usize, lines: &str) -> Vec<Splice> {
        let mut splices = Vec::new();
        let leaf = last_leaf(node);
        let mut at = self.comments_below(node.outer_span().end, column);
        if let Some(header) = BlockHeader::of(leaf, self.text) {
            // Its trailing blank lines are part of the scalar.
            while header.keeps
                && let Some(next) = self.next_line(at)
                && self.next_line(next).is_some()
                && self.is_blank_line(next)
            {
                at = next;
            }
            if self.next_line(at).is_none() && !header.strips {
                // The line break that follows now must not become part of the scalar.
                let Span { start, end } = header.chomping;
                splices.push(Splice::new(start, end, "-"));
            }
        }
        splices.push(self.insert_line_after(at, lines));
        splices
    }

    /// Inserts lines after the line of a position.
    pub(crate) fn insert_line_after(&self, at: usize, lines: &str) -> Splice {
        let line_break = self.line_break(at);
        let lines = lines.replace('\n', line_break);
        match self.next_line(at) {
            Some(next) => Splice::insert(next, lines + line_break),
            None => Splice::insert(self.text.len(), format!("{line_break}{lines}")),
        }
    }

    /// Inserts lines before a line.
    pub(crate) fn insert_line_before(&self, line: usize, lines: &str) -> Splice {
        let line_break = self.line_break(line);
        let lines = lines.replace('\n', line_break);
        Splice::insert(line, lines + line_break)
    }

    /// The position of the next character that is not a blank, line break or comment.
    pub(crate) fn next_token(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' => at = self.line_end(at),
                _ => break,
            }
        }
        at
    }
}

/// The first line of a block scalar.
struct BlockHeader {
    /// The span of `+` or `-`, or where it would be.
    chomping: Span,
    keeps: bool,
    strips: bool,
}

impl BlockHeader {
    fn of(node: &Node, text: &str) -> Option<Self> {
        let scalar = node.as_scalar()?;
        let block = matches!(scalar.style, ScalarStyle::Literal | ScalarStyle::Folded);
        if !block || node.from_alias {
            return None;
        }
        let indicators = &node.span.slice(text)[1..];
        let end = indicators
            .find(|character: char| !matches!(character, '+' | '-' | '0'..='9'))
            .unwrap_or(indicators.len());
        let indicators = &indicators[..end];
        let chomping = indicators.find(['+', '-']);
        let start = node.span.start + 1 + chomping.unwrap_or(end);
        Some(Self {
            chomping: Span {
                start,
                end: start + usize::from(chomping.is_some()),
            },
            keeps: indicators.contains('+'),
            strips: indicators.contains('-') || scalar.text.is_empty(),
        })
    }
}

/// Whether a node ends with a block scalar that inserted lines could change: one that keeps its
/// blank lines, or one at the end of the text.
pub(crate) fn keeps_line_breaks(source: &Source, node: &Node) -> bool {
    BlockHeader::of(last_leaf(node), source.text).is_some_and(|header| {
        let at_end = source.next_line(node.outer_span().end).is_none();
        header.keeps || at_end && !header.strips
    })
}

/// The scalar or empty collection that a node ends with.
pub(crate) fn last_leaf(node: &Node) -> &Node {
    if node.from_alias {
        return node;
    }
    let end = |node: &Node| node.outer_span().end;
    let last = match &node.kind {
        Kind::Sequence { flow: false, items } => items.last(),
        Kind::Mapping { flow: false, pairs } => pairs
            .iter()
            .flat_map(|(key, value)| [key, value])
            .max_by_key(|node| end(node)),
        _ => None,
    };
    match last {
        Some(last) if end(last) == end(node) => last_leaf(last),
        _ => node,
    }
}

pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}
