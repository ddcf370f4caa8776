//! What a transaction or a call did, as a list of events for a host: calls and logs, or steps, or the places it touched.
//! Numbers are little-endian, words of the EVM big-endian. Layouts: `Inspector` below.

use super::{message_evm, outcome, words_at, Host, Out};
use crate::executor::{effective_price, Executor, Receipt};
use crate::refusal::Refusal;
use crate::tx::{self, Decoded, Origin};
use crate::words::Cursor;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use alloy_primitives::{Address, Log, B256, U256};
use revm::bytecode::opcode;
use revm::context::result::EVMError;
use revm::context::ContextTr;
use revm::context_interface::CreateScheme;
use revm::inspector::JournalExt;
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_types::{InputsTr, Jumps, LoopControl, MemoryTr, ReturnData};
use revm::interpreter::{
    CallInputs, CallOutcome, CallScheme, CreateInputs, CreateOutcome, InstructionResult, Interpreter, InterpreterResult,
};
use revm::{InspectEvm, Inspector};

const ENTER: u8 = 1;
const EXIT: u8 = 2;
const LOG: u8 = 3;
const DESTROY: u8 = 4;
const STEP: u8 = 5;

/// What is listed.
const CALLS: u32 = 0;
const STEPS: u32 = 1;
const PLACES: u32 = 2;

/// What a step, or a call, has with it.
const STACK: u32 = 1;
const MEMORY: u32 = 2;
const RETURN_DATA: u32 = 4;
const STORAGE: u32 = 8;
const LOGS: u32 = 16;

#[derive(Default)]
pub struct Tracer {
    kind: u32,
    flags: u32,
    /// Steps to list; the rest is left out.
    steps: u32,
    /// Bytes of events after which nothing is listed any more.
    limit: usize,
    out: Out,
    truncated: bool,
    depth: u16,
    /// Where the step that is under way has what is known after it; its opcode, its slot and its gas.
    open: Option<(usize, u8, Option<(U256, U256)>, u64)>,
    places: BTreeSet<(Address, Option<U256>)>,
}

impl Tracer {
    /// Four words: kind, flags, steps, limit.
    fn read(words: &mut Cursor) -> Self {
        let (kind, flags, steps, limit) = (words.u32(), words.u32(), words.u32(), words.u32());
        Self { kind, flags, steps, limit: limit as usize, ..Self::default() }
    }

    const fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Whether there is room; from the first event on for which there is none, nothing is listed.
    fn has_room(&mut self, more: usize) -> bool {
        self.truncated |= self.out.0.len() + more > self.limit;
        !self.truncated
    }

    fn enter(&mut self, op: u8, from: Address, to: Address, value: U256, gas: u64, input: &[u8]) {
        self.depth += 1;
        if self.kind != CALLS || !self.has_room(input.len() + 128) {
            return;
        }
        self.out.raw(&[ENTER, op]);
        self.out.raw(from.as_slice());
        self.out.raw(to.as_slice());
        self.out.number(value);
        self.out.u64(gas);
        self.out.bytes(input);
    }

    fn exit(&mut self, gas_limit: u64, result: &InterpreterResult, created: Option<&Address>) {
        self.depth -= 1;
        if self.kind != CALLS || !self.has_room(result.output.len() + 128) {
            return;
        }
        let is_halt = !result.result.is_ok() && !result.result.is_revert();
        let used = if is_halt { gas_limit } else { gas_limit.saturating_sub(result.gas.remaining()) };
        self.out.raw(&[EXIT, result.result as u8]);
        self.out.u64(used);
        self.out.bytes(&result.output);
        self.out.address(created);
    }

    /// The events; of a list of places, each with its slot.
    fn finish(mut self) -> (bool, Vec<u8>) {
        for (address, slot) in core::mem::take(&mut self.places) {
            self.out.raw(address.as_slice());
            self.out.raw(&[u8::from(slot.is_some())]);
            self.out.number(slot.unwrap_or_default());
        }
        (self.truncated, self.out.0)
    }
}

/// Address that an opcode looks at, by its place on the stack, and whether the place is the code's own storage.
fn touched(interp: &Interpreter<EthInterpreter>) -> Option<(Address, Option<U256>)> {
    let at = |place: usize| interp.stack.peek(place).ok();
    let address = |place: usize| at(place).map(|word| Address::from_word(B256::from(word)));
    match interp.bytecode.opcode() {
        opcode::SLOAD | opcode::SSTORE => Some((interp.input.target_address(), Some(at(0)?))),
        opcode::BALANCE
        | opcode::EXTCODESIZE
        | opcode::EXTCODECOPY
        | opcode::EXTCODEHASH
        | opcode::SELFDESTRUCT => Some((address(0)?, None)),
        opcode::CALL | opcode::CALLCODE | opcode::DELEGATECALL | opcode::STATICCALL => Some((address(1)?, None)),
        _ => None,
    }
}

