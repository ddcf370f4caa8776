//! The forward run, for a host of WebAssembly: exports to open a block, apply transactions one by one, close it; to call; to
//! run a whole batch. Imports answer for the state. Arguments and results lie in memory: results until the next call.
//!
//! A panic throws in the host; after that, or after an import that threw, the instance must not be used again.

use crate::batch::{self, Head};
use crate::block::{Block, Env, Message};
use crate::crypto::{bytes_of, keccak256};
use crate::executor::{block_env, evm, Deposits, Evm, Executor, Receipt};
use crate::refusal::Refusal;
use crate::rlp::Reader;
use crate::state::{Account, After, Oracle, Read, State};
use crate::tx;
use crate::words::Cursor;
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use alloy_primitives::{Address, Bytes, Log, B256, U256};
use revm::context::result::{EVMError, ExecutionResult, Output};
use revm::context::TxEnv;
use revm::handler::ExecuteEvm;
use revm::state::EvmState;

mod trace;

#[global_allocator]
static HEAP: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[link(wasm_import_module = "state")]
extern "C" {
    /// Writes nonce (8 bytes, little-endian), balance (32, big-endian), code hash (32); 0 if there is no account.
    fn account(address: *const u8, out: *mut u8) -> u32;
    fn storage(address: *const u8, slot: *const u8, out: *mut u8);
    fn code_size(hash: *const u8) -> u32;
    fn code(hash: *const u8, out: *mut u8);
    fn block_hash(number: u64, out: *mut u8);
    /// Writes the sender of the next transaction of a batch, if it is this one; 0 where it is not known.
    fn sender_of(raw: *const u8, len: usize, out: *mut u8) -> u32;
    fn panicked(text: *const u8, len: usize) -> !;
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    let text = format!("{info}");
    // SAFETY: the host reads what is there.
    unsafe { panicked(text.as_ptr(), text.len()) }
}

/// The sender as the host knows it: it has recovered all of them before, and its word is good for a forward run.
pub fn known_sender(raw: &[u8]) -> Option<Address> {
    let mut out = [0u8; 20];
    // SAFETY: the host reads what is there, and writes 20 bytes.
    let known = unsafe { sender_of(raw.as_ptr(), raw.len(), out.as_mut_ptr()) };
    (known != 0).then(|| Address::new(out))
}

struct Host;

impl Oracle for Host {
    fn account(&mut self, address: &Address) -> Option<Account> {
        let mut out = [0u8; 72];
        // SAFETY: the host writes 72 bytes at most.
        if unsafe { account(address.as_ptr(), out.as_mut_ptr()) } == 0 {
            return None;
        }
        Some(Account {
            nonce: u64::from_le_bytes(out[..8].try_into().unwrap()),
            balance: U256::from_be_slice(&out[8..40]),
            code_hash: B256::from_slice(&out[40..]),
        })
    }

    fn storage(&mut self, address: &Address, slot: &U256) -> U256 {
        let mut out = [0u8; 32];
        // SAFETY: the host writes 32 bytes.
        unsafe { storage(address.as_ptr(), slot.to_be_bytes::<32>().as_ptr(), out.as_mut_ptr()) };
        U256::from_be_bytes(out)
    }

    fn code(&mut self, hash: &B256) -> Bytes {
        // SAFETY: the host writes as many bytes as it says there are.
        unsafe {
            let len = code_size(hash.as_ptr()) as usize;
            let mut out = alloc::vec![0; len];
            code(hash.as_ptr(), out.as_mut_ptr());
            out.into()
        }
    }

    fn block_hash(&mut self, number: u64) -> B256 {
        let mut out = [0u8; 32];
        // SAFETY: the host writes 32 bytes.
        unsafe { block_hash(number, out.as_mut_ptr()) };
        B256::new(out)
    }
}

/// The latest result.
#[derive(Default)]
struct Out(Vec<u8>);

impl Out {
    fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn number(&mut self, value: U256) {
        self.0.extend_from_slice(&value.to_be_bytes::<32>());
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.u32(bytes.len() as u32);
        self.raw(bytes);
    }

