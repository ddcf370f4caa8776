//! The oracle of a proof: recorded words, each shown to be what the state has.
//!
//! An account or slot that has a leaf: position in the table × 2 + 1, then, for an account that exists, nonce (2 words),
//! balance (8), 1 and the code's hash (8) or 0. One that has none: position of the leaf below × 2, position of the leaf
//! above. Code: its bytes. A block's hash: headers down to the one behind
//! that block, those that were not needed before.

use crate::batch::{commitment, journal, parent_of, run, Head};
use crate::mark;
use crate::crypto::{keccak256, Words};
use crate::state::{
    account_key, account_value, number_of_words, slot_key, words_of_number, Account, After, Oracle, Read,
};
use crate::tree::Tree;
use crate::words::Cursor;
use alloc::vec;
use alloc::vec::Vec;
use alloy_primitives::{Address, Bytes, B256, KECCAK256_EMPTY, U256};

/// First word of an input: "WRB1".
pub const MAGIC: u32 = 0x3142_5257;

struct Place {
    key: Words,
    /// Of the leaf, or of the leaf below.
    position: usize,
    present: bool,
}

pub struct WordOracle<'a> {
    words: Cursor<'a>,
    tree: Tree,
    places: Vec<Place>,
    /// Number of the newest block before the batch, and hashes from its own down, as far as they are known.
    newest: u64,
    hashes: Vec<B256>,
}

impl WordOracle<'_> {
    /// The value at a key.
    fn find(&mut self, key: Words) -> Words {
        let word = self.words.u32();
        let position = (word >> 1) as usize;
        let present = word & 1 == 1;
        let value = if present {
            *self.tree.present(position, &key)
        } else {
            self.tree.check_absent(position, self.words.u32() as usize, &key);
            [0; 8]
        };
        self.places.push(Place { key, position, present });
        value
    }
}

impl Oracle for WordOracle<'_> {
    fn account(&mut self, address: &Address) -> Option<Account> {
        let value = self.find(account_key(address));
        if value == [0; 8] {
            return None;
        }
        let account = Account {
            nonce: self.words.u64(),
            balance: number_of_words(self.words.words()),
            code_hash: if self.words.flag() { self.words.hash() } else { KECCAK256_EMPTY },
        };
        assert!(account_value(Some(&account)) == value, "an account is not the one in the tree");
        Some(account)
    }

    fn storage(&mut self, address: &Address, slot: &U256) -> U256 {
        number_of_words(&self.find(slot_key(address, slot)))
    }

    fn code(&mut self, hash: &B256) -> Bytes {
        let code = self.words.bytes();
        assert!(keccak256(code) == *hash, "code has another hash");
        Bytes::copy_from_slice(code)
    }

    fn block_hash(&mut self, number: u64) -> B256 {
        let back = (self.newest - number) as usize;
        while self.hashes.len() <= back {
            let known = &self.hashes[self.hashes.len() - 1];
            let parent = parent_of(self.words.bytes(), known);
            self.hashes.push(parent);
        }
        self.hashes[back]
    }
}

/// The whole run: from the words of an input to the journal.
pub fn prove(input: &[u32]) -> Vec<u8> {
    let mut words = Cursor::new(input);
    assert!(words.u32() == MAGIC, "not a batch");
    let root = *words.words();
    let count = words.u64();
    let head = Head::read(&mut words);
    let data_len = words.u32() as usize;
    let data = words.take(data_len);
    let tree = Tree::read(&mut words, count);
    let oracle = WordOracle { words, tree, places: Vec::new(), newest: head.number, hashes: vec![head.hash] };
    let (mut executor, summary) = run(oracle, &head, data);
    let (after_root, after_count) = apply(&mut executor, &root, count);
    let before = commitment(&root, count, &head);
    let after = commitment(&after_root, after_count, &summary.head);
    journal(&before, &after, head.number + 1, &summary)
}

/// Checks the root before, and gives root and number of leaves after.
fn apply(executor: &mut crate::executor::Executor<WordOracle>, root: &Words, count: u64) -> (Words, u64) {
    let _mark = mark!("state");
    let journal = &mut executor.evm.ctx.journaled_state;
    let state = core::mem::take(&mut journal.inner.state);
    let database = &mut journal.database;
    let mut changes = Vec::new();
    database.finish(&state, |i, read, after| {
        let value = match (read, after) {
            (Read::Account(_, before), After::Account(after)) if *before != after => account_value(after.as_ref()),
            (Read::Slot(_, _, before), After::Slot(after)) if *before != after => words_of_number(&after),
            _ => return,
        };
        changes.push((i, value));
    });
    let oracle = &mut database.oracle;
    let mut tree = core::mem::replace(&mut oracle.tree, Tree::read(&mut Cursor::new(&[0]), 0));
    for (i, value) in changes {
        let place = &oracle.places[i];
        if place.present {
            tree.set(place.position, value);
        } else {
            tree.insert(place.position, place.key, value);
        }
    }
    // A batch that reads nothing changes nothing.
    let (before, after, count) = tree.roots(&mut oracle.words).unwrap_or((*root, *root, count));
    assert!(before == *root, "leaves are not of the tree");
    assert!(oracle.words.is_empty(), "words behind the last");
    (after, count)
}
