/**
 * The verifier. Its steps carry the numbers of `prover/prove.ts`; docs/protocol.md describes both. It is total: any
 * bytes give a result or one of the typed errors `InvalidProofShape` and `VerificationError`.
 */
import { type BoundaryTerm, boundarySum, boundaryTerms } from '../air/boundary.ts';
import { circuitsOf } from '../air/circuit.ts';
import {
  type ChallengeSets,
  evaluateAtPoint,
  type LogupChallenges,
  logupChallenges,
  paramValues,
} from '../air/evaluate.ts';
import { airDigest, CHIPS } from '../air/inventory.ts';
import { isConsistentKey, type VerifyingKey, verifyingKey } from '../air/key.ts';
import { buildLayout, checkLogRows, type Layout, type Role, type TreeName } from '../air/layout.ts';
import { cosetVanishingExtension, type ExtensionPoint, storagePoint, toCommitIndex } from '../core/circle.ts';
import { batchLines, deepQuotient, weightedSum } from '../core/deep.ts';
import { Q_ZERO, type Qm31, qAdd, qEqual, qFromCoordinates, qMul } from '../core/field.ts';
import { blake3Bytes, bytesToWords, type Digest } from '../core/hash.ts';
import { friLayers } from '../core/params.ts';
import type { ProgramTables } from '../core/program_tables.ts';
import { decodeProof, type Opening, type Output, type Proof, type ProofBody } from '../core/proof.ts';
import { checkSecurity, grindSchedule, provableBits, type SecurityPolicy } from '../core/security.ts';
import { type Nonce, Transcript } from '../core/transcript.ts';
import { VerificationError } from './errors.ts';
import { verifyFri } from './fri.ts';
import { openTree } from './openings.ts';

export interface Verified extends Output {
  /** Provable bits of this very proof, from its parameters and sizes. */
  readonly securityBits: number;
  readonly params: Proof['params'];
  /** Segments that the run was proven in; 1 where it was proven whole. */
  readonly segments: number;
}

/** What one proof is to show: a whole run, or one segment of a cut one. */
export interface Claim {
  readonly role: Role;
  /** What the transcript is seeded with besides parameters, program and heights. */
  readonly publicWords: readonly number[];
  /** The public ends of the proof's own relations. */
  readonly terms: readonly BoundaryTerm[];
  /** Of a segment: the challenges of the run's relations, the root of its boundary tree and the heights of its tables. */
  readonly run?: {
    readonly challenges: LogupChallenges;
    readonly root: Digest;
    readonly heights: ReadonlyMap<string, number>;
  };
}

export interface CheckedProof {
  /** Sum of the claims of the chips whose relations span the run. */
  readonly runSum: Qm31;
  readonly layout: Layout;
  readonly securityBits: number;
}

export const refuse = (
  code: ConstructorParameters<typeof VerificationError>[0],
  message: string,
  expected?: string | number,
  got?: string | number,
): never => {
  throw new VerificationError(code, message, expected, got);
};

/** Stands for the root of a tree that a proof has not. */
const NO_ROOT: Digest = new Uint32Array(8);

/** Heights, counts and lengths, before any of them is relied on. */
const checkShape = (proof: ProofBody, key: VerifyingKey, claim: Claim): Layout => {
  const bad = checkLogRows(proof.logRows, claim.role);
  if (bad !== undefined) refuse('bad_heights', bad);
  const ofKey = new Map([
    ['program', key.logProgram],
    ['image_table', key.logImage],
  ]);
  CHIPS.forEach((chip, i) => {
    const ofProgram = ofKey.get(chip.name);
    const expected = ofProgram ?? chip.tableLog ?? claim.run?.heights.get(chip.name);
    if (expected !== undefined && proof.logRows[i] !== expected) {
      const code = ofProgram === undefined ? 'bad_heights' : 'wrong_program';
      refuse(code, `height of table ${chip.name}`, expected, proof.logRows[i] as number);
    }
  });
  const layout = buildLayout(proof.logRows);
  const { foldLogs, lastLog } = friLayers(proof.params, layout.maxLogN);
  const lengths: readonly (readonly [string, number, number])[] = [
    ['claimed sums', layout.active.length, proof.claimedSums.length],
    ['samples', layout.shape.nSamples, proof.samples.length],
    ['FRI roots', foldLogs.length, proof.friRoots.length],
    ['coefficients of the last layer', 2 ** lastLog, proof.lastLayer.length],
    ['nonces', 5 + foldLogs.length, proof.nonces.length],
    ['openings', layout.treeNames.length, proof.openings.length],
    ['FRI openings', foldLogs.length, proof.friOpenings.length],
  ];
  for (const [what, expected, got] of lengths)
    if (expected !== got) refuse('bad_shape', `number of ${what}`, expected, got);
  return layout;
};

