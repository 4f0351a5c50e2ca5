//! Lines and columns of byte offsets in a text.

/// The positions at which the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of a text.
    pub fn new(text: &'a str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// Returns the line and column of a byte offset, both counted from 1; columns are in
    /// characters. A byte order mark does not count.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        let before = self.text.get(start..offset).unwrap_or_default();
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        (line, before.chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_both_line_endings_are_known() {
        let text = "\u{feff}ab\r\né€x\n\ny";
        let lines = Lines::new(text);
        for (at, position) in [
            ("a", (1, 1)),
            ("b", (1, 2)),
            ("é", (2, 1)),
            ("x", (2, 3)),
            ("y", (4, 1)),
        ] {
            assert_eq!(lines.position(text.find(at).unwrap()), position, "{at}");
        }
        assert_eq!(lines.position(1000), (4, 2));
    }
}
