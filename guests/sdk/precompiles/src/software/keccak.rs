//! keccak-f[1600] in software (FIPS 202, section 3.3).

const ROUNDS: usize = 24;

const ROUND_CONSTANTS: [u64; ROUNDS] = [
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
];

/// Along the orbit of lane 1 under pi: each lane's destination, and by how much it is rotated on its way there.
const ORBIT: [(usize, u32); 24] = [
    (10, 1), (7, 3), (11, 6), (17, 10), (18, 15), (3, 21), (5, 28), (16, 36), (8, 45), (21, 55), (24, 2), (4, 14),
    (15, 27), (23, 41), (19, 56), (13, 8), (12, 25), (2, 43), (20, 62), (14, 18), (22, 39), (9, 61), (6, 20), (1, 44),
];

pub fn f1600(a: &mut [u64; 25]) {
    p1600(a, ROUNDS);
}

/// The last `rounds` rounds.
pub fn p1600(a: &mut [u64; 25], rounds: usize) {
    for constant in &ROUND_CONSTANTS[ROUNDS - rounds..] {
        let mut c = [0u64; 5];
        for x in 0..5 {
            c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        }
        for x in 0..5 {
            let d = c[(x + 4) % 5] ^ c[(x + 1) % 5].rotate_left(1);
            for y in 0..5 {
                a[x + 5 * y] ^= d;
            }
        }
        let mut lane = a[1];
        for (to, by) in ORBIT {
            (a[to], lane) = (lane.rotate_left(by), a[to]);
        }
        for y in 0..5 {
            let row = [a[5 * y], a[5 * y + 1], a[5 * y + 2], a[5 * y + 3], a[5 * y + 4]];
            for x in 0..5 {
                a[5 * y + x] = row[x] ^ !row[(x + 1) % 5] & row[(x + 2) % 5];
            }
        }
        a[0] ^= constant;
    }
}
