//! All that is written about the commands, made from their tables of flags.

pub(crate) mod bash;
pub(crate) mod fish;
pub(crate) mod help;
pub(crate) mod man;
pub(crate) mod words;
pub(crate) mod zsh;
