//! The state as revm reads it: from an oracle, each account and each slot once. The reads' order is that of the oracle's
//! words, and what they said is what the final state is compared with.

use crate::crypto::{hash_words, Words, ACCOUNT, KEY};
use alloc::vec::Vec;
use alloy_primitives::{Address, Bytes, B256, KECCAK256_EMPTY, U256};
use core::convert::Infallible;
use revm::bytecode::Bytecode;
use revm::primitives::{HashMap, HashSet};
use revm::state::{AccountInfo, EvmState};
use revm::Database;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Account {
    pub nonce: u64,
    pub balance: U256,
    pub code_hash: B256,
}

/// Where answers come from: a host's state, or proven words.
pub trait Oracle {
    /// None where there is no account, or an empty one.
    fn account(&mut self, address: &Address) -> Option<Account>;
    fn storage(&mut self, address: &Address, slot: &U256) -> U256;
    fn code(&mut self, hash: &B256) -> Bytes;
    /// Of a block before those that the run knows itself.
    fn block_hash(&mut self, number: u64) -> B256;
}

#[derive(Clone, Copy, Debug)]
pub enum Read {
    Account(Address, Option<Account>),
    Slot(Address, U256, U256),
}

/// What a read came to be.
pub enum After {
    Account(Option<Account>),
    Slot(U256),
}

pub struct State<O> {
    pub oracle: O,
    pub reads: Vec<Read>,
    codes: HashMap<B256, Bytecode>,
    /// Hashes of the latest blocks, ending with the one before the block being run.
    hashes: Vec<B256>,
    next_number: u64,
}

impl<O: Oracle> State<O> {
    /// `next_number` is the first block's, `parent` the hash of the one before.
    pub fn new(oracle: O, next_number: u64, parent: B256) -> Self {
        Self { oracle, reads: Vec::new(), codes: HashMap::default(), hashes: alloc::vec![parent], next_number }
    }

    pub fn push_block(&mut self, hash: B256) {
        self.hashes.push(hash);
        self.next_number += 1;
    }

    pub fn parent_hash(&self) -> B256 {
        self.hashes[self.hashes.len() - 1]
    }

    /// Asks for the slots that were written unread, in a contract that is new: so that each write has its read.
    fn complete(&mut self, state: &EvmState) {
        let mut created = Vec::new();
        let mut known = HashSet::<(Address, U256)>::default();
        for read in &self.reads {
            match read {
                Read::Account(address, _) => {
                    let account = &state[address];
                    if account.is_created() && !account.is_selfdestructed_locally() {
                        created.push(*address);
                    }
                }
                Read::Slot(address, slot, _) if state[address].is_created() => {
                    known.insert((*address, *slot));
                }
                Read::Slot(..) => {}
            }
        }
        for address in created {
            let slots = state[&address].storage.iter().filter(|(_, slot)| !slot.present_value.is_zero());
            let mut written: Vec<U256> = slots.map(|(k, _)| *k).filter(|k| !known.contains(&(address, *k))).collect();
            // Not in the order of a map, which differs between builds.
            written.sort_unstable();
            for slot in written {
                let before = self.oracle.storage(&address, &slot);
                self.reads.push(Read::Slot(address, slot, before));
            }
        }
    }

    /// The final state, read by read.
    pub fn finish(&mut self, state: &EvmState, mut each: impl FnMut(usize, &Read, After)) {
        self.complete(state);
        for (i, read) in self.reads.iter().enumerate() {
            match read {
                Read::Account(address, _) => each(i, read, After::Account(final_account(state, address))),
                Read::Slot(address, slot, before) => {
                    let account = &state[address];
                    let value = if account.is_selfdestructed_locally() {
                        U256::ZERO
                    } else {
                        account.storage.get(slot).map_or(*before, |s| s.present_value)
                    };
                    each(i, read, After::Slot(value));
                }
            }
        }
    }
}

fn final_account(state: &EvmState, address: &Address) -> Option<Account> {
    let account = &state[address];
    let info = &account.info;
    if account.is_selfdestructed_locally() || info.is_empty() {
        return None;
    }
    Some(Account { nonce: info.nonce, balance: info.balance, code_hash: info.code_hash })
}

impl<O: Oracle> Database for State<O> {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        let account = self.oracle.account(&address);
        self.reads.push(Read::Account(address, account));
        Ok(account.map(|a| AccountInfo {
            balance: a.balance,
            nonce: a.nonce,
            code_hash: a.code_hash,
            account_id: None,
            code: None,
        }))
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Infallible> {
        if hash == KECCAK256_EMPTY {
            return Ok(Bytecode::default());
        }
        let oracle = &mut self.oracle;
        Ok(self.codes.entry(hash).or_insert_with(|| Bytecode::new_raw(oracle.code(&hash))).clone())
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        let value = self.oracle.storage(&address, &slot);
        self.reads.push(Read::Slot(address, slot, value));
        Ok(value)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        let back = (self.next_number - number) as usize;
        Ok(match self.hashes.len().checked_sub(back) {
            Some(at) => self.hashes[at],
            None => self.oracle.block_hash(number),
        })
    }
}

pub fn words_of_address(address: &Address) -> [u32; 5] {
    core::array::from_fn(|i| u32::from_le_bytes(address[4 * i..4 * i + 4].try_into().unwrap()))
}

/// Little-endian limbs of 32 bits.
pub fn words_of_number(number: &U256) -> Words {
    let limbs = number.as_limbs();
    core::array::from_fn(|i| (limbs[i / 2] >> (32 * (i & 1))) as u32)
}

pub fn number_of_words(words: &Words) -> U256 {
    U256::from_limbs(core::array::from_fn(|i| u64::from(words[2 * i]) | u64::from(words[2 * i + 1]) << 32))
}

/// Where an account is in the tree.
pub fn account_key(address: &Address) -> Words {
    hash_words(&KEY, &words_of_address(address))
}

/// Where a slot is in the tree.
pub fn slot_key(address: &Address, slot: &U256) -> Words {
    let mut words = [0; 13];
    words[..5].copy_from_slice(&words_of_address(address));
    words[5..].copy_from_slice(&words_of_number(slot));
    hash_words(&KEY, &words)
}

/// What the tree holds of an account: zero for none.
pub fn account_value(account: Option<&Account>) -> Words {
    let Some(account) = account else { return [0; 8] };
    let mut words = [0; 18];
    words[0] = account.nonce as u32;
    words[1] = (account.nonce >> 32) as u32;
    words[2..10].copy_from_slice(&words_of_number(&account.balance));
    if account.code_hash == KECCAK256_EMPTY {
        return hash_words(&ACCOUNT, &words[..10]);
    }
    words[10..].copy_from_slice(&crate::crypto::words_of_hash(&account.code_hash));
    hash_words(&ACCOUNT, &words)
}
