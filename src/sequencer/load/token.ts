// A small ERC-20 for the load tool: `transfer` and `balanceOf`, balances where Solidity's first mapping has them, the
// `Transfer` event. Whoever deploys it has 2^256 - 1.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concat, fromBigInt, fromHex, toHex } from '../chain/bytes.ts';
import { encodeRlp } from '../chain/rlp.ts';

const TOPIC = toHex(keccak_256(new TextEncoder().encode('Transfer(address,address,uint256)'))).slice(2);
/** The slot of the address in memory's first word: Keccak-256 of it and of zero. */
const SLOT = '60405f20';

/**
 * ```
 *  0: selector; to 0x2e where it is transfer, to 0x1c where it is balanceOf; else revert
 * 1c: balanceOf: return SLOAD(slot of argument 0)
 * 2e: transfer: slot and balance of the caller; revert if below the amount; both balances; LOG3; return 1
 * ```
 */
const RUNTIME: Uint8Array = fromHex(
  '0x' +
    // PUSH0 CALLDATALOAD PUSH1 e0 SHR DUP1 PUSH4 transfer EQ PUSH1 2e JUMPI PUSH4 balanceOf EQ PUSH1 1c JUMPI PUSH0 PUSH0 REVERT
    '5f3560e01c8063a9059cbb14602e576370a0823114601c575f5ffd' +
    // (1b) INVALID, so that the labels are round; (1c) JUMPDEST PUSH1 4 CALLDATALOAD PUSH0 MSTORE slot SLOAD PUSH0 MSTORE
    `fe5b6004355f52${SLOT}545f52` +
    // PUSH1 20 PUSH0 RETURN; (2d) INVALID
    '60205ff3fe' +
    // (2e) JUMPDEST CALLER PUSH0 MSTORE slot DUP1 SLOAD PUSH1 24 CALLDATALOAD DUP1 DUP3 LT PUSH1 fail JUMPI
    `5b335f52${SLOT}8054602435808210608957` +
    // SWAP1 DUP2 SWAP1 SUB DUP3 SSTORE PUSH1 4 CALLDATALOAD PUSH0 MSTORE slot DUP1 SLOAD DUP3 ADD SWAP1 SSTORE PUSH0 MSTORE
    `9081900382556004355f52${SLOT}8054820190555f52` +
    // PUSH1 4 CALLDATALOAD CALLER PUSH32 topic PUSH1 20 PUSH0 LOG3 PUSH1 1 PUSH0 MSTORE PUSH1 20 PUSH0 RETURN
    `600435337f${TOPIC}60205fa360015f5260205ff3` +
    // fail: JUMPDEST PUSH0 PUSH0 REVERT
    '5b5f5ffd',
);

/** CALLER PUSH0 MSTORE, balance = NOT 0: slot PUSH0 NOT SWAP1 SSTORE; then PUSH1 size DUP1 PUSH1 at PUSH0 CODECOPY PUSH0 RETURN. */
const PROLOGUE = fromHex(`0x335f52${SLOT}5f199055`);

export const TOKEN_CODE: Uint8Array = concat([
  PROLOGUE,
  Uint8Array.of(0x60, RUNTIME.length, 0x80, 0x60, PROLOGUE.length + 9, 0x5f, 0x39, 0x5f, 0xf3),
  RUNTIME,
]);

export const TOKEN_DEPLOY_GAS = 300_000n;
export const TOKEN_TRANSFER_GAS = 80_000n;

export const transferCall = (to: Uint8Array, amount: bigint): Uint8Array =>
  concat([fromHex('0xa9059cbb'), new Uint8Array(12), to, fromBigInt(amount, 32)]);

export const balanceCall = (of: Uint8Array): Uint8Array => concat([fromHex('0x70a08231'), new Uint8Array(12), of]);

/** Where a contract that an account creates comes to be. */
export const createdAddress = (creator: Uint8Array, nonce: bigint): Uint8Array =>
  keccak_256(encodeRlp([creator, nonce])).subarray(12);
