/**
 * Proves a run in segments: phase one runs the program, commits what crosses the segments and fixes the run's header;
 * phase two runs it again, records and proves segment by segment. Memory holds a few segments, whatever the run's length.
 */
import type { VerifyingKey } from '../src/air/key.ts';
import { MAX_LOG_ROWS } from '../src/air/layout.ts';
import { type Bundle, MAX_SEGMENTS } from '../src/core/bundle.ts';
import type { Digest } from '../src/core/hash.ts';
import type { ProofParams } from '../src/core/params.ts';
import type { ProgramTables } from '../src/core/program_tables.ts';
import { encodeSegmentProof } from '../src/core/proof.ts';
import type { SegmentHeader } from '../src/core/transcript.ts';
import type { Backend } from './backend.ts';
import {
  boundaryColumns,
  type Cells,
  chainEndOf,
  type FirstCells,
  firstChainRecords,
  firstColumns,
  paddedLog,
} from './boundary_tables.ts';
import { ProverError } from './errors.ts';
import { proveClaim, type Stage } from './prove.ts';
import { runWork } from './run_work.ts';
import { type Records, segmentInput } from './segment.ts';

/** One segment of the machine's run. */
export interface Cut {
  readonly index: number;
  /** Micro-op that the next segment starts with; null where the program halts. */
  readonly exit: number | null;
  readonly exitClk: number;
  readonly cells: Cells;
}

/** The machine's run under way, cut the same way every time that it is started. */
export interface CutRun<C extends Cut> {
  next(): C | undefined;
  /** After the last cut. */
  readonly result: { readonly exitCode: number; readonly journal: Uint8Array };
  firstCells(): FirstCells;
}

/** The program and input of a run, as the prover needs them. */
export interface RunSource<C extends Cut> {
  start(): CutRun<C>;
  record(cut: C): Promise<{ readonly records: Records; readonly finalClk: Uint32Array }>;
}

/** What phase one leaves: a header that lacks only the lengths of the proofs. */
export type RunHeader = Omit<Bundle, 'proofBytes'>;

export interface RunOptions {
  readonly params: ProofParams;
  /** Log2 of the most rows of a table of first tuples; more are spread over further segments. */
  readonly maxFirstLog: number;
}

/** Shares of the first tuples: the segment that halts takes the first, further segments one each. */
const shares = (nRows: number, maxLog: number): Share[] =>
  Array.from({ length: Math.ceil(nRows / 2 ** maxLog) }, (_, i) => ({
    from: i * 2 ** maxLog,
    to: Math.min(nRows, (i + 1) * 2 ** maxLog),
  }));

/**
 * Phase one. Returns undefined for a run that is a single segment, which is proven whole. Throws what the machine
 * throws, and `ProverError` for too many segments or one that touches too many cells.
 */
export const planRun = async <C extends Cut>(
  source: RunSource<C>,
  key: VerifyingKey,
  backend: Backend,
  options: RunOptions,
): Promise<RunHeader | undefined> => {
  const { params, maxFirstLog } = options;
  const run = source.start();
  const segments: SegmentHeader[] = [];
  const commit = async (columns: readonly Uint32Array[]): Promise<Digest> =>
    backend.commitColumns(columns, params.logBlowup);
  let cut = run.next();
  let firstCells: FirstCells | undefined;
  let parts: Share[] = [];
  for (; cut !== undefined; cut = run.next()) {
    const { cells, exit, exitClk, index } = cut;
    if (exit === null) {
      if (index === 0) return undefined;
      firstCells = run.firstCells();
      parts = shares(firstCells.nRows, maxFirstLog);
    }
    if (paddedLog(cells.address.length) > MAX_LOG_ROWS)
      throw new ProverError('too_long', `segment ${index + 1} touches ${cells.address.length} cells`);
    const own = parts[0];
    const first = exit === null && firstCells && own ? firstColumns(firstCells, own.from, own.to) : [];
    segments.push({
      root: await commit([...boundaryColumns(cells, index + 1), ...first]),
      logBoundary: paddedLog(cells.address.length),
      logFirst: first.length > 0 && own ? paddedLog(own.to - own.from) : -1,
      boundaryRows: cells.address.length,
      exit,
      exitClk: exit === null ? 0 : exitClk,
    });
  }
  for (const { from, to } of parts.slice(1)) {
    const root = await commit(firstColumns(firstCells as FirstCells, from, to));
    segments.push({ root, logBoundary: -1, logFirst: paddedLog(to - from), boundaryRows: 0, exit: null, exitClk: 0 });
  }
  if (segments.length > MAX_SEGMENTS)
    throw new ProverError(
      'too_many_segments',
      `a run of ${segments.length} segments; at most ${MAX_SEGMENTS} can be proven`,
    );
  const { exitCode, journal } = run.result;
  const header = { params, exitCode, journal, chainEnd: chainEndOf(firstCells as FirstCells), segments };
  const { nonce } = runWork(header, key);
  return { ...header, nonce };
};

