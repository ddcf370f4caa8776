// Plans a run, proves segments of one whose plan a node has made, or a whole run.
import type { Backend } from '../../prover/backend.ts';
import { planRun, type RunSource } from '../../prover/run.ts';
import { verifyingKey } from '../air/key.ts';
import { encodeBundleHeader } from '../core/bundle.ts';
import { presets } from '../core/params.ts';
import { PLANNED_CYCLES, plannedSegments, type SegmentProver } from '../host/planned_segments.ts';
import { type Device, proveRun } from '../host/proving.ts';
import { memoryStores } from '../host/store.ts';
import type { Program } from '../machine/index.ts';
import { type SegmentCut, startRun } from '../machine/segments.ts';
import { programTables } from '../machine/tables.ts';
import { recordPool } from '../machine/worker/pool.ts';

/** Log2 of the rows of a table of first tuples; the node's plan and the worker's proof have the same. */
const MAX_FIRST_LOG = 18;

interface WholeRequest {
  readonly program: Program;
  readonly input: Uint8Array;
  readonly device: Device;
  readonly onNotice: (text: string) => void;
}

/** The run's header, or undefined where it is a single segment. */
export async function planOf(
  program: Program,
  input: Uint8Array,
  segmentSteps: number,
  backend: Backend,
): Promise<Uint8Array | undefined> {
  const params = presets.standard;
  const source: RunSource<SegmentCut> = {
    start: () => startRun(program, input, { segmentSteps, maxCycles: PLANNED_CYCLES }),
    record: () => Promise.reject(new Error('a plan records nothing')),
  };
  const key = verifyingKey(programTables(program), params.logBlowup);
  const header = await planRun(source, key, backend, { params, maxFirstLog: MAX_FIRST_LOG });
  if (header === undefined) return undefined;
  return encodeBundleHeader({ ...header, proofBytes: header.segments.map(() => 0) });
}

/** Proves segments one after another; they are recorded in a thread. */
export const segmentProver = (): SegmentProver => plannedSegments(recordPool);

export async function proveWhole({ program, input, device, onNotice }: WholeRequest): Promise<Uint8Array> {
  const proven = await proveRun({
    ...{ program, input, params: presets.standard, device, stores: memoryStores(), segmentSteps: undefined },
    ...{ recorder: recordPool, onEvent: () => {}, onNotice },
  });
  const proof = new Uint8Array(proven.proofBytes);
  let at = 0;
  for (const part of proven.parts()) {
    proof.set(part, at);
    at += part.length;
  }
  proven.forget();
  return proof;
}
