//! Rules: expressions that are evaluated in order, until one does not match.

use std::fmt;

use super::comment::Comment;
use super::expression::Expression;
use super::family::{Family, kind, message};
use super::statements::Statements;
use super::table::TableName;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, NESTED, Received};

/// `NFTA_RULE_*`.
const TABLE: u16 = 1;
const CHAIN: u16 = 2;
const HANDLE: u16 = 3;
const EXPRESSIONS: u16 = 4;
const USERDATA: u16 = 7;
/// `NFTA_LIST_ELEM`.
pub(super) const ELEMENT: u16 = 1;

/// A rule that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// The table that it is in.
    pub table: TableName,
    /// The chain that it is in.
    pub chain: String,
    /// Its number in the table.
    pub handle: u64,
    /// What it tests and does.
    pub expressions: Vec<Expression>,
    /// Its comment.
    pub comment: Option<Comment>,
}

impl Rule {
    /// The rules of a table in their order, chain by chain; none if the table is not there.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "NFT_MSG_GETRULE")]
    pub fn list(netfilter: &mut Netlink, table: &TableName) -> Result<Vec<Self>, Error> {
        netfilter.dump(&List(table), |received| {
            if received.kind == kind(libc::NFT_MSG_NEWRULE) {
                Self::read(received).map(Some)
            } else {
                Ok(None)
            }
        })
    }

    pub(crate) fn read(received: &Received<'_>) -> Result<Self, Malformed> {
        let (header, attributes) = received.split::<4>()?;
        let text = |kind| attributes.find(kind).map(|attribute| attribute.text()).ok_or(Malformed);
        let expressions = attributes.find(EXPRESSIONS).map_or_else(
            || Ok(Vec::new()),
            |list| list.nested().filter(|one| one.kind == ELEMENT).map(Expression::read).collect(),
        )?;
        Ok(Self {
            table: TableName::new(Family::of(header[0]), &text(TABLE)?),
            chain: text(CHAIN)?.into_owned(),
            handle: attributes.find(HANDLE).map_or(Ok(0), |handle| handle.be64())?,
            expressions,
            comment: attributes.find(USERDATA).and_then(Comment::read),
        })
    }
}

impl fmt::Display for Rule {
    /// As `nft --debug=netlink` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.table, self.chain, self.handle)?;
        self.expressions.iter().try_for_each(|expression| write!(f, "\n  [ {expression} ]"))
    }
}

struct List<'a>(&'a TableName);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "list the rules of table `{}`", self.0)
    }
}

impl Request for List<'_> {
    fn encode(&self) -> Encoded {
        let mut request = message(libc::NFT_MSG_GETRULE, 0, Some(self.0.family));
        request.put_str(TABLE, &self.0.name);
        Encoded(request)
    }
}

/// Adds a rule at the end of a chain.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewRule {
    table: TableName,
    chain: Box<str>,
    expressions: Vec<Expression>,
    comment: Option<Comment>,
}

impl NewRule {
    /// To chain `chain` of `table`.
    pub fn new(table: TableName, chain: &str, statements: Statements) -> Self {
        Self { table, chain: chain.into(), expressions: statements.into(), comment: None }
    }

    /// Gives it a comment.
    pub fn comment(self, comment: Comment) -> Self {
        Self { comment: Some(comment), ..self }
    }
}

impl fmt::Display for NewRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "add a rule to chain `{}` of table `{}`", self.chain, self.table)
    }
}

impl Request for NewRule {
    fn encode(&self) -> Encoded {
        let flags = libc::NLM_F_CREATE | libc::NLM_F_APPEND;
        let mut request = message(libc::NFT_MSG_NEWRULE, flags, Some(self.table.family));
        request.put_str(TABLE, &self.table.name);
        request.put_str(CHAIN, &self.chain);
        request.nest(EXPRESSIONS | NESTED, |list| {
            for expression in &self.expressions {
                list.nest(ELEMENT | NESTED, |one| expression.put(one));
            }
        });
        if let Some(comment) = &self.comment {
            comment.put(&mut request, USERDATA);
        }
        Encoded(request)
    }
}

/// Deletes a rule.
#[derive(Clone, Debug)]
pub struct DeleteRule {
    /// The table that it is in.
    pub table: TableName,
    /// The chain that it is in.
    pub chain: Box<str>,
    /// Its number in the table.
    pub handle: u64,
}

impl From<&Rule> for DeleteRule {
    fn from(rule: &Rule) -> Self {
        Self { table: rule.table.clone(), chain: rule.chain.as_str().into(), handle: rule.handle }
    }
}

impl fmt::Display for DeleteRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete rule {} of chain `{}` of table `{}`", self.handle, self.chain, self.table)
    }
}

impl Request for DeleteRule {
    fn encode(&self) -> Encoded {
        let mut request = message(libc::NFT_MSG_DELRULE, 0, Some(self.table.family));
        request.put_str(TABLE, &self.table.name);
        request.put_str(CHAIN, &self.chain);
        request.put_be64(HANDLE, self.handle);
        Encoded(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Message, Messages};

    /// What nft 1.0.6 sent for a ruleset with each kind of expression that there is here.
    const CAPTURED: &[u8] = include_bytes!("captured.bin");

    fn written(message: &Message) -> Vec<u8> {
        let mut buffer = Vec::new();
        message.write(0, 0, &mut buffer);
        buffer
    }

    #[test]
    fn rules_that_nft_sent_are_read_and_written_to_the_byte() {
        let rules =
            Messages::new(CAPTURED).map(Result::unwrap).filter(|one| one.kind == kind(libc::NFT_MSG_NEWRULE));
        let mut count = 0;
        for received in rules {
            let rule = Rule::read(&received).unwrap();
            let request = NewRule {
                table: rule.table.clone(),
                chain: rule.chain.as_str().into(),
                expressions: rule.expressions.clone(),
                comment: rule.comment.clone(),
            };
            assert_eq!(written(&request.encode().0)[16..], *received.body, "{rule}");
            assert!(rule.expressions.iter().all(|one| !matches!(one, Expression::Other(_))), "{rule}");
            count += 1;
        }
        assert_eq!(count, 24);
    }
}