/** A segment's proof, or why it could not be made. */
export interface SegmentProver {
  /** The backend to prove with; asked for before each segment, so that a lost device can be replaced. */
  backend(): Promise<Backend>;
  /** Proofs under way at one time; 1 if absent. */
  readonly sessions?: number;
  /** Whether a segment need not be proven: its proof is there already. */
  has(index: number): boolean | Promise<boolean>;
  /** Takes a finished proof. */
  save(index: number, proof: Uint8Array): void | Promise<void>;
  /** Whether to try a segment again after an error of the backend. */
  retry?(error: unknown, attempt: number, backend: Backend): boolean | Promise<boolean>;
  readonly onStage?: (index: number, stage: Stage) => void;
}

type ProveOne = (index: number, prepared: Prepared) => Promise<void>;

/** What proves single segments of a planned run. */
const segmentProver = (
  program: ProgramTables,
  key: VerifyingKey,
  header: RunHeader,
  prover: Omit<SegmentProver, 'has' | 'sessions'>,
): ProveOne => {
  const { params } = header;
  const { digest, challenges } = runWork(header, key);
  const count = header.segments.length;
  return async (index, prepared) => {
    const role = index === count - 1 ? 'last' : 'segment';
    const claim = { role, publicWords: [index + 1, ...digest], runChallenges: challenges } as const;
    const input = segmentInput(program, prepared, params, { role, boundary: prepared.boundary });
    for (let attempt = 1; ; attempt++) {
      const backend = await prover.backend();
      try {
        const onStage = (stage: Stage): void => prover.onStage?.(index, stage);
        const { body } = await proveClaim(input, key, claim, backend, { params, onStage });
        await prover.save(index, encodeSegmentProof(body));
        return;
      } catch (error) {
        if (!(await prover.retry?.(error, attempt, backend))) throw error;
      }
    }
  };
};

/** Phase two: proves the segments that `prover` has not got. Records of the next segment are made during a proof. */
export const proveSegments = async <C extends Cut>(
  source: RunSource<C>,
  program: ProgramTables,
  key: VerifyingKey,
  header: RunHeader,
  prover: SegmentProver,
): Promise<void> => {
  const proveOne = segmentProver(program, key, header, prover);
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const room = async (sessions: number): Promise<void> => {
    while (underWay.size >= sessions && failures.length === 0) await Promise.race(underWay);
    if (failures.length > 0) throw failures[0];
  };
  /** Starts a proof once there is room for it. */
  const enqueue = async (index: number, prepared: Promise<Prepared>): Promise<void> => {
    // Records that fail during another proof are reported when their turn comes.
    prepared.catch(() => {});
    await room(prover.sessions ?? 1);
    const proof = prepared
      .then((ready) => proveOne(index, ready))
      .catch((error: unknown) => void failures.push(error))
      .then(() => void underWay.delete(proof));
    underWay.add(proof);
  };
  try {
    await forEachSegment(source, header, async (index, prepared) => {
      if (!(await prover.has(index))) await enqueue(index, prepared());
    });
    await room(1);
  } finally {
    // What else is under way ends before anyone closes the device.
    await Promise.all(underWay);
  }
};

/** A run of which any segment can be asked for. */
export interface SegmentSource<C extends Cut> {
  /** Undefined where the run ends before. */
  cut(index: number): C | undefined;
  firstCells(): FirstCells;
  record: RunSource<C>['record'];
}

