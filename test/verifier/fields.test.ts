// Every field of a proof, changed: the verifier refuses with the code that says why.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHIPS } from '../../src/air/inventory.ts';
import { add, P, type Qm31, sub } from '../../src/core/field.ts';
import { compact, type ProofParams, standard } from '../../src/core/params.ts';
import { encodeProof, type Opening, type Proof } from '../../src/core/proof.ts';
import type { SecurityPolicy } from '../../src/core/security.ts';
import { VerificationError } from '../../src/verifier/errors.ts';
import { verify, verifyProof } from '../../src/verifier/verify.ts';
import { bytes, key, program, proof, tablesOf } from './fixture.ts';

const TESTING: SecurityPolicy = { allowTesting: true };
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
  return 'accepted';
};
const refuses = (change: Partial<Proof>, code: string, policy: SecurityPolicy = TESTING): void => {
  const changed = { ...proof, ...change };
  assert.equal(
    codeOf(() => verifyProof(changed, key, policy)),
    code,
  );
  // The same through the encoding.
  assert.equal(
    codeOf(() => verify(encodeProof(changed), program, policy)),
    code,
  );
};
const flip = (words: Uint32Array, at = 0, bit = 1): Uint32Array =>
  words.map((w, i) => (i === at ? (w ^ bit) >>> 0 : w));
const bump = (values: readonly Qm31[], at: number, coordinate = 0): Qm31[] =>
  values.map((q, i) => (i === at ? (q.with(coordinate, add(q[coordinate] as number, 1)) as unknown as Qm31) : q));
/** First, last and a few in between. */
const some = (n: number): number[] => [...new Set([0, 1, n >> 2, n >> 1, n - 1])].filter((i) => i >= 0 && i < n);

describe('the fixture', () => {
  it('holds', () => {
    const { exitCode, journal, params } = verify(bytes, program, TESTING);
    assert.deepEqual([exitCode, [...journal], params.name], [0, [0x6d, 0x1a, 0, 0], 'testing']);
    assert.deepEqual(encodeProof(proof), bytes);
  });
});

describe('policy', () => {
  it('testing parameters only if asked for by name', () => {
    refuses({}, 'weak_parameters', {});
    refuses({}, 'weak_parameters', { minSecurityBits: 0 });
    refuses({}, 'weak_parameters', { allowTesting: false, minSecurityBits: 1 });
  });

  it('parameters that call themselves something else, and the security asked for', () => {
    const renamed = { ...proof.params, name: 'standard' } as const;
    refuses({ params: renamed }, 'weak_parameters', {});
    refuses({ params: renamed }, 'weak_parameters', { minSecurityBits: 10 });
    refuses({ params: renamed }, 'relations_unbalanced', { minSecurityBits: 0 });
  });
});