/** The composition at the out-of-domain point from the sampled columns, times the vanishing polynomial. */
const constraintsAt = (
  layout: Layout,
  proof: ProofBody,
  challenges: ChallengeSets,
  coefficients: readonly Qm31[],
  sample: (tree: TreeName, column: number) => Qm31,
  shifted: (column: number) => Qm31,
): Qm31 => {
  let sum = Q_ZERO;
  layout.active.forEach((active, k) => {
    const { chip, logN } = active;
    const circuit = circuitsOf(chip).constraints;
    const coordinates = (read: (column: number) => Qm31, index: number): Qm31 => {
      const first = active.logupOffset + 4 * index;
      return qFromCoordinates(read(first), read(first + 1), read(first + 2), read(first + 3));
    };
    const [value] = evaluateAtPoint(circuit, {
      column: (fixed, i) =>
        fixed ? sample(chip.fixedTree ?? 'tables', active.fixedOffset + i) : sample('trace', active.traceOffset + i),
      secure: (i, previous) => coordinates(previous ? shifted : (c) => sample('logup', c), i),
      params: paramValues(circuit, {
        challenges: challenges[chip.scope],
        coefficients: coefficients.slice(active.coefficientOffset),
        claimedSum: proof.claimedSums[k] as Qm31,
        logN,
      }),
    });
    sum = qAdd(sum, value ?? Q_ZERO);
  });
  return sum;
};

