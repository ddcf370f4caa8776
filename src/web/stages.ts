// What each stage does, in a sentence, and how much of a proof's time it usually is.
import type { ProveEvent } from '../host/proving.ts';

export type StageName = ProveEvent['stage'];

export interface StageInfo {
  readonly name: StageName;
  readonly title: string;
  readonly about: string;
  /** Share of a proof, for the progress bar: from proofs of some 2^17 instructions on both tiers. */
  readonly share: number;
}

export const STAGE_LIST: readonly StageInfo[] = [
  {
    name: 'open device',
    title: 'Open device',
    about: 'The GPU, or the processor’s threads, are made ready, and the kernels compiled.',
    share: 0.02,
  },
  {
    name: 'plan',
    title: 'Plan',
    about: 'The program runs once to learn how long it is; a long run is cut into segments that fit the memory.',
    share: 0.02,
  },
  {
    name: 'execute',
    title: 'Execute',
    about: 'The program runs again and leaves a row of numbers for every instruction: the execution trace.',
    share: 0.02,
  },
  {
    name: 'record',
    title: 'Record',
    about: 'The rows of one segment are written down while the segment before is proven.',
    share: 0.02,
  },
  {
    name: 'trace',
    title: 'Trace',
    about: 'Rows become columns, each column a polynomial; all are extended and committed in a Merkle tree.',
    share: 0.28,
  },
  {
    name: 'logup',
    title: 'Lookups',
    about: 'Instructions, memory and range checks are tied together by sums of fractions (LogUp) that must cancel out.',
    share: 0.16,
  },
  {
    name: 'composition',
    title: 'Constraints',
    about: 'All rules of the machine are combined into one polynomial that exists only if every row obeys every rule.',
    share: 0.18,
  },
  {
    name: 'samples',
    title: 'Samples',
    about: 'The polynomials are evaluated at one random point that nobody could have known before.',
    share: 0.1,
  },
  {
    name: 'fri',
    title: 'FRI',
    about: 'Everything is folded, half by half, to show that the committed values are polynomials of low degree.',
    share: 0.14,
  },
  {
    name: 'queries',
    title: 'Queries',
    about: 'After a proof of work, rows at random places are opened for the verifier to check.',
    share: 0.04,
  },
  {
    name: 'verify',
    title: 'Verify',
    about: 'The proof is checked before it counts, by the same code that anyone else would run.',
    share: 0.02,
  },
];

/** Stages of one segment's proof, in order. */
export const PROOF_STAGES: readonly StageName[] = ['trace', 'logup', 'composition', 'samples', 'fri', 'queries'];

export const stageInfo = (name: StageName): StageInfo | undefined => STAGE_LIST.find((s) => s.name === name);
