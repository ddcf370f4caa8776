/**
 * The prover. Its steps carry the numbers of `src/verifier/verify.ts`; docs/protocol.md describes both. The heavy work
 * of each step is a tier's (`backend.ts`); the transcript stays here. Where a tier runs ahead with one of its own, these
 * steps are what checks it.
 */
import { type LogupChallenges, logupChallenges } from '../src/air/evaluate.ts';
import { airDigest } from '../src/air/inventory.ts';
import { type VerifyingKey, verifyingKey } from '../src/air/key.ts';
import type { Role } from '../src/air/layout.ts';
import type { TableRule } from '../src/air/table_choice.ts';
import { batchLines } from '../src/core/deep.ts';
import type { Qm31 } from '../src/core/field.ts';
import { blake3Bytes, bytesToWords, type Digest } from '../src/core/hash.ts';
import { friLayers, type ProofParams } from '../src/core/params.ts';
import type { ProgramTables } from '../src/core/program_tables.ts';
import { encodeProof, type ProofBody } from '../src/core/proof.ts';
import { grindSchedule } from '../src/core/security.ts';
import { type Nonce, Transcript } from '../src/core/transcript.ts';
import type { Backend, ProverSession, SegmentInput } from './backend.ts';
import { ProverError } from './errors.ts';
import { type ExecutionRecords, segmentInput } from './segment.ts';

export const STAGES = ['trace', 'logup', 'composition', 'samples', 'fri', 'queries'] as const;
export type Stage = (typeof STAGES)[number];

export interface ProveOptions {
  readonly params: ProofParams;
  /** How rows go to tables; `chooseTables` unless given. Any choice proves the same. */
  readonly tables?: TableRule;
  /** Called when a stage begins. */
  readonly onStage?: (stage: Stage) => void;
}

export interface ProveResult {
  readonly proof: Uint8Array;
  /** Milliseconds by stage. */
  readonly stages: Readonly<Record<string, number>>;
}

/** What the transcript is seeded with besides parameters, program and heights; of a segment, its run's challenges. */
export interface ProverClaim {
  readonly role: Role;
  readonly publicWords: readonly number[];
  readonly runChallenges?: LogupChallenges;
}

export interface ProvenBody {
  readonly body: ProofBody;
  readonly stages: Readonly<Record<string, number>>;
}

/** Proves an execution whole. The result verifies under the same program; the caller is expected to check that it does. */
export const prove = async (
  program: ProgramTables,
  run: ExecutionRecords,
  backend: Backend,
  options: ProveOptions,
): Promise<ProveResult> => {
  const { exitCode, journal } = run;
  const input = segmentInput(program, run, options.params, undefined, options.tables);
  const claim: ProverClaim = { role: 'whole', publicWords: [exitCode, ...bytesToWords(blake3Bytes(journal))] };
  const key = verifyingKey(program, options.params.logBlowup);
  const { body, stages } = await proveClaim(input, key, claim, backend, options);
  return { proof: encodeProof({ ...body, exitCode, journal }), stages };
};

/** Proves one claim about filled-in records: the numbered steps of the protocol. */
export const proveClaim = async (
  input: SegmentInput,
  key: VerifyingKey,
  claim: ProverClaim,
  backend: Backend,
  options: ProveOptions,
): Promise<ProvenBody> => {
  const { params, layout } = input;
  const stages: Record<string, number> = {};
  let started = performance.now();
  let current: Stage | undefined;
  const stage = (next: Stage | undefined): void => {
    const now = performance.now();
    if (current) stages[current] = (stages[current] ?? 0) + now - started;
    started = now;
    current = next;
    if (next) options.onStage?.(next);
  };

  // 0. Heights from the records; a run too long for one proof was refused with them.
  const { logRows } = layout;
  const grinds = grindSchedule(params, layout.shape);
  const { foldLogs, lastLog } = friLayers(params, layout.maxLogN);
  const logDomain = layout.maxLogN + params.logBlowup;

  // 1. Statement: parameters, AIR, program, public values, heights.
  const transcript = new Transcript(
    {
      kind: claim.role,
      params,
      airDigest: airDigest(),
      keyDigest: key.digest,
      publicValues: claim.publicWords,
      logRows,
    },
    grinds,
  );
  stage('trace');
  const { runChallenges } = claim;
  const session: ProverSession = await backend.open(input, { state: transcript.state, grinds, runChallenges });
  try {
    const nonces: Nonce[] = [];
    const work = async (bits: number): Promise<void> => {
      const nonce: Nonce = bits === 0 ? [0, 0] : await session.grind(transcript.state, bits);
      if (!transcript.work(bits, nonce)) throw new ProverError('device', 'the tier returned a nonce without work');
      nonces.push(nonce);
    };

    // 2. Trace root, work, LogUp challenges. Soundness: fractions * tuple width / |F| (ePrint 2022/1530).
    const traceRoot = await session.commitTrace();
    transcript.trace(traceRoot);
    await work(grinds.logup);
    const [z, alpha] = transcript.drawLogup();

    // 3. LogUp root and claimed sums; then the composition coefficients. Soundness: constraints / |F|.
    stage('logup');
    const segment = logupChallenges(z, alpha);
    const logup = await session.commitLogup({ segment, run: runChallenges ?? segment });
    transcript.logup(logup.root, logup.claimedSums);
    await work(grinds.composition);
    const coefficients = transcript.drawComposition(layout.nConstraints);

    // 4. Composition root, work, out-of-domain point. Soundness: degree / |F|.
    stage('composition');
    const compositionRoot = await session.commitComposition(coefficients);
    transcript.composition(compositionRoot);
    await work(grinds.oods);
    const [point, previous] = transcript.drawOodsPoints(layout.maxLogN);

    // 5. Samples; then the DEEP coefficients. Soundness: the batching term.
    stage('samples');
    const samples = await session.sample(point, previous);
    transcript.samples(samples);
    await work(grinds.deep);
    const gammas = transcript.drawDeep(layout.shape.nSamples);

    // 6. FRI layers: root, work, folding challenge. Soundness: (arity - 1) * (proximity gap) per layer.
    stage('fri');
    const lines = [
      batchLines(point, samples.slice(0, layout.nColumns), gammas),
      batchLines(previous, samples.slice(layout.nColumns), gammas.slice(layout.nColumns)),
    ] as const;
    await session.deep([point, previous], lines, gammas);
    const friRoots: Digest[] = [];
    for (const [layer, foldLog] of foldLogs.entries()) {
      const root = await session.commitFriLayer(foldLog);
      friRoots.push(root);
      transcript.friLayer(root);
      await work(grinds.fri[layer] ?? 0);
      await session.foldFriLayer(transcript.drawFold());
    }

    // 7. The last polynomial, in clear.
    const lastLayer: Qm31[] = await session.lastLayer(lastLog);
    transcript.lastLayer(lastLayer);

    // 8. Work, queries. Soundness: (1 - radius)^queries.
    stage('queries');
    await work(grinds.query);
    const queries = transcript.drawQueries(params.nQueries, logDomain);
    const positions = [...new Set(queries)].sort((a, b) => a - b);

    // 9. Openings of the trees and of FRI's layers.
    const { trees, fri } = await session.open(positions);
    stage(undefined);
    const body: ProofBody = {
      params,
      logRows,
      traceRoot,
      logupRoot: logup.root,
      compositionRoot,
      claimedSums: logup.claimedSums,
      samples,
      friRoots,
      lastLayer,
      nonces,
      openings: trees,
      friOpenings: fri,
    };
    return { body, stages };
  } finally {
    session.destroy();
  }
};
