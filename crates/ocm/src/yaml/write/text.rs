//! Text: which quotes it needs, and its lines.

use std::fmt::Write as _;

use oci::visible::{begins_command, is_hidden};

use super::super::Resolved;
use super::super::scalar::plain;
use super::{Layout, Writer};

/// Column behind which lines are folded.
const WIDTH: usize = 80;

/// Longest key, in bytes, that stands before its `:` on one line.
const SIMPLE_KEY: usize = 128;

/// How a text is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

pub(super) fn is_simple_key(key: &str) -> bool {
    key.len() <= SIMPLE_KEY && !key.contains(is_break)
}

/// Chooses the form a text is written in.
pub(super) fn form(text: &str, layout: Layout, simple_key: bool) -> Form {
    let traits = Traits::of(text, layout);
    if text.contains('\n') {
        return if simple_key || !traits.literal {
            Form::DoubleQuoted
        } else {
            Form::Literal
        };
    }
    if !means_text(text) {
        return Form::DoubleQuoted;
    }
    if traits.plain {
        Form::Plain
    } else if traits.single_quoted {
        Form::SingleQuoted
    } else {
        Form::DoubleQuoted
    }
}

/// Returns whether readers of either YAML version take the text without quotes for text.
fn means_text(text: &str) -> bool {
    matches!(plain(text), Resolved::Text(_)) && text != "<<" && !is_date(text) && !is_base_60(text)
}

/// `[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?`
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let first = parts.next().unwrap_or_default();
    let digits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    if !first.starts_with(|first: char| first.is_ascii_digit()) || !digits(first) {
        return false;
    }
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return false;
    };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    parts.push(last);
    let sixtieth =
        |part: &&str| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    digits(fraction) && parts.iter().all(sixtieth)
}

/// What Go's YAML takes for a time: `2006-1-2`, alone or with a time of day.
fn is_date(text: &str) -> bool {
    let Some((date, time)) =
        text.split_at_checked(text.find(['T', 't', ' ']).unwrap_or(text.len()))
    else {
        return false;
    };
    let mut parts = date.split('-');
    let year = parts.next().unwrap_or_default();
    let (Some(month), Some(day), None) = (
        parts.next().and_then(|part| small_number(part, 1..=12)),
        parts.next().and_then(|part| small_number(part, 1..=31)),
        parts.next(),
    ) else {
        return false;
    };
    let leap = year.parse().is_ok_and(|year: u32| {
        year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
    });
    let last_day = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    year.len() == 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
        && day <= last_day
        && (time.is_empty() || is_time(time))
}

