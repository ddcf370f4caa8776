//! Runs transactions, block by block, on one journal: what an earlier block wrote the later ones find there.

use crate::block::{Block, BloomHasher, Env};
use crate::crypto::keccak256;
use crate::mark;
use crate::refusal::Refusal;
use crate::state::{Oracle, State};
use crate::tx::{decode, Decoded, Origin, DEPOSIT};
use alloc::vec::Vec;
use alloy_primitives::{Address, Bytes, Log, B256, U256};
use revm::context::result::{EVMError, ExecutionResult, HaltReason, Output};
use revm::context::{BlockEnv, CfgEnv, Context, JournalTr, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::transaction::AuthorizationTr;
use revm::handler::{ExecuteEvm, MainBuilder, MainnetContext, MainnetEvm};
use revm::primitives::hardfork::SpecId;
use revm::state::AccountStatus;

pub const SPEC: SpecId = if cfg!(feature = "cancun") { SpecId::CANCUN } else { SpecId::OSAKA };

/// The L1's queue as far as it was taken: rolling hash Keccak-256(before ‖ transaction's hash), and count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deposits {
    pub hash: B256,
    pub count: u64,
}

pub struct Receipt {
    pub kind: u8,
    pub hash: B256,
    pub from: Address,
    pub to: Option<Address>,
    pub created: Option<Address>,
    pub success: bool,
    pub halt: Option<HaltReason>,
    pub gas_used: u64,
    pub cumulative_gas: u64,
    pub gas_price: u128,
    pub logs: Vec<Log>,
    pub output: Bytes,
}

pub type Evm<O> = MainnetEvm<MainnetContext<State<O>>>;

pub fn config(chain_id: u64) -> CfgEnv {
    let mut cfg = CfgEnv::new().with_chain_id(chain_id);
    cfg.set_spec_and_mainnet_gas_params(SPEC);
    cfg
}

pub fn block_env(number: u64, env: &Env) -> BlockEnv {
    BlockEnv {
        number: U256::from(number),
        beneficiary: env.coinbase,
        timestamp: U256::from(env.timestamp),
        gas_limit: env.gas_limit,
        basefee: env.base_fee,
        difficulty: U256::ZERO,
        prevrandao: Some(env.prev_randao),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice { excess_blob_gas: 0, blob_gasprice: 1 }),
        slot_num: 0,
    }
}

pub fn evm<O: Oracle>(state: State<O>, chain_id: u64) -> Evm<O> {
    let mut context: MainnetContext<State<O>> = Context::new(state, SPEC);
    context.cfg = config(chain_id);
    context.build_mainnet()
}

pub struct Executor<O: Oracle> {
    pub evm: Evm<O>,
    pub block: Block,
    pub deposits: Deposits,
    bloom: BloomHasher,
}

impl<O: Oracle> Executor<O> {
    /// Opens the first block.
    pub fn new(oracle: O, chain_id: u64, number: u64, env: Env, parent: B256, deposits: Deposits) -> Self {
        let mut evm = evm(State::new(oracle, number, parent), chain_id);
        evm.set_block(block_env(number, &env));
        Self { evm, block: Block::new(number, env, parent), deposits, bloom: BloomHasher::default() }
    }

    /// Closes the block; `next` opens the one behind it. Returns the header of the closed one.
    pub fn close(&mut self) -> Vec<u8> {
        let _mark = mark!("header");
        let header = self.block.header();
        self.evm.ctx.journaled_state.db_mut().push_block(keccak256(&header));
        header
    }

    pub fn next(&mut self, env: Env) {
        let number = self.block.number + 1;
        self.evm.set_block(block_env(number, &env));
        let parent = self.evm.ctx.journaled_state.db().parent_hash();
        self.block = Block::new(number, env, parent);
    }

