//! Tests of one argument of a system call.

/// What an argument is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `SCMP_CMP_NE`
    NotEqual(u64),
    /// `SCMP_CMP_LT`
    Less(u64),
    /// `SCMP_CMP_LE`
    LessOrEqual(u64),
    /// `SCMP_CMP_EQ`
    Equal(u64),
    /// `SCMP_CMP_GE`
    GreaterOrEqual(u64),
    /// `SCMP_CMP_GT`
    Greater(u64),
    /// `SCMP_CMP_MASKED_EQ`: the bits of `mask` in the argument are those in `value`; other bits of `value` count for nothing.
    MaskedEqual {
        /// Which bits are compared.
        mask: u64,
        /// What they are.
        value: u64,
    },
}

/// A test of one argument. Numbers are compared without a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Argument {
    index: u8,
    operator: Operator,
}

/// Why there is no such test.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// A system call has six arguments.
    #[error("there is no argument {index}: a system call has 0 to 5")]
    Index {
        /// The index.
        index: u64,
    },
    /// The name is none of `SCMP_CMP_*`.
    #[error("unknown operator `{name}`")]
    Operator {
        /// The name.
        name: String,
    },
}

impl Operator {
    /// The operator that the runtime specification calls `name`. `value` is the mask of `SCMP_CMP_MASKED_EQ`, which alone
    /// looks at `value_two`.
    ///
    /// # Errors
    /// [`ArgumentError::Operator`]
    pub fn named(name: &str, value: u64, value_two: u64) -> Result<Self, ArgumentError> {
        Ok(match name {
            "SCMP_CMP_NE" => Self::NotEqual(value),
            "SCMP_CMP_LT" => Self::Less(value),
            "SCMP_CMP_LE" => Self::LessOrEqual(value),
            "SCMP_CMP_EQ" => Self::Equal(value),
            "SCMP_CMP_GE" => Self::GreaterOrEqual(value),
            "SCMP_CMP_GT" => Self::Greater(value),
            "SCMP_CMP_MASKED_EQ" => Self::MaskedEqual { mask: value, value: value_two },
            _ => return Err(ArgumentError::Operator { name: name.to_owned() }),
        })
    }
}

impl Argument {
    /// A test of argument `index`, 0 to 5.
    ///
    /// # Errors
    /// [`ArgumentError::Index`]
    pub fn new(index: u64, operator: Operator) -> Result<Self, ArgumentError> {
        match u8::try_from(index) {
            Ok(index) if index < 6 => Ok(Self { index, operator }),
            _ => Err(ArgumentError::Index { index }),
        }
    }

    /// Which argument, 0 to 5.
    #[must_use]
    pub const fn index(self) -> u8 {
        self.index
    }

    /// The comparison.
    #[must_use]
    pub const fn operator(self) -> Operator {
        self.operator
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_six_arguments() {
        assert!(Argument::new(5, Operator::Equal(0)).is_ok());
        assert_eq!(Argument::new(6, Operator::Equal(0)), Err(ArgumentError::Index { index: 6 }));
        assert_eq!(Argument::new(256, Operator::Equal(0)), Err(ArgumentError::Index { index: 256 }));
    }

    #[test]
    fn the_first_value_of_a_masked_comparison_is_the_mask() {
        let operator = Operator::named("SCMP_CMP_MASKED_EQ", 0xf0, 0x20).unwrap();
        assert_eq!(operator, Operator::MaskedEqual { mask: 0xf0, value: 0x20 });
    }
}
