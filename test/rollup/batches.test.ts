// Batches run forward and as RISC-V: the same state, the same journal.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { getContractAddress, type Hex, toHex } from 'viem';
import { encodeRlp } from '../../src/sequencer/chain/rlp.ts';
import { type FullStf, loadStf, MESSENGER, NO_CODE } from '../../src/sequencer/stf/index.ts';
import { bytecode, probe, token, tokenInit } from './contracts.ts';
import { settle } from './riscv.ts';
import { BASE_FEE, batchOf, bytes, CHAIN_ID, ETHER, GENESIS_HEAD, hex, TestState, testEnv, Wallet } from './state.ts';

describe('batches', () => {
  let stf: FullStf;
  before(async () => {
    stf = await loadStf();
  });

  const setUp = (...wallets: Wallet[]): TestState => {
    const state = new TestState();
    state.genesis(wallets.map(({ address }) => ({ address, balance: 100n * ETHER })));
    return state;
  };

  test('transfers of every type, over blocks', async () => {
    const [a, b, c] = [new Wallet(1), new Wallet(2), new Wallet(3)];
    const state = setUp(a, b);
    const list = [{ address: hex(c.address), storageKeys: [toHex(1, { size: 32 }), toHex(2, { size: 32 })] }];
    const price = { gasPrice: 2n * BASE_FEE };
    const { receipts } = settle(
      stf,
      batchOf(
        GENESIS_HEAD,
        [
          await a.sign({ to: hex(b.address), value: 1n }),
          await a.sign({ to: hex(c.address), value: ETHER, type: 'legacy', ...price }),
          await a.sign({ to: hex(c.address), value: 0n, type: 'legacy', ...price, chainId: undefined }),
        ],
        [],
        [
          await b.sign({ to: hex(b.address), value: 5n, type: 'eip2930', accessList: list }),
          await c.sign({ to: hex(a.address), value: 7n, accessList: list, data: '0x00112233' }),
          await c.sign({ to: hex(new Wallet(77).address), value: 0n }),
        ],
      ),
      state,
    );
    assert.deepEqual(
      receipts.map((r) => r.type),
      [2, 0, 0, 1, 2, 2],
    );
    assert.equal(receipts[3]!.gasUsed, 21000n + 2400n + 2n * 1900n);
    assert.equal(receipts[1]!.effectiveGasPrice, 2n * BASE_FEE);
    assert.equal(receipts[0]!.effectiveGasPrice, BASE_FEE + 100n);
    assert.equal(state.account(new Wallet(77).address), undefined);
    assert.equal(state.account(c.address)!.nonce, 2n);
    const spent = receipts.reduce((sum, r) => sum + r.gasUsed * (r.effectiveGasPrice - BASE_FEE), 0n);
    assert.equal(state.account(testEnv().coinbase)!.balance, spent);
  });

  test('a token: deployed, moved, refused', async () => {
    const [a, b, c] = [new Wallet(1), new Wallet(2), new Wallet(3)];
    const state = setUp(a, b);
    const at = getContractAddress({ from: a.account.address, nonce: 0n });
    const first = settle(
      stf,
      batchOf(GENESIS_HEAD, [
        await a.sign({ data: tokenInit(1000n) }),
        await a.sign({ to: at, data: token('transfer', [hex(b.address), 10n]) }),
        await b.sign({ to: at, data: token('transfer', [hex(c.address), 11n]) }),
      ]),
      state,
    );
    assert.equal(hex(first.receipts[0]!.contractAddress!), at.toLowerCase());
    assert.deepEqual(
      first.receipts.map((r) => [r.status, r.logs.length]),
      [
        [1, 1],
        [1, 1],
        [0, 0],
      ],
    );
    const second = settle(
      stf,
      batchOf(first.witness.run.head, [
        await a.sign({ to: at, data: token('approve', [hex(b.address), 100n]) }),
        await b.sign({ to: at, data: token('transferFrom', [hex(a.address), hex(c.address), 60n]) }),
        await b.sign({ to: at, data: token('transferFrom', [hex(a.address), hex(c.address), 60n]) }),
        await a.sign({ to: at, data: token('transfer', [hex(c.address), 990n - 60n]) }),
        await b.sign({ to: at, data: token('transfer', [hex(c.address), 1n]), gas: 40_000n }),
      ]),
      state,
    );
    assert.deepEqual(
      second.receipts.map((r) => [r.status, r.halt]),
      [
        [1, ''],
        [1, ''],
        [0, ''],
        [1, ''],
        [1, ''],
      ],
    );
  });

  test('failures, creations, destructions', async () => {
    const a = new Wallet(1);
    const state = setUp(a);
    const at = getContractAddress({ from: a.account.address, nonce: 0n });
    const salt = toHex(7, { size: 32 });
    const none = toHex(0, { size: 32 });
    const first = settle(
      stf,
      batchOf(
        GENESIS_HEAD,
        [
          await a.sign({ data: bytecode('Probe'), value: 10n, gas: 3_000_000n }),
          await a.sign({ to: at, data: probe('fill', [10, 20, 5]) }),
          await a.sign({ to: at, data: probe('fail', [1]) }),
          await a.sign({ to: at, data: probe('burn', []), gas: 90_000n }),
          await a.sign({ to: at, data: probe('panics', [0]) }),
          // Made and destroyed in one transaction, made again in the next, at the same address.
          await a.sign({ to: at, data: probe('create', [salt, 3n, true]), value: 3n }),
          await a.sign({ to: at, data: probe('create', [salt, 4n, false]), value: 4n }),
        ],
        [
          await a.sign({ to: at, data: probe('create', [salt, 4n, false]), value: 4n }),
          await a.sign({ to: at, data: probe('create', [none, 5n, false]), value: 5n }),
          await a.sign({ to: at, data: probe('create', [none, 6n, true]), value: 6n }),
          await a.sign({ to: at, data: probe('nested', [4, 200]) }),
          await a.sign({ to: at, data: probe('fill', [10, 10, 0]) }),
          await a.sign({ to: at, data: probe('environment', []) }),
          await a.sign({ to: at, value: 9n }),
          await a.sign({ data: '0x00', value: 1n }),
          await a.sign({ data: '0xfe', gas: 60_000n }),
          await a.sign({ data: '0x60ef60005360016000f3' }),
        ],
      ),
      state,
    );
    assert.deepEqual(
      first.receipts.map((r) => r.status),
      [1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0],
    );
    assert.equal(first.receipts[3]!.halt.slice(0, 8), 'OutOfGas');
    const child = `0x${hex(first.receipts[6]!.logs[0]!.topics[1]!).slice(-40)}` as const;
    // Later than its creation it only loses its money.
    const second = settle(
      stf,
      batchOf(first.witness.run.head, [await a.sign({ to: at, data: probe('end', [child]) })]),
      state,
    );
    assert.equal(second.receipts[0]!.status, 1);
    assert.equal(state.account(bytes(child))!.balance, 0n);
  });

  test('code set for accounts (type 4), used, and taken away', async () => {
    const [a, b] = [new Wallet(1), new Wallet(2)];
    const state = setUp(a, b);
    const at = getContractAddress({ from: b.account.address, nonce: 0n });
    const chainId = CHAIN_ID;
    const authorize = (contractAddress: Hex, nonce: number): Promise<unknown> =>
      a.account.signAuthorization({ contractAddress, chainId, nonce });
    const create = await b.sign({ data: bytecode('Probe'), gas: 3_000_000n });
    const first = await authorize(at, 0);
    const flawed = { ...(await a.account.signAuthorization({ contractAddress: at, chainId: 5, nonce: 1 })) };
    const set = await b.sign({ to: hex(a.address), data: probe('set', [1n, 2n]), authorizationList: [first, flawed] });
    const ours = settle(stf, batchOf(GENESIS_HEAD, [create, set], [await b.sign({ to: hex(a.address) })]), state);
    assert.deepEqual(
      ours.receipts.map((r) => [r.type, r.status]),
      [
        [2, 1],
        [4, 1],
        [2, 1],
      ],
    );
    assert.equal(hex(ours.receipts[1]!.logs[0]!.address), hex(a.address));
    const code = state.code(state.account(a.address)!.codeHash);
    assert.equal(hex(code), `0xef0100${at.slice(2).toLowerCase()}`);
    // It may still send; then it is without code again.
    a.nonce = 1;
    const own = await a.sign({ to: hex(b.address), value: 1n });
    const none = await authorize('0x0000000000000000000000000000000000000000', 2);
    const away = await b.sign({ to: hex(b.address), authorizationList: [none] });
    settle(stf, batchOf(ours.witness.run.head, [own, away]), state);
    assert.equal(hex(state.account(a.address)!.codeHash), hex(NO_CODE));
  });

  test('hashes of earlier blocks, within the batch and before it', async () => {
    const a = new Wallet(1);
    const state = setUp(a);
    const at = getContractAddress({ from: a.account.address, nonce: 0n });
    const create = await a.sign({ data: bytecode('Probe'), gas: 3_000_000n });
    const head = settle(stf, batchOf(GENESIS_HEAD, [create], [], [], []), state).witness.run.head;
    const ask = async (): Promise<Uint8Array> => a.sign({ to: at, data: probe('blockHashes', [3]) });
    const { receipts } = settle(stf, batchOf(head, [await ask()], [await ask(), await ask()]), state);
    for (const receipt of receipts) {
      for (const { data } of receipt.logs) {
        const number = BigInt(hex(data.subarray(0, 32)));
        assert.equal(hex(data.subarray(32)), hex(state.blockHash(number)));
      }
      assert.equal(receipt.logs.length, 3);
    }
  });

  test('deposits from the L1, messages to it', async () => {
    const a = new Wallet(1);
    const stranger = new Wallet(50);
    const state = setUp(a);
    let index = 0n;
    const deposit = (to: Uint8Array, mint: bigint, value: bigint, gas: bigint, data: Hex = '0x'): Uint8Array =>
      Uint8Array.of(0x7e, ...encodeRlp([index++, stranger.address, to, mint, value, gas, bytes(data)]));
    const at = getContractAddress({ from: stranger.account.address, nonce: 1n });
    const { receipts, witness } = settle(
      stf,
      batchOf(GENESIS_HEAD, [
        deposit(a.address, 1000n, 400n, 21_000n),
        deposit(new Uint8Array(0), 5n, 0n, 3_000_000n, bytecode('Probe')),
        deposit(bytes(at), 0n, 1n, 100_000n, probe('fail', [1])),
        // More than there is, and more than fits a block: what is minted stays.
        deposit(a.address, 7n, ETHER, 21_000n),
        deposit(a.address, 8n, 0n, 10n ** 9n),
        await a.sign({ to: hex(MESSENGER), data: '0x112233', value: 99n }),
        await a.sign({ to: hex(MESSENGER) }),
      ]),
      state,
    );
    assert.deepEqual(
      receipts.map((r) => [r.type, r.status]),
      [
        [0x7e, 1],
        [0x7e, 1],
        [0x7e, 0],
        [0x7e, 0],
        [0x7e, 0],
        [2, 1],
        [2, 1],
      ],
    );
    const account = state.account(stranger.address)!;
    assert.equal(account.balance, 1000n - 400n + 5n + 7n + 8n);
    assert.equal(account.nonce, 5n);
    assert.equal(witness.run.head.deposits.count, 5n);
    assert.notDeepEqual(witness.run.messagesRoot, new Uint8Array(32));
  });

  test('precompiles', async () => {
    const a = new Wallet(1);
    const state = setUp(a);
    const word = (n: bigint | number): string => BigInt(n).toString(16).padStart(64, '0');
    const message = new Uint8Array(32).fill(3);
    const signature = await a.account.sign({ hash: hex(message) });
    const [r, s, v] = [signature.slice(2, 66), signature.slice(66, 130), signature.slice(130)];
    const g1 = word(1) + word(2);
    const calls: [number, string, string | undefined][] = [
      [1, hex(message).slice(2) + word(BigInt(`0x${v}`)) + r + s, hex(a.address).slice(2).padStart(64, '0')],
      [1, hex(message).slice(2) + word(29) + r + s, ''],
      [2, '616263', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
      [3, '616263', '0000000000000000000000008eb208f7e05d987a9b044a8e98c6b087f15a0bfc'],
      [4, '01020304', '01020304'],
      [5, `${word(1).repeat(3)}030507`, '05'],
      [6, g1 + g1, undefined],
      [7, g1 + word(3), undefined],
      [8, '', word(1)],
      [0x100, word(1).repeat(5), ''],
    ];
    const transactions: Uint8Array[] = [];
    for (const [to, data] of calls) {
      transactions.push(await a.sign({ to: toHex(to, { size: 20 }), data: `0x${data}`, gas: 300_000n }));
    }
    const { receipts } = settle(stf, batchOf(GENESIS_HEAD, transactions), state);
    for (const [i, [to, , output]] of calls.entries()) {
      assert.equal(receipts[i]!.status, 1, `precompile ${to}`);
      if (output !== undefined) assert.equal(hex(receipts[i]!.output), `0x${output}`, `precompile ${to}`);
    }
  });
});
