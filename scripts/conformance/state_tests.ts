// Runs official state tests (https://github.com/ethereum/tests, GeneralStateTests; nothing of it is in this repository)
// through the forward build of guests/rollup: logs and state root after each transaction. The latest of the forks that a
// file has is taken; ours is Osaka. A build with other rules, for files that are filled for Cancun: see docs/evm.md, which
// has the results.
//   node --import tsx scripts/conformance/state_tests.ts <folder> [--wasm file] [--fork Cancun] [--list] [--max-bytes n]
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createMPT } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { fromBigInt, fromHex, toHex, trimmed } from '../../src/sequencer/chain/bytes.ts';
import type { BlockEnv, Log } from '../../src/sequencer/contract.ts';
import { type FullStf, loadStf, MemoryState, NO_CODE } from '../../src/sequencer/stf/index.ts';

interface Account {
  readonly balance: string;
  readonly code: string;
  readonly nonce: string;
  readonly storage: Readonly<Record<string, string>>;
}

interface Post {
  readonly hash: string;
  readonly logs: string;
  readonly txbytes?: string;
  readonly expectException?: string;
}

interface StateTest {
  readonly env: Readonly<Record<string, string>>;
  readonly pre: Readonly<Record<string, Account>>;
  readonly post: Readonly<Record<string, readonly Post[]>>;
}

const FORKS = ['Osaka', 'Prague', 'Cancun'];
const CHAIN_ID = 1n;
const ZERO = new Uint8Array(32);
/** What makes a test none of ours, by the transaction or the state before. */
type Skip = 'no fork' | 'blob transaction' | 'gas over the cap' | 'empty account before' | 'no transaction';

const word = (text: string): Uint8Array => fromBigInt(BigInt(text), 32);
const isEmpty = ({ balance, code, nonce }: Account): boolean =>
  BigInt(balance) === 0n && BigInt(nonce) === 0n && code.length <= 2;

function stateOf(pre: StateTest['pre']): MemoryState {
  const state = new MemoryState();
  for (const [address, { balance, code, nonce, storage }] of Object.entries(pre)) {
    const bytes = fromHex(code);
    const codeHash = bytes.length === 0 ? NO_CODE : keccak_256(bytes);
    state.codes.set(toHex(codeHash), bytes);
    state.accounts.set(address, { nonce: BigInt(nonce), balance: BigInt(balance), codeHash });
    for (const [slot, value] of Object.entries(storage)) state.slots.set(address + toHex(word(slot)), word(value));
  }
  state.blockHash = (number) => keccak_256(new TextEncoder().encode(String(number)));
  return state;
}

async function rootOf(state: MemoryState): Promise<string> {
  const slots = new Map<string, [Uint8Array, Uint8Array][]>();
  for (const [key, value] of state.slots) {
    if (value.every((byte) => byte === 0)) continue;
    const address = key.slice(0, 42);
    slots.set(address, [...(slots.get(address) ?? []), [fromHex(key.slice(42)), value]]);
  }
  const accounts = await createMPT({ useKeyHashing: true });
  for (const [address, { nonce, balance, codeHash }] of state.accounts) {
    const storage = await createMPT({ useKeyHashing: true });
    for (const [slot, value] of slots.get(address) ?? [])
      await storage.put(slot, RLP.encode(trimmed(BigInt(toHex(value)))));
    const fields = [trimmed(nonce), trimmed(balance), storage.root(), codeHash];
    await accounts.put(fromHex(address), RLP.encode(fields));
  }
  return toHex(accounts.root());
}

const logsHash = (logs: readonly Log[]): string =>
  toHex(keccak_256(RLP.encode(logs.map(({ address, topics, data }) => [address, [...topics], data]))));

function envOf(env: StateTest['env']): BlockEnv {
  const number = BigInt(env.currentNumber ?? '0x1');
  return {
    ...{ number, timestamp: BigInt(env.currentTimestamp ?? '0x3e8'), gasLimit: BigInt(env.currentGasLimit ?? '0x0') },
    baseFee: BigInt(env.currentBaseFee ?? '0xa'),
    ...{ coinbase: fromHex(env.currentCoinbase ?? '0x'), chainId: CHAIN_ID },
    prevRandao: env.currentRandom === undefined ? ZERO : word(env.currentRandom),
    parentHash: keccak_256(new TextEncoder().encode(String(number - 1n))),
  };
}

/** Undefined where it passes. */
async function runOne(
  stf: FullStf,
  test: StateTest,
  post: Post,
): Promise<{ skip: Skip } | { fail: string } | undefined> {
  if (post.txbytes === undefined) return { skip: 'no transaction' };
  const raw = fromHex(post.txbytes);
  if (raw[0] === 3) return { skip: 'blob transaction' };
  if (Object.values(test.pre).some(isEmpty)) return { skip: 'empty account before' };
  const state = stateOf(test.pre);
  const block = stf.beginBlock(envOf(test.env), state);
  const result = block.apply(raw);
  if ('invalid' in result) {
    block.discard();
    if (post.expectException !== undefined) return undefined;
    if (result.invalid === 'gasLimitCap') return { skip: 'gas over the cap' };
    return { fail: `refused: ${result.invalid}` };
  }
  const { diff } = block.end();
  if (post.expectException !== undefined) return { fail: `taken, though ${post.expectException}` };
  state.apply(diff);
  for (const { address, deleted } of diff.accounts) {
    if (!deleted) continue;
    for (const key of [...state.slots.keys()]) if (key.startsWith(toHex(address))) state.slots.delete(key);
  }
  if (logsHash(result.logs) !== post.logs) return { fail: 'other logs' };
  if ((await rootOf(state)) !== post.hash) return { fail: 'another state' };
  return undefined;
}

const { values, positionals } = parseArgs({
  options: {
    ...{ wasm: { type: 'string' }, fork: { type: 'string' }, list: { type: 'boolean' } },
    'max-bytes': { type: 'string', default: '4000000' },
  },
  allowPositionals: true,
});
const folder = positionals[0];
if (folder === undefined) throw new Error('usage: state_tests.ts <folder> [--list]');
const stf = await loadStf(values.wasm === undefined ? undefined : readFileSync(values.wasm));
const forks = values.fork === undefined ? FORKS : [values.fork];
const counts = new Map<string, number>();
const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
const report = (): void => {
  for (const [what, n] of [...counts].sort()) console.log(`${what}: ${n}`);
};
process.once('SIGTERM', () => {
  report();
  process.exit(1);
});
for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
  // So that the signal is seen.
  await new Promise(setImmediate);
  const file = join(folder, path);
  if (!path.endsWith('.json') || statSync(file).size > Number(values['max-bytes'])) continue;
  const content = JSON.parse(readFileSync(file, 'utf8')) as Record<string, StateTest>;
  for (const [name, test] of Object.entries(content)) {
    if (test.post === undefined || test.env === undefined) continue;
    const fork = forks.find((f) => test.post[f] !== undefined);
    if (fork === undefined) count('skipped: no fork');
    for (const [i, post] of (fork === undefined ? [] : test.post[fork]!).entries()) {
      const outcome = await runOne(stf, test, post).catch((error: unknown) => ({ fail: String(error) }));
      if (outcome === undefined) count('passed');
      else if ('skip' in outcome) count(`skipped: ${outcome.skip}`);
      else {
        count('failed');
        if (values.list) console.log(`${path} ${name} ${fork} ${i}: ${outcome.fail}`);
      }
    }
  }
}
report();
