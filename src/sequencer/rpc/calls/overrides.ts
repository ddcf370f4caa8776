// A state with other values in it, for calls that ask what would be.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { toHex } from '../../chain/bytes.ts';
import type { AccountState, BlockEnv, StateReader } from '../../contract.ts';
import { EMPTY_CODE_HASH } from '../../pipeline/genesis.ts';
import type { AccountOverride, BlockOverride } from './job.ts';

const ZERO_WORD = new Uint8Array(32);

export function overridden(state: StateReader, accounts: readonly AccountOverride[]): StateReader {
  if (accounts.length === 0) return state;
  const byAddress = new Map(accounts.map((account) => [toHex(account.address), account]));
  const codes = new Map<string, Uint8Array>();
  const slots = new Map<string, ReadonlyMap<string, Uint8Array>>();
  for (const { address, code, state: all, stateDiff } of accounts) {
    if (code !== undefined) codes.set(toHex(keccak_256(code)), code);
    const values = all ?? stateDiff;
    if (values !== undefined) {
      slots.set(toHex(address), new Map(values.map(([slot, value]) => [toHex(slot), value])));
    }
  }
  return {
    account: (address) => {
      const own = state.account(address);
      const other = byAddress.get(toHex(address));
      if (other === undefined) return own;
      const { nonce = own?.nonce ?? 0n, balance = own?.balance ?? 0n, code } = other;
      const codeHash = code === undefined ? (own?.codeHash ?? EMPTY_CODE_HASH) : keccak_256(code);
      return { nonce, balance, codeHash } satisfies AccountState;
    },
    storage: (address, slot) => {
      const values = slots.get(toHex(address));
      const value = values?.get(toHex(slot));
      if (value !== undefined) return value;
      const isReplaced = byAddress.get(toHex(address))?.state !== undefined;
      return isReplaced ? ZERO_WORD : state.storage(address, slot);
    },
    code: (hash) => codes.get(toHex(hash)) ?? state.code(hash),
    blockHash: (number) => state.blockHash(number),
  };
}

export const overriddenEnv = (env: BlockEnv, block: BlockOverride): BlockEnv => ({
  ...env,
  ...Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined)),
});