fn is_time(text: &str) -> bool {
    let zoned = !text.starts_with(' ');
    let text = &text[1..];
    let (clock, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let zone_fits = match zone.as_bytes() {
        [] => !zoned,
        b"Z" => zoned,
        [_, _, _, b':', _, _] => {
            zoned
                && small_number(&zone[1..3], 0..=24).is_some()
                && small_number(&zone[4..], 0..=60).is_some()
        }
        _ => false,
    };
    let (clock, fraction) = match clock.find(['.', ',']) {
        Some(at) => (&clock[..at], Some(&clock[at + 1..])),
        None => (clock, None),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts[..] else {
        return false;
    };
    zone_fits
        && small_number(hour, 0..=23).is_some()
        && small_number(minute, 0..=59).is_some()
        && small_number(second, 0..=59).is_some()
        && fraction.is_none_or(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// One or two digits within a range.
fn small_number(text: &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    if text.is_empty() || text.len() > 2 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| range.contains(number))
}

/// Which forms can hold a text.
struct Traits {
    plain: bool,
    single_quoted: bool,
    literal: bool,
}

impl Traits {
    fn of(text: &str, layout: Layout) -> Self {
        let special = text
            .chars()
            .any(|character| !is_printable(character, layout))
            || (0..text.len()).any(|at| is_command(text, at));
        let tabs = layout == Layout::Indented && text.contains('\t');
        let space_break = text.contains(" \n");
        let break_space = text.contains("\n ");
        let at_edge = |text: &str| text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        let single_quoted = !(special || tabs || space_break || break_space);
        // The indentation a hint would name is not always the one v3 uses.
        let needs_hint = layout == Layout::Indented && text.starts_with([' ', '\n']);
        Self {
            plain: single_quoted && !text.contains('\n') && !at_edge(text) && !has_indicator(text),
            single_quoted,
            literal: !(special || space_break || text.ends_with(' ') || needs_hint),
        }
    }
}

/// Returns whether something in the text would be read as syntax.
fn has_indicator(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let bytes = text.as_bytes();
    let blank = |at: usize| {
        bytes
            .get(at)
            .is_none_or(|byte| matches!(byte, b' ' | b'\t'))
    };
    let first = match bytes.first() {
        Some(
            b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`',
        ) => true,
        Some(b'?' | b':' | b'-') => blank(1),
        _ => false,
    };
    first
        || (1..bytes.len()).any(|at| match bytes[at] {
            b':' => blank(at + 1),
            b'#' => blank(at - 1),
            _ => false,
        })
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns whether a log with this text would have a command for a CI runner there. Any blank may
/// become a line break.
fn is_command(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes[at], b':' | b'#')
        && begins_command(&text[at..], at == 0 || bytes[at - 1].is_ascii_whitespace())
}

fn is_printable(character: char, layout: Layout) -> bool {
    match character {
        '\t' => layout == Layout::Indented,
        '\n' | ' '..='~' => true,
        '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' => !is_hidden(character),
        _ => false,
    }
}

impl Writer {
    pub(super) fn write_plain(&mut self, text: &str, fold: bool) {
        if !self.blank {
            self.put(' ');
        }
        self.write_folded(text, fold, 0..text.len());
        self.blank = false;
        self.indenting = false;
    }

    pub(super) fn write_single_quoted(&mut self, text: &str, fold: bool) {
        self.indicator("'", false);
        self.write_folded(
            &text.replace('\'', "''"),
            fold,
            1..text.len().saturating_sub(1),
        );
        self.put('\'');
        self.blank = false;
    }

    /// Writes text without breaks, ending lines at single blanks within a range.
    fn write_folded(&mut self, text: &str, fold: bool, range: std::ops::Range<usize>) {
        let bytes = text.as_bytes();
        let mut after_blank = false;
        for (at, character) in text.char_indices() {
            let blank = character == ' ';
            if blank
                && fold
                && !after_blank
                && self.column > WIDTH
                && range.contains(&at)
                && bytes.get(at + 1) != Some(&b' ')
            {
                self.start_line();
            } else {
                self.put(character);
            }
            self.indenting &= blank;
            after_blank = blank;
        }
    }

    pub(super) fn write_double_quoted(&mut self, text: &str, fold: bool) {
        self.indicator("\"", false);
        let bytes = text.as_bytes();
        let starts_with_mark = text.starts_with('\u{feff}');
        let mut after_blank = false;
        for (at, character) in text.char_indices() {
            let blank = character == ' ';
            if blank
                && fold
                && !after_blank
                && self.column > WIDTH
                && at > 0
                && at + 1 < bytes.len()
            {
                self.start_line();
                if bytes.get(at + 1) == Some(&b' ') {
                    self.put('\\');
                }
            } else if starts_with_mark
                || matches!(character, '"' | '\\')
                || is_break(character)
                || !is_printable(character, self.layout)
                || character == '\t'
                || is_command(text, at)
            {
                self.write_escape(character);
            } else {
                self.put(character);
            }
            after_blank = blank;
        }
        self.put('"');
        self.blank = false;
        self.indenting = false;
    }

    fn write_escape(&mut self, character: char) {
        let short = match character {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => ' ',
        };
        let before = self.out.len();
        self.out.push('\\');
        let code = u32::from(character);
        // Writing to a string does not fail.
        let _ = match code {
            _ if short != ' ' => self.out.write_char(short),
            0..=0xff => write!(self.out, "x{code:02X}"),
            0x100..=0xffff => write!(self.out, "u{code:04X}"),
            _ => write!(self.out, "U{code:08X}"),
        };
        self.column += self.out.len() - before;
    }

    pub(super) fn write_literal(&mut self, text: &str) {
        self.indicator("|", false);
        if text.starts_with([' ', '\n']) {
            self.put('2');
        }
        if !text.ends_with('\n') {
            self.put('-');
        } else if text == "\n" || text.ends_with("\n\n") {
            self.put('+');
        }
        self.break_line();
        self.indenting = true;
        self.blank = true;
        let mut after_break = true;
        for character in text.chars() {
            if character == '\n' {
                self.break_line();
                self.indenting = true;
                after_break = true;
            } else {
                if after_break {
                    self.start_line();
                }
                self.put(character);
                self.indenting = false;
                after_break = false;
            }
        }
    }
}
