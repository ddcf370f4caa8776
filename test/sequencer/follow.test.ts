import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { fromHex, toHex } from '../../src/sequencer/chain/bytes.ts';
import { follow } from '../../src/sequencer/follow.ts';
import { type BlockRecord, decodeRecord, encodeRecord } from '../../src/sequencer/storage/record.ts';
import { fakeStf } from './fake_stf.ts';
import { chainOf, sign } from './keys.ts';
import { keys, type Rig, type RpcAnswer, silent, startRig } from './service.ts';

const [a, b] = keys as [(typeof keys)[0], (typeof keys)[0]];
let leader: Rig;
before(async () => {
  leader = await startRig();
  for (let i = 0n; i < 5n; i++) await leader.call('eth_sendRawTransactionSync', toHex(sign(a, { nonce: i })));
});
after(() => leader.close());

type Mood = 'true' | 'nonsense' | 'silent';

interface Call {
  readonly id: number;
  readonly method: string;
}

/** A node between: it passes everything on, but tells lies about blocks, or answers nonsense or not at all. */
async function startLiar(
  url: string,
  lie: (record: BlockRecord) => BlockRecord | string,
  mood: () => Mood = () => 'true',
): Promise<{ url: string; close(): Promise<void> }> {
  const lied = (text: unknown): unknown => {
    if (typeof text !== 'string') return text;
    const told = lie(decodeRecord(fromHex(text)));
    return typeof told === 'string' ? told : toHex(encodeRecord(told));
  };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    if (mood() === 'silent') {
      response.destroy();
      return;
    }
    if (mood() === 'nonsense') {
      response.end('{"result":[1,2');
      return;
    }
    const body = Buffer.concat(parts).toString();
    const answer = (await (await fetch(url, { method: 'POST', body })).json()) as RpcAnswer[] | RpcAnswer;
    const calls = JSON.parse(body) as Call[] | Call;
    const told = Array.isArray(answer)
      ? answer.map((one, i) => {
          const isRecord = (calls as Call[])[i]?.method === 'wisp_getBlockRecord';
          return isRecord ? { ...one, result: lied(one.result) } : one;
        })
      : answer;
    response.end(JSON.stringify(told));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
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
        while (follower.node.chain.head.env.number < 5n) await new Promise((resolve) => setTimeout(resolve, 5));
        assert.deepEqual(follower.node.chain.head.hash, leader.node.chain.blocks.block(5n)?.hash);
      } else {
        assert.match(String(await follower.service.ended), new RegExp(message.trim()), message);
        assert.equal(follower.node.chain.head.env.number, 0n);
      }
      await follower.close();
      await liar.close();
    }
  });

  it('waits where the other node is gone or speaks nonsense, and goes on when it is back', async () => {
    let mood: 'true' | 'nonsense' | 'silent' = 'true';
    const liar = await startLiar(
      leader.url,
      (record) => record,
      () => mood,
    );
    const follower = await startRig({
      node: { produces: false },
      following: (node) => follow(node, liar.url, { ...silent, warn: () => {} }),
    });
    const until = async (number: bigint): Promise<void> => {
      while (follower.node.chain.head.env.number < number) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const { number } = leader.node.chain.head.env;
    await until(number);
    for (mood of ['nonsense', 'silent'] as const) await new Promise((resolve) => setTimeout(resolve, 300));
    const refused = await follower.call('eth_sendRawTransaction', toHex(sign(b, { nonce: 1n })));
    assert.match(refused.error?.message ?? '', /does not answer/);
    mood = 'true';
    await leader.call('eth_sendRawTransactionSync', toHex(sign(b, { nonce: 1n })));
    await until(number + 1n);
    assert.deepEqual(follower.node.chain.head.hash, leader.node.chain.head.hash);
    const status = (await (await fetch(`${follower.url}/status`)).json()) as { following: { behind: number } };
    assert.equal(status.following.behind, 0);
    mood = 'silent';
    const started = performance.now();
    await follower.close();
    assert.ok(performance.now() - started < 5000, 'it stops without the other node');
    await liar.close();
  });

  it('refuses another chain', async () => {
    const options = { node: { produces: false, chain: chainOf([a]) } };
    const rig = startRig({ ...options, following: (node) => follow(node, leader.url, silent) });
    await assert.rejects(rig, { code: 'genesis_mismatch' });
  });
});
