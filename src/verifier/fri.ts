/** FRI's queries: every opened coset folds to the value that the next layer, or the last polynomial, shows. */
import { type Qm31, qAt, qEqual } from '../core/field.ts';
import { evaluateLastLayer, foldCoset, lastLayerPoint } from '../core/fri.ts';
import type { Digest } from '../core/hash.ts';
import { shiftedPositions, verifyMerkle } from '../core/merkle.ts';
import type { Opening } from '../core/proof.ts';
import { VerificationError } from './errors.ts';

export interface FriClaim {
  readonly logDomain: number;
  readonly foldLogs: readonly number[];
  readonly roots: readonly Digest[];
  readonly challenges: readonly Qm31[];
  readonly lastLayer: readonly Qm31[];
  readonly openings: readonly Opening[];
}

/** Checks the folds at sorted unique `positions`; `first(q)` is the value of FRI's first word at q. Throws if refused. */
export const verifyFri = (claim: FriClaim, positions: readonly number[], first: (position: number) => Qm31): void => {
  let current = new Map(positions.map((q) => [q, first(q)]));
  let logSize = claim.logDomain;
  let done = 0;
  claim.foldLogs.forEach((foldLog, layer) => {
    const opening = claim.openings[layer] as Opening;
    const leaf = 2 ** foldLog;
    const cosets = shiftedPositions([...current.keys()], foldLog);
    if (opening.values.length !== 4 * leaf * cosets.length) {
      throw new VerificationError(
        'bad_fri_opening',
        `FRI layer ${layer}: opened words`,
        4 * leaf * cosets.length,
        opening.values.length,
      );
    }
    const rowOf = new Map(cosets.map((q, i) => [q, opening.values.subarray(4 * leaf * i, 4 * leaf * (i + 1))]));
    const treeLog = logSize - foldLog;
    const rows = (logN: number, q: number): Uint32Array =>
      logN === treeLog ? (rowOf.get(q) as Uint32Array) : new Uint32Array(0);
    if (!verifyMerkle(claim.roots[layer] as Digest, treeLog, cosets, opening.siblings, rows)) {
      throw new VerificationError('bad_fri_opening', `FRI layer ${layer}: the opening does not lead to the root`);
    }
    for (const [q, value] of current) {
      const words = rowOf.get(Math.floor(q / leaf)) as Uint32Array;
      if (!qEqual(qAt(words, q % leaf), value)) {
        throw new VerificationError('fri_mismatch', `FRI layer ${layer} differs from the folded word at position ${q}`);
      }
    }
    const next = new Map<number, Qm31>();
    for (const [q, words] of rowOf) {
      const values = Array.from({ length: leaf }, (_, i) => qAt(words, i));
      next.set(q, foldCoset(values, claim.challenges[layer] as Qm31, claim.logDomain, done, q));
    }
    current = next;
    logSize = treeLog;
    done += foldLog;
  });
  for (const [q, value] of current) {
    const x = lastLayerPoint(claim.logDomain, done, q * 2 ** done);
    if (!qEqual(evaluateLastLayer(claim.lastLayer, x), value)) {
      throw new VerificationError('fri_mismatch', `the last polynomial differs from the folded word at position ${q}`);
    }
  }
};
