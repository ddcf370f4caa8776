import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { fromHex, toHex } from '../../src/sequencer/chain/bytes.ts';
import { follow } from '../../src/sequencer/follow.ts';
import { type BlockRecord, decodeRecord, encodeRecord } from '../../src/sequencer/storage/record.ts';
import { fakeStf } from './fake_stf.ts';
import { chainOf, sign } from './keys.ts';
import { keys, type Rig, type RpcAnswer, silent, startRig, until } from './service.ts';

/** Of a test that failed: a server that listens would hold this file. */
const liars = new Set<() => Promise<void>>();
const [a, b] = keys as [(typeof keys)[0], (typeof keys)[0]];
let leader: Rig;
before(async () => {
  leader = await startRig();
  for (let i = 0n; i < 5n; i++) await leader.call('eth_sendRawTransactionSync', toHex(sign(a, { nonce: i })));
});
after(async () => {
  await Promise.all([...liars].map((close) => close()));
  await leader.close();
});

/** Silent: it hangs up. Mute: it never answers. */
type Mood = 'true' | 'nonsense' | 'silent' | 'mute';

interface Liar {
  readonly url: string;
  /** Requests that came in each mood. */
  readonly heard: Map<Mood, number>;
  /** Those that still wait for an answer of a mute one. */
  readonly waiting: number;
  close(): Promise<void>;
}

interface Call {
  readonly id: number;
  readonly method: string;
}

/** A node between: it passes everything on, but tells lies about blocks, or answers nonsense or not at all. */
async function startLiar(
  url: string,
  lie: (record: BlockRecord) => BlockRecord | string,
  mood: () => Mood = () => 'true',
): Promise<Liar> {
  const heard = new Map<Mood, number>();
  const mute = new Set<ServerResponse>();
  const lied = (text: unknown): unknown => {
    if (typeof text !== 'string') return text;
    const told = lie(decodeRecord(fromHex(text)));
    return typeof told === 'string' ? told : toHex(encodeRecord(told));
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const now = mood();
    heard.set(now, (heard.get(now) ?? 0) + 1);
    if (now === 'silent') {
      response.destroy();
      return;
    }
    if (now === 'mute') {
      mute.add(response);
      response.once('close', () => mute.delete(response));
      return;
    }
    if (now === 'nonsense') {
      response.end('{"result":[1,2');
      return;
    }
    const body = Buffer.concat(parts).toString();
    const given = (await (await fetch(url, { method: 'POST', body })).json()) as RpcAnswer[] | RpcAnswer;
    const calls = JSON.parse(body) as Call[] | Call;
    const told = Array.isArray(given)
      ? given.map((one, i) => {
          const isRecord = (calls as Call[])[i]?.method === 'wisp_getBlockRecord';
          return isRecord ? { ...one, result: lied(one.result) } : one;
        })
      : given;
    response.end(JSON.stringify(told));
  };
  // A follower that ends hangs up in the middle of a request.
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      liars.delete(close);
      server.closeAllConnections();
      server.close(() => resolve());
    });
  liars.add(close);
  return {
    ...{ url: `http://127.0.0.1:${port}`, heard, close },
    get waiting() {
      return mute.size;
    },
  };
}

const quiet = { ...silent, error: () => {} };