    fn address(&mut self, address: Option<&Address>) {
        self.0.push(u8::from(address.is_some()));
        self.raw(address.unwrap_or(&Address::ZERO).as_slice());
    }

    fn logs(&mut self, logs: &[Log]) {
        self.u32(logs.len() as u32);
        for log in logs {
            self.log(log);
        }
    }

    fn log(&mut self, log: &Log) {
        self.raw(log.address.as_slice());
        self.u32(log.topics().len() as u32);
        for topic in log.topics() {
            self.raw(topic.as_slice());
        }
        self.bytes(&log.data.data);
    }

    fn refusal(&mut self, refusal: Refusal) {
        self.0.push(0);
        self.bytes(refusal.name().as_bytes());
    }

    fn receipt(&mut self, receipt: &Receipt) {
        self.0.extend_from_slice(&[1, receipt.kind, u8::from(receipt.success)]);
        self.raw(receipt.hash.as_slice());
        self.raw(receipt.from.as_slice());
        self.address(receipt.to.as_ref());
        self.address(receipt.created.as_ref());
        self.u64(receipt.gas_used);
        self.u64(receipt.cumulative_gas);
        self.number(U256::from(receipt.gas_price));
        self.bytes(&receipt.output);
        self.bytes(receipt.halt.as_ref().map(|h| format!("{h:?}")).unwrap_or_default().as_bytes());
        self.logs(&receipt.logs);
    }

    fn messages(&mut self, messages: &[Message]) {
        self.u32(messages.len() as u32);
        for message in messages {
            self.raw(message.sender.as_slice());
            self.bytes(&message.data);
        }
    }

    fn deposits(&mut self, deposits: &Deposits) {
        self.raw(deposits.hash.as_slice());
        self.u64(deposits.count);
    }

    fn block(&mut self, block: &Block, header: &[u8]) {
        self.bytes(header);
        self.raw(keccak256(header).as_slice());
        self.raw(block.transactions_root().as_slice());
        self.raw(block.receipts_root().as_slice());
        self.raw(&block.bloom);
        self.u64(block.gas_used);
        self.messages(&block.messages);
    }

    /// Accounts, slots and code that differ from what was read, each list behind its length.
    fn changes(&mut self, database: &mut State<Host>, state: &EvmState) {
        let (mut accounts, mut slots, mut codes) = (Self::default(), Self::default(), Self::default());
        let mut counts = [0; 3];
        database.finish(state, |_, read, after| match (read, after) {
            (Read::Account(address, before), After::Account(after)) if *before != after => {
                counts[0] += 1;
                accounts.raw(address.as_slice());
                accounts.0.push(u8::from(after.is_some()));
                let Some(account) = after else { return };
                accounts.u64(account.nonce);
                accounts.number(account.balance);
                accounts.raw(account.code_hash.as_slice());
                if before.is_some_and(|b| b.code_hash == account.code_hash) {
                    return;
                }
                if let Some(code) = state[address].info.code.as_ref().filter(|c| !c.is_empty()) {
                    counts[2] += 1;
                    codes.raw(account.code_hash.as_slice());
                    codes.bytes(code.original_byte_slice());
                }
            }
            (Read::Slot(address, slot, before), After::Slot(after)) if *before != after => {
                counts[1] += 1;
                slots.raw(address.as_slice());
                slots.number(*slot);
                slots.number(after);
            }
            _ => {}
        });
        for (count, list) in counts.into_iter().zip([accounts, slots, codes]) {
            self.u32(count);
            self.raw(&list.0);
        }
    }

    /// Makes it the result: its address, and where `result_size` finds its length.
    fn give(self) -> *const u8 {
        // SAFETY: there is one thread, and no reference to what was there before.
        unsafe {
            let slot = &mut *(&raw mut RESULT);
            *slot = self.0;
            slot.as_ptr()
        }
    }
}

static mut RESULT: Vec<u8> = Vec::new();

