//! From characters to words.

use super::{Comparison, FilterError, Literal};

/// A word of the language.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    Not,
    And,
    Or,
    Compare(Comparison),
    /// `=~`, or `!~` if inverted.
    Match {
        inverted: bool,
    },
    Literal(Literal),
    /// The name of a column.
    Name(String),
}

/// A word and where it begins, in characters from 1.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) token: Token,
    pub(super) position: usize,
}

/// Powers of 1024 behind a number.
const SUFFIXES: &str = "KMGTPEZY";

/// The operators of signs; a longer one stands before those that it begins with.
const SIGNS: [(&str, Token); 13] = [
    ("&&", Token::And),
    ("||", Token::Or),
    ("==", Token::Compare(Comparison::Equal)),
    ("!=", Token::Compare(Comparison::Different)),
    ("<=", Token::Compare(Comparison::LessOrEqual)),
    (">=", Token::Compare(Comparison::GreaterOrEqual)),
    ("=~", Token::Match { inverted: false }),
    ("!~", Token::Match { inverted: true }),
    ("<", Token::Compare(Comparison::Less)),
    (">", Token::Compare(Comparison::Greater)),
    ("!", Token::Not),
    ("(", Token::Open),
    (")", Token::Close),
];

/// All words of `text`.
pub(super) fn words(text: &str) -> Result<Vec<Word>, FilterError> {
    let mut words = vec![];
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let position = text[..text.len() - rest.len()].chars().count() + 1;
        let fail = |problem: String| FilterError { problem, position };
        let (token, length) = match first {
            '"' | '\'' => string(rest, first).ok_or_else(|| fail(format!("no closing {first}")))?,
            '0'..='9' => number(rest).map_err(fail)?,
            'a'..='z' | 'A'..='Z' => name(rest),
            _ => SIGNS
                .into_iter()
                .find(|(sign, _)| rest.starts_with(sign))
                .map(|(sign, token)| (token, sign.len()))
                .ok_or_else(|| fail(format!("unexpected `{first}`")))?,
        };
        words.push(Word { token, position });
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

/// The string in quotes at the beginning of `text`, and its length with them.
fn string(text: &str, quote: char) -> Option<(Token, usize)> {
    let inner = &text[1..];
    let end = inner.find([quote, '\n']).filter(|&end| inner[end..].starts_with(quote))?;
    Some((Token::Literal(Literal::Text(inner[..end].to_owned())), end + 2))
}

/// The number at the beginning of `text`, and its length; or what is wrong with it.
fn number(text: &str) -> Result<(Token, usize), String> {
    let digits = span(text, |letter| letter.is_ascii_digit());
    let fraction =
        text[digits..].strip_prefix('.').map_or(0, |rest| span(rest, |letter| letter.is_ascii_digit()));
    if fraction > 0 {
        let length = digits + 1 + fraction;
        let float = text[..length].parse().map_err(|_| "bad number".to_owned())?;
        return Ok((Token::Literal(Literal::Float(float)), length));
    }
    let too_large = || format!("`{}` is too large", &text[..digits]);
    let mut value: u64 = text[..digits].parse().map_err(|_| too_large())?;
    let mut length = digits;
    let power = text[length..].chars().next().and_then(|letter| SUFFIXES.find(letter));
    if let Some(power) = power {
        length += 1;
        if text[length..].starts_with("iB") {
            length += 2;
        }
        for _ in 0..=power {
            value = value.checked_mul(1024).ok_or_else(too_large)?;
        }
    }
    match text[length..].chars().next() {
        Some(letter) if letter.is_alphanumeric() => Err(format!("`{letter}` behind a number")),
        _ => Ok((Token::Literal(Literal::Number(value)), length)),
    }
}

/// The name, or the operator or truth value spelled as one, at the beginning of `text`, and its length.
fn name(text: &str) -> (Token, usize) {
    let length = span(text, |letter| letter.is_ascii_alphanumeric() || "_.%:/-".contains(letter));
    let token = match &text[..length] {
        "and" | "AND" => Token::And,
        "or" | "OR" => Token::Or,
        "not" | "NOT" => Token::Not,
        "eq" | "EQ" => Token::Compare(Comparison::Equal),
        "ne" | "NE" => Token::Compare(Comparison::Different),
        "lt" | "LT" => Token::Compare(Comparison::Less),
        "le" | "LE" => Token::Compare(Comparison::LessOrEqual),
        "gt" | "GT" => Token::Compare(Comparison::Greater),
        "ge" | "GE" => Token::Compare(Comparison::GreaterOrEqual),
        "true" | "TRUE" => Token::Literal(Literal::Boolean(true)),
        "false" | "FALSE" => Token::Literal(Literal::Boolean(false)),
        other => Token::Name(other.to_owned()),
    };
    (token, length)
}

/// How many bytes at the beginning of `text` are letters that `belongs` takes.
fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !belongs(letter)).unwrap_or(text.len())
}