describe('a following node', () => {
  it('comes to the same blocks, and passes transactions on', async () => {
    const follower = await startRig({
      node: { produces: false },
      following: (node) => follow(node, leader.url, silent),
    });
    const sent = await follower.call('eth_sendRawTransactionSync', toHex(sign(b, { nonce: 0n })));
    const receipt = sent.result as { blockHash: string; transactionHash: string };
    const theirs = await leader.call('eth_getTransactionReceipt', receipt.transactionHash);
    assert.deepEqual(theirs.result, receipt);
    for (const number of ['0x1', '0x3', 'latest']) {
      const [own, other] = await Promise.all(
        [follower, leader].map((rig) => rig.call('eth_getBlockByNumber', number, true)),
      );
      assert.deepEqual(own?.result, other?.result);
    }
    const refused = await follower.call('eth_sendRawTransaction', toHex(sign(b, { nonce: 0n })));
    assert.match(refused.error?.message ?? '', /nonce too low/);
    await follower.close();
  });

  it('ends where a block comes out different', async () => {
    const follower = await startRig({
      node: { produces: false, stf: fakeStf(1) },
      log: quiet,
      following: (node) => follow(node, leader.url, silent),
    });
    const error = await follower.service.ended;
    assert.match(String(error), /comes out different/);
    assert.equal((await fetch(`${follower.url}/health`)).status, 503);
    await follower.close();
  });

  it('is told of lies, and ends', async () => {
    const other = sign(b, { nonce: 7n });
    const lies: Record<string, (record: BlockRecord) => BlockRecord | string> = {
      'does not follow ours': (r) => ({ ...r, env: { ...r.env, number: r.env.number + 1n } }),
      'does not follow ours ': (r) => ({ ...r, env: { ...r.env, parentHash: new Uint8Array(32).fill(1) } }),
      'its environment is not allowed': (r) => ({ ...r, env: { ...r.env, gasLimit: 2n * r.env.gasLimit } }),
      'its environment is not allowed ': (r) => ({ ...r, env: { ...r.env, baseFee: 0n } }),
      'its environment is not allowed  ': (r) => ({ ...r, env: { ...r.env, coinbase: b.address } }),
      'its environment is not allowed   ': (r) => ({ ...r, env: { ...r.env, prevRandao: new Uint8Array(32) } }),
      'its environment is not allowed    ': (r) => ({ ...r, env: { ...r.env, timestamp: 1n } }),
      'its environment is not allowed     ': (r) => ({ ...r, env: { ...r.env, chainId: 5n } }),
      'comes out different: hash': (r) => ({ ...r, blockHash: new Uint8Array(32).fill(1) }),
      'comes out different: hash ': (r) => ({ ...r, transactions: [] }),
      'comes out different: a transaction is refused': (r) => ({
        ...r,
        transactions: [{ raw: other, sender: a.address }],
      }),
      // Senders are not taken from the other node.
      '': (r) => ({ ...r, transactions: r.transactions.map(({ raw }) => ({ raw, sender: b.address })) }),
      'invalid sender|invalid transaction|rlp': (r) => ({
        ...r,
        transactions: r.transactions.map(({ raw, sender }) => ({ raw: raw.slice(0, -1), sender })),
      }),
      'its record is none': () => '0x1234',
      'its record is none ': () => '0xzz',
      'its record is none  ': () => 'c0',
    };
    for (const [message, lie] of Object.entries(lies)) {
      const liar = await startLiar(leader.url, lie);
      const follower = await startRig({
        node: { produces: false },
        log: quiet,
        following: (node) => follow(node, liar.url, { ...silent, warn: () => {} }),
      });
      if (message === '') {
        const { hash, env } = leader.node.chain.head;
        await until(() => follower.node.chain.head.env.number === env.number, 'it has all blocks');
        assert.deepEqual(follower.node.chain.head.hash, hash);
      } else {
        assert.match(String(await follower.service.ended), new RegExp(message.trim()), message);
        assert.equal(follower.node.chain.head.env.number, 0n);
      }
      await follower.close();
      await liar.close();
    }
  });

  it('waits where the other node is gone or speaks nonsense, and goes on when it is back', async () => {
    let mood: Mood = 'true';
    const liar = await startLiar(
      leader.url,
      (record) => record,
      () => mood,
    );
    const follower = await startRig({
      node: { produces: false },
      following: (node) => follow(node, liar.url, { ...silent, warn: () => {} }),
    });
    const reaches = (number: bigint): Promise<void> =>
      until(() => follower.node.chain.head.env.number >= number, `block ${number}`);
    const { number } = leader.node.chain.head.env;
    await reaches(number);
    for (mood of ['nonsense', 'silent'] as Mood[]) await until(() => (liar.heard.get(mood) ?? 0) >= 2, mood);
    const refused = await follower.call('eth_sendRawTransaction', toHex(sign(b, { nonce: 1n })));
    assert.match(refused.error?.message ?? '', /does not answer/);
    mood = 'true';
    await leader.call('eth_sendRawTransactionSync', toHex(sign(b, { nonce: 1n })));
    await reaches(number + 1n);
    assert.deepEqual(follower.node.chain.head.hash, leader.node.chain.head.hash);
    const status = (await (await fetch(`${follower.url}/status`)).json()) as { following: { behind: number } };
    assert.equal(status.following.behind, 0);
    mood = 'mute';
    await until(() => liar.waiting > 0, 'the follower asks');
    await follower.close();
    assert.ok(liar.waiting > 0, 'it stops without an answer of the other node');
    await liar.close();
  });

  it('refuses another chain', async () => {
    const options = { node: { produces: false, chain: chainOf([a]) } };
    const rig = startRig({ ...options, following: (node) => follow(node, leader.url, silent) });
    await assert.rejects(rig, { code: 'genesis_mismatch' });
  });
});
