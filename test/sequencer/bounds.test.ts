// What clients can make large, slow or many is bounded, and blocks go on meanwhile.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { encodeFunctionData } from 'viem';
import WebSocket from 'ws';
import { toHex } from '../../src/sequencer/chain/bytes.ts';
import { filterStore } from '../../src/sequencer/rpc/filters.ts';
import { logQueryOf } from '../../src/sequencer/rpc/params.ts';
import { deploy, publicClient, startDevRig, TOKEN, walletOf } from './dev_rig.ts';
import { type Rig, type RpcAnswer, until } from './service.ts';

const MEMORY = 400 * 2 ** 20;
let rig: Rig;
let token: `0x${string}`;
before(async () => {
  rig = await startDevRig({
    rpcLimits: { logResults: 20, traceBytes: 2 ** 20 },
    serverLimits: { heldBytes: 12 * 2 ** 20, unreadBytes: 2 ** 20, messageBytes: 2 ** 20 },
  });
  token = await deploy(rig.url, 0, TOKEN, ['Test', walletOf(rig.url, 0).account.address, 1000n]);
});
after(() => rig.close());

const data = (functionName: 'burnGas' | 'name'): string => encodeFunctionData({ ...TOKEN, functionName });

/** A transfer is confirmed. */
async function goesOn(on: Rig = rig): Promise<void> {
  const wallet = walletOf(on.url, 1);
  const hash = await wallet.sendTransaction({ to: wallet.account.address, gas: 21_000n });
  await until(async () => ((await on.call('eth_getTransactionReceipt', hash)).result ?? null) !== null, 'a block');
}

async function batch(requests: readonly object[]): Promise<RpcAnswer[]> {
  const body = JSON.stringify(requests.map((request, id) => ({ jsonrpc: '2.0', id, ...request })));
  return (await (await fetch(rig.url, { method: 'POST', body })).json()) as RpcAnswer[];
}

const open = (): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(rig.url.replace('http', 'ws'));
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });

