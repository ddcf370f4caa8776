//! The indexed Merkle tree, as a proof needs it: leaves in the order of their insertion, 2^64 places, each leaf with the
//! index of the next larger key. Root before and after are computed together, from the leaves that the batch touches.

use crate::crypto::{hash_block, hash_words, Words, LEAF, NODE};
use crate::words::Cursor;
use alloc::vec::Vec;
use core::cmp::Ordering;

pub const DEPTH: u32 = 64;
/// Index, key, value, next.
const LEAF_WORDS: usize = 20;

pub struct Leaf {
    pub index: u64,
    pub key: Words,
    pub value: Words,
    pub next: u64,
    new_value: Option<Words>,
    new_next: Option<u64>,
}

impl Leaf {
    fn hash(key: &Words, value: &Words, next: u64) -> Words {
        let mut words = [0; 18];
        words[..8].copy_from_slice(key);
        words[8..16].copy_from_slice(value);
        words[16] = next as u32;
        words[17] = (next >> 32) as u32;
        hash_words(&LEAF, &words)
    }

    fn before(&self) -> Words {
        Self::hash(&self.key, &self.value, self.next)
    }

    fn after(&self) -> Option<Words> {
        if self.new_value.is_none() && self.new_next.is_none() {
            return None;
        }
        let value = self.new_value.as_ref().unwrap_or(&self.value);
        Some(Self::hash(&self.key, value, self.new_next.unwrap_or(self.next)))
    }
}

/// Order of keys: that of their bytes.
pub fn compare(a: &Words, b: &Words) -> Ordering {
    for (x, y) in a.iter().zip(b) {
        if x != y {
            return x.swap_bytes().cmp(&y.swap_bytes());
        }
    }
    Ordering::Equal
}

struct Insert {
    key: Words,
    value: Words,
    /// Position in the table of the leaf below.
    low: usize,
}

/// The leaves that a batch touches, in ascending order, and what it puts in.
pub struct Tree {
    leaves: Vec<Leaf>,
    inserts: Vec<Insert>,
    count: u64,
}

struct Node {
    index: u64,
    /// None for what was empty before.
    before: Option<Words>,
    /// None for what did not change.
    after: Option<Words>,
}

impl Tree {
    /// From words: number of leaves in the table; each index, key, value, next.
    pub fn read(words: &mut Cursor, count: u64) -> Self {
        let len = words.u32() as usize;
        assert!(len <= words.rest().len() / LEAF_WORDS, "words are missing");
        let mut leaves: Vec<Leaf> = Vec::with_capacity(len);
        for _ in 0..len {
            let leaf = Leaf {
                index: words.u64(),
                key: *words.words(),
                value: *words.words(),
                next: words.u64(),
                new_value: None,
                new_next: None,
            };
            assert!(leaf.index < count, "a leaf beyond the last");
            assert!(leaves.last().is_none_or(|last| last.index < leaf.index), "leaves are not in order");
            leaves.push(leaf);
        }
        Self { leaves, inserts: Vec::new(), count }
    }

    /// The value at a key, which `position` is said to be the place of.
    pub fn present(&self, position: usize, key: &Words) -> &Words {
        let leaf = &self.leaves[position];
        assert!(leaf.key == *key, "a leaf has another key");
        &leaf.value
    }

    /// Shows that there is no leaf with a key: it lies between two that are neighbours.
    pub fn check_absent(&self, low: usize, high: usize, key: &Words) {
        let (low, high) = (&self.leaves[low], &self.leaves[high]);
        assert!(low.next == high.index, "leaves are not neighbours");
        assert!(compare(&low.key, key).is_lt() && compare(key, &high.key).is_lt(), "a key is not between leaves");
    }

    pub fn set(&mut self, position: usize, value: Words) {
        self.leaves[position].new_value = Some(value);
    }

    /// Puts a key in that `check_absent` was shown to lie above `low`.
    pub fn insert(&mut self, low: usize, key: Words, value: Words) {
        self.inserts.push(Insert { key, value, low });
    }

    /// Root before, root and number of leaves after; None where no leaf is touched. `siblings`: nodes beside the touched
    /// ones, level by level.
    pub fn roots(mut self, siblings: &mut Cursor) -> Option<(Words, Words, u64)> {
        if self.leaves.is_empty() {
            return None;
        }
        let mut nodes = self.bottom();
        let mut empty = [0; 8];
        for level in 0..DEPTH {
            // Nodes of this level from here on are empty before.
            let end = ((self.count - 1) >> level) + 1;
            let next_empty = pair(&empty, &empty);
            nodes = Self::lift(&nodes, end, &empty, siblings);
            empty = next_empty;
        }
        let root = &nodes[0];
        let before = root.before.expect("a tree has leaves");
        Some((before, root.after.unwrap_or(before), self.count + self.inserts.len() as u64))
    }

    /// The touched leaves and the new ones.
    fn bottom(&mut self) -> Vec<Node> {
        let inserts = &mut self.inserts;
        inserts.sort_unstable_by(|a, b| compare(&a.key, &b.key));
        assert!(inserts.windows(2).all(|pair| pair[0].key != pair[1].key), "a key comes twice");
        let mut added = Vec::with_capacity(inserts.len());
        for (i, insert) in inserts.iter().enumerate() {
            let index = self.count + i as u64;
            let low = &mut self.leaves[insert.low];
            if i == 0 || inserts[i - 1].low != insert.low {
                low.new_next = Some(index);
            }
            // The next leaf is the next one put in above the same leaf, or the one that was next to that.
            let same = inserts.get(i + 1).is_some_and(|above| above.low == insert.low);
            let next = if same { index + 1 } else { low.next };
            added.push(Node { index, before: None, after: Some(Leaf::hash(&insert.key, &insert.value, next)) });
        }
        let touched = self.leaves.iter().map(|l| Node { index: l.index, before: Some(l.before()), after: l.after() });
        touched.chain(added).collect()
    }

    fn lift(nodes: &[Node], end: u64, empty: &Words, siblings: &mut Cursor) -> Vec<Node> {
        let mut parents = Vec::with_capacity(nodes.len());
        let mut i = 0;
        while i < nodes.len() {
            let node = &nodes[i];
            let other = nodes.get(i + 1).filter(|other| other.index == node.index ^ 1 && node.index & 1 == 0);
            i += 1;
            let sibling;
            let (left, right) = if let Some(other) = other {
                i += 1;
                (node, other)
            } else {
                let index = node.index ^ 1;
                let before = if index < end { Some(*siblings.words()) } else { None };
                sibling = Node { index, before, after: None };
                if node.index & 1 == 0 {
                    (node, &sibling)
                } else {
                    (&sibling, node)
                }
            };
            let old = |node: &Node| node.before.unwrap_or(*empty);
            let new = |node: &Node| node.after.or(node.before).unwrap_or(*empty);
            let before = if left.before.is_none() && right.before.is_none() {
                None
            } else {
                Some(pair(&old(left), &old(right)))
            };
            let after = if left.after.is_none() && right.after.is_none() {
                None
            } else {
                Some(pair(&new(left), &new(right)))
            };
            parents.push(Node { index: node.index >> 1, before, after });
        }
        parents
    }
}

pub fn pair(left: &Words, right: &Words) -> Words {
    let mut block = [0; 16];
    block[..8].copy_from_slice(left);
    block[8..].copy_from_slice(right);
    hash_block(&NODE, &block)
}