    /// Runs a transaction; a refused one leaves nothing. `sender` is trusted where it is given.
    pub fn apply(&mut self, raw: &[u8], sender: Option<Address>) -> Result<Receipt, Refusal> {
        let decoded = {
            let _mark = mark!("decoding");
            decode(raw)?
        };
        let deposited = matches!(decoded.origin, Origin::Deposit { .. });
        let limit = self.block.env.gas_limit;
        // A deposit that fits no block goes on, to fail.
        if decoded.env.gas_limit > limit - self.block.gas_used && !(deposited && decoded.env.gas_limit > limit) {
            return Err(Refusal::BlockGasLimit);
        }
        let from = match sender {
            Some(sender) if !deposited => sender,
            _ => decoded.sender()?,
        };
        let Decoded { hash, mut env, origin } = decoded;
        let kind = if deposited { DEPOSIT } else { env.tx_type };
        let to = env.kind.to().copied();
        let price = effective_price(&env, self.block.env.base_fee);
        let execution = mark!("execution");
        let result = match origin {
            Origin::Signed(_) => {
                env.caller = from;
                self.forget_empty(&env);
                match self.evm.transact_one(env) {
                    Ok(result) => result,
                    Err(EVMError::Transaction(reason)) => return Err(Refusal::from(&reason)),
                    Err(_) => return Err(Refusal::Other),
                }
            }
            Origin::Deposit { index, mint } => {
                if index != self.deposits.count {
                    return Err(Refusal::DepositOrder);
                }
                let result = self.deposit(env, mint);
                let mut link = [0; 64];
                link[..32].copy_from_slice(self.deposits.hash.as_slice());
                link[32..].copy_from_slice(hash.as_slice());
                self.deposits = Deposits { hash: keccak256(link), count: index + 1 };
                result
            }
        };
        drop(execution);
        let _mark = mark!("receipt");
        let gas_used = result.tx_gas_used();
        let success = result.is_success();
        let (created, output, halt, logs) = match result {
            ExecutionResult::Success { output: Output::Call(output), logs, .. } => (None, output, None, logs),
            ExecutionResult::Success { output: Output::Create(output, at), logs, .. } => (at, output, None, logs),
            ExecutionResult::Revert { output, .. } => (None, output, None, Vec::new()),
            ExecutionResult::Halt { reason, .. } => (None, Bytes::new(), Some(reason), Vec::new()),
        };
        self.block.gas_used += gas_used;
        self.block.add(&hash, kind, success, &logs, &mut self.bloom);
        let cumulative_gas = self.block.gas_used;
        Ok(Receipt {
            kind, hash, from, to, created, success, halt, gas_used, cumulative_gas, gas_price: price, logs, output,
        })
    }

    /// An account that is empty does not exist, however earlier transactions touched it (EIP-161). EIP-7702 refunds for those
    /// that do, and revm takes a touched one for such.
    pub fn forget_empty(&mut self, env: &TxEnv) {
        let state = &mut self.evm.ctx.journaled_state.inner.state;
        for authority in env.authorization_list.iter().filter_map(AuthorizationTr::authority) {
            if let Some(account) = state.get_mut(&authority).filter(|account| account.is_empty()) {
                account.unmark_touch();
                account.status |= AccountStatus::LoadedAsNotExisting;
            }
        }
    }

    /// A deposit always runs: what it mints stays and its sender's nonce grows, whatever becomes of its call. A call that
    /// cannot start takes no gas.
    fn deposit(&mut self, mut env: TxEnv, mint: u128) -> ExecutionResult {
        let caller = env.caller;
        let journal = &mut self.evm.ctx.journaled_state;
        {
            let Ok(mut account) = journal.load_account_mut(caller);
            account.data.incr_balance(U256::from(mint));
            account.data.touch();
            env.nonce = account.data.nonce();
        }
        journal.commit_tx();
        let cfg = &mut self.evm.ctx.cfg;
        cfg.disable_base_fee = true;
        cfg.disable_eip3607 = true;
        let result = self.evm.transact_one(env);
        let cfg = &mut self.evm.ctx.cfg;
        cfg.disable_base_fee = false;
        cfg.disable_eip3607 = false;
        result.unwrap_or_else(|_| {
            let journal = &mut self.evm.ctx.journaled_state;
            {
                let Ok(mut account) = journal.load_account_mut(caller);
                account.data.touch();
                account.data.bump_nonce();
            }
            journal.commit_tx();
            ExecutionResult::Revert { gas: Default::default(), logs: Vec::new(), output: Bytes::new() }
        })
    }
}

/// What a unit of gas costs: the base fee and as much of the tip as the limit leaves.
pub fn effective_price(env: &TxEnv, base_fee: u64) -> u128 {
    match env.gas_priority_fee {
        Some(tip) => env.gas_price.min(tip.saturating_add(u128::from(base_fee))),
        None => env.gas_price,
    }
}