describe('bounds', () => {
  it('calls without end are ended, one after another', async () => {
    const short = await startDevRig({ rpcLimits: { callGas: 10n ** 12n, callTimeoutMs: 2000 } });
    const wallet = walletOf(short.url, 0);
    // With its gas: an estimate would be a call itself.
    const hash = await wallet.deployContract({ ...TOKEN, args: ['Test', wallet.account.address, 1n], gas: 5_000_000n });
    const to = (await publicClient(short.url).waitForTransactionReceipt({ hash })).contractAddress;
    const calls = Array.from({ length: 2 }, () => short.call('eth_call', { to, data: data('burnGas') }));
    await goesOn(short);
    for (const { error } of await Promise.all(calls)) {
      assert.equal(error?.message, 'execution aborted (timeout = 2s)');
    }
    // Where the machine stalls, so may a short one.
    const answers = async (): Promise<boolean> =>
      /^0x/.test(String((await short.call('eth_call', { to, data: data('name') })).result));
    await until(answers, 'another call is answered');
    await short.close();
  });

  it('many calls are answered, or refused at once', async () => {
    const name = { to: token, data: data('name') };
    const many = Array.from({ length: 2 }, () =>
      batch(Array.from({ length: 200 }, () => ({ method: 'eth_call', params: [name] }))),
    );
    assert.ok((await Promise.all(many)).flat().every(({ result }) => result !== undefined));
    const flood = await Promise.all(Array.from({ length: 1200 }, () => rig.call('eth_call', name)));
    assert.ok(flood.every(({ result, error }) => result !== undefined || error?.code === -32005));
    await goesOn();
  });

  it('large batches and large answers', async () => {
    const big = `0x${'00'.repeat(120_000)}`;
    const wallet = walletOf(rig.url, 2);
    await wallet.sendTransaction({ to: token, data: big as `0x${string}`, gas: 3_000_000n }).catch(() => {});
    const hash = await wallet.sendTransaction({
      to: wallet.account.address,
      data: big as `0x${string}`,
      gas: 3_000_000n,
    });
    await goesOn();
    const answers = batch(Array.from({ length: 1000 }, () => ({ method: 'eth_getTransactionByHash', params: [hash] })));
    const refused = (await answers.catch(() => [])).filter(({ error }) => error?.code === -32005);
    // Held answers are bounded below what a batch may have: it may be cut off altogether.
    assert.ok(refused.length > 0 || (await answers.catch(() => undefined)) === undefined);
    await goesOn();
    const call = await rig.call('eth_call', { to: token, data: `0x${'11'.repeat(2_000_000)}` });
    assert.ok(call.error !== undefined || call.result !== undefined);
    const oversized = await rig.call('eth_sendRawTransaction', `0x02${'11'.repeat(140_000)}`);
    assert.match(oversized.error?.message ?? '', /^oversized data/);
  });

  it('many who send or read slowly', async () => {
    const port = Number(new URL(rig.url).port);
    const body = ' '.repeat(900_000);
    let turnedAway = 0;
    const sockets = Array.from({ length: 20 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.once('data', (data) => {
        if (/^HTTP\/1.1 503/.test(String(data))) turnedAway++;
      });
      // All but the last byte.
      socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length + 1}\r\n\r\n${body}`);
      return socket;
    });
    await until(() => turnedAway > 0, 'one is turned away');
    for (const socket of sockets) socket.destroy();
    await goesOn();
    assert.ok(process.memoryUsage().rss < 2 ** 30 + MEMORY);
  });

  it('who does not read is let go, and nothing is held for it', async () => {
    const wallet = walletOf(rig.url, 3);
    const hash = await wallet.sendTransaction({
      to: wallet.account.address,
      data: `0x${'00'.repeat(120_000)}`,
      gas: 3_000_000n,
    });
    await goesOn();
    const { connections } = rig.service.server;
    const before = connections.webSockets;
    const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getTransactionByHash', params: [hash] });
    const sockets = await Promise.all(Array.from({ length: 4 }, open));
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.pause();
      // 24 MB of answers: more than the system's buffers take.
      for (let i = 0; i < 100; i++) socket.send(request);
    }
    await goesOn();
    await until(() => connections.webSockets <= before, 'they are let go');
    for (const socket of sockets) socket.terminate();
    const reader = await open();
    let answers = 0;
    reader.on('message', () => answers++);
    // Together as much as may be held, each by itself less.
    for (let i = 0; i < 50; i++) {
      reader.send(request);
      await until(() => answers > i || reader.readyState !== reader.OPEN, 'an answer');
      assert.ok(answers > i, `let go after ${answers} answers`);
    }
    reader.close();
    await goesOn();
  });

  it('subscriptions, of a connection and of all', async () => {
    const socket = await open();
    const answers: RpcAnswer[] = [];
    socket.on('message', (text) => void answers.push(JSON.parse(String(text)) as RpcAnswer));
    for (let id = 0; id < 130; id++) {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_subscribe', params: ['newHeads'] }));
    }
    await until(() => answers.length >= 130, 'all are answered');
    assert.deepEqual(answers.filter(({ error }) => error?.code === -32005).length, 2);
    socket.close();
    const topics = [Array.from({ length: 1000 }, (_, i) => `0x${i.toString(16).padStart(64, '0')}`)];
    const heavy = await open();
    const weighed: RpcAnswer[] = [];
    heavy.on('message', (text) => void weighed.push(JSON.parse(String(text)) as RpcAnswer));
    for (let id = 0; id < 21; id++) {
      heavy.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_subscribe', params: ['logs', { topics }] }));
    }
    await until(() => weighed.length >= 21, 'all are answered');
    assert.ok(weighed.some(({ error }) => error?.message === 'too many subscriptions'));
    heavy.close();
    await new Promise((resolve) => heavy.once('close', resolve));
    await goesOn();
    const again = await open();
    // The node may learn later that the other is closed.
    const isTaken = async (): Promise<boolean> => {
      again.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['logs', { topics }] }));
      const text = await new Promise((resolve) => again.once('message', (m) => resolve(String(m))));
      return (JSON.parse(String(text)) as RpcAnswer).error === undefined;
    };
    for (let i = 0; i < 10; i++) await until(isTaken, 'those of closed connections count no more');
    again.close();
  });

  it('filters: their number, what they keep, and how long', () => {
    let now = 0;
    const store = filterStore(() => now);
    const ids = Array.from({ length: 10_000 }, () => store.add({ kind: 'blocks', next: 0n }));
    assert.throws(() => store.add({ kind: 'blocks', next: 0n }), { code: -32005 });
    now += 4 * 60_000;
    store.get(ids[0] as string);
    now += 2 * 60_000;
    store.get(ids[0] as string);
    assert.throws(() => store.get(ids[1] as string), { message: 'filter not found' });
    assert.equal(store.size, 1);
    const query = logQueryOf({ topics: [Array.from({ length: 999 }, () => `0x${'11'.repeat(32)}`)] });
    for (let i = 0; i < 199; i++) store.add({ kind: 'logs', query, next: 0n });
    assert.throws(() => store.add({ kind: 'logs', query, next: 0n }), { code: -32005 });
    const id = store.add({ kind: 'pending', next: store.arrived });
    for (let i = 0; i < 60_000; i++) store.pending(`0x${i}`);
    const filter = store.get(id);
    assert.ok(filter.kind === 'pending');
    const hashes = store.since(filter.next);
    assert.deepEqual([hashes.length, hashes[0], hashes.at(-1)], [50_000, '0x10000', '0x59999']);
  });

  it('logs of a query, and its range', async () => {
    const wallet = walletOf(rig.url, 0);
    const transfer = encodeFunctionData({ ...TOKEN, functionName: 'transfer', args: [token, 0n] });
    for (let i = 0; i < 21; i++) await wallet.sendTransaction({ to: token, data: transfer, gas: 100_000n });
    await goesOn();
    const { error } = await rig.call('eth_getLogs', { address: token, fromBlock: '0x0' });
    assert.deepEqual([error?.code, error?.message], [-32005, 'query returned more than 20 results']);
    assert.equal((await rig.call('eth_getLogs', { fromBlock: '0x9', toBlock: '0x1' })).error?.code, -32602);
    assert.deepEqual((await rig.call('eth_getLogs', { fromBlock: '0xffffff', toBlock: '0xfffffff' })).result, []);
    const both = { blockHash: toHex(new Uint8Array(32)), fromBlock: '0x1' };
    assert.equal((await rig.call('eth_getLogs', both)).error?.code, -32602);
  });
});