describe('parameters are part of the statement', () => {
  for (const [field, value, code] of [
    ['name', 'compact', 'weak_parameters'],
    ['regime', 'jbr', 'weak_parameters'],
    ['jbrM', 3, 'weak_parameters'],
    ['nQueries', 9, 'relations_unbalanced'],
    ['nQueries', 11, 'relations_unbalanced'],
    ['queryGrindBits', 1, 'relations_unbalanced'],
    ['queryGrindBits', 3, 'relations_unbalanced'],
    ['foldLog', 1, 'bad_shape'],
    ['foldLog', 4, 'bad_shape'],
    ['lastLayerLog', 1, 'bad_shape'],
    ['lastLayerLog', 3, 'bad_shape'],
    ['targetBits', 0, 'relations_unbalanced'],
  ] as const) {
    it(`${field} ${value}: ${code}`, () => {
      const params = { ...proof.params, [field]: value } as ProofParams;
      assert.equal(
        codeOf(() => verifyProof({ ...proof, params }, key, TESTING)),
        code,
      );
    });
  }

  it('jbr with a multiplicity of its own', () => {
    const params = { ...proof.params, regime: 'jbr', jbrM: 3 } as const;
    refuses({ params }, 'relations_unbalanced');
  });

  it('another blow-up than the key’s', () => {
    const params = { ...proof.params, logBlowup: 2 };
    assert.equal(
      codeOf(() => verifyProof({ ...proof, params }, key, TESTING)),
      'bad_shape',
    );
    assert.equal(
      codeOf(() => verify(encodeProof({ ...proof, params }), program, TESTING)),
      'relations_unbalanced',
    );
    const five = encodeProof({ ...proof, params: { ...proof.params, logBlowup: 5 } });
    assert.equal(
      codeOf(() => verify(five, program, TESTING)),
      'bad_shape',
    );
  });

  it('a stronger preset’s record on a weaker proof', () => {
    refuses({ params: standard }, 'bad_shape');
    // It asks for two bits of work before the relations' challenges: nobody did it, but chance may have.
    const params = { ...standard, foldLog: 2, lastLayerLog: 2 };
    const code = codeOf(() => verifyProof({ ...proof, params }, key));
    assert.ok(['insufficient_work', 'relations_unbalanced'].includes(code), code);
    assert.equal(
      codeOf(() => verify(encodeProof({ ...proof, params: compact }), program)),
      'bad_shape',
    );
  });

  it('work that was not done', () => {
    const params = { ...proof.params, targetBits: 128 };
    refuses({ params }, 'insufficient_work');
  });
});

describe('heights', () => {
  const at = (name: string): number => CHIPS.findIndex((chip) => chip.name === name);
  const heights = (name: string, log: number): Partial<Proof> => ({ logRows: proof.logRows.with(at(name), log) });

  it('of each chip in use: one more, one less, absent, out of bounds', () => {
    CHIPS.forEach((chip, i) => {
      const log = proof.logRows[i] as number;
      const isProgram = chip.fixedTree === 'program';
      for (const [value, code] of [
        [log + 1, 'relations_unbalanced'],
        [log - 1, 'relations_unbalanced'],
        [-1, 'bad_shape'],
        [23, 'bad_heights'],
        [3, 'bad_heights'],
        [1000, 'bad_heights'],
      ] as const) {
        if (log < 0 || value === log) continue;
        const expected =
          value < 4 || value > 22
            ? value === -1 && chip.fixedTree === null
              ? 'bad_shape'
              : 'bad_heights'
            : chip.table !== chip.name || chip.name === 'image_table'
              ? 'bad_heights'
              : isProgram
                ? 'wrong_program'
                : chip.fixedTree
                  ? 'bad_heights'
                  : value > 16
                    ? 'bad_shape'
                    : code;
        refuses(heights(chip.name, value), expected);
      }
    });
  });

  it('of a chip that is not in the proof', () => {
    refuses(heights('read_word', proof.logRows[at('read_word')] === -1 ? 4 : -1), 'bad_shape');
  });

  it('too few, too many, too many rows in all', () => {
    refuses({ logRows: proof.logRows.slice(1) }, 'bad_heights');
    refuses({ logRows: [...proof.logRows, -1] }, 'bad_heights');
    refuses({ logRows: proof.logRows.map((n, i) => (CHIPS[i]?.fixedTree ? n : 22)) }, 'bad_heights');
  });
});

describe('another program', () => {
  it('a key with other roots, another entry', () => {
    const changed = { ...key, entry: key.entry + 1 };
    assert.equal(
      codeOf(() => verifyProof(proof, changed, TESTING)),
      'wrong_program',
    );
    const moved = { ...program, entry: program.entry + 1 };
    assert.equal(
      codeOf(() => verify(bytes, moved, TESTING)),
      'relations_unbalanced',
    );
  });

  it('a program with one constant changed', () => {
    const columns = program.program.map((c, i) => (i === 5 ? c.map((v, row) => (row === 7 ? v ^ 1 : v)) : c));
    assert.equal(
      codeOf(() => verify(bytes, { ...program, program: columns }, TESTING)),
      'relations_unbalanced',
    );
  });

  it('another guest', () => {
    assert.equal(
      codeOf(() => verify(bytes, tablesOf('rust_json'), TESTING)),
      'wrong_program',
    );
  });
});

