// Two small contracts, assembled by hand.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concat, fromHex, type Hex, toHex } from '../../src/sequencer/chain/bytes.ts';

/** Code that returns `runtime` when deployed: PUSH1 size DUP1 PUSH1 9 PUSH0 CODECOPY PUSH0 RETURN. */
const deploying = (runtime: Uint8Array): Hex =>
  toHex(concat([Uint8Array.of(0x60, runtime.length, 0x80, 0x60, 9, 0x5f, 0x39, 0x5f, 0xf3), runtime]));

const topic = toHex(keccak_256(new TextEncoder().encode('Counted(uint256)'))).slice(2);

/** Whatever is called: slot 0 goes up by one, `Counted` is logged, and the new value returned. */
export const COUNTER: Hex = deploying(
  // SLOAD(0) + 1; SSTORE(0); MSTORE(0); LOG1(0, 32, topic); RETURN(0, 32)
  fromHex(`0x5f54600101805f555f527f${topic}60205fa160205ff3`),
);

export const COUNTER_ABI = [
  { type: 'function', name: 'increment', stateMutability: 'nonpayable', inputs: [], outputs: [{ type: 'uint256' }] },
  { type: 'event', name: 'Counted', inputs: [{ type: 'uint256', name: 'value', indexed: false }] },
] as const;

const word = (text: string): string => text.padEnd(64, '0');

/** Reverts with Error("no"). */
export const REVERTER: Hex = deploying(
  // MSTORE of the selector with the offset's zeros, of the offset, the length and the text; REVERT(0, 100)
  fromHex(`0x7f${word('08c379a0')}5f52602060045260026024527f${word('6e6f')}60445260645ffd`),
);
