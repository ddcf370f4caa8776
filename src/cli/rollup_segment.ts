// Proves one segment of a run whose plan a node has made, or a whole run.
import type { Backend } from '../../prover/backend.ts';
import { planRun, proveSegments, type RunSource } from '../../prover/run.ts';
import { verifyingKey } from '../air/key.ts';
import { decodeBundleHeader, encodeBundleHeader } from '../core/bundle.ts';
import { presets } from '../core/params.ts';
import { type Device, proveRun } from '../host/proving.ts';
import { memoryStores } from '../host/store.ts';
import type { Program } from '../machine/index.ts';
import { type SegmentCut, startRun } from '../machine/segments.ts';
import { programTables } from '../machine/tables.ts';
import { recordPool } from '../machine/worker/pool.ts';
import { CliError, errorCode } from './errors.ts';

/** Log2 of the rows of a table of first tuples; the node's plan and the worker's proof have the same. */
const MAX_FIRST_LOG = 18;
const ATTEMPTS = 3;

interface WholeRequest {
  readonly program: Program;
  readonly input: Uint8Array;
  readonly device: Device;
  readonly onNotice: (text: string) => void;
}

export interface SegmentRequest extends WholeRequest {
  readonly plan: Uint8Array;
  readonly segment: number;
  readonly segmentSteps: number;
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
    start: () => startRun(program, input, { segmentSteps }),
    record: () => Promise.reject(new Error('a plan records nothing')),
  };
  const key = verifyingKey(programTables(program), params.logBlowup);
  const header = await planRun(source, key, backend, { params, maxFirstLog: MAX_FIRST_LOG });
  if (header === undefined) return undefined;
  return encodeBundleHeader({ ...header, proofBytes: header.segments.map(() => 0) });
}

/** Runs the program again, which is cheap, and proves one of its segments. */
export async function proveSegment(request: SegmentRequest): Promise<Uint8Array> {
  const { program, input, plan, segment, segmentSteps, device, onNotice } = request;
  const { proofBytes: _, ...header } = decodeBundleHeader(plan);
  const tables = programTables(program);
  const pool = recordPool(program, input);
  let proof: Uint8Array | undefined;
  try {
    const source = { start: () => startRun(program, input, { segmentSteps }), record: pool.record };
    await proveSegments(source, tables, verifyingKey(tables, header.params.logBlowup), header, {
      backend: async () => device.current().backend,
      has: (index) => index !== segment,
      save: (_index, bytes) => {
        proof = bytes;
      },
      retry: async (error, attempt) => {
        const isLost = ['device_lost', 'out_of_memory'].includes(errorCode(error));
        if (!isLost || attempt >= ATTEMPTS) return false;
        onNotice(`${errorCode(error).replaceAll('_', ' ')}: restarting the segment on a fresh device`);
        await device.reopen();
        return true;
      },
    });
  } finally {
    await pool.close();
  }
  if (proof === undefined) throw new CliError('no_segment', `the run has no segment ${segment}`);
  return proof;
}

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
