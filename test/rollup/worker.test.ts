// `wisp node` and `wisp worker` as processes of their own: a batch is proven over HTTP, segment by segment, by a worker that
// takes over from one that was killed, for a node that was killed too, and after others lied. The proof is the one that anyone can verify.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { verify } from '../../src/index.ts';
import { fromHex } from '../../src/sequencer/chain/bytes.ts';
import { DEV_CHAIN_ID, devKeys } from '../../src/sequencer/chain/dev.ts';
import type { BatchRecord } from '../../src/sequencer/jobs/batches.ts';
import { jobName } from '../../src/sequencer/jobs/job.ts';
import type { Lease } from '../../src/sequencer/jobs/leases.ts';
import { rpcClient } from '../../src/sequencer/rpc/client.ts';
import { sign } from '../sequencer/keys.ts';
import { proofs as foreign, bytes as foreignBundle } from '../verifier/bundle_fixture.ts';
import { rollupProgram } from './riscv.ts';
import { hex } from './state.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** Of a call to the node, which shares the machine with workers. */
const PATIENCE_MS = 120_000;
/** A transfer by itself has some 210,000 micro-ops: two segments. */
const SEGMENT_STEPS = 150_000;

const folder = mkdtempSync(join(tmpdir(), 'wisp-worker-'));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Process {
  /** Resolves with what is found in what the process prints; rejects where it ends without. */
  says(pattern: RegExp): Promise<string>;
  readonly text: () => string;
  readonly exit: Promise<number | null>;
  kill(): Promise<unknown>;
}

function start(...argv: string[]): Process {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...argv]);
  children.add(child);
  let text = '';
  const heard = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      text += data;
      for (const listener of heard) listener();
    });
  }
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    exit,
    text: () => text,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(text);
          if (found !== null) resolve(found[1] ?? found[0]);
        };
        heard.add(look);
        look();
        void exit.then((code) => reject(new Error(`wisp ${argv[0]} ended with ${code}: ${text}`)));
      }),
    kill: () => {
      child.kill('SIGKILL');
      return exit;
    },
  };
}

async function startNode(): Promise<Process & { readonly url: string }> {
  const node = start(
    ...['node', '--dev', '--data', join(folder, 'chain'), '--port', '0', '--batch-blocks', '1'],
    ...['--segment-steps', String(SEGMENT_STEPS), '--worker-secret', 'sesame'],
  );
  return { ...node, url: `http://127.0.0.1:${await node.says(/"port":(\d+)[,}]/)}` };
}
const workerOf = (url: string, ...more: string[]): Process =>
  start('worker', url, '--backend', 'wasm', '--secret', 'sesame', ...more);

interface Batch extends BatchRecord {
  readonly status: string;
  readonly provenSegments: number;
  readonly proof: { readonly worker: string };
}

/** Leases a job by hand, and sends this for its proof: the status that it is answered with. */
async function lie(url: string, worker: string, proof: Uint8Array): Promise<number> {
  const request = { method: 'POST', headers: { authorization: 'Bearer sesame' } };
  for (;;) {
    const leased = await fetch(`${url}/jobs/lease?worker=${worker}`, request);
    // The plan is read again first.
    if (leased.status === 204) {
      await sleep(50);
      continue;
    }
    const { job, token } = (await leased.json()) as Lease;
    const path = `${url}/jobs/${jobName(job)}/proof?token=${token}`;
    const answer = await fetch(path, { ...request, method: 'PUT', body: proof as Uint8Array<ArrayBuffer> });
    return answer.status;
  }
}

test('wisp worker proves a batch for a node over HTTP, though another and the node are killed, and others lie', async () => {
  const first = await startNode();
  const [dev] = devKeys();
  const key = { secret: fromHex(dev!.secret), address: fromHex(dev!.address) };
  const transfer = sign(key, { nonce: 0n, to: new Uint8Array(20).fill(7), chainId: DEV_CHAIN_ID });
  const receipt = await rpcClient(first.url, PATIENCE_MS).call<{ status: string }>(
    'eth_sendRawTransactionSync',
    hex(transfer),
  );
  assert.equal(receipt.status, '0x1');

  const gone = workerOf(first.url, '--name', 'gone');
  await gone.says(/batch 0, segment 1 of 2/);
  await gone.kill();
  await first.kill();

  const second = await startNode();
  const { url } = second;
  const client = rpcClient(url, PATIENCE_MS);
  // Nothing, noise, and proofs of another program: the node's own verifier refuses them.
  const lies = [new Uint8Array(0), new Uint8Array(100_000).fill(7), foreign[0], foreignBundle];
  for (const [i, proof] of lies.entries()) assert.equal(await lie(url, `liar${i}`, proof!), 422, `lie ${i}`);
  const worker = workerOf(url, '--name', 'patient', '--jobs', '2');
  assert.equal(await worker.exit, 0, worker.text());
  assert.match(worker.text(), /segment 1 of 2: accepted[\s\S]*segment 2 of 2: accepted[\s\S]*2 proofs accepted/);

  const batch = await client.call<Batch>('wisp_getBatch', '0x0');
  assert.deepEqual([batch.status, batch.provenSegments, batch.proof.worker], ['proven', 2, 'patient']);
  const finalized = await client.call<{ number: string }>('eth_getBlockByNumber', 'finalized', false);
  assert.equal(finalized.number, '0x1');
  const proof = fromHex(await client.call<`0x${string}`>('wisp_getBatchProof', '0x0'));
  const { exitCode, journal, securityBits } = verify(proof, rollupProgram());
  assert.deepEqual([exitCode, hex(journal)], [0, batch.journal]);
  assert.ok(securityBits >= 100);
  await second.kill();
});