impl<C: ContextTr<Journal: JournalExt>> Inspector<C, EthInterpreter> for Tracer {
    /// STEP, pc (4), opcode (1), depth (2), gas (8), [cost (8), failure (1)], refund (8); the stack, the memory and the
    /// returned data, each behind its length (in words, bytes, bytes) or 0; [1, slot, value] or [0].
    fn step(&mut self, interp: &mut Interpreter<EthInterpreter>, _context: &mut C) {
        self.open = None;
        if self.kind == PLACES {
            self.places.extend(touched(interp));
            return;
        }
        if self.kind != STEPS || self.steps == 0 {
            return;
        }
        let stack = interp.stack.data();
        let returned = interp.return_data.buffer();
        let stack_len = if self.has(STACK) { stack.len() } else { 0 };
        let memory_len = if self.has(MEMORY) { interp.memory.size() } else { 0 };
        let returned_len = if self.has(RETURN_DATA) { returned.len() } else { 0 };
        if !self.has_room(32 * stack_len + memory_len + returned_len + 128) {
            return;
        }
        self.steps -= 1;
        let op = interp.bytecode.opcode();
        self.out.raw(&[STEP]);
        self.out.u32(interp.bytecode.pc() as u32);
        self.out.raw(&[op]);
        self.out.raw(&self.depth.to_le_bytes());
        self.out.u64(interp.gas.remaining());
        let open = self.out.0.len();
        self.out.raw(&[0; 9]);
        self.out.u64(interp.gas.refunded() as u64);
        self.out.u32(stack_len as u32);
        for word in &stack[..stack_len] {
            self.out.number(*word);
        }
        self.out.u32(memory_len as u32);
        if memory_len > 0 {
            self.out.raw(&interp.memory.slice(0..memory_len));
        }
        self.out.bytes(&returned[..returned_len]);
        let is_storage = self.has(STORAGE) && matches!(op, opcode::SLOAD | opcode::SSTORE);
        let slot = match (is_storage, interp.stack.peek(0), interp.stack.peek(1)) {
            (true, Ok(slot), value) => Some((slot, value.unwrap_or_default())),
            _ => None,
        };
        self.open = Some((open, op, slot, interp.gas.remaining()));
    }

    fn step_end(&mut self, interp: &mut Interpreter<EthInterpreter>, _context: &mut C) {
        let Some((open, op, slot, gas)) = self.open.take() else { return };
        let cost = gas.saturating_sub(interp.gas.remaining());
        self.out.0[open..open + 8].copy_from_slice(&cost.to_le_bytes());
        let result = interp.bytecode.action().as_ref().and_then(|action| action.instruction_result());
        let failure = result.filter(|r| !r.is_ok() && !r.is_revert() && *r != InstructionResult::Suspend);
        self.out.0[open + 8] = failure.map_or(0, |r| r as u8);
        match slot {
            Some((slot, stored)) if failure.is_none() => {
                let value = if op == opcode::SLOAD { interp.stack.peek(0).unwrap_or_default() } else { stored };
                self.out.raw(&[1]);
                self.out.number(slot);
                self.out.number(value);
            }
            _ => self.out.raw(&[0]),
        }
    }

    /// LOG, address (20), topics and data, each behind its length.
    fn log(&mut self, _context: &mut C, log: Log) {
        if self.kind != CALLS || !self.has(LOGS) || !self.has_room(log.data.data.len() + 192) {
            return;
        }
        self.out.raw(&[LOG]);
        self.out.log(&log);
    }

    /// ENTER, opcode (1), from (20), to (20), value (32), gas (8), input behind its length.
    fn call(&mut self, context: &mut C, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let (op, from, to) = match inputs.scheme {
            CallScheme::Call => (opcode::CALL, inputs.caller, inputs.target_address),
            CallScheme::StaticCall => (opcode::STATICCALL, inputs.caller, inputs.target_address),
            CallScheme::CallCode => (opcode::CALLCODE, inputs.target_address, inputs.bytecode_address),
            CallScheme::DelegateCall => (opcode::DELEGATECALL, inputs.target_address, inputs.bytecode_address),
        };
        let input = inputs.input.bytes(context);
        self.enter(op, from, to, inputs.call_value(), inputs.gas_limit, &input);
        None
    }

