/** The proof of work of a run in segments, and the challenges that follow it. */
import { type LogupChallenges, logupChallenges } from '../src/air/evaluate.ts';
import type { VerifyingKey } from '../src/air/key.ts';
import { openRun } from '../src/air/run.ts';
import type { Bundle } from '../src/core/bundle.ts';
import { grindHash } from '../src/core/channel.ts';
import type { Digest } from '../src/core/hash.ts';
import type { Nonce } from '../src/core/transcript.ts';
import { ProverError } from './errors.ts';

export interface RunWork {
  readonly nonce: Nonce;
  /** What every segment's statement names. */
  readonly digest: Digest;
  readonly challenges: LogupChallenges;
}

/** Finds the nonce, or checks the header's; throws `ProverError` if that shows no work. At most some 2^20 hashes. */
export const runWork = (
  header: Omit<Bundle, 'nonce' | 'proofBytes'> & { nonce?: Nonce },
  key: VerifyingKey,
): RunWork => {
  const { transcript, term } = openRun(header, key);
  const nonce: [number, number] = header.nonce ? [...header.nonce] : [0, 0];
  if (!header.nonce && term.grindBits > 0) {
    const { state } = transcript;
    while (grindHash(state, nonce, term.grindBits) !== 0) nonce[0]++;
  }
  if (!transcript.work(term.grindBits, nonce)) throw new ProverError('run_changed', "the header's nonce shows no work");
  const digest = transcript.state;
  const [z, alpha] = transcript.drawLogup();
  return { nonce, digest, challenges: logupChallenges(z, alpha) };
};