describe('public values', () => {
  it('exit code and journal', () => {
    refuses({ exitCode: 1 }, 'relations_unbalanced');
    refuses({ exitCode: 0xffffffff }, 'relations_unbalanced');
    refuses({ exitCode: P }, 'relations_unbalanced');
    refuses({ journal: proof.journal.map((b, i) => (i === 0 ? b ^ 1 : b)) }, 'relations_unbalanced');
    refuses({ journal: proof.journal.slice(0, -1) }, 'relations_unbalanced');
    refuses({ journal: Uint8Array.from([...proof.journal, 0]) }, 'relations_unbalanced');
    refuses({ journal: new Uint8Array(0) }, 'relations_unbalanced');
  });
});

describe('messages', () => {
  it('roots', () => {
    for (const bit of [1, 0x80000000]) {
      for (const at of [0, 7]) {
        refuses({ traceRoot: flip(proof.traceRoot, at, bit) }, 'relations_unbalanced');
        refuses({ logupRoot: flip(proof.logupRoot, at, bit) }, 'constraints_unsatisfied');
        refuses({ compositionRoot: flip(proof.compositionRoot, at, bit) }, 'constraints_unsatisfied');
        proof.friRoots.forEach((_, layer) => {
          const friRoots = proof.friRoots.map((root, i) => (i === layer ? flip(root, at, bit) : root));
          const code = codeOf(() => verifyProof({ ...proof, friRoots }, key, TESTING));
          assert.ok(['bad_opening', 'insufficient_work'].includes(code), code);
        });
      }
    }
  });

  it('claimed sums: each, and two with their total kept', () => {
    proof.claimedSums.forEach((_, i) => {
      refuses({ claimedSums: bump(proof.claimedSums, i, i % 4) }, 'relations_unbalanced');
    });
    const [first, second] = proof.claimedSums as [Qm31, Qm31];
    const moved = [first.with(0, add(first[0], 1)), second.with(0, sub(second[0], 1))] as unknown as Qm31[];
    refuses({ claimedSums: [...moved, ...proof.claimedSums.slice(2)] }, 'constraints_unsatisfied');
    const swapped = [second, first, ...proof.claimedSums.slice(2)];
    refuses({ claimedSums: swapped }, 'constraints_unsatisfied');
    refuses({ claimedSums: proof.claimedSums.slice(1) }, 'bad_shape');
    refuses({ claimedSums: [...proof.claimedSums, [0, 0, 0, 0]] }, 'bad_shape');
    refuses({ claimedSums: proof.claimedSums.map((): Qm31 => [0, 0, 0, 0]) }, 'relations_unbalanced');
  });

  it('every sample', () => {
    // Where no constraint depends on a sample (a table without uses), the DEEP quotient does.
    const codes = proof.samples.map((_, i) => {
      const samples = bump(proof.samples, i, i % 4);
      return codeOf(() => verifyProof({ ...proof, samples }, key, TESTING));
    });
    const others = codes.filter((code) => code !== 'constraints_unsatisfied');
    const idle = CHIPS.filter((c) => /^(shift|sha256|keccak)_table$/.test(c.name)).flatMap((c) => c.fixedColumns);
    assert.ok(others.length < idle.length + 8, others.join());
    assert.ok(
      others.every((code) => ['bad_opening', 'insufficient_work'].includes(code)),
      others.join(),
    );
    refuses({ samples: proof.samples.slice(1) }, 'bad_shape');
    refuses({ samples: [...proof.samples, [0, 0, 0, 0]] }, 'bad_shape');
  });

  it('the last layer and the number of layers', () => {
    proof.lastLayer.forEach((_, i) => {
      const lastLayer = bump(proof.lastLayer, i);
      const code = codeOf(() => verifyProof({ ...proof, lastLayer }, key, TESTING));
      assert.ok(['bad_opening', 'insufficient_work'].includes(code), code);
    });
    refuses({ lastLayer: proof.lastLayer.slice(1) }, 'bad_shape');
    // A polynomial of a higher degree than allowed.
    refuses({ lastLayer: [...proof.lastLayer, ...proof.lastLayer] }, 'bad_shape');
    refuses({ friRoots: proof.friRoots.slice(1), friOpenings: proof.friOpenings.slice(1) }, 'bad_shape');
    refuses({ friRoots: [...proof.friRoots, proof.traceRoot] }, 'bad_shape');
    refuses({ friOpenings: proof.friOpenings.slice(1) }, 'bad_shape');
    refuses({ openings: proof.openings.slice(1) }, 'bad_shape');
    refuses({ openings: [...proof.openings, proof.openings[0] as Opening] }, 'bad_shape');
  });

  it('nonces: work where none is asked for, none where it is, too few', () => {
    proof.nonces.forEach((_, i) => {
      if (i === proof.nonces.length - 1) return;
      for (const nonce of [
        [1, 0],
        [0, 1],
        [0, 0x80000000],
      ] as const) {
        refuses({ nonces: proof.nonces.map((n, k) => (k === i ? nonce : n)) }, 'insufficient_work');
      }
    });
    const own = proof.nonces.at(-1)?.[0] as number;
    const codes = [1, 2, 3, 4, 5, 6, 7, 8].map((by) => {
      const low = own + by;
      const nonces = proof.nonces.with(-1, [low, 0]);
      return codeOf(() => verifyProof({ ...proof, nonces }, key, TESTING));
    });
    assert.ok(
      codes.every((code) => code === 'insufficient_work' || code === 'bad_opening'),
      codes.join(),
    );
    assert.ok(codes.includes('insufficient_work') && codes.includes('bad_opening'), codes.join());
    refuses({ nonces: proof.nonces.slice(1) }, 'bad_shape');
  });
});

