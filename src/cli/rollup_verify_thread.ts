// A thread that verifies proofs of guests/rollup.
import { parentPort } from 'node:worker_threads';
import { WispError } from '../core/errors.ts';
import { verifyBytes } from '../host/verify.ts';
import { buildProgram, loadElf } from '../machine/index.ts';
import { programTables } from '../machine/tables.ts';
import { readArtefact } from '../sequencer/stf/instance.ts';

export type VerifyReply =
  | { readonly ok: true; readonly exitCode: number; readonly journal: Uint8Array }
  | { readonly ok: false; readonly code: string; readonly message: string };

// The key is that of the node's own copy of the program, whatever a worker has.
const tables = programTables(buildProgram(loadElf(readArtefact('rollup.elf'))));

parentPort?.on('message', (proof: Uint8Array) => {
  const reply = (answer: VerifyReply): void => parentPort?.postMessage(answer);
  try {
    const { exitCode, journal } = verifyBytes(proof, tables, {});
    reply({ ok: true, exitCode, journal });
  } catch (error) {
    const code = error instanceof WispError ? error.code : 'internal';
    reply({ ok: false, code, message: error instanceof Error ? error.message : String(error) });
  }
});
