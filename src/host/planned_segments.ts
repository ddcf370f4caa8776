// Proves segments of runs that a node has planned, each when it is asked for. Of the last run it keeps what the next segment
// needs: n segments of a batch cost one run of the program, and one thread that records.
import type { Stage } from '../../prover/prove.ts';
import { proveSegment } from '../../prover/run.ts';
import { verifyingKey } from '../air/key.ts';
import { decodeBundleHeader } from '../core/bundle.ts';
import { WispError } from '../core/errors.ts';
import { type KeptRun, keepRun, type Program } from '../machine/index.ts';
import { programTables } from '../machine/tables.ts';
import type { Device, Recorder } from './proving.ts';

export interface PlannedSegment {
  readonly program: Program;
  readonly input: Uint8Array;
  /** The run's header (src/core/bundle.ts). */
  readonly plan: Uint8Array;
  readonly segment: number;
  readonly segmentSteps: number;
  readonly device: Device;
  readonly onStage?: (stage: Stage) => void;
  /** One line about something that went wrong and was dealt with. */
  readonly onNotice?: (text: string) => void;
}

export interface SegmentProver {
  /** The segment's proof, unverified. */
  prove(job: PlannedSegment): Promise<Uint8Array>;
  /** Of all runs: how often the program was started, and segments were run. */
  readonly counts: KeptRun['counts'];
  /** Gives back what is kept. */
  close(): Promise<void>;
}

/** Bytes of segments that were run and may be asked for again; others are run again. */
const KEEP_BYTES = 2 ** 28;
const ATTEMPTS = 3;
/** The plan has as many segments as there may be: a further bound would only make a batch unprovable. */
export const PLANNED_CYCLES: number = Number.MAX_SAFE_INTEGER;

interface Kept {
  readonly program: Program;
  readonly input: Uint8Array;
  readonly segmentSteps: number;
  readonly run: KeptRun;
  readonly recorder: Recorder;
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a === b || (a.length === b.length && a.every((byte, i) => byte === b[i]));

export function plannedSegments(recorder: (program: Program, input: Uint8Array) => Recorder): SegmentProver {
  let kept: Kept | undefined;
  const past = { starts: 0, segments: 0 };

  const forget = async (): Promise<void> => {
    if (kept === undefined) return;
    const { run, recorder: own } = kept;
    past.starts += run.counts.starts;
    past.segments += run.counts.segments;
    kept = undefined;
    await own.close();
  };
  const runOf = async ({ program, input, segmentSteps }: PlannedSegment): Promise<Kept> => {
    if (kept?.program === program && kept.segmentSteps === segmentSteps && isEqual(kept.input, input)) return kept;
    await forget();
    const run = keepRun(program, input, { segmentSteps, maxCycles: PLANNED_CYCLES, keepBytes: KEEP_BYTES });
    kept = { program, input, segmentSteps, run, recorder: recorder(program, input) };
    return kept;
  };

  return {
    get counts() {
      const { starts = 0, segments = 0 } = kept?.run.counts ?? {};
      return { starts: past.starts + starts, segments: past.segments + segments };
    },
    prove: async (job) => {
      const { program, plan, segment, device, onStage, onNotice } = job;
      const { proofBytes: _, ...header } = decodeBundleHeader(plan);
      const tables = programTables(program);
      const key = verifyingKey(tables, header.params.logBlowup);
      const { run, recorder: own } = await runOf(job);
      const source = { cut: run.cut, firstCells: run.firstCells, record: own.record };
      let proof: Uint8Array | undefined;
      try {
        await proveSegment(source, tables, key, header, segment, {
          backend: async () => device.current().backend,
          save: (_index, bytes) => {
            proof = bytes;
          },
          ...(onStage === undefined ? {} : { onStage: (_index, stage) => onStage(stage) }),
          retry: async (error, attempt) => {
            const code = error instanceof WispError ? error.code : '';
            if (!['device_lost', 'out_of_memory'].includes(code) || attempt >= ATTEMPTS) return false;
            onNotice?.(`${code.replaceAll('_', ' ')}: restarting the segment on a fresh device`);
            await device.reopen();
            return true;
          },
        });
      } catch (error) {
        // It may be memory that is short.
        await forget();
        throw error;
      }
      return proof as Uint8Array;
    },
    close: forget,
  };
}
