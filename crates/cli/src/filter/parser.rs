//! From words to a condition, by recursive descent: `or` binds loosest, then `and`, comparisons, `not`.

use super::lexer::{Token, Word, words};
use super::{Expr, FilterError, Literal, Pattern};

/// How deep parentheses and negations may nest; each level takes some of the stack.
const DEPTH: usize = 200;

struct Parser<'t> {
    words: std::iter::Peekable<std::vec::IntoIter<Word>>,
    column: &'t dyn Fn(&str) -> Option<usize>,
    /// The position behind the text.
    end: usize,
    depth: usize,
}

pub(super) fn parse(text: &str, column: &dyn Fn(&str) -> Option<usize>) -> Result<Expr, FilterError> {
    let words = words(text)?.into_iter().peekable();
    let mut parser = Parser { words, column, end: text.chars().count() + 1, depth: 0 };
    let condition = parser.or()?;
    match parser.words.next() {
        None => Ok(condition),
        Some(word) => Err(fail("expected an operator", word.position)),
    }
}

fn fail(problem: impl Into<String>, position: usize) -> FilterError {
    FilterError { problem: problem.into(), position }
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Expr, FilterError> {
        let mut left = self.and()?;
        while self.skip(&Token::Or) {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, FilterError> {
        let mut left = self.comparison()?;
        while self.skip(&Token::And) {
            left = Expr::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expr, FilterError> {
        let mut left = self.not()?;
        loop {
            match self.words.peek().map(|word| word.token.clone()) {
                Some(Token::Compare(comparison)) => {
                    self.words.next();
                    left = Expr::Compare(Box::new(left), comparison, Box::new(self.not()?));
                }
                Some(Token::Match { inverted }) => {
                    self.words.next();
                    left = Expr::Matches(Box::new(left), self.pattern(inverted)?);
                }
                _ => return Ok(left),
            }
        }
    }

    fn pattern(&mut self, inverted: bool) -> Result<Pattern, FilterError> {
        match self.words.next() {
            Some(Word { token: Token::Literal(Literal::Text(text)), position }) => {
                let regex = regex_lite::Regex::new(&text)
                    .map_err(|error| fail(format!("bad regular expression: {error}"), position))?;
                Ok(Pattern { regex, inverted })
            }
            Some(word) => Err(fail("expected a regular expression in quotes", word.position)),
            None => Err(fail("expected a regular expression in quotes", self.end)),
        }
    }

    fn not(&mut self) -> Result<Expr, FilterError> {
        if self.depth == DEPTH {
            return Err(fail("too many levels", self.words.peek().map_or(self.end, |word| word.position)));
        }
        self.depth += 1;
        let result = if self.skip(&Token::Not) {
            self.not().map(|inner| Expr::Not(Box::new(inner)))
        } else {
            self.operand()
        };
        self.depth -= 1;
        result
    }

    fn operand(&mut self) -> Result<Expr, FilterError> {
        let Some(Word { token, position }) = self.words.next() else {
            return Err(fail("expected a column or a value", self.end));
        };
        match token {
            Token::Literal(literal) => Ok(Expr::Literal(literal)),
            Token::Name(name) => (self.column)(&name)
                .map(Expr::Column)
                .ok_or_else(|| fail(format!("unknown column `{name}`"), position)),
            Token::Open => {
                let inner = self.or()?;
                if self.skip(&Token::Close) {
                    return Ok(inner);
                }
                Err(fail("expected `)`", self.words.peek().map_or(self.end, |word| word.position)))
            }
            _ => Err(fail("expected a column or a value", position)),
        }
    }

    fn skip(&mut self, token: &Token) -> bool {
        self.words.next_if(|word| word.token == *token).is_some()
    }
}
