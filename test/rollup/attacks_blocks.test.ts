// Random transactions, one or two a block, with deposits and code set for accounts: a batch must be what its blocks are, each
// run from the state alone (`settle` compares). WISP_BLOCKS=<n> runs more rounds, WISP_SEED another series.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { getContractAddress, type Hex, toHex } from 'viem';
import { encodeRlp } from '../../src/sequencer/chain/rlp.ts';
import { type BatchBlock, type FullStf, loadStf } from '../../src/sequencer/stf/index.ts';
import { bytecode, probe } from './contracts.ts';
import { generator } from './random.ts';
import { randomWorld } from './random_transactions.ts';
import { settle } from './riscv.ts';
import { BASE_FEE, bytes, CHAIN_ID, GENESIS_HEAD, hex, testEnv, Wallet } from './state.ts';

const ROUNDS = Number(process.env.WISP_BLOCKS ?? 1);
const SEED = Number(process.env.WISP_SEED ?? 1);
const BLOCKS = 12;
/** Calls the factory with what it is called with, then reverts. */
const REVERTING = bytes('00000000000000000000000000000000000000ee');

describe('a batch of many blocks', () => {
  let stf: FullStf;
  before(async () => {
    stf = await loadStf();
  });

  async function compare(seed: number): Promise<void> {
    const random = generator(seed);
    const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
    const { state, wallets, contracts, next } = randomWorld(random);
    // Nobody yet: paid nothing, coinbase without tips, or setting code before they are.
    const fresh = Array.from({ length: 6 }, (_, i) => new Wallet(1000 * seed + 500 + i));
    const funder = wallets[0]!;
    let deposits = 0n;
    const noTip = { maxFeePerGas: BASE_FEE, maxPriorityFeePerGas: 0n };
    const own = async (): Promise<Uint8Array | undefined> => {
      switch (random(8)) {
        case 0:
          return funder.sign({ to: hex(pick(fresh).address), value: BigInt(random(2)), gas: 21_000n, ...noTip });
        case 1: {
          const wallet = pick(fresh);
          const contractAddress = random(4) === 0 ? hex(new Uint8Array(20)) : hex(pick(contracts));
          const authorization = await wallet.account.signAuthorization({
            ...{ contractAddress, chainId: CHAIN_ID, nonce: wallet.nonce },
          });
          wallet.nonce++;
          return funder.sign({ to: hex(wallet.address), authorizationList: [authorization], gas: 300_000n, ...noTip });
        }
        case 2: {
          const [from, to] = [pick([...fresh, ...wallets]), pick([...contracts, ...fresh.map((w) => w.address)])];
          if (wallets.includes(from) || fresh.includes(from)) from.nonce++;
          const [mint, value] = [BigInt(random(3)), BigInt(random(3))];
          const gas = BigInt(pick([20_000, 21_000, 100_000]));
          return Uint8Array.of(0x7e, ...encodeRlp([deposits++, from.address, to, mint, value, gas, new Uint8Array(0)]));
        }
        case 3: {
          // The same few children again and again: made, or so until it is reverted, ended at once, made once more.
          const [value, end, to] = [BigInt(random(2)), random(2) === 0, pick([factory, factory, hex(REVERTING)])];
          const data = probe('create', [salts[random(2)]!, to === factory ? value : 0n, end]);
          const input = probe('call', [to, 0n, data, false]);
          return to === factory
            ? funder.sign({ to, data, value, gas: 900_000n })
            : funder.sign({ to: pick([to, factory]), data: random(2) === 0 ? data : input, gas: 900_000n });
        }
        case 4: {
          // And paid or ended later, whether they are there or not.
          const child = pick([...children, factory]);
          return random(2) === 0
            ? funder.sign({ to: child, value: BigInt(random(2)), gas: 90_000n, ...noTip })
            : funder.sign({ to: factory, data: probe('end', [child]), gas: 100_000n });
        }
        default:
          return undefined;
      }
    };

    const factory = getContractAddress({ from: funder.account.address, nonce: 0n });
    const salts = [1, 2].map((salt) => toHex(salt, { size: 32 }));
    const children: Hex[] = [];
    const code = bytes(`365f5f375f5f365f5f73${factory.slice(2)}5af15f5ffd`);
    state.settle({
      ...{ storage: [], code: [{ hash: keccak_256(code), bytes: code }] },
      accounts: [{ ...{ address: REVERTING, deleted: false, nonce: 1n, balance: 0n }, codeHash: keccak_256(code) }],
    });
    const env = (i: number): BatchBlock['env'] => ({
      ...{ ...testEnv(BigInt(i)), gasLimit: 10n ** 12n },
      coinbase: (seed + i) % 3 === 0 ? fresh[i % fresh.length]!.address : testEnv().coinbase,
    });
    const trial = stf.beginBlock(
      { ...env(0), number: 1n, chainId: BigInt(CHAIN_ID), parentHash: GENESIS_HEAD.hash },
      state,
    );
    const blocks: BatchBlock[] = [];
    for (let i = 0; i < BLOCKS; i++) {
      const transactions: Uint8Array[] = [];
      for (let n = i === 0 ? 0 : random(3); n >= 0; n--) {
        const mine = i === 0 ? await funder.sign({ data: bytecode('Probe'), gas: 3_000_000n }) : await own();
        const { raw, refused } = mine ? { raw: mine, refused: (): void => {} } : await next();
        const result = trial.apply(raw);
        if ('invalid' in result) {
          assert.ok(mine === undefined, result.invalid);
          refused();
          continue;
        }
        transactions.push(raw);
        for (const { topics } of result.logs) if (topics.length === 2) children.push(`0x${hex(topics[1]!).slice(-40)}`);
      }
      blocks.push({ env: env(i), transactions });
    }
    trial.discard();
    settle(stf, { chainId: BigInt(CHAIN_ID), head: GENESIS_HEAD, blocks }, state);
  }

  for (let round = 0; round < ROUNDS; round++) test(`round ${round}`, () => compare(1000 * SEED + round));
});
