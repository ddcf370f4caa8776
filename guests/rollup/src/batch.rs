//! A batch of blocks, from words; the commitment to the state; the journal.
//!
//! Data of a batch: chain id (2 words), number of blocks; for each block timestamp, gas limit, base fee (2 words each),
//! coinbase (5), prevRandao (8), number of transactions; for each of those its length in bytes and its bytes.

use crate::block::{messages_root, Env};
use crate::crypto::{bytes_of, hash_words, keccak256, words_of_hash, Words, DATA, STATE};
use crate::mark;
use crate::executor::{Deposits, Executor};
use crate::state::Oracle;
use crate::words::Cursor;
use alloc::vec::Vec;
use alloy_primitives::B256;

/// What of the last block the next one builds on.
#[derive(Clone, Copy)]
pub struct Head {
    pub number: u64,
    pub timestamp: u64,
    pub hash: B256,
    pub deposits: Deposits,
}

impl Head {
    /// 22 words: number, timestamp, hash, deposits' hash and count.
    pub fn read(words: &mut Cursor) -> Self {
        Self {
            number: words.u64(),
            timestamp: words.u64(),
            hash: words.hash(),
            deposits: Deposits { hash: words.hash(), count: words.u64() },
        }
    }

    pub fn write(&self) -> [u32; 22] {
        let mut out = [0; 22];
        out[..2].copy_from_slice(&split(self.number));
        out[2..4].copy_from_slice(&split(self.timestamp));
        out[4..12].copy_from_slice(&words_of_hash(&self.hash));
        out[12..20].copy_from_slice(&words_of_hash(&self.deposits.hash));
        out[20..].copy_from_slice(&split(self.deposits.count));
        out
    }
}

const fn split(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// Commitment to a state: the tree's root and number of leaves, and the head of the chain.
pub fn commitment(root: &Words, leaves: u64, head: &Head) -> Words {
    let mut words = [0; 32];
    words[..8].copy_from_slice(root);
    words[8..10].copy_from_slice(&split(leaves));
    words[10..].copy_from_slice(&head.write());
    hash_words(&STATE, &words)
}

/// What a batch is besides its state.
pub struct Summary {
    pub chain_id: u64,
    pub head: Head,
    pub first_timestamp: u64,
    pub data_hash: Words,
    pub messages_root: B256,
}

/// Runs all blocks. A refused transaction has no place in a batch: the run ends.
pub fn run<O: Oracle>(oracle: O, head: &Head, data: &[u32]) -> (Executor<O>, Summary) {
    let mut words = Cursor::new(data);
    let chain_id = words.u64();
    let blocks = words.u32();
    assert!(blocks > 0, "a batch has blocks");
    let mut env = Env::read(&mut words);
    let first_timestamp = env.timestamp;
    let mut timestamp = head.timestamp;
    let mut leaves = Vec::new();
    let mut executor = Executor::new(oracle, chain_id, head.number + 1, env.clone(), head.hash, head.deposits);
    for i in 0..blocks {
        if i > 0 {
            env = Env::read(&mut words);
            executor.next(env.clone());
        }
        assert!(env.timestamp >= timestamp, "time goes back");
        timestamp = env.timestamp;
        for number in 0..words.u32() {
            let raw = words.bytes();
            if let Err(refusal) = executor.apply(raw, crate::known_sender(raw)) {
                panic!("block {}, transaction {number}: {}", executor.block.number, refusal.name());
            }
        }
        executor.close();
        leaves.extend(executor.block.messages.iter().map(|m| m.hash()));
    }
    assert!(words.is_empty(), "data behind the last block");
    let hash = executor.evm.ctx.journaled_state.database.parent_hash();
    let head = Head { number: executor.block.number, timestamp, hash, deposits: executor.deposits };
    let _mark = mark!("data");
    let summary = Summary {
        chain_id,
        head,
        first_timestamp,
        data_hash: hash_words(&DATA, data),
        messages_root: messages_root(leaves),
    };
    (executor, summary)
}

/// The journal: state before and after, data hash, messages' root, deposits' rolling hash (32 bytes each), then deposits'
/// count, chain id, number of the first block and of the last, time of the first and of the last (8 bytes, big-endian).
pub fn journal(before: &Words, after: &Words, first_number: u64, summary: &Summary) -> Vec<u8> {
    let mut out = Vec::with_capacity(208);
    out.extend_from_slice(bytes_of(before).as_slice());
    out.extend_from_slice(bytes_of(after).as_slice());
    out.extend_from_slice(bytes_of(&summary.data_hash).as_slice());
    out.extend_from_slice(summary.messages_root.as_slice());
    out.extend_from_slice(summary.head.deposits.hash.as_slice());
    let numbers = [
        summary.head.deposits.count,
        summary.chain_id,
        first_number,
        summary.head.number,
        summary.first_timestamp,
        summary.head.timestamp,
    ];
    for number in numbers {
        out.extend_from_slice(&number.to_be_bytes());
    }
    out
}

/// The parent's hash in a header: its first field.
pub fn parent_of(header: &[u8], hash: &B256) -> B256 {
    assert!(keccak256(header) == *hash, "a header is another block's");
    let parent = crate::rlp::Reader::new(header).list().and_then(|mut fields| fields.fixed::<32>());
    B256::new(parent.expect("a header"))
}
