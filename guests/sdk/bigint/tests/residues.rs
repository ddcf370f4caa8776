//! Every operation against crypto-bigint's own.
use crypto_bigint::modular::runtime_mod::{DynResidue as Own, DynResidueParams as OwnParams};
use crypto_bigint::U256;
use wisp_bigint::{DynResidue, DynResidueParams, LIMBS};

const PRIMES: [&str; 3] = [
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    "0000000000000000000000000000000000000000000000000000000000000003",
];
const OTHERS: [&str; 4] = [
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000001",
    "000000000000000000000000000000000000000000000000000000000000000f",
    "000000000000000000000000000000000001000000000000000000000000002b",
];

fn some(seed: u64) -> U256 {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        state ^ state >> 29
    };
    U256::from_words(core::array::from_fn(|_| next() as _))
}

fn numbers() -> Vec<U256> {
    let edges = [U256::ZERO, U256::ONE, U256::from_u8(2), U256::MAX, U256::MAX.wrapping_sub(&U256::ONE)];
    edges.into_iter().chain((0..4).map(some)).collect()
}

#[test]
fn operations_are_those_of_crypto_bigint() {
    for modulus in PRIMES.iter().chain(&OTHERS).map(|hex| U256::from_be_hex(hex)) {
        let (params, own_params) = (DynResidueParams::new(&modulus), OwnParams::new(&modulus));
        assert_eq!(params.modulus(), own_params.modulus());
        for x in numbers() {
            let (a, own_a) = (DynResidue::new(&x, params), Own::new(&x, own_params));
            assert_eq!(a.retrieve(), own_a.retrieve());
            assert_eq!((-a).retrieve(), (-own_a).retrieve());
            assert_eq!(a.square().retrieve(), own_a.square().retrieve());
            for y in numbers() {
                let (b, own_b) = (DynResidue::new(&y, params), Own::new(&y, own_params));
                assert_eq!((a + b).retrieve(), (own_a + own_b).retrieve());
                assert_eq!((a - b).retrieve(), (own_a - own_b).retrieve());
                assert_eq!((a * b).retrieve(), (own_a * own_b).retrieve());
                assert_eq!(a.mul_add(&b, &a).retrieve(), (own_a * own_b + own_a).retrieve());
            }
        }
    }
}

#[test]
fn powers_and_inverses() {
    for modulus in PRIMES.iter().chain(&OTHERS).map(|hex| U256::from_be_hex(hex)) {
        let (params, own_params) = (DynResidueParams::new(&modulus), OwnParams::new(&modulus));
        for x in [U256::ZERO, U256::ONE, U256::MAX, U256::from_u8(5), some(9)] {
            let (a, own_a) = (DynResidue::new(&x, params), Own::new(&x, own_params));
            for e in [U256::ZERO, U256::ONE, U256::from_u8(6), some(3)] {
                assert_eq!(a.pow(&e).retrieve(), own_a.pow(&e).retrieve(), "{x} ^ {e} mod {modulus}");
            }
            assert_eq!(a.pow_bounded_exp(&some(3), 9).retrieve(), own_a.pow_bounded_exp(&some(3), 9).retrieve());
            let (inverse, exists) = a.invert();
            if modulus == U256::ONE {
                continue;
            }
            let (own, own_exists) = own_a.invert();
            assert_eq!(bool::from(exists), bool::from(own_exists), "1 / {x} mod {modulus}");
            if bool::from(exists) {
                assert_eq!(inverse.retrieve(), own.retrieve());
            }
        }
    }
}

#[test]
fn even_moduli() {
    let params = DynResidueParams::<LIMBS>::new(&U256::from_u8(10));
    let seven = DynResidue::new(&U256::from_u8(7), params);
    assert_eq!((seven * seven).retrieve(), U256::from_u8(9));
    let (inverse, exists) = seven.invert();
    assert!(bool::from(exists) && inverse.retrieve() == U256::from_u8(3));
    assert!(!bool::from(DynResidue::new(&U256::from_u8(4), params).invert().1));
}
