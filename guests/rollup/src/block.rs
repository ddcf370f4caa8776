//! Headers, blooms, and what a block's transactions leave besides state.

use crate::crypto::{bytes_of, hash_bytes, keccak256, RECEIPTS, TRANSACTIONS};
use crate::words::Cursor;
use crate::rlp::{put_bytes, put_list_head, put_u64};
use alloc::vec::Vec;
use alloy_primitives::{address, b256, Address, Log, B256};
use revm::primitives::HashMap;

/// The contract whose logs are messages to the L1. Its code, in the genesis, logs (topic, caller; value ‖ call data).
pub const MESSENGER: Address = address!("0x0000000000000000000000000000000000008008");
/// Keccak-256 of `Message(address,uint256,bytes)`.
pub const MESSAGE_TOPIC: B256 = b256!("0x66e7e6a7271f241b3984665efcb646635ed452b2b87ac963df0722b67b2f94e7");
const EMPTY_OMMERS: B256 = b256!("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");

/// What whoever makes the block decides.
#[derive(Clone, Debug)]
pub struct Env {
    pub timestamp: u64,
    pub gas_limit: u64,
    pub base_fee: u64,
    pub coinbase: Address,
    pub prev_randao: B256,
}

impl Env {
    pub fn read(words: &mut Cursor) -> Self {
        Self {
            timestamp: words.u64(),
            gas_limit: words.u64(),
            base_fee: words.u64(),
            coinbase: words.address(),
            prev_randao: words.hash(),
        }
    }
}

pub struct Message {
    pub sender: Address,
    /// Value (32 bytes) and call data.
    pub data: Vec<u8>,
}

impl Message {
    pub fn of(log: &Log) -> Option<Self> {
        let topics = log.topics();
        if log.address != MESSENGER || topics.len() != 2 || topics[0] != MESSAGE_TOPIC {
            return None;
        }
        Some(Self { sender: Address::from_word(topics[1]), data: log.data.data.to_vec() })
    }

    /// A leaf of the messages' tree: Keccak-256(0x00 ‖ sender ‖ value ‖ call data).
    pub fn hash(&self) -> B256 {
        let mut out = Vec::with_capacity(21 + self.data.len());
        out.push(0);
        out.extend_from_slice(self.sender.as_slice());
        out.extend_from_slice(&self.data);
        keccak256(&out)
    }
}

/// Root of the batch's messages: Keccak-256(0x01 ‖ left ‖ right), zero leaves up to a power of two; zero if there are none.
pub fn messages_root(mut level: Vec<B256>) -> B256 {
    if level.is_empty() {
        return B256::ZERO;
    }
    level.resize(level.len().next_power_of_two(), B256::ZERO);
    while level.len() > 1 {
        level = level
            .chunks_exact(2)
            .map(|pair| {
                let mut node = [1u8; 65];
                node[1..33].copy_from_slice(pair[0].as_slice());
                node[33..].copy_from_slice(pair[1].as_slice());
                keccak256(node)
            })
            .collect();
    }
    level[0]
}

/// The logs' Bloom filter; hashes of what comes again are remembered.
#[derive(Default)]
pub struct BloomHasher {
    addresses: HashMap<Address, [u16; 3]>,
    topics: HashMap<B256, [u16; 3]>,
}

impl BloomHasher {
    pub fn add(&mut self, bloom: &mut [u8; 256], log: &Log) {
        set(bloom, *self.addresses.entry(log.address).or_insert_with(|| bits(log.address.as_slice())));
        for topic in log.topics() {
            set(bloom, *self.topics.entry(*topic).or_insert_with(|| bits(topic.as_slice())));
        }
    }
}

fn bits(bytes: &[u8]) -> [u16; 3] {
    let hash = keccak256(bytes);
    [0, 2, 4].map(|i| u16::from_be_bytes([hash[i], hash[i + 1]]) & 2047)
}

fn set(bloom: &mut [u8; 256], bits: [u16; 3]) {
    for bit in bits {
        bloom[255 - bit as usize / 8] |= 1 << (bit & 7);
    }
}

/// Sums of a block while it is being filled.
pub struct Block {
    pub number: u64,
    pub env: Env,
    pub parent: B256,
    pub gas_used: u64,
    pub bloom: [u8; 256],
    pub messages: Vec<Message>,
    hashes: Vec<u8>,
    receipts: Vec<u8>,
}

impl Block {
    pub fn new(number: u64, env: Env, parent: B256) -> Self {
        Self {
            number,
            env,
            parent,
            gas_used: 0,
            bloom: [0; 256],
            messages: Vec::new(),
            hashes: Vec::new(),
            receipts: Vec::new(),
        }
    }

    /// Adds a transaction that ran: `gas_used` already has its gas.
    pub fn add(&mut self, hash: &B256, kind: u8, success: bool, logs: &[Log], bloom: &mut BloomHasher) {
        self.hashes.extend_from_slice(hash.as_slice());
        let out = &mut self.receipts;
        out.extend_from_slice(&[kind, u8::from(success), logs.len() as u8, (logs.len() >> 8) as u8]);
        out.extend_from_slice(&self.gas_used.to_le_bytes());
        for log in logs {
            let data = &log.data.data;
            let topics = log.topics();
            out.extend_from_slice(&((data.len() as u32) << 3 | topics.len() as u32).to_le_bytes());
            out.extend_from_slice(log.address.as_slice());
            for topic in topics {
                out.extend_from_slice(topic.as_slice());
            }
            out.extend_from_slice(data);
            out.resize(out.len().next_multiple_of(4), 0);
            bloom.add(&mut self.bloom, log);
            self.messages.extend(Message::of(log));
        }
    }

    /// The header, as London has it. State root: zero, so that nothing waits for it. Roots of transactions and receipts:
    /// BLAKE3 of the transactions' hashes and of the receipts' contents.
    pub fn header(&self) -> Vec<u8> {
        let mut fields = Vec::with_capacity(600);
        put_bytes(&mut fields, self.parent.as_slice());
        put_bytes(&mut fields, EMPTY_OMMERS.as_slice());
        put_bytes(&mut fields, self.env.coinbase.as_slice());
        put_bytes(&mut fields, &[0; 32]);
        put_bytes(&mut fields, self.transactions_root().as_slice());
        put_bytes(&mut fields, self.receipts_root().as_slice());
        put_bytes(&mut fields, &self.bloom);
        put_u64(&mut fields, 0);
        put_u64(&mut fields, self.number);
        put_u64(&mut fields, self.env.gas_limit);
        put_u64(&mut fields, self.gas_used);
        put_u64(&mut fields, self.env.timestamp);
        put_bytes(&mut fields, &[]);
        put_bytes(&mut fields, self.env.prev_randao.as_slice());
        put_bytes(&mut fields, &[0; 8]);
        put_u64(&mut fields, self.env.base_fee);
        let mut out = Vec::with_capacity(fields.len() + 4);
        put_list_head(&mut out, fields.len());
        out.extend_from_slice(&fields);
        out
    }

    pub fn transactions_root(&self) -> B256 {
        bytes_of(&hash_bytes(&TRANSACTIONS, &self.hashes))
    }

    pub fn receipts_root(&self) -> B256 {
        bytes_of(&hash_bytes(&RECEIPTS, &self.receipts))
    }
}