describe('openings', () => {
  for (const [list, code] of [
    ['openings', 'bad_opening'],
    ['friOpenings', 'bad_fri_opening'],
  ] as const) {
    it(`${list}: values, siblings, lengths, order`, () => {
      proof[list].forEach((opening, t) => {
        const changed = (change: Partial<Opening>): Partial<Proof> => ({
          [list]: proof[list].map((o, i) => (i === t ? { ...o, ...change } : o)),
        });
        const { values, siblings } = opening;
        for (const at of some(values.length)) {
          const other = values.map((v, i) => (i === at ? add(v, 1) : v));
          refuses(changed({ values: other }), code);
        }
        for (const at of some(siblings.length)) refuses(changed({ siblings: flip(siblings, at) }), code);
        refuses(changed({ values: values.slice(1) }), code);
        refuses(changed({ values: Uint32Array.from([...values, 0]) }), code);
        refuses(changed({ values: new Uint32Array(0) }), code);
        if (siblings.length > 0) refuses(changed({ siblings: siblings.slice(8) }), code);
        refuses(
          changed({
            siblings: Uint32Array.from(
              [...siblings, ...siblings.slice(0, 8), 0, 0, 0, 0, 0, 0, 0, 0].slice(0, siblings.length + 8),
            ),
          }),
          code,
        );
        if (siblings.length > 16) {
          const swapped = Uint32Array.from([...siblings.slice(8, 16), ...siblings.slice(0, 8), ...siblings.slice(16)]);
          refuses(changed({ siblings: swapped }), code);
        }
      });
      refuses({ [list]: proof[list].toReversed() }, code);
    });
  }
});
