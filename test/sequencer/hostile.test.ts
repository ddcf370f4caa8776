import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { toHex } from '../../src/sequencer/chain/bytes.ts';
import { DEFAULT_SERVER_LIMITS } from '../../src/sequencer/rpc/server.ts';
import { sign } from './keys.ts';
import { keys, PATIENCE_MS, type Rig, type RpcAnswer, startRig, until } from './service.ts';

let rig: Rig;
before(async () => {
  rig = await startRig({
    node: { limits: { perSender: 50, transactions: 300, nonceGap: 100n } },
    serverLimits: { bodyBytes: 200_000, messageBytes: 200_000, webSockets: 4 },
  });
});
after(() => rig.close());

let nonce = 0n;
/** Blocks go on: a transfer is confirmed in the time that the node gives itself for it. */
async function goesOn(): Promise<void> {
  const raw = sign(keys[9]!, { nonce: nonce++ });
  const answer = await rig.call('eth_sendRawTransactionSync', toHex(raw));
  assert.equal((answer.result as { status: string } | undefined)?.status, '0x1', JSON.stringify(answer));
}

/** What a server answers to raw bytes before it closes, which it has to do within `ms`. */
function raw(bytes: string, ms = PATIENCE_MS, url = rig.url): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    const late = setTimeout(() => {
      text += '(open)';
      socket.destroy();
    }, ms);
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('close', () => {
      clearTimeout(late);
      resolve(text);
    });
    socket.on('error', () => {});
    socket.write(bytes);
  });
}