#[no_mangle]
extern "C" fn result_size() -> usize {
    // SAFETY: as in `give`.
    unsafe { (*(&raw const RESULT)).len() }
}

/// Memory for arguments, a multiple of four bytes; `release` takes it back.
#[no_mangle]
extern "C" fn reserve(words: usize) -> *mut u32 {
    Box::into_raw(alloc::vec![0u32; words].into_boxed_slice()).cast()
}

/// # Safety
/// What `reserve` gave for as many words.
#[no_mangle]
unsafe extern "C" fn release(at: *mut u32, words: usize) {
    drop(Box::from_raw(core::ptr::slice_from_raw_parts_mut(at, words)));
}

/// # Safety
/// There are as many words.
unsafe fn words_at<'a>(at: *const u32, words: usize) -> Cursor<'a> {
    Cursor::new(core::slice::from_raw_parts(at, words))
}

struct Opening {
    chain_id: u64,
    number: u64,
    parent: B256,
    deposits: Deposits,
    env: Env,
}

fn opening(words: &mut Cursor) -> Opening {
    Opening {
        chain_id: words.u64(),
        number: words.u64(),
        parent: words.hash(),
        deposits: Deposits { hash: words.hash(), count: words.u64() },
        env: Env::read(words),
    }
}

/// Opens a block: chain id, number (2 words each), parent's hash (8), deposits' hash (8) and count (2), and the block's
/// environment as in a batch.
///
/// # Safety
/// There are as many words.
#[no_mangle]
unsafe extern "C" fn open(at: *const u32, words: usize) -> *mut Executor<Host> {
    crate::precompiles::install();
    let o = opening(&mut words_at(at, words));
    Box::into_raw(Box::new(Executor::new(Host, o.chain_id, o.number, o.env, o.parent, o.deposits)))
}

/// # Safety
/// An open block; there are as many bytes; `sender` is null or 20 bytes.
#[no_mangle]
unsafe extern "C" fn apply(
    executor: *mut Executor<Host>,
    at: *const u8,
    bytes: usize,
    sender: *const u8,
) -> *const u8 {
    let sender = if sender.is_null() { None } else { Some(Address::from_slice(core::slice::from_raw_parts(sender, 20))) };
    let mut out = Out::default();
    match (*executor).apply(core::slice::from_raw_parts(at, bytes), sender) {
        Ok(receipt) => out.receipt(&receipt),
        Err(refusal) => out.refusal(refusal),
    }
    out.give()
}

/// Closes the block and gives it up: the block, deposits, changes.
///
/// # Safety
/// An open block.
#[no_mangle]
unsafe extern "C" fn close(executor: *mut Executor<Host>) -> *const u8 {
    let mut executor = Box::from_raw(executor);
    let header = executor.close();
    let mut out = Out::default();
    out.block(&executor.block, &header);
    out.deposits(&executor.deposits);
    let journal = &mut executor.evm.ctx.journaled_state;
    let state = core::mem::take(&mut journal.inner.state);
    out.changes(&mut journal.database, &state);
    out.give()
}

/// Gives an open block up.
///
/// # Safety
/// An open block.
#[no_mangle]
unsafe extern "C" fn abandon(executor: *mut Executor<Host>) {
    drop(Box::from_raw(executor));
}

/// Runs a message without a signature in an open block's place: words as for `open`, then the RLP list [from, to, gas, gas
/// price, value, data, access list] behind its length in bytes. Nonce and block limits are not checked.
///
/// # Safety
/// There are as many words.
#[no_mangle]
unsafe extern "C" fn call(at: *const u32, words: usize) -> *const u8 {
    crate::precompiles::install();
    let mut out = Out::default();
    let (mut evm, env) = match message_evm(&mut words_at(at, words)) {
        Ok(made) => made,
        Err(refusal) => {
            out.refusal(refusal);
            return out.give();
        }
    };
    let (price, from, to) = (env.gas_price, env.caller, env.kind.to().copied());
    match evm.transact_one(env) {
        Ok(result) => out.receipt(&outcome(result, B256::ZERO, tx::LEGACY, from, to, price)),
        Err(EVMError::Transaction(reason)) => out.refusal(Refusal::from(&reason)),
        Err(_) => out.refusal(Refusal::Other),
    }
    out.give()
}

