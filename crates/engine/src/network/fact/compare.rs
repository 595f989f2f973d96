//! What differs.

use std::collections::BTreeMap;

use super::Fact;

/// A difference between two networks, or between two moments of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is there only after.
    Appeared(Fact),
    /// It is another one than before.
    Changed {
        /// As it was.
        before: Fact,
        /// As it is.
        after: Fact,
    },
    /// An interface has another name; all else that is told of it has that too.
    Renamed {
        /// As it was.
        before: Fact,
        /// As it is.
        after: Fact,
    },
    /// It was there only before.
    Gone(Fact),
}

/// The differences between `before` and `after`: what is gone, then what is new or another one, each in its order.
#[must_use]
pub fn changes(before: &[Fact], after: &[Fact]) -> Vec<Change> {
    let mut left: BTreeMap<String, Vec<&Fact>> = BTreeMap::new();
    for fact in before {
        left.entry(fact.identity()).or_default().push(fact);
    }
    let mut others = Vec::new();
    for fact in after {
        let same = left.get_mut(&fact.identity());
        match same.and_then(|same| same.iter().position(|one| *one == fact).map(|at| same.remove(at))) {
            Some(_) => {}
            None => others.push(fact),
        }
    }
    let mut new = Vec::new();
    for fact in others {
        let earlier = left.get_mut(&fact.identity()).filter(|same| !same.is_empty());
        new.push(match earlier.map(|same| same.remove(0)) {
            Some(before) => Change::Changed { before: before.clone(), after: fact.clone() },
            None => Change::Appeared(fact.clone()),
        });
    }
    let mut gone: Vec<&Fact> = left.into_values().flatten().collect();
    gone.sort_by_key(|fact| before.iter().position(|one| std::ptr::eq(one, *fact)));
    gone.into_iter().map(|fact| Change::Gone(fact.clone())).chain(new).collect()
}