/** Verifies one proof of a claim against a key. Throws `VerificationError` if it does not hold. */
export const verifyClaim = (
  proof: ProofBody,
  key: VerifyingKey,
  claim: Claim,
  policy: SecurityPolicy = {},
): CheckedProof => {
  const { params } = proof;
  // 0. Everything read from the proof is bounded, and its security is enough for the caller.
  if (key.logBlowup !== params.logBlowup) refuse('bad_shape', 'blow-up of the key', params.logBlowup, key.logBlowup);
  if (!isConsistentKey(key)) refuse('wrong_program', 'the key is not what its digest says');
  const layout = checkShape(proof, key, claim);
  const weak = checkSecurity(params, layout.shape, policy);
  if (weak?.code === 'InsufficientSecurity') {
    refuse('weak_parameters', `provable bits (${weak.term})`, weak.expected, weak.got);
  } else if (weak?.code === 'TestingParams') {
    refuse('weak_parameters', 'testing parameters were not asked for');
  } else if (weak) {
    refuse('weak_parameters', `parameter ${weak.field}`, weak.expected, weak.got);
  }
  const grinds = grindSchedule(params, layout.shape);
  const { foldLogs } = friLayers(params, layout.maxLogN);
  const logDomain = layout.maxLogN + params.logBlowup;

  // 1. Statement: parameters, AIR, program, public values, heights.
  const transcript = new Transcript(
    {
      kind: claim.role,
      params,
      airDigest: airDigest(),
      keyDigest: key.digest,
      publicValues: claim.publicWords,
      logRows: proof.logRows,
    },
    grinds,
  );
  const work = (bits: number, index: number, what: string): void => {
    if (!transcript.work(bits, proof.nonces[index] as Nonce))
      refuse('insufficient_work', `proof of work before ${what}`);
  };

  // 2. Trace root, work, LogUp challenges. Soundness: fractions * tuple width / |F| (ePrint 2022/1530).
  transcript.trace(proof.traceRoot);
  work(grinds.logup, 0, 'the LogUp challenges');
  const [z, alpha] = transcript.drawLogup();
  const segment = logupChallenges(z, alpha);
  const challenges = { segment, run: claim.run?.challenges ?? segment };

  // 3. LogUp root and claimed sums: with the public terms those of the proof's own relations vanish; the others are for
  //    the run. Then the composition coefficients. Soundness: constraints / |F| (ePrint 2022/1216, Theorem 8).
  transcript.logup(proof.logupRoot, proof.claimedSums);
  const sums = { segment: boundarySum(claim.terms, segment), run: Q_ZERO };
  layout.active.forEach(({ chip }, k) => {
    sums[chip.scope] = qAdd(sums[chip.scope], proof.claimedSums[k] as Qm31);
  });
  if (!qEqual(sums.segment, Q_ZERO)) refuse('relations_unbalanced', 'the relations do not balance');
  work(grinds.composition, 1, 'the composition coefficients');
  const coefficients = transcript.drawComposition(layout.nConstraints);

  // 4. Composition root, work, out-of-domain point. Soundness: degree / |F|.
  transcript.composition(proof.compositionRoot);
  work(grinds.oods, 2, 'the out-of-domain point');
  const [point, previous] = transcript.drawOodsPoints(layout.maxLogN);

  // 5. Samples: the constraints hold at the point. Then the DEEP coefficients. Soundness: the batching term.
  transcript.samples(proof.samples);
  const offsets = new Map<TreeName, number>();
  layout.treeNames.reduce((at, name) => {
    offsets.set(name, at);
    return at + layout.trees[name].length;
  }, 0);
  const sample = (tree: TreeName, column: number): Qm31 => proof.samples[(offsets.get(tree) ?? 0) + column] as Qm31;
  const shiftedIndex = new Map(layout.shifted.map((column, i) => [column, layout.nColumns + i]));
  const shifted = (column: number): Qm31 => proof.samples[shiftedIndex.get(column) ?? 0] as Qm31;
  const half = (first: number): Qm31 =>
    qFromCoordinates(
      sample('composition', first),
      sample('composition', first + 1),
      sample('composition', first + 2),
      sample('composition', first + 3),
    );
  const vanishing = cosetVanishingExtension(point[0], layout.maxLogN);
  // The upper half's basis elements carry pi^(n-1)(x), which is the vanishing polynomial itself.
  const quotient = qAdd(half(0), qMul(half(4), vanishing));
  if (!qEqual(constraintsAt(layout, proof, challenges, coefficients, sample, shifted), qMul(quotient, vanishing))) {
    refuse('constraints_unsatisfied', 'the constraints do not hold at the out-of-domain point');
  }
  work(grinds.deep, 3, 'the DEEP coefficients');
  const gammas = transcript.drawDeep(layout.shape.nSamples);

  // 6. FRI layers: root, work, folding challenge. Soundness: (arity - 1) * (proximity gap) per layer.
  const folds = foldLogs.map((_, layer) => {
    transcript.friLayer(proof.friRoots[layer] as Digest);
    work(grinds.fri[layer] ?? 0, 4 + layer, `FRI challenge ${layer}`);
    return transcript.drawFold();
  });

  // 7. The last polynomial, in clear; its length was checked against the degree bound.
  transcript.lastLayer(proof.lastLayer);

  // 8. Work, queries. Soundness: (1 - radius)^queries.
  work(grinds.query, 4 + foldLogs.length, 'the queries');
  const queries = transcript.drawQueries(params.nQueries, logDomain);
  const positions = [...new Set(queries)].sort((a, b) => a - b);

  // 9. Openings of the trees give FRI's first word at the queries; FRI's own openings fold it.
  const roots: Readonly<Record<TreeName, Digest>> = {
    tables: key.tablesRoot,
    program: key.programRoot,
    boundary: claim.run?.root ?? NO_ROOT,
    trace: proof.traceRoot,
    logup: proof.logupRoot,
    composition: proof.compositionRoot,
  };
  const committed = positions.map((q) => toCommitIndex(q, logDomain)).sort((a, b) => a - b);
  const opened = layout.treeNames.map((name, i) =>
    openTree(
      name,
      roots[name],
      layout.trees[name],
      params.logBlowup,
      logDomain,
      committed,
      proof.openings[i] as Opening,
    ),
  );
  const lines = [
    batchLines(point, proof.samples.slice(0, layout.nColumns), gammas),
    batchLines(previous, proof.samples.slice(layout.nColumns), gammas.slice(layout.nColumns)),
  ] as const;
  const weights = Uint32Array.from(gammas.slice(0, layout.nColumns).flat());
  const shiftedWeights = Uint32Array.from(gammas.slice(layout.nColumns).flat());
  const firstWord = (q: number): Qm31 => {
    const p = storagePoint(q, logDomain);
    const row = toCommitIndex(q, logDomain);
    const rows = opened.map((tree) => tree.rowAt(row));
    const logup = rows[layout.treeNames.indexOf('logup')] as Uint32Array;
    const here = weightedSum(weights, rows);
    const before = weightedSum(shiftedWeights, [Uint32Array.from(layout.shifted, (column) => logup[column] as number)]);
    const parts: readonly (readonly [ExtensionPoint, number, Qm31])[] = [
      [point, 0, here],
      [previous, 1, before],
    ];
    return parts.reduce<Qm31>(
      (sum, [at, i, value]) => qAdd(sum, deepQuotient(at, lines[i as 0 | 1], p, value)),
      Q_ZERO,
    );
  };
  verifyFri(
    {
      logDomain,
      foldLogs,
      roots: proof.friRoots,
      challenges: folds,
      lastLayer: proof.lastLayer,
      openings: proof.friOpenings,
    },
    positions,
    firstWord,
  );
  return { runSum: sums.run, layout, securityBits: provableBits(params, layout.shape) };
};

/** Verifies a decoded proof of a whole run against a key. Throws `VerificationError` if it does not hold. */
export const verifyProof = (proof: Proof, key: VerifyingKey, policy: SecurityPolicy = {}): Verified => {
  const { exitCode, journal, params } = proof;
  const digest = bytesToWords(blake3Bytes(journal));
  const terms = boundaryTerms({ entry: key.entry, exitCode, digest });
  const claim: Claim = { role: 'whole', publicWords: [exitCode, ...digest], terms };
  const { securityBits } = verifyClaim(proof, key, claim, policy);
  return { exitCode, journal, params, securityBits, segments: 1 };
};

/**
 * Verifies proof bytes for a program. Demands 100 provable bits unless `policy` says otherwise; refuses testing
 * parameters unless asked by name. Throws `InvalidProofShape` or `VerificationError`.
 */
export const verify = (bytes: Uint8Array, program: ProgramTables, policy: SecurityPolicy = {}): Verified => {
  const proof = decodeProof(bytes);
  if (proof.params.logBlowup > 2) refuse('bad_shape', 'log blow-up', 'at most 2', proof.params.logBlowup);
  return verifyProof(proof, verifyingKey(program, proof.params.logBlowup), policy);
};