/// What runs a message, and the message.
fn message_evm(words: &mut Cursor) -> Result<(Evm<Host>, TxEnv), Refusal> {
    let o = opening(words);
    let env = Reader::new(words.bytes()).list().and_then(tx::message).map_err(|_| Refusal::Malformed)?;
    let mut evm = evm(State::new(Host, o.number, o.parent), o.chain_id);
    let cfg = &mut evm.ctx.cfg;
    cfg.disable_nonce_check = true;
    cfg.tx_chain_id_check = false;
    cfg.disable_eip3607 = true;
    cfg.disable_block_gas_limit = true;
    cfg.disable_base_fee = env.gas_price == 0;
    cfg.tx_gas_limit_cap = Some(u64::MAX);
    evm.set_block(block_env(o.number, &o.env));
    Ok((evm, env))
}

/// A receipt of what came out; its gas is all of the block's.
fn outcome(
    result: ExecutionResult,
    hash: B256,
    kind: u8,
    from: Address,
    to: Option<Address>,
    gas_price: u128,
) -> Receipt {
    let gas_used = result.tx_gas_used();
    let success = result.is_success();
    let (created, output, halt, logs) = match result {
        ExecutionResult::Success { output: Output::Call(output), logs, .. } => (None, output, None, logs),
        ExecutionResult::Success { output: Output::Create(output, at), logs, .. } => (at, output, None, logs),
        ExecutionResult::Revert { output, .. } => (None, output, None, Vec::new()),
        ExecutionResult::Halt { reason, .. } => (None, Bytes::new(), Some(reason), Vec::new()),
    };
    let cumulative_gas = gas_used;
    Receipt { kind, hash, from, to, created, success, halt, gas_used, cumulative_gas, gas_price, logs, output }
}

/// Runs a batch as the proof does: words of the head of the chain, then those of the batch. Gives the head after, the data's
/// hash, the messages' root, changes.
///
/// # Safety
/// There are as many words.
#[no_mangle]
unsafe extern "C" fn run(at: *const u32, words: usize) -> *const u8 {
    crate::precompiles::install();
    let mut words = words_at(at, words);
    let head = Head::read(&mut words);
    let (mut executor, summary) = batch::run(Host, &head, words.rest());
    let mut out = Out::default();
    out.u64(summary.head.number);
    out.u64(summary.head.timestamp);
    out.raw(summary.head.hash.as_slice());
    out.deposits(&summary.head.deposits);
    out.raw(bytes_of(&summary.data_hash).as_slice());
    out.raw(summary.messages_root.as_slice());
    let journal = &mut executor.evm.ctx.journaled_state;
    let state = core::mem::take(&mut journal.inner.state);
    out.changes(&mut journal.database, &state);
    out.give()
}

/// Runs an input of the proof as the proof does, and gives the journal.
///
/// # Safety
/// There are as many words.
#[no_mangle]
unsafe extern "C" fn prove(at: *const u32, words: usize) -> *const u8 {
    crate::precompiles::install();
    let mut out = Out::default();
    out.raw(&crate::witness::prove(words_at(at, words).rest()));
    out.give()
}

/// The sender of a transaction, or a refusal: for hosts that check signatures elsewhere.
///
/// # Safety
/// There are as many bytes.
#[no_mangle]
unsafe extern "C" fn sender(at: *const u8, bytes: usize) -> *const u8 {
    let mut out = Out::default();
    match tx::decode(core::slice::from_raw_parts(at, bytes)).and_then(|decoded| decoded.sender()) {
        Ok(address) => {
            out.0.push(1);
            out.raw(address.as_slice());
        }
        Err(refusal) => out.refusal(refusal),
    }
    out.give()
}
