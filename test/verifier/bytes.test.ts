// Proof bytes: every way of not being an encoding is refused by name, and no bytes make the verifier do anything else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { P } from '../../src/core/field.ts';
import { bytesToWords, wordsToBytes } from '../../src/core/hash.ts';
import { PARAMS_WORDS } from '../../src/core/params.ts';
import { decodeProof, encodeProof, InvalidProofShape, MAX_PROOF_BYTES } from '../../src/core/proof.ts';
import { VerificationError } from '../../src/verifier/errors.ts';
import { verify, verifyProof } from '../../src/verifier/verify.ts';
import { bytes, key, program, proof } from './fixture.ts';

const words = bytesToWords(bytes);
const shapeCode = (data: Uint8Array): string => {
  try {
    decodeProof(data);
  } catch (error) {
    if (error instanceof InvalidProofShape) return error.code;
    throw error;
  }
  return 'decoded';
};
const withWord = (at: number, value: number): Uint8Array => wordsToBytes(words.map((w, i) => (i === at ? value : w)));

/** Word positions of the encoding's parts. */
const HEIGHTS = 2 + PARAMS_WORDS;
const JOURNAL_LENGTH = HEIGHTS + 1 + proof.logRows.length + 1;
const SUMS = JOURNAL_LENGTH + 1 + Math.ceil(proof.journal.length / 4) + 24;
const SAMPLES = SUMS + 1 + 4 * proof.claimedSums.length;
const FRI_ROOTS = SAMPLES + 1 + 4 * proof.samples.length;
const LAST_LAYER = FRI_ROOTS + 1 + 8 * proof.friRoots.length;
const NONCES = LAST_LAYER + 1 + 4 * proof.lastLayer.length;
const OPENINGS = NONCES + 1 + 2 * proof.nonces.length;

const FIRST_VALUES_END = OPENINGS + 1 + (words[OPENINGS + 1] as number);

const random = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

describe('encoding', () => {
  it('the positions this test uses', () => {
    assert.deepEqual(
      [HEIGHTS, JOURNAL_LENGTH, SUMS, SAMPLES, FRI_ROOTS, LAST_LAYER, NONCES, OPENINGS].map((at) => words[at]),
      [
        proof.logRows.length,
        proof.journal.length,
        proof.claimedSums.length,
        proof.samples.length,
        proof.friRoots.length,
        proof.lastLayer.length,
        proof.nonces.length,
        proof.openings.length,
      ],
    );
  });

  it('truncated anywhere', () => {
    for (let at = 0; at < words.length; at += at < 600 ? 1 : 97)
      assert.equal(shapeCode(bytes.slice(0, 4 * at)), 'proof_truncated', `${at}`);
    for (const cut of [1, 2, 3, 4, 5, 32]) assert.equal(shapeCode(bytes.slice(0, -cut)), 'proof_truncated', `-${cut}`);
    for (const length of [0, 1, 7]) assert.equal(shapeCode(bytes.slice(0, length)), 'proof_truncated');
  });

  it('trailing data', () => {
    assert.equal(shapeCode(Uint8Array.from([...bytes, 0, 0, 0, 0])), 'proof_trailing');
    assert.equal(shapeCode(Uint8Array.from([...bytes, ...bytes])), 'proof_trailing');
    assert.equal(shapeCode(Uint8Array.from([...bytes, 0])), 'proof_truncated');
  });

  it('magic, version, parameters', () => {
    assert.equal(shapeCode(withWord(0, 0)), 'proof_magic');
    for (const version of [0, 1, 3, 0xffffffff]) assert.equal(shapeCode(withWord(1, version)), 'proof_version');
    for (let at = 2; at < 2 + PARAMS_WORDS; at++) assert.equal(shapeCode(withWord(at, 0xffffffff)), 'proof_params');
    for (const [at, value] of [
      [3, 0],
      [3, 6],
      [5, 1],
      [6, 0],
      [6, 1025],
      [7, 29],
      [8, 0],
      [8, 5],
      [9, 13],
      [10, 129],
    ] as const) {
      assert.equal(shapeCode(withWord(at, value)), 'proof_params', `${at}`);
    }
  });

  it('field elements that are not canonical', () => {
    for (const at of [SUMS + 1, SAMPLES + 1, SAMPLES + 400, LAST_LAYER + 1, OPENINGS + 2, FIRST_VALUES_END]) {
      for (const value of [P, P + 1, 0x80000000, 0xffffffff])
        assert.equal(shapeCode(withWord(at, value)), 'proof_not_canonical', `${at}`);
    }
    const element = words[SAMPLES + 1] as number;
    assert.equal(shapeCode(withWord(SAMPLES + 1, element + P)), 'proof_not_canonical');
  });

  it('journal padding', () => {
    const odd = encodeProof({ ...proof, journal: proof.journal.slice(0, 3) });
    const changed = bytesToWords(odd).map((w, i) => (i === JOURNAL_LENGTH + 1 ? (w | 0x1000000) >>> 0 : w));
    assert.equal(shapeCode(odd), 'decoded');
    assert.equal(shapeCode(wordsToBytes(changed)), 'proof_not_canonical');
  });

  it('counts that are huge allocate nothing', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const at of [HEIGHTS, JOURNAL_LENGTH, SUMS, SAMPLES, FRI_ROOTS, LAST_LAYER, NONCES, OPENINGS, OPENINGS + 1]) {
      for (const value of [0xffffffff, 0x7fffffff, 0x40000000, 65])
        assert.match(
          shapeCode(withWord(at, value)),
          /^proof_(length|truncated|trailing|not_canonical)$/,
          `${at} ${value}`,
        );
    }
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 26);
    assert.equal(shapeCode(new Uint8Array(MAX_PROOF_BYTES + 4)), 'proof_length');
  });

  it('an encoding has one form: what decodes encodes to the same bytes', () => {
    const next = random(7);
    for (let i = 0; i < 200; i++) {
      const changed = withWord(2 + next(words.length - 2), next(2 ** 31));
      try {
        assert.deepEqual(encodeProof(decodeProof(changed)), changed);
      } catch (error) {
        if (!(error instanceof InvalidProofShape)) throw error;
      }
    }
  });
});

