//! Arithmetic as Java has it: of whole numbers in 64 bits, of others in `double`.

use crate::query::value::Number;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    /// Of whole numbers the fraction is dropped.
    Divide,
    /// With the sign of the left.
    Modulo,
}

impl Arithmetic {
    /// `None` where whole numbers grow too large or are divided by zero.
    pub(super) fn of(self, left: Number, right: Number) -> Option<Number> {
        if let (Number::Int(left), Number::Int(right)) = (left, right) {
            let result = match self {
                Self::Add => left.checked_add(right),
                Self::Subtract => left.checked_sub(right),
                Self::Multiply => left.checked_mul(right),
                // The smallest number by -1 is itself in Java.
                Self::Divide if right != 0 => Some(left.wrapping_div(right)),
                Self::Modulo if right != 0 => Some(left.wrapping_rem(right)),
                Self::Divide | Self::Modulo => None,
            };
            return result.map(Number::Int);
        }
        let (left, right) = (left.double(), right.double());
        Some(Number::Float(match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Modulo => left % right,
        }))
    }
}

/// `-number`.
pub(super) fn negative(number: Number) -> Option<Number> {
    match number {
        Number::Int(number) => number.checked_neg().map(Number::Int),
        Number::Float(number) => Some(Number::Float(-number)),
    }
}

#[cfg(test)]
mod tests {
    use super::Arithmetic::{Add, Divide, Modulo, Multiply, Subtract};
    use super::*;

    fn ints(op: Arithmetic, left: i64, right: i64) -> Option<i64> {
        match op.of(Number::Int(left), Number::Int(right)) {
            Some(Number::Int(result)) => Some(result),
            Some(Number::Float(result)) => panic!("{result}"),
            None => None,
        }
    }

    fn floats(op: Arithmetic, left: Number, right: f64) -> f64 {
        match op.of(left, Number::Float(right)) {
            Some(Number::Float(result)) => result,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn whole_numbers_stay_whole() {
        assert_eq!(ints(Add, 1, 2), Some(3));
        assert_eq!(ints(Divide, 83, 2), Some(41));
        assert_eq!(ints(Divide, -7, 2), Some(-3));
        assert_eq!(ints(Modulo, -7, 2), Some(-1));
        assert_eq!(ints(Modulo, 7, -2), Some(1));
        assert_eq!(ints(Divide, i64::MIN, -1), Some(i64::MIN));
        assert_eq!(ints(Modulo, i64::MIN, -1), Some(0));
        for (op, left, right) in
            [(Add, i64::MAX, 1), (Subtract, i64::MIN, 1), (Multiply, i64::MAX, 2), (Divide, 1, 0), (Modulo, 1, 0)]
        {
            assert_eq!(ints(op, left, right), None, "{op:?}");
        }
        assert!(negative(Number::Int(i64::MIN)).is_none());
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "exact by definition")]
    fn one_fraction_makes_all_of_them_fractions() {
        assert_eq!(floats(Divide, Number::Int(30), 4.0), 7.5);
        assert_eq!(floats(Modulo, Number::Float(-7.5), 2.0), -1.5);
        assert_eq!(floats(Divide, Number::Int(1), 0.0), f64::INFINITY);
        assert!(floats(Modulo, Number::Int(1), 0.0).is_nan());
    }
}