    /// EXIT, result (1), gas used (8), output behind its length, [1, address created] or [0, zeros].
    fn call_end(&mut self, _context: &mut C, inputs: &CallInputs, outcome: &mut CallOutcome) {
        self.exit(inputs.gas_limit, &outcome.result, None);
    }

    fn create(&mut self, _context: &mut C, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        let op = if matches!(inputs.scheme(), CreateScheme::Create) { opcode::CREATE } else { opcode::CREATE2 };
        self.enter(op, inputs.caller(), Address::ZERO, inputs.value(), inputs.gas_limit(), inputs.init_code());
        None
    }

    fn create_end(&mut self, _context: &mut C, inputs: &CreateInputs, outcome: &mut CreateOutcome) {
        self.exit(inputs.gas_limit(), &outcome.result, outcome.address.as_ref());
    }

    /// DESTROY, contract (20), receiver (20), value (32).
    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        if self.kind != CALLS || !self.has_room(128) {
            return;
        }
        self.out.raw(&[DESTROY]);
        self.out.raw(contract.as_slice());
        self.out.raw(target.as_slice());
        self.out.number(value);
    }
}

/// A receipt, whether events are missing, and the events behind their length.
fn give(receipt: &Receipt, tracer: Tracer) -> *const u8 {
    let mut out = Out::default();
    out.receipt(receipt);
    let (truncated, events) = tracer.finish();
    out.raw(&[u8::from(truncated)]);
    out.bytes(&events);
    out.give()
}

fn refuse(refusal: Refusal) -> *const u8 {
    let mut out = Out::default();
    out.refusal(refusal);
    out.give()
}

/// Runs a transaction in an open block, as `apply` does, and lists what it did. The block is good for more of them, not for
/// `close`. Words: those of `Tracer::read`, the sender (5), the transaction behind its length in bytes.
///
/// # Safety
/// An open block; there are as many words.
#[no_mangle]
unsafe extern "C" fn trace(executor: *mut Executor<Host>, at: *const u32, words: usize) -> *const u8 {
    let mut words = words_at(at, words);
    let tracer = Tracer::read(&mut words);
    let from = words.address();
    let Decoded { hash, mut env, origin } = match tx::decode(words.bytes()) {
        Ok(decoded) => decoded,
        Err(refusal) => return refuse(refusal),
    };
    if matches!(origin, Origin::Deposit { .. }) {
        return refuse(Refusal::UnsupportedType);
    }
    let executor = &mut *executor;
    if env.gas_limit > executor.block.env.gas_limit - executor.block.gas_used {
        return refuse(Refusal::BlockGasLimit);
    }
    env.caller = from;
    let (kind, to) = (env.tx_type, env.kind.to().copied());
    let price = effective_price(&env, executor.block.env.base_fee);
    executor.forget_empty(&env);
    // The block's machine with a tracer, and back: a panic in between ends the instance.
    let mut traced = core::ptr::read(&executor.evm).with_inspector(tracer);
    let result = traced.inspect_one_tx(env);
    let tracer = core::mem::take(&mut traced.inspector);
    core::ptr::write(&mut executor.evm, traced.with_inspector(()));
    match result {
        Ok(result) => {
            let mut receipt = outcome(result, hash, kind, from, to, price);
            executor.block.gas_used += receipt.gas_used;
            receipt.cumulative_gas = executor.block.gas_used;
            give(&receipt, tracer)
        }
        Err(EVMError::Transaction(reason)) => refuse(Refusal::from(&reason)),
        Err(_) => refuse(Refusal::Other),
    }
}

/// As `call`, and lists what it did. Words: those of `Tracer::read`, then as for `call`.
///
/// # Safety
/// There are as many words.
#[no_mangle]
unsafe extern "C" fn trace_call(at: *const u32, words: usize) -> *const u8 {
    crate::precompiles::install();
    let mut words = words_at(at, words);
    let tracer = Tracer::read(&mut words);
    let (evm, env) = match message_evm(&mut words) {
        Ok(made) => made,
        Err(refusal) => return refuse(refusal),
    };
    let (price, from, to) = (env.gas_price, env.caller, env.kind.to().copied());
    let mut traced = evm.with_inspector(tracer);
    match traced.inspect_one_tx(env) {
        Ok(result) => give(&outcome(result, B256::ZERO, tx::LEGACY, from, to, price), traced.inspector),
        Err(EVMError::Transaction(reason)) => refuse(Refusal::from(&reason)),
        Err(_) => refuse(Refusal::Other),
    }
}