/** Phase two for one segment alone; `prover` is asked and told as by `proveSegments`. */
export const proveSegment = async <C extends Cut>(
  source: SegmentSource<C>,
  program: ProgramTables,
  key: VerifyingKey,
  header: RunHeader,
  index: number,
  prover: Omit<SegmentProver, 'has' | 'sessions'>,
): Promise<void> => {
  const { segments } = header;
  if (segments[index] === undefined) throw new ProverError('run_changed', `the run has no segment ${index + 1}`);
  const proveOne = segmentProver(program, key, header, prover);
  const halting = segments.findIndex(({ exit }) => exit === null);
  const cut = source.cut(Math.min(index, halting));
  checkPlanned(segments, Math.min(index, halting), cut);
  const firstCells = index < halting ? undefined : source.firstCells();
  const parts = firstCells === undefined ? [] : shares(firstCells.nRows, segments[halting]?.logFirst ?? 0);
  const share = parts[index - halting];
  if (index <= halting) return proveOne(index, await prepare(source, cut, firstCells, share));
  if (firstCells === undefined || share === undefined || halting + parts.length !== segments.length)
    throw new ProverError('run_changed', `segment ${index + 1} is not as it was when the run was planned`);
  return proveOne(index, firstShare(firstCells, share));
};

/** Throws unless the segment is the one that was planned. */
function checkPlanned<C extends Cut>(
  segments: readonly SegmentHeader[],
  index: number,
  cut: C | undefined,
): asserts cut is C {
  const expected = segments[index];
  const isAsPlanned =
    cut !== undefined &&
    expected?.exit === cut.exit &&
    expected.boundaryRows === cut.cells.address.length &&
    (cut.exit === null || expected.exitClk === cut.exitClk);
  if (!isAsPlanned)
    throw new ProverError('run_changed', `segment ${index + 1} is not as it was when the run was planned`);
}

/** Runs the program again and offers its segments in order, then those that hold first tuples only. */
const forEachSegment = async <C extends Cut>(
  source: RunSource<C>,
  { segments }: RunHeader,
  visit: (index: number, prepared: () => Promise<Prepared>) => Promise<void>,
): Promise<void> => {
  const run = source.start();
  let firstCells: FirstCells | undefined;
  let parts: Share[] = [];
  for (let cut = run.next(); cut !== undefined; cut = run.next()) {
    const { index, exit } = cut;
    checkPlanned(segments, index, cut);
    if (exit === null) {
      firstCells = run.firstCells();
      parts = shares(firstCells.nRows, segments[index]?.logFirst ?? 0);
    }
    const cells = exit === null ? firstCells : undefined;
    const share = parts[0];
    const own = cut;
    await visit(index, () => prepare(source, own, cells, share));
  }
  for (const [i, share] of parts.slice(1).entries()) {
    await visit(segments.length - parts.length + 1 + i, async () => firstShare(firstCells as FirstCells, share));
  }
};

/** A segment ready to be proven. */
interface Prepared {
  readonly records: Records;
  readonly finalClk: number;
  readonly boundary: ReadonlyMap<string, readonly Uint32Array[]>;
}

interface Share {
  readonly from: number;
  readonly to: number;
}

const firstShare = (cells: FirstCells, { from, to }: Share): Prepared => {
  return {
    records: { first_chain: firstChainRecords(cells, from, to) },
    finalClk: 0,
    boundary: new Map([['first', firstColumns(cells, from, to)]]),
  };
};

const prepare = async <C extends Cut>(
  source: Pick<RunSource<C>, 'record'>,
  cut: C,
  firstCells: FirstCells | undefined,
  share: Share | undefined,
): Promise<Prepared> => {
  const { records, finalClk } = await source.record(cut);
  const first = firstCells && share ? firstShare(firstCells, share) : undefined;
  return {
    records: {
      ...records,
      boundary_memory: { fields: ['finalclk'], nRows: finalClk.length, data: finalClk },
      ...first?.records,
    },
    finalClk: cut.exitClk,
    boundary: new Map([['boundary', boundaryColumns(cut.cells, cut.index + 1)], ...(first?.boundary ?? [])]),
  };
};