describe('fuzzing', () => {
  const EXTREMES = [0, 1, 2, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xffffffff, 64, 23, 4096];
  const rounds = process.env.WISP_LONG === '1' ? 20_000 : 300;

  /** Anything but an acceptance of changed bytes or an error of another kind. */
  const refused = (run: () => unknown, what: string): void => {
    // Not of the wall: a machine may stall.
    const start = process.cpuUsage();
    try {
      run();
    } catch (error) {
      if (error instanceof InvalidProofShape || error instanceof VerificationError) {
        const { user, system } = process.cpuUsage(start);
        assert.ok(user + system < 10e6, `${what} took too long`);
        return;
      }
      throw error;
    }
    assert.fail(`${what} was accepted`);
  };

  it('bit flips', () => {
    const next = random(1);
    for (let i = 0; i < rounds; i++) {
      const changed = bytes.slice();
      const flips = 1 + next(3);
      for (let k = 0; k < flips; k++) {
        const at = next(4) === 0 ? next(4 * OPENINGS) : next(bytes.length);
        changed[at] = (changed[at] as number) ^ (1 << next(8));
      }
      if (changed.every((b, k) => b === bytes[k])) continue;
      refused(() => verifyProof(decodeProof(changed), key, { allowTesting: true }), `round ${i}`);
    }
  });

  it('words of extreme values', () => {
    const next = random(2);
    for (let i = 0; i < rounds; i++) {
      const changed = words.slice();
      const at = next(2) === 0 ? next(FRI_ROOTS) : next(words.length);
      const value = EXTREMES[next(EXTREMES.length)] as number;
      if (changed[at] === value) continue;
      changed[at] = value;
      refused(
        () => verifyProof(decodeProof(wordsToBytes(changed)), key, { allowTesting: true }),
        `word ${at} = ${value}`,
      );
    }
  });

  it('pieces cut out, doubled or moved', () => {
    const next = random(3);
    for (let i = 0; i < rounds / 3; i++) {
      const [from, length, to] = [next(words.length), 1 + next(40), next(words.length)];
      const list = [...words];
      const piece = list.slice(from, from + length);
      if (next(2) === 0) list.splice(from, length);
      if (next(2) === 0) list.splice(to, 0, ...piece);
      const changed = wordsToBytes(list);
      if (changed.length === bytes.length && changed.every((b, k) => b === bytes[k])) continue;
      refused(() => verify(changed, program, { allowTesting: true }), `piece ${from}+${length} to ${to}`);
    }
  });

  it('random bytes behind a valid head', () => {
    const next = random(4);
    for (let i = 0; i < rounds; i++) {
      const keep = 4 * next(OPENINGS);
      const changed = bytes.map((b, k) => (k < keep ? b : next(256)));
      refused(() => verifyProof(decodeProof(changed), key, { allowTesting: true }), `head of ${keep}`);
    }
  });
});
