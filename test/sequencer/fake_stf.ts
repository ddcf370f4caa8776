// A test double of the state transition: transfers with nonces and balances, a log where there is call data, and a hash
// over all of it. No EVM.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bloomOf } from '../../src/sequencer/chain/bloom.ts';
import { concat, fromBigInt, toHex } from '../../src/sequencer/chain/bytes.ts';
import { decodeTransaction, effectiveGasPrice, intrinsicGas } from '../../src/sequencer/chain/transaction.ts';
import type { AccountState, BlockEnv, Log, Receipt, StateReader, Stf } from '../../src/sequencer/contract.ts';
import { EMPTY_CODE_HASH } from '../../src/sequencer/pipeline/genesis.ts';

const NONE: AccountState = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };

export function fakeStf(salt = 0): Stf {
  return {
    beginBlock: (env, state) => begin(env, state, salt),
    call: (_env, _state, { data, to }) => ({
      ...{ outcome: 'success', output: data, gasUsed: intrinsicGas({ data, to, accessList: [] }), reason: '' },
    }),
  };
}

function begin(env: BlockEnv, state: StateReader, salt: number): ReturnType<Stf['beginBlock']> {
  const changed = new Map<string, { address: Uint8Array; account: AccountState }>();
  const read = (address: Uint8Array): AccountState =>
    changed.get(toHex(address))?.account ?? state.account(address) ?? NONE;
  const write = (address: Uint8Array, account: AccountState): void =>
    void changed.set(toHex(address), { address, account });
  const hashes: Uint8Array[] = [];
  const logs: Log[] = [];
  let gas = 0n;
  return {
    apply: (raw, from) => {
      const tx = decodeTransaction(raw);
      const sender = read(from);
      const gasUsed = intrinsicGas(tx);
      const price = effectiveGasPrice(tx, env.baseFee);
      if (tx.nonce !== sender.nonce) return { invalid: 'nonce' };
      if (sender.balance < tx.value + tx.gasLimit * tx.maxFeePerGas) return { invalid: 'balance' };
      write(from, { ...sender, nonce: sender.nonce + 1n, balance: sender.balance - tx.value - gasUsed * price });
      const to = tx.to ?? keccak_256(concat([from, fromBigInt(tx.nonce, 8)])).subarray(12);
      const receiver = read(to);
      write(to, { ...receiver, balance: receiver.balance + tx.value });
      gas += gasUsed;
      const txHash = keccak_256(raw);
      hashes.push(txHash);
      const receipt: Receipt = {
        ...{ status: 1, gasUsed, cumulativeGas: gas, effectiveGasPrice: price, output: new Uint8Array(0), txHash },
        ...{ type: tx.type, from, to: tx.to, contractAddress: tx.to === undefined ? to : undefined },
        logs: tx.data.length === 0 ? [] : [{ address: to, topics: [keccak_256(tx.data)], data: tx.data }],
      };
      logs.push(...receipt.logs);
      return receipt;
    },
    end: () => {
      const accounts = [...changed.values()].map(({ address, account }) => ({ ...account, address, deleted: false }));
      const states = accounts.map((a) => concat([a.address, fromBigInt(a.nonce, 8), fromBigInt(a.balance, 32)]));
      const number = fromBigInt(env.number * 2n ** 64n + env.timestamp, 32);
      const blockHash = keccak_256(concat([Uint8Array.of(salt), number, env.parentHash, ...hashes, ...states]));
      const root = keccak_256(concat(hashes));
      return {
        ...{
          blockHash,
          header: new Uint8Array(0),
          gasUsed: gas,
          transactionsRoot: root,
          receiptsRoot: root,
          logsBloom: bloomOf(logs),
        },
        diff: { accounts, storage: [], code: [] },
      };
    },
    discard: () => {},
  };
}
