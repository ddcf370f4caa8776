//! Operators, between values and references.

use crate::{DynResidue, LIMBS};
use core::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

type Residue = DynResidue<LIMBS>;

macro_rules! operator {
    ($operator:ident, $method:ident, $assign:ident, $assign_method:ident) => {
        impl $operator<&Residue> for &Residue {
            type Output = Residue;
            fn $method(self, rhs: &Residue) -> Residue {
                Residue::$method(self, rhs)
            }
        }
        impl $operator<Residue> for &Residue {
            type Output = Residue;
            fn $method(self, rhs: Residue) -> Residue {
                Residue::$method(self, &rhs)
            }
        }
        impl $operator<&Residue> for Residue {
            type Output = Residue;
            fn $method(self, rhs: &Residue) -> Residue {
                Residue::$method(&self, rhs)
            }
        }
        impl $operator<Residue> for Residue {
            type Output = Residue;
            fn $method(self, rhs: Residue) -> Residue {
                Residue::$method(&self, &rhs)
            }
        }
        impl $assign<&Residue> for Residue {
            fn $assign_method(&mut self, rhs: &Residue) {
                *self = Residue::$method(self, rhs);
            }
        }
        impl $assign<Residue> for Residue {
            fn $assign_method(&mut self, rhs: Residue) {
                *self = Residue::$method(self, &rhs);
            }
        }
    };
}

operator!(Add, add, AddAssign, add_assign);
operator!(Sub, sub, SubAssign, sub_assign);
operator!(Mul, mul, MulAssign, mul_assign);

impl Neg for Residue {
    type Output = Residue;
    fn neg(self) -> Residue {
        Residue::neg(&self)
    }
}

impl Neg for &Residue {
    type Output = Residue;
    fn neg(self) -> Residue {
        Residue::neg(self)
    }
}
