//! Shows that a log with a known root has an entry, without showing which (RFC 9162, section 2.1.3: SHA-256, by its chip).
//! Input: tree size (u64), index (u64), the entry (length, bytes), the number of nodes of its path (u32), the nodes of 32
//! bytes from the leaf up. Journal: tree size (u64), root (32 bytes). Exit code 1: the path does not fit the tree.
#![cfg_attr(target_arch = "riscv32", no_std, no_main)]

use wisp::precompiles::sha256;

wisp::entry!(guest);

fn guest() -> u32 {
    let size = wisp::read_u64();
    let index = wisp::read_u64();
    let entry = wisp::read_bytes();
    let count = wisp::read_u32();
    if index >= size {
        return 1;
    }
    let mut hash = sha256(&[&[0], &entry]);
    // From the leaf up: where our subtree lies among the nodes of its level, and where the last one does.
    let (mut own, mut last) = (index, size - 1);
    for _ in 0..count {
        if last == 0 {
            return 1;
        }
        let mut node = [0; 32];
        wisp::read_slice(&mut node);
        if own & 1 == 1 || own == last {
            hash = sha256(&[&[1], &node, &hash]);
            while own & 1 == 0 && own != 0 {
                own >>= 1;
                last >>= 1;
            }
        } else {
            hash = sha256(&[&[1], &hash, &node]);
        }
        own >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return 1;
    }
    wisp::commit_u64(size);
    wisp::commit_slice(&hash);
    0
}
