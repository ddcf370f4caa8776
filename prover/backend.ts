/**
 * The interface of a proving tier. A tier keeps the columns where it likes (JavaScript arrays, GPU buffers) and does
 * the heavy stages; the transcript stays with `prove.ts`. A tier may run ahead of it (`ProofStart`).
 */

import type { ChallengeSets, LogupChallenges } from '../src/air/evaluate.ts';
import type { Layout } from '../src/air/layout.ts';
import type { ExtensionPoint } from '../src/core/circle.ts';
import type { BatchedLine } from '../src/core/deep.ts';
import type { Qm31 } from '../src/core/field.ts';
import type { Digest } from '../src/core/hash.ts';
import type { ProofParams } from '../src/core/params.ts';
import type { Opening } from '../src/core/proof.ts';
import type { GrindSchedule } from '../src/core/security.ts';
import type { Nonce } from '../src/core/transcript.ts';

/** Rows of one chip: `fields` words each, in the order of the chip's record. */
export interface ChipRows {
  readonly nRows: number;
  readonly fields: number;
  readonly data: Uint32Array;
}

/** Everything a segment's proof starts from. */
export interface SegmentInput {
  readonly layout: Layout;
  readonly params: ProofParams;
  readonly records: ReadonlyMap<string, ChipRows>;
  /** Given columns by the name of the table (`Layout.tables`), each of the table's height. */
  readonly fixed: ReadonlyMap<string, readonly Uint32Array[]>;
}

/**
 * Where a proof's transcript stands before the trace is committed. From here a tier can draw all challenges by itself, and
 * need not wait for them: its answers are then those of its own draws, and it throws `ProverError` (`device`) where it is
 * given others.
 */
export interface ProofStart {
  /** The statement absorbed. */
  readonly state: Digest;
  readonly grinds: GrindSchedule;
  /** Of a segment. */
  readonly runChallenges: LogupChallenges | undefined;
}

/** One proof in progress. Stages are called once each, in this order. */
export interface ProverSession {
  /** Fills the trace from the records, counts multiplicities, commits. */
  commitTrace(): Promise<Digest>;
  /** Builds and commits the LogUp columns. */
  commitLogup(challenges: ChallengeSets): Promise<{ readonly root: Digest; readonly claimedSums: readonly Qm31[] }>;
  /** Evaluates all constraints with one coefficient each, divides, commits the quotient's two halves. */
  commitComposition(coefficients: readonly Qm31[]): Promise<Digest>;
  /**
   * Every column of every tree at `point` (columns shorter than the tallest at its doublings), then the LogUp columns
   * of `layout.shifted` at `previous`.
   */
  sample(point: ExtensionPoint, previous: ExtensionPoint): Promise<Qm31[]>;
  /** Forms the batched DEEP quotient; becomes FRI's first word. `gammas` as the samples. */
  deep(
    points: readonly [ExtensionPoint, ExtensionPoint],
    lines: readonly [BatchedLine, BatchedLine],
    gammas: readonly Qm31[],
  ): Promise<void>;
  /** Commits the current FRI word in leaves of 2^foldLog values. */
  commitFriLayer(foldLog: number): Promise<Digest>;
  /** Folds the word just committed. */
  foldFriLayer(alpha: Qm31): Promise<void>;
  /** Interpolates what is left: 2^lastLog coefficients. */
  lastLayer(lastLog: number): Promise<Qm31[]>;
  /** The smallest nonce whose grinding hash over `state` ends in `bits` zero bits. */
  grind(state: Digest, bits: number): Promise<Nonce>;
  /** Opens the trees of `layout.treeNames` and the FRI layers at sorted unique positions of FRI's first domain. */
  open(positions: readonly number[]): Promise<{ readonly trees: readonly Opening[]; readonly fri: readonly Opening[] }>;
  /** Time spent by stage so far, milliseconds, where the tier measures it itself. */
  readonly stageTimes?: ReadonlyMap<string, number>;
  destroy(): void;
}

export interface Backend {
  readonly name: 'cpu' | 'gpu' | 'wasm';
  /** What it runs on, for reports. */
  readonly description: string;
  open(input: SegmentInput, start: ProofStart): Promise<ProverSession>;
  /**
   * Root of the tree of given columns (in storage order, each a power of two long) extended by 2^logBlowup: what a
   * segment's proof of the same columns has as its boundary tree.
   */
  commitColumns(columns: readonly Uint32Array[], logBlowup: number): Promise<Digest>;
  /** Largest GPU memory in use so far, bytes; 0 on the CPU. */
  readonly peakGpuBytes: number;
}
