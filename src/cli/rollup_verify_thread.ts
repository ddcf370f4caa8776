// A thread that verifies proofs of guests/rollup.
import { parentPort } from 'node:worker_threads';
import { verifyingKey } from '../air/key.ts';
import { decodeBundleHeader } from '../core/bundle.ts';
import { WispError } from '../core/errors.ts';
import type { Qm31 } from '../core/field.ts';
import { verifyBytes } from '../host/verify.ts';
import { buildProgram, loadElf } from '../machine/index.ts';
import { programTables } from '../machine/tables.ts';
import { nameThread } from '../sequencer/cpu.ts';
import { readArtefact } from '../sequencer/stf/instance.ts';
import { type CheckedRun, checkBalance, checkRun, verifySegment } from '../verifier/bundle.ts';

export type VerifyRequest =
  | { readonly kind: 'whole'; readonly proof: Uint8Array }
  | { readonly kind: 'segment'; readonly plan: Uint8Array; readonly index: number; readonly proof: Uint8Array }
  | { readonly kind: 'balance'; readonly plan: Uint8Array; readonly shares: readonly (readonly number[])[] };

export type VerifyReply =
  | { readonly ok: true; readonly exitCode: number; readonly journal: Uint8Array; readonly share: readonly number[] }
  | { readonly ok: false; readonly code: string; readonly message: string };

nameThread('verify');
// The key is that of the node's own copy of the program, whatever a worker has.
const tables = programTables(buildProgram(loadElf(readArtefact('rollup.elf'))));

/** Of the last plan: its segments mostly come one after another. */
let last: { readonly plan: Uint8Array; readonly run: CheckedRun } | undefined;

function runOf(plan: Uint8Array): CheckedRun {
  if (last !== undefined && Buffer.compare(last.plan, plan) === 0) return last.run;
  const bundle = decodeBundleHeader(plan);
  const run = checkRun(bundle, verifyingKey(tables, bundle.params.logBlowup), {});
  last = { plan, run };
  return run;
}

function check(request: VerifyRequest): Omit<Extract<VerifyReply, { readonly ok: true }>, 'ok'> {
  if (request.kind === 'whole') {
    const { exitCode, journal } = verifyBytes(request.proof, tables, {});
    return { exitCode, journal, share: [] };
  }
  const run = runOf(request.plan);
  const { exitCode, journal } = run.bundle;
  if (request.kind === 'segment') {
    const { runSum } = verifySegment(run, request.index, request.proof, {});
    return { exitCode, journal, share: [...runSum] };
  }
  const checked = request.shares.map((share) => ({ runSum: share as unknown as Qm31, securityBits: 0 }));
  checkBalance(run, checked);
  return { exitCode, journal, share: [] };
}

parentPort?.on('message', (request: VerifyRequest) => {
  const reply = (answer: VerifyReply): void => parentPort?.postMessage(answer);
  try {
    reply({ ok: true, ...check(request) });
  } catch (error) {
    const code = error instanceof WispError ? error.code : 'internal';
    reply({ ok: false, code, message: error instanceof Error ? error.message : String(error) });
  }
});