describe('hostile input', () => {
  it('bodies that are too long, too deep, or no JSON', async () => {
    const post = (body: string): Promise<Response> => fetch(rig.url, { method: 'POST', body });
    assert.equal((await post('x'.repeat(199_999))).status, 200);
    await post('x'.repeat(3_000_000)).then(
      (response) => assert.equal(response.status, 413),
      () => {},
    );
    for (const body of ['[['.repeat(50_000), '{"a":'.repeat(30_000), `"${'\\"'.repeat(90_000)}`, '\u0000', '']) {
      assert.equal(((await (await post(body)).json()) as { error: { code: number } }).error.code, -32700);
    }
    assert.match(await raw('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n'), /413/);
    assert.match(await raw('NONSENSE\r\n\r\n'), /400/);
    await goesOn();
  });

  it('JSON that is valid and deep, wherever it stands', async () => {
    const deep = `${'['.repeat(90_000)}${']'.repeat(90_000)}`;
    const nested = `${'{"a":'.repeat(25_000)}1${'}'.repeat(25_000)}`;
    const bodies = [deep, nested].flatMap((value) => [
      value,
      `[${value}]`,
      ...['eth_call', 'eth_getLogs', 'eth_sendRawTransaction', 'eth_subscribe', 'no_such'].map(
        (method) => `{"jsonrpc":"2.0","id":1,"method":"${method}","params":[${value}]}`,
      ),
      `{"jsonrpc":"2.0","id":${value},"method":"eth_chainId"}`,
      `{"jsonrpc":"2.0","id":1,"method":${value}}`,
    ]);
    for (const body of bodies) {
      const { error } = (await (await fetch(rig.url, { method: 'POST', body })).json()) as RpcAnswer;
      assert.deepEqual([error?.code, error?.message], [-32700, 'parse error: nested too deep'], body.slice(0, 70));
    }
    const socket = new WebSocket(rig.url.replace('http', 'ws'));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(deep);
    const answer = await new Promise((resolve) => socket.once('message', (m) => resolve(String(m))));
    assert.match(String(answer), /nested too deep/);
    socket.close();
    await new Promise((resolve) => socket.once('close', resolve));
    await goesOn();
  });

  it('slow connections are closed', async () => {
    // A node of its own: on a machine that stalls, a good request may take as long.
    const { url, close } = await startRig({ serverLimits: { headersMs: 700, requestMs: 700 } });
    const { headersMs, requestMs } = DEFAULT_SERVER_LIMITS;
    const slow = await Promise.all([
      raw('POST / HTTP/1.1\r\nHost: loc', headersMs, url),
      raw('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"json', requestMs, url),
    ]);
    for (const text of slow) assert.match(text, /^(?!.*open)(.*408|$)/s);
    await close();
  });

  it('requests for other hosts and from other pages', async () => {
    assert.match(
      await raw('POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
      /403/,
    );
    const socket = new WebSocket(rig.url.replace('http', 'ws'), { headers: { origin: 'https://evil.example' } });
    await new Promise<void>((resolve) => socket.once('error', () => resolve()));
  });

  it('WebSockets: too many, too long, binary, gone', async () => {
    const open = async (): Promise<WebSocket | undefined> => {
      const socket = new WebSocket(rig.url.replace('http', 'ws'));
      return new Promise((resolve) => {
        socket.once('open', () => resolve(socket));
        socket.once('error', () => resolve(undefined));
      });
    };
    await until(() => rig.service.server.connections.webSockets === 0, 'those of other tests are gone');
    const sockets = await Promise.all(Array.from({ length: 6 }, open));
    assert.equal(sockets.filter((s) => s !== undefined).length, 4);
    const [first, second, third, fourth] = sockets.filter((s) => s !== undefined);
    const closed = new Promise((resolve) => first?.once('close', resolve));
    first?.on('error', () => {});
    first?.send('x'.repeat(300_000));
    await closed;
    second?.send(Buffer.from([1, 2, 3]));
    const answer = await new Promise((resolve) => second?.once('message', (m) => resolve(String(m))));
    assert.match(String(answer), /parse error/);
    third?.send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}');
    third?.terminate();
    fourth?.close();
    second?.close();
    await goesOn();
  });

  it('raw transactions of all wrong kinds', async () => {
    const good = sign(keys[0]!, { nonce: 0n });
    const bad = [
      '0x',
      '0xc0',
      '0xf8',
      '0x02',
      '0x02c0',
      '0x03c0',
      '0x7f',
      '0xff',
      `0x${'c1'.repeat(500)}c0`,
      `0x${'00'.repeat(90_000)}`,
      toHex(good).slice(0, -2),
      `${toHex(good)}00`,
      toHex(good).replace(/.{20}$/, 'f'.repeat(20)),
      '0x0',
      'zz',
      5,
      null,
      {},
      [],
    ];
    for (const value of bad) {
      const { error, result } = await rig.call('eth_sendRawTransaction', value);
      assert.equal(result, undefined);
      assert.ok(error !== undefined && [-32000, -32602].includes(error.code), `${value}: ${JSON.stringify(error)}`);
      assert.ok(error.message.length < 300);
    }
    assert.equal(rig.node.pool.size, 0);
    await goesOn();
  });

  it('floods of signatures that are of nobody', async () => {
    const whole = sign(keys[1]!, { nonce: 0n });
    const raws = Array.from({ length: 600 }, (_, i) => {
      const raw = whole.slice();
      // r is of no point half of the time; otherwise someone without funds has signed.
      raw.set([i & 255, i >> 8], raw.length - 40);
      if (i % 3 === 0) raw.fill(0xff, raw.length - 32);
      return toHex(raw);
    });
    const batch = raws.map((raw, id) => ({ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [raw] }));
    const [response] = await Promise.all([fetch(rig.url, { method: 'POST', body: JSON.stringify(batch) }), goesOn()]);
    const answers = (await response.json()) as RpcAnswer[];
    const messages = answers.map(({ error }) => error?.message ?? 'taken');
    const kinds = [/^invalid sender/, /^invalid transaction v, r, s values/, /^insufficient funds/];
    for (const kind of kinds)
      assert.ok(
        messages.some((m) => kind.test(m)),
        `${kind}`,
      );
    assert.deepEqual(
      messages.filter((m) => !kinds.some((kind) => kind.test(m))),
      [],
    );
    assert.equal(rig.node.pool.size, 0);
    await goesOn();
  });

  it('floods of nonces and of senders', async () => {
    const raws = keys
      .slice(0, 8)
      .flatMap((key) => Array.from({ length: 60 }, (_, i) => toHex(sign(key, { nonce: BigInt(i + 2) }))));
    const batch = raws.map((raw, id) => ({ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [raw] }));
    const response = await fetch(rig.url, { method: 'POST', body: JSON.stringify(batch) });
    const answers = (await response.json()) as RpcAnswer[];
    const messages = answers.map(({ error }) => error?.message ?? 'taken');
    assert.equal(messages.filter((m) => m === 'taken').length, 300);
    assert.ok(messages.some((m) => /txpool is full/.test(m)) && messages.some((m) => /account limit exceeded/.test(m)));
    assert.equal(rig.node.pool.size, 300);
    await goesOn();
    const far = await rig.call('eth_sendRawTransaction', toHex(sign(keys[8]!, { nonce: 5000n })));
    assert.match(far.error?.message ?? '', /nonce too high/);
  });

  it('methods with parameters of the wrong shape', async () => {
    const values = [
      undefined,
      null,
      -1,
      1e300,
      '',
      '0x',
      'latest',
      '0xzz',
      {},
      [],
      [[[]]],
      true,
      'x'.repeat(1000),
      { __proto__: null },
    ];
    const methods = [
      'eth_getBalance',
      'eth_call',
      'eth_estimateGas',
      'eth_getLogs',
      'eth_newFilter',
      'eth_feeHistory',
      'eth_getStorageAt',
      'eth_getBlockByNumber',
      'eth_getTransactionByHash',
      'eth_getFilterChanges',
      'wisp_getBatch',
      'wisp_getBlockRecord',
      'web3_sha3',
    ];
    for (const method of methods) {
      for (const a of values) {
        for (const b of [undefined, '0xff', {}, ['x']]) {
          const { error } = await rig.call(method, a, b);
          assert.notEqual(error?.code, -32603, `${method}(${JSON.stringify(a)}, ${JSON.stringify(b)})`);
        }
      }
    }
    await sleep(1);
    await goesOn();
  });
});
