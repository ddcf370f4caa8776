// What operators look at: metrics and their dashboard, health, status, logs, a stop in order; and what a load costs.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fromHex, toHex } from '../../src/sequencer/chain/bytes.ts';
import { devChain, devKeys } from '../../src/sequencer/chain/dev.ts';
import { follow } from '../../src/sequencer/follow.ts';
import { startProving } from '../../src/sequencer/jobs/service.ts';
import { runLoad } from '../../src/sequencer/load/run.ts';
import { balanceCall, createdAddress, TOKEN_CODE, transferCall } from '../../src/sequencer/load/token.ts';
import { createLog } from '../../src/sequencer/log.ts';
import type { NodeStatus } from '../../src/sequencer/service.ts';
import { loadStf } from '../../src/sequencer/stf/index.ts';
import { runCli } from '../cli/harness.ts';
import { sign } from './keys.ts';
import { type Rig, silent, startRig, temporary } from './service.ts';

const folder = temporary();
const lines: string[] = [];
const chain = devChain();
const [payer, other] = devKeys();
let leader: Rig;
let follower: Rig;
before(async () => {
  const stf = await loadStf();
  const options = { blocks: 4, transactions: 1000, seconds: 1, leaseMs: 60_000, secret: '' };
  const verify = async (): Promise<never> => {
    throw new Error('nothing is proven here');
  };
  leader = await startRig({
    node: { folder, chain, stf },
    log: createLog('info', (line) => void lines.push(line)),
    proving: (node, metrics) => startProving(node, metrics, silent, { ...options, verify }),
  });
  follower = await startRig({
    node: { chain, stf, produces: false },
    following: (node) => follow(node, leader.url, silent),
  });
});
after(async () => {
  await follower.close();
  rmSync(folder, { recursive: true, force: true });
});

const textOf = async (url: string): Promise<string> => (await fetch(url)).text();
const load = (kind: 'transfer' | 'erc20'): ReturnType<typeof runLoad> =>
  runLoad({
    ...{ url: leader.url, kind, rate: 40, seconds: 2, senders: 8, connections: 2, onProgress: () => {} },
    secret: fromHex(payer?.secret ?? ''),
  });

describe('the load tool', () => {
  for (const kind of ['transfer', 'erc20'] as const) {
    it(`sends ${kind}s, and says what they cost the node`, async () => {
      const report = await load(kind);
      assert.deepEqual([report.confirmed, report.failed, report.errors], [80, 0, {}]);
      assert.deepEqual([report.stages?.tree, report.stages?.witness, report.stages?.produces], [true, true, true]);
      const { stages = [], total } = report.cost ?? {};
      const of = (name: string): number => stages.find(({ stage }) => stage === name)?.microseconds ?? -1;
      for (const name of ['admit', 'pool', 'execute', 'seal', 'log', 'store']) assert.ok(of(name) > 0, name);
      if (process.platform === 'linux') assert.ok(of('signatures') > 0 && of('witness') > 0, 'threads are told apart');
      const sum = stages.reduce((all, { microseconds }) => all + microseconds, 0);
      assert.ok(Math.abs(sum - (total?.microseconds ?? 0)) < 0.05 * sum + 1, 'the parts are the whole');
      assert.ok(Math.abs((total?.cores ?? 0) - ((total?.microseconds ?? 0) * 15_000) / 1e6) < 1e-6);
    });
  }

  it('has a token that is one', async () => {
    const key = { secret: fromHex(other?.secret ?? ''), address: fromHex(other?.address ?? '') };
    const token = createdAddress(key.address, 0n);
    const to = new Uint8Array(20).fill(7);
    const send = async (fields: Parameters<typeof sign>[1]): Promise<Record<string, unknown>> => {
      const raw = sign(key, { ...fields, value: 0n, chainId: chain.chainId, gasLimit: 300_000n });
      return (await leader.call('eth_sendRawTransactionSync', toHex(raw))).result as Record<string, unknown>;
    };
    assert.equal((await send({ nonce: 0n, to: undefined, data: TOKEN_CODE })).contractAddress, toHex(token));
    const sent = await send({ nonce: 1n, to: token, data: transferCall(to, 1234n) });
    assert.deepEqual([sent.status, (sent.logs as unknown[]).length], ['0x1', 1]);
    const call = async (data: Uint8Array, from = key.address): Promise<unknown> =>
      (await leader.call('eth_call', { from: toHex(from), to: toHex(token), data: toHex(data) }, 'latest')).result;
    assert.equal(BigInt((await call(balanceCall(to))) as string), 1234n);
    assert.equal(BigInt((await call(balanceCall(key.address))) as string), 2n ** 256n - 1n - 1234n);
    assert.equal(await call(transferCall(key.address, 1235n), to), undefined, 'more than there is');
    assert.equal(BigInt((await call(transferCall(key.address, 1234n), to)) as string), 1n);
    assert.equal(await call(Uint8Array.of(1, 2, 3, 4)), undefined);
  });
});

