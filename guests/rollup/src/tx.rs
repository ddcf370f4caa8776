//! Transactions: decoding, hashes, signatures.

use crate::crypto::keccak256;
use crate::mark;
use crate::refusal::Refusal;
use crate::rlp::{self, put_list_head, put_u64, Malformed, Reader};
use crate::signature::recover;
use alloc::vec::Vec;
use alloy_primitives::{Address, Bytes, TxKind, B256, U256};
use revm::context::TxEnv;
use revm::context_interface::either::Either;
use revm::context_interface::transaction::{
    AccessList, AccessListItem, Authorization, RecoveredAuthority, RecoveredAuthorization,
};

pub const LEGACY: u8 = 0;
pub const ACCESS_LIST: u8 = 1;
pub const DYNAMIC_FEE: u8 = 2;
pub const SET_CODE: u8 = 4;
/// From the L1: unsigned, paid for there.
pub const DEPOSIT: u8 = 0x7e;

/// Bytes of a transaction, at most (128 KiB, as pools of the L1 have it).
pub const MAX_BYTES: usize = 131_072;

pub struct Signature {
    pub hash: B256,
    pub r: [u8; 32],
    pub s: [u8; 32],
    pub y_is_odd: bool,
}

pub enum Origin {
    Signed(Signature),
    /// Its place in the L1's queue, and what it brings.
    Deposit { index: u64, mint: u128 },
}

pub struct Decoded {
    pub hash: B256,
    /// All but the caller of a signed one.
    pub env: TxEnv,
    pub origin: Origin,
}

impl Decoded {
    pub fn sender(&self) -> Result<Address, Refusal> {
        match &self.origin {
            Origin::Signed(s) => {
                let _mark = mark!("signature");
                recover(&s.hash, &s.r, &s.s, s.y_is_odd).ok_or(Refusal::Signature)
            }
            Origin::Deposit { .. } => Ok(self.env.caller),
        }
    }
}

pub fn decode(raw: &[u8]) -> Result<Decoded, Refusal> {
    if raw.len() > MAX_BYTES {
        return Err(Refusal::TooLong);
    }
    let first = *raw.first().ok_or(Refusal::Malformed)?;
    let decoded = match first {
        0xc0.. => legacy(raw),
        ACCESS_LIST | DYNAMIC_FEE | SET_CODE => typed(raw),
        DEPOSIT => deposit(raw),
        _ => return Err(Refusal::UnsupportedType),
    };
    decoded.map_err(|Malformed| Refusal::Malformed)
}

fn blank() -> TxEnv {
    TxEnv {
        tx_type: LEGACY,
        caller: Address::ZERO,
        gas_limit: 0,
        gas_price: 0,
        kind: TxKind::Create,
        value: U256::ZERO,
        data: Bytes::new(),
        nonce: 0,
        chain_id: None,
        access_list: AccessList::default(),
        gas_priority_fee: None,
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: Vec::new(),
    }
}

fn kind(fields: &mut Reader) -> rlp::Result<TxKind> {
    let to = fields.bytes()?;
    match to.len() {
        0 => Ok(TxKind::Create),
        20 => Ok(TxKind::Call(Address::from_slice(to))),
        _ => Err(Malformed),
    }
}

fn legacy(raw: &[u8]) -> rlp::Result<Decoded> {
    let mut outer = Reader::new(raw);
    let mut fields = outer.list()?;
    outer.end()?;
    let all = fields.rest;
    let mut env = blank();
    env.nonce = fields.u64()?;
    env.gas_price = fields.u128()?;
    env.gas_limit = fields.u64()?;
    env.kind = kind(&mut fields)?;
    env.value = fields.u256()?;
    env.data = Bytes::copy_from_slice(fields.bytes()?);
    let signed = &all[..all.len() - fields.rest.len()];
    let v = fields.u64()?;
    let (r, s) = (fields.word()?, fields.word()?);
    fields.end()?;
    let mut tail = Vec::new();
    let y_is_odd = match v {
        27 | 28 => v == 28,
        35.. => {
            let chain = (v - 35) / 2;
            env.chain_id = Some(chain);
            put_u64(&mut tail, chain);
            tail.extend_from_slice(&[0x80, 0x80]);
            (v - 35) % 2 == 1
        }
        _ => return Err(Malformed),
    };
    let hash = listed(None, signed, &tail);
    Ok(Decoded { hash: keccak256(raw), env, origin: Origin::Signed(Signature { hash, r, s, y_is_odd }) })
}

/// Keccak of a list of fields already encoded, behind the type's byte.
fn listed(type_byte: Option<u8>, fields: &[u8], more: &[u8]) -> B256 {
    let len = fields.len() + more.len();
    let mut out = Vec::with_capacity(len + 6);
    out.extend(type_byte);
    put_list_head(&mut out, len);
    out.extend_from_slice(fields);
    out.extend_from_slice(more);
    keccak256(&out)
}

