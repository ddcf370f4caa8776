//! secp256k1 in software against the way of the chips, and ECDSA at its edges.
use wisp_precompiles::secp256k1::number::{add, from_be_bytes, less, sub, to_be_bytes, FIELD, ONE, ORDER, ZERO};
use wisp_precompiles::secp256k1::*;

/// Numbers below the order, as a SHA-256 gives them.
fn some(seed: u32) -> U256 {
    let hash = from_be_bytes(&wisp_precompiles::sha256(&[&seed.to_le_bytes()]));
    if less(&hash, &ORDER) {
        hash
    } else {
        sub(&hash, &ORDER).0
    }
}

fn small(n: u32) -> U256 {
    [n, 0, 0, 0, 0, 0, 0, 0]
}

fn minus(n: &U256) -> U256 {
    sub(&ORDER, n).0
}

#[test]
fn sums_of_multiples_by_chips_are_those_of_software() {
    let mut cases = vec![
        (ZERO, ZERO, GENERATOR),
        (ONE, ZERO, GENERATOR),
        (ONE, ONE, GENERATOR),
        (ONE, minus(&ONE), GENERATOR),
        (minus(&ONE), minus(&ONE), GENERATOR),
        (small(2), minus(&ONE), GENERATOR),
        (ZERO, minus(&small(2)), GENERATOR),
        ([0, 0, 0, 0, 1, 0, 0, 0], ONE, GENERATOR),
        ([0, 0, 0, 0, 1, 0, 0, 0], minus(&[0, 0, 0, 0, 1, 0, 0, 0]), GENERATOR),
    ];
    for n in 0..20 {
        let point = multiply(&some(100 + n), &GENERATOR).unwrap();
        cases.push((some(n), some(50 + n), point));
        cases.push((some(n), small(n), point));
        // a G - a G, on the way and at the end.
        let factor = some(200 + n);
        cases.push((order_mul(&minus(&factor), &some(100 + n)), factor, point));
        cases.push((order_mul(&factor, &some(100 + n)), factor, point));
    }
    for (i, (a, b, point)) in cases.iter().enumerate() {
        assert_eq!(testing::by_chips(a, b, point), combine(a, b, point), "case {i}");
    }
    assert!(cases.iter().filter(|(a, b, point)| combine(a, b, point).is_none()).count() > 20);
}

#[test]
fn powers_are_inverses_and_roots() {
    for n in 0..20 {
        let x = some(n);
        assert_eq!(testing::order_invert(&x), order_invert(&x));
        assert_eq!(order_mul(&x, &order_invert(&x)), ONE);
        let (root, y_is_odd) = (testing::field_root(&x), n % 2 == 1);
        let is_square = field_mul(&root, &root) == x;
        if is_square {
            let other = sub(&FIELD, &root).0;
            assert!(root != other);
        }
        if let Some(point) = Point::lift(x, y_is_odd) {
            assert_eq!(Point::new(point.x, point.y), Some(point));
            assert_eq!(point.y[0] & 1 == 1, y_is_odd);
            assert_eq!(Point::lift(x, !y_is_odd), Some(point.negated()));
            assert_eq!(point.plus(&point.negated()), None);
        }
    }
    assert_eq!(testing::order_invert(&minus(&ONE)), minus(&ONE));
}

#[test]
fn points_off_the_curve_or_not_canonical_are_refused() {
    assert!(Point::new(GENERATOR.x, GENERATOR.y).is_some());
    assert_eq!(Point::new(GENERATOR.x, add(&GENERATOR.y, &ONE).0), None);
    assert_eq!(Point::new(ZERO, ZERO), None);
    // x = 1 is on the curve; so is x = p + 1 in another writing.
    let one = Point::lift(ONE, false).unwrap();
    assert_eq!(Point::new(add(&FIELD, &ONE).0, one.y), None);
    assert_eq!(Point::lift(add(&FIELD, &ONE).0, false), None);
    assert_eq!(Point::lift(small(5), false), None);
    assert_eq!(Point::from_bytes(&GENERATOR.to_bytes()), Some(GENERATOR));
}

fn sign(secret: &U256, nonce: &U256, digest: &[u8; 32]) -> (U256, U256, u8) {
    let point = multiply(nonce, &GENERATOR).unwrap();
    let over = !less(&point.x, &ORDER);
    let r = if over { sub(&point.x, &ORDER).0 } else { point.x };
    let message = order_mul(&from_be_bytes(digest), &ONE);
    let (mut sum, carry) = add(&message, &order_mul(&r, secret));
    if carry || !less(&sum, &ORDER) {
        sum = sub(&sum, &ORDER).0;
    }
    (r, order_mul(&sum, &order_invert(nonce)), (point.y[0] & 1) as u8 | u8::from(over) << 1)
}

#[test]
fn signatures() {
    for n in 0..12 {
        let (secret, digest) = (some(n), wisp_precompiles::sha256(&[&[n as u8]]));
        let key = multiply(&secret, &GENERATOR).unwrap();
        let (r, s, id) = sign(&secret, &some(1000 + n), &digest);
        let [rb, sb] = [r, s].map(|x| to_be_bytes(&x));
        assert!(verify(&key, &digest, &rb, &sb));
        assert_eq!(recover(&digest, &rb, &sb, id), Some(key));
        assert_ne!(recover(&digest, &rb, &sb, id ^ 1), Some(key));
        let high = to_be_bytes(&minus(&s));
        assert!(verify(&key, &digest, &rb, &high));
        assert_ne!(is_high(&sb), is_high(&high));
        assert_eq!(recover(&digest, &rb, &high, id ^ 1), Some(key));
        assert!(!verify(&key.negated(), &digest, &rb, &sb));
        for bad in [ZERO, ORDER, add(&ORDER, &ONE).0, [!0; 8]] {
            let bad = to_be_bytes(&bad);
            assert!(!verify(&key, &digest, &bad, &sb) && !verify(&key, &digest, &rb, &bad));
            assert_eq!(recover(&digest, &bad, &sb, id), None);
            assert_eq!(recover(&digest, &rb, &bad, id), None);
        }
        assert_eq!(recover(&digest, &rb, &sb, id | 2), None);
        assert_eq!(recover(&digest, &rb, &sb, 4), None);
        let mut other = digest;
        other[31] ^= 1;
        assert!(!verify(&key, &other, &rb, &sb));
    }
}

#[test]
fn keys_at_infinity_and_x_above_the_order() {
    // R = G, s = z: Q = r^-1 (s R - z G) is at infinity.
    let digest = to_be_bytes(&some(5));
    let r = to_be_bytes(&GENERATOR.x);
    assert_eq!(recover(&digest, &r, &digest, (GENERATOR.y[0] & 1) as u8), None);
    // x of the signature's point is r + the order: for r = 2 or so there is a point.
    let (r, point) = (1..20)
        .find_map(|n| Some((small(n), Point::lift(add(&ORDER, &small(n)).0, true)?)))
        .unwrap();
    let [rb, sb] = [r, some(7)].map(|x| to_be_bytes(&x));
    let key = recover(&digest, &rb, &sb, 3).unwrap();
    assert!(verify(&key, &digest, &rb, &sb));
    assert_eq!(key, {
        let inverse = order_invert(&r);
        let a = order_mul(&some(5), &minus(&inverse));
        combine(&a, &order_mul(&some(7), &inverse), &point).unwrap()
    });
}