describe('operations', () => {
  it('metrics are there, and the dashboard asks for none that are not', async () => {
    const text = `${await textOf(`${leader.url}/metrics`)}\n${await textOf(`${follower.url}/metrics`)}`;
    const names = new Set([...text.matchAll(/^(wisp_\w+)/gm)].map(([, name]) => name));
    const dashboard = readFileSync(new URL('../../docs/grafana/wisp_node.json', import.meta.url), 'utf8');
    const asked = new Set([...dashboard.matchAll(/\b(wisp_\w+)(?=\{)/g)].map(([, name]) => name));
    assert.ok(asked.size > 20, String(asked.size));
    // Those appear with their first event.
    assert.deepEqual(
      [...asked].filter((name) => !names.has(name) && !['wisp_jobs_total', 'wisp_dropped_total'].includes(name ?? '')),
      [],
    );
    assert.match(text, /^wisp_cpu_seconds_total\{stage="execute"\} [\d.e-]+$/m);
    assert.ok(Number(/^wisp_batches (\d+)$/m.exec(text)?.[1]) > 0);
    assert.match(text, /^wisp_upstream_lag_blocks \d+$/m);
  });

  it('health and status say how it is', async () => {
    const health = JSON.parse(await textOf(`${leader.url}/health`)) as { ok: boolean; head: number };
    assert.equal(health.ok, true);
    const status = JSON.parse(await textOf(`${leader.url}/status`)) as NodeStatus;
    assert.deepEqual([status.head, status.chainId, status.following], [health.head, 131_071, null]);
    const proofs = status.proofs as { batches: number; batchedBlock: number; provenBatches: number };
    assert.ok(proofs.batches > 0 && proofs.batchedBlock > 0 && proofs.provenBatches === 0);
    assert.ok((status.cpuSeconds.process ?? 0) > 0);

    const shown = await runCli('status', leader.url);
    assert.equal(shown.exitCode, 0, shown.err);
    for (const row of ['blocks ', 'pool ', 'batches ', 'proofs ', 'jobs ', 'cores '])
      assert.ok(shown.out.includes(row), row);
    const theirs = await runCli('status', follower.url);
    assert.match(theirs.out, /follows +http:\S+, \d+ blocks behind/);
    assert.match(theirs.out, /batches +none are made/);
    const json = JSON.parse((await runCli('status', leader.url, '--json')).out) as { head: number };
    assert.equal(json.head, health.head);
    assert.deepEqual(
      [(await runCli('status', 'http://127.0.0.1:1')).exitCode, (await runCli('status', 'x')).exitCode],
      [1, 2],
    );
  });

  it('stops in order: what was taken is confirmed, and nothing is replayed afterwards', async () => {
    const key = { secret: fromHex(other?.secret ?? ''), address: fromHex(other?.address ?? '') };
    const raw = toHex(sign(key, { nonce: 2n, chainId: chain.chainId }));
    const taken = new Promise<unknown>((resolve) => leader.node.onPending(resolve));
    const answer = leader.call('eth_sendRawTransactionSync', raw);
    await taken;
    const head = Number(leader.node.chain.head.env.number);
    await leader.service.stop();
    const { result, error } = await answer;
    // In the block that was open, or promised to no one.
    assert.ok((result as { status: string } | undefined)?.status === '0x1' || error !== undefined);
    const records = lines.map((line) => JSON.parse(line) as { msg: string; level: number; time: string });
    assert.ok(records.every(({ level, time }) => level === 30 && Number.isFinite(Date.parse(time))));
    assert.deepEqual(
      records.map(({ msg }) => msg),
      ['chain opened', 'listening', 'stopping', 'stopped'],
    );
    const again = await startRig({ node: { folder, chain, stf: leader.node.chain.stf } });
    assert.equal(again.node.chain.recovered.replayed, 0);
    assert.ok(Number(again.node.chain.head.env.number) >= head);
    await again.close();
  });
});
