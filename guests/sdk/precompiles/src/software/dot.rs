//! Dot products over QM31 in software.

use crate::dot::Qm31;

const P: u64 = (1 << 31) - 1;

/// (a + b i) times (c + d i), of residues; each part below 2^63.
fn complex(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    ((a * c + (P - b) * d) % P, (a * d + b * c) % P)
}

fn product(x: &Qm31, y: &Qm31) -> [u64; 4] {
    let [x, y] = [x, y].map(|element| element.map(|word| u64::from(word) % P));
    let (low, high) = (complex(x[0], x[1], y[0], y[1]), complex(x[2], x[3], y[2], y[3]));
    let (one, two) = (complex(x[0], x[1], y[2], y[3]), complex(x[2], x[3], y[0], y[1]));
    // u^2 = 2 + i.
    [low.0 + 2 * high.0 + (P - high.1), low.1 + high.0 + 2 * high.1, one.0 + two.0, one.1 + two.1]
}

fn add(sum: &mut Qm31, term: [u64; 4]) {
    for (word, part) in sum.iter_mut().zip(term) {
        *word = ((u64::from(*word) + part) % P) as u32;
    }
}

/// sum += x\[0\] y\[0\] + ...
pub fn qm31(sum: &mut Qm31, x: &[Qm31], y: &[Qm31]) {
    add(sum, [0; 4]);
    for (x, y) in x.iter().zip(y) {
        add(sum, product(x, y));
    }
}

/// The same of words x.
pub fn m31(sum: &mut Qm31, x: &[u32], y: &[Qm31]) {
    add(sum, [0; 4]);
    for (x, y) in x.iter().zip(y) {
        add(sum, y.map(|word| u64::from(*x) % P * (u64::from(word) % P)));
    }
}
