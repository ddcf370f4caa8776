import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { createPublicClient, createWalletClient, http, parseGwei, webSocket } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import WebSocket from 'ws';
import { toHex } from '../../src/sequencer/chain/bytes.ts';
import { ETHER, GWEI, type Key, keyOf, sign } from './keys.ts';
import { config, keys, PATIENCE_MS, type Rig, startRig, until } from './service.ts';

const [a, b, c] = keys as [Key, Key, Key];
let rig: Rig;
before(async () => {
  rig = await startRig();
});
after(() => rig.close());

const receiver = keyOf(50).address;

describe('JSON-RPC', () => {
  it('names the chain', async () => {
    assert.equal((await rig.call('eth_chainId')).result, '0x539');
    assert.equal((await rig.call('net_version')).result, '1337');
    assert.equal((await rig.call('web3_clientVersion')).result, 'Wisp/test');
    assert.equal((await rig.call('web3_sha3', '0x')).result, toHex(keccak_256(new Uint8Array(0))));
    assert.equal((await rig.call('eth_syncing')).result, false);
    assert.equal((await rig.call('eth_gasPrice')).result, '0x3b9aca00');
  });

  it('takes a transaction and gives its receipt, in one call and in many', async () => {
    const raw = sign(a, { nonce: 0n, to: receiver, value: 7n });
    const receipt = (await rig.call('eth_sendRawTransactionSync', toHex(raw))).result as Record<string, unknown>;
    assert.equal(receipt.status, '0x1');
    assert.equal(receipt.transactionHash, toHex(keccak_256(raw)));
    assert.deepEqual((await rig.call('eth_getTransactionReceipt', receipt.transactionHash)).result, receipt);
    assert.equal((await rig.call('eth_getBalance', toHex(receiver), 'latest')).result, '0x7');
    assert.equal((await rig.call('eth_getBalance', toHex(receiver), '0x0')).result, '0x0');
    assert.equal((await rig.call('eth_getTransactionCount', toHex(a.address))).result, '0x1');
    const tx = (await rig.call('eth_getTransactionByHash', receipt.transactionHash)).result as Record<string, unknown>;
    assert.deepEqual([tx.from, tx.blockNumber, tx.type], [toHex(a.address), receipt.blockNumber, '0x2']);
    const block = (await rig.call('eth_getBlockByNumber', 'latest', true)).result as Record<string, unknown>;
    assert.deepEqual(block.transactions, [tx]);
    const byHash = (await rig.call('eth_getBlockByHash', block.hash, false)).result as Record<string, unknown>;
    assert.deepEqual(byHash.transactions, [receipt.transactionHash]);
    assert.deepEqual((await rig.call('eth_getBlockReceipts', 'latest')).result, [receipt]);
    const history = (await rig.call('eth_feeHistory', '0x2', 'latest', [10, 90])).result as Record<string, unknown>;
    assert.deepEqual(history.baseFeePerGas, ['0x3b9aca00', '0x3b9aca00', '0x3b9aca00']);
  });

  it('refuses in the words that tools know', async () => {
    const send = async (raw: Uint8Array): Promise<string | undefined> =>
      (await rig.call('eth_sendRawTransaction', toHex(raw))).error?.message;
    assert.match((await send(sign(a, { nonce: 0n, to: receiver }))) ?? '', /^nonce too low/);
    assert.match((await send(sign(keyOf(77), { nonce: 0n }))) ?? '', /^insufficient funds for gas \* price \+ value/);
    assert.match((await send(sign(a, { nonce: 1n, chainId: 1n }))) ?? '', /^invalid chain id for signer/);
    assert.match((await send(sign(a, { nonce: 1n, gasLimit: 20_000n }))) ?? '', /^intrinsic gas too low/);
    assert.match(
      (await send(sign(a, { nonce: 1n, maxFee: GWEI, tip: 2n * GWEI }))) ?? '',
      /^max priority fee per gas higher/,
    );
    assert.match((await send(sign(a, { nonce: 1n, gasLimit: 16_777_217n }))) ?? '', /^transaction gas limit too high/);
    assert.match((await send(sign(a, { nonce: 1n, gasLimit: 10n ** 9n }))) ?? '', /^exceeds block gas limit/);
    assert.match((await send(Uint8Array.of(0xc0))) ?? '', /rlp/);
    assert.equal((await rig.call('eth_nothing')).error?.code, -32601);
    assert.equal((await rig.call('eth_getBalance', '0x12')).error?.code, -32602);
    assert.equal((await rig.call('eth_getBalance', toHex(receiver), '0xffff')).error?.code, -32001);
    assert.equal((await rig.call('eth_getBlockByNumber', '0xffff', false)).result, null);
    const waiting = sign(a, { nonce: 9n, to: receiver });
    const late = await rig.call('eth_sendRawTransactionSync', toHex(waiting), '0x32');
    assert.deepEqual([late.error?.code, late.error?.data], [4, toHex(keccak_256(waiting))]);
    assert.equal((await send(waiting)) ?? '', 'already known');
  });

  it('says at once where a transaction is dropped that the pool had let in', async () => {
    const spender = keys[5] as Key;
    const raws = [999n * ETHER, 5n * ETHER].map((value, i) => sign(spender, { nonce: BigInt(i), value }));
    const [first, second] = raws as [Uint8Array, Uint8Array];
    const hash = toHex(keccak_256(second));
    // The second waits in the pool when the first comes: after the block of the first the pool itself would refuse it.
    const dropped = rig.call('eth_sendRawTransactionSync', toHex(second));
    await until(() => rig.node.pool.has(hash), 'the second waits for the first');
    const { result } = await rig.call('eth_sendRawTransactionSync', toHex(first));
    assert.equal((result as { status: string } | undefined)?.status, '0x1');
    const { error } = await dropped;
    assert.equal(error?.message, 'transaction dropped: balance');
    assert.equal(error?.data, hash);
  });

  it('answers batches, notifications and nonsense', async () => {
    const post = async (body: string): Promise<unknown> => {
      const response = await fetch(rig.url, { method: 'POST', body });
      const text = await response.text();
      return text === '' ? response.status : JSON.parse(text);
    };
    const one = { jsonrpc: '2.0', id: 1, method: 'eth_chainId' };
    assert.deepEqual(await post(JSON.stringify([one, { ...one, id: 'x', method: 'no' }, 5])), [
      { jsonrpc: '2.0', id: 1, result: '0x539' },
      { jsonrpc: '2.0', id: 'x', error: { code: -32601, message: 'the method no does not exist/is not available' } },
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'invalid request' } },
    ]);
    assert.equal(await post('{"jsonrpc":"2.0","method":"eth_chainId"}'), 204);
    const code = async (body: string): Promise<number> =>
      ((await post(body)) as { error: { code: number } }).error.code;
    assert.equal(await code('{'), -32700);
    assert.equal(await code('[]'), -32600);
    assert.equal(await code('{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}'), -32600);
    assert.equal(await code('[['.repeat(50_000)), -32700);
    assert.equal(await code(`{"jsonrpc":"2.0","id":1,"method":"eth_call","params":{}}`), -32602);
    assert.equal(await code(JSON.stringify(Array.from({ length: 1001 }, () => one))), -32005);
  });

  it('finds logs, polls filters', async () => {
    const blocks = (await rig.call('eth_newBlockFilter')).result;
    const pending = (await rig.call('eth_newPendingTransactionFilter')).result;
    const data = Uint8Array.of(1, 2, 3);
    const topic = toHex(keccak_256(data));
    const filter = (await rig.call('eth_newFilter', { address: toHex(receiver), topics: [[topic, topic]] })).result;
    const raw = sign(b, { nonce: 0n, to: receiver, data, gasLimit: 60_000n });
    const receipt = (await rig.call('eth_sendRawTransactionSync', toHex(raw))).result as { logs: unknown[] };
    assert.equal(receipt.logs.length, 1);
    const query = (extra: object): Promise<unknown> =>
      rig.call('eth_getLogs', { fromBlock: 'earliest', ...extra }).then((r) => r.result ?? r.error);
    assert.deepEqual(await query({ topics: [topic] }), receipt.logs);
    assert.deepEqual(await query({ topics: [null] }), receipt.logs);
    assert.deepEqual(await query({ topics: [null, null] }), []);
    assert.deepEqual(await query({ address: toHex(a.address) }), []);
    assert.deepEqual((await rig.call('eth_getFilterChanges', filter)).result, receipt.logs);
    assert.deepEqual((await rig.call('eth_getFilterChanges', filter)).result, []);
    assert.deepEqual((await rig.call('eth_getFilterLogs', filter)).result, receipt.logs);
    assert.deepEqual((await rig.call('eth_getFilterChanges', pending)).result, [toHex(keccak_256(raw))]);
    assert.equal(((await rig.call('eth_getFilterChanges', blocks)).result as unknown[]).length, 1);
    assert.equal((await rig.call('eth_uninstallFilter', filter)).result, true);
    assert.equal((await rig.call('eth_getFilterChanges', filter)).error?.message, 'filter not found');
    assert.equal((await rig.call('eth_getLogs', { topics: [[], [], [], [], []] })).error?.code, -32602);
  });

  it('serves viem, over HTTP and WebSocket', async () => {
    const chain = {
      ...{ id: 1337, name: 'test', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } },
      rpcUrls: { default: { http: [rig.url] } },
    } as const;
    const account = privateKeyToAccount(toHex(c.secret));
    const socket = webSocket(rig.url.replace('http', 'ws'), { reconnect: false, timeout: PATIENCE_MS });
    const client = createPublicClient({ chain, transport: socket, pollingInterval: 50 });
    const heads: bigint[] = [];
    const stop = client.watchBlocks({ onBlock: ({ number }) => void heads.push(number) });
    await client.getBlockNumber();
    const wallet = createWalletClient({ account, chain, transport: http(rig.url, { timeout: PATIENCE_MS }) });
    const hash = await wallet.sendTransaction({ to: toHex(receiver), value: 5n, maxPriorityFeePerGas: parseGwei('1') });
    const receipt = await client.waitForTransactionReceipt({ hash });
    assert.equal(receipt.status, 'success');
    assert.equal((await client.getBlock({ blockTag: 'latest' })).baseFeePerGas, config.baseFee);
    assert.equal((await client.getTransaction({ hash })).value, 5n);
    // viem asks for the block that it is told of.
    await until(() => heads.includes(receipt.blockNumber), `the head ${receipt.blockNumber}`);
    stop();
    (await client.transport.getRpcClient()).close();
  });

  it('tells a WebSocket of heads, logs and pending transactions', async () => {
    const socket = new WebSocket(rig.url.replace('http', 'ws'));
    await new Promise((resolve) => socket.once('open', resolve));
    const events: { subscription: string; result: unknown }[] = [];
    const answers = new Map<number, (value: unknown) => void>();
    socket.on('message', (text) => {
      const message = JSON.parse(String(text)) as { id?: number; result?: unknown; params?: (typeof events)[0] };
      if (message.params !== undefined) events.push(message.params);
      else answers.get(message.id ?? 0)?.(message.result);
    });
    let id = 0;
    const ask = (method: string, ...params: unknown[]): Promise<unknown> => {
      const n = ++id;
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: n, method, params }));
      return new Promise((resolve) => answers.set(n, resolve));
    };
    const heads = await ask('eth_subscribe', 'newHeads');
    const logs = await ask('eth_subscribe', 'logs', { address: toHex(receiver) });
    const pending = await ask('eth_subscribe', 'newPendingTransactions');
    const raw = sign(b, { nonce: 1n, to: receiver, data: Uint8Array.of(9), gasLimit: 60_000n });
    const receipt = (await ask('eth_sendRawTransactionSync', toHex(raw))) as { logs: unknown[]; blockHash: string };
    await ask('eth_chainId');
    const of = (subscription: unknown): unknown[] =>
      events.filter((e) => e.subscription === subscription).map((e) => e.result);
    assert.deepEqual(of(pending), [receipt.logs.length && toHex(keccak_256(raw))]);
    assert.deepEqual(of(logs), receipt.logs);
    assert.equal((of(heads)[0] as { hash: string }).hash, receipt.blockHash);
    assert.equal(await ask('eth_unsubscribe', heads), true);
    socket.close();
    assert.equal((await rig.call('eth_subscribe', 'newHeads')).error?.message, 'notifications not supported');
  });

  it('answers who waits in vain when it stops', async () => {
    const stopped = await startRig();
    const raw = sign(b, { nonce: 5n });
    const hash = toHex(keccak_256(raw));
    const answer = stopped.call('eth_sendRawTransactionSync', toHex(raw));
    await until(() => stopped.node.pool.has(hash), 'it is in the pool, behind missing ones');
    await stopped.close();
    const { error } = await answer;
    assert.deepEqual([error?.code, error?.data], [4, hash]);
  });

  it('has health and metrics, for its own host only', async () => {
    const health = await fetch(`${rig.url}/health`);
    assert.deepEqual([health.status, ((await health.json()) as { ok: boolean }).ok], [200, true]);
    const metrics = await (await fetch(`${rig.url}/metrics`)).text();
    assert.match(metrics, /wisp_rpc_request_seconds_count\{method="eth_chainId",ok="true"\} \d/);
    assert.match(metrics, /wisp_transactions_total [1-9]/);
    assert.equal((await fetch(`${rig.url}/elsewhere`)).status, 404);
    assert.equal((await fetch(rig.url)).status, 405);
  });
});
