//! Dot products in software: the same residues as by the machine's chips.
use wisp_precompiles::{m31_dot, qm31_dot};

const P: u32 = 0x7fff_ffff;

#[test]
fn products() {
    let (x, y) = ([1, 2, 3, 4], [P - 1, 5, 0x12345678, 7]);
    let mut sum = [0; 4];
    qm31_dot(&mut sum, &[x], &[y]);
    assert_eq!(sum, [610839704, 1212135226, 305419859, 610839810]);
    let mut scaled = [0; 4];
    m31_dot(&mut scaled, &[9], &[y]);
    assert_eq!(scaled, [2147483638, 45, 601295417, 63]);
    // u^2 = 2 + i; (i u)^2 = -(2 + i).
    let mut square = [0; 4];
    qm31_dot(&mut square, &[[0, 0, 1, 0]], &[[0, 0, 1, 0]]);
    assert_eq!(square, [2, 1, 0, 0]);
    qm31_dot(&mut square, &[[0, 0, 0, 1]], &[[0, 0, 0, 1]]);
    assert_eq!(square, [0, 0, 0, 0]);
}

#[test]
fn words_count_modulo_p() {
    let mut sum = [P, P + 1, u32::MAX, 0];
    // No terms are no call.
    qm31_dot(&mut sum, &[], &[]);
    assert_eq!(sum, [P, P + 1, u32::MAX, 0]);
    qm31_dot(&mut sum, &[[0; 4]], &[[0; 4]]);
    assert_eq!(sum, [0, 1, 1, 0]);
    let mut m31 = [0; 4];
    m31_dot(&mut m31, &[u32::MAX, P, P + 3], &[[1, P + 1, u32::MAX, P - 1], [5; 4], [2, 0, P, u32::MAX]]);
    assert_eq!(m31, [7, 1, 1, 2]);
}

#[test]
fn sums_are_those_of_their_parts() {
    let word = |i: u32| i.wrapping_mul(0x9e37_79b1);
    let x: Vec<[u32; 4]> = (0..40).map(|i| [word(i), word(i + 100), word(i + 200), word(i + 300)]).collect();
    let y: Vec<[u32; 4]> = x.iter().rev().copied().collect();
    let (mut whole, mut parts) = ([7; 4], [7; 4]);
    qm31_dot(&mut whole, &x, &y);
    for (x, y) in x.chunks(3).zip(y.chunks(3)) {
        qm31_dot(&mut parts, x, y);
    }
    assert_eq!(whole, parts);
    // By coordinates: x = sum of x_j e_j, and e_j y is a product of its own.
    let mut sum = [7; 4];
    for j in 0..4 {
        let mut e = [0; 4];
        e[j] = 1;
        let turned: Vec<[u32; 4]> = y
            .iter()
            .map(|y| {
                let mut out = [0; 4];
                qm31_dot(&mut out, &[e], &[*y]);
                out
            })
            .collect();
        m31_dot(&mut sum, &x.iter().map(|x| x[j]).collect::<Vec<_>>(), &turned);
    }
    assert_eq!(sum, whole);
}

#[test]
#[should_panic(expected = "elements of both operands")]
fn lengths_must_agree() {
    m31_dot(&mut [0; 4], &[1, 2], &[[0; 4]]);
}