fn typed(raw: &[u8]) -> rlp::Result<Decoded> {
    let mut outer = Reader::new(&raw[1..]);
    let mut fields = outer.list()?;
    outer.end()?;
    let all = fields.rest;
    let mut env = blank();
    env.tx_type = raw[0];
    env.chain_id = Some(fields.u64()?);
    env.nonce = fields.u64()?;
    if raw[0] != ACCESS_LIST {
        env.gas_priority_fee = Some(fields.u128()?);
    }
    env.gas_price = fields.u128()?;
    env.gas_limit = fields.u64()?;
    env.kind = kind(&mut fields)?;
    env.value = fields.u256()?;
    env.data = Bytes::copy_from_slice(fields.bytes()?);
    env.access_list = access_list(fields.list()?)?;
    if raw[0] == SET_CODE {
        if env.kind == TxKind::Create {
            return Err(Malformed);
        }
        env.authorization_list = authorizations(fields.list()?)?;
    }
    let signed = &all[..all.len() - fields.rest.len()];
    let parity = fields.u64()?;
    if parity > 1 {
        return Err(Malformed);
    }
    let (r, s) = (fields.word()?, fields.word()?);
    fields.end()?;
    let hash = listed(Some(raw[0]), signed, &[]);
    let origin = Origin::Signed(Signature { hash, r, s, y_is_odd: parity == 1 });
    Ok(Decoded { hash: keccak256(raw), env, origin })
}

fn access_list(mut items: Reader) -> rlp::Result<AccessList> {
    let mut list = Vec::new();
    while !items.is_empty() {
        let mut item = items.list()?;
        let address = Address::new(item.fixed()?);
        let mut keys = item.list()?;
        item.end()?;
        let mut storage_keys = Vec::new();
        while !keys.is_empty() {
            storage_keys.push(B256::new(keys.fixed()?));
        }
        list.push(AccessListItem { address, storage_keys });
    }
    Ok(AccessList(list))
}

/// EIP-7702. One whose signature is bad is kept, as one that does nothing.
fn authorizations<T>(mut items: Reader) -> rlp::Result<Vec<Either<T, RecoveredAuthorization>>> {
    const MAGIC: u8 = 5;
    let mut list = Vec::new();
    while !items.is_empty() {
        let mut item = items.list()?;
        let all = item.rest;
        let inner =
            Authorization { chain_id: item.u256()?, address: Address::new(item.fixed()?), nonce: item.u64()? };
        let hash = listed(Some(MAGIC), &all[..all.len() - item.rest.len()], &[]);
        let parity = item.word()?;
        let (r, s) = (item.word()?, item.word()?);
        item.end()?;
        if parity[..31] != [0; 31] {
            return Err(Malformed);
        }
        let signer = if parity[31] <= 1 { recover(&hash, &r, &s, parity[31] == 1) } else { None };
        let authority = signer.map_or(RecoveredAuthority::Invalid, RecoveredAuthority::Valid);
        list.push(Either::Right(RecoveredAuthorization::new_unchecked(inner, authority)));
    }
    Ok(list)
}

/// 0x7e ‖ rlp([index, from, to, mint, value, gas limit, data]).
fn deposit(raw: &[u8]) -> rlp::Result<Decoded> {
    let mut outer = Reader::new(&raw[1..]);
    let mut fields = outer.list()?;
    outer.end()?;
    let mut env = blank();
    let index = fields.u64()?;
    env.caller = Address::new(fields.fixed()?);
    env.kind = kind(&mut fields)?;
    let mint = fields.u128()?;
    env.value = fields.u256()?;
    env.gas_limit = fields.u64()?;
    env.data = Bytes::copy_from_slice(fields.bytes()?);
    fields.end()?;
    Ok(Decoded { hash: keccak256(raw), env, origin: Origin::Deposit { index, mint } })
}

/// What a call without a signature has: [from, to, gas, gas price, value, data, access list].
#[cfg(target_arch = "wasm32")]
pub fn message(mut fields: Reader) -> rlp::Result<TxEnv> {
    let mut env = blank();
    env.caller = Address::new(fields.fixed()?);
    env.kind = kind(&mut fields)?;
    env.gas_limit = fields.u64()?;
    env.gas_price = fields.u128()?;
    env.value = fields.u256()?;
    env.data = Bytes::copy_from_slice(fields.bytes()?);
    env.access_list = access_list(fields.list()?)?;
    if !env.access_list.is_empty() {
        env.tx_type = ACCESS_LIST;
    }
    fields.end()?;
    Ok(env)
}
