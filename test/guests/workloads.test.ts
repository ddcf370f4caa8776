// Programs as people prove them: a sudoku, a Merkle path, a signature, a mix of what programs do.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { chipByName } from '../../src/air/inventory.ts';
import { createInput, type Execution, execute, loadProgram, readJournal } from '../../src/index.ts';

const runGuest = (name: string, input: Uint8Array): Execution => {
  const program = loadProgram(readFileSync(new URL(`../../guests/elf/${name}.elf`, import.meta.url)));
  return execute(program, input, { records: name === 'ecdsa', maxCycles: 2 ** 23 });
};

describe('sudoku', () => {
  const digits = (text: string): Uint8Array => Uint8Array.from(text.replaceAll(/\s/g, ''), Number);
  const puzzle = digits(`530070000 600195000 098000060 800060003 400803001 700020006 060000280 000419005 000080079`);
  const solution = digits(`534678912 672195348 198342567 859761423 426853791 713924856 961537284 287419635 345286179`);
  const play = (first: Uint8Array, second: Uint8Array): Execution =>
    runGuest('sudoku', createInput().raw(first).raw(second).finish());

  it('is solved', () => {
    const { exitCode, journal } = play(puzzle, solution);
    assert.equal(exitCode, 0);
    assert.deepEqual(journal, puzzle);
  });

  it('is not solved by anything else', () => {
    const swapped = solution.slice();
    [swapped[0], swapped[1]] = [swapped[1] ?? 0, swapped[0] ?? 0];
    const columns = solution.slice();
    [columns[2], columns[3]] = [columns[3] ?? 0, columns[2] ?? 0];
    for (const wrong of [puzzle, swapped, columns, solution.with(80, 10), solution.toReversed()]) {
      const { exitCode, journal } = play(puzzle, wrong);
      assert.deepEqual([exitCode, journal.length], [1, 0]);
    }
  });
});

describe('merkle_path', () => {
  const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  };
  /** RFC 9162, sections 2.1.1 and 2.1.3.1. */
  const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);
  const root = (entries: readonly Uint8Array[]): Uint8Array => {
    if (entries.length === 1) return sha256(Uint8Array.of(0), entries[0] ?? new Uint8Array(0));
    const k = split(entries.length);
    return sha256(Uint8Array.of(1), root(entries.slice(0, k)), root(entries.slice(k)));
  };
  const path = (entries: readonly Uint8Array[], index: number): Uint8Array[] => {
    if (entries.length === 1) return [];
    const k = split(entries.length);
    return index < k
      ? [...path(entries.slice(0, k), index), root(entries.slice(k))]
      : [...path(entries.slice(k), index - k), root(entries.slice(0, k))];
  };
  const climb = (size: number, index: number, entry: Uint8Array, nodes: readonly Uint8Array[]): Execution => {
    const input = createInput().u64(size).u64(index).bytes(entry).u32(nodes.length);
    for (const node of nodes) input.raw(node);
    return runGuest('merkle_path', input.finish());
  };
  const entriesOf = (n: number): Uint8Array[] => Array.from({ length: n }, (_, i) => new Uint8Array(3 * i).fill(i));

  it('leads to the root, from every leaf', () => {
    for (const size of [1, 2, 3, 5, 8, 13]) {
      const entries = entriesOf(size);
      for (const [index, entry] of entries.entries()) {
        const { exitCode, journal } = climb(size, index, entry, path(entries, index));
        assert.equal(exitCode, 0, `${index} of ${size}`);
        const reader = readJournal(journal);
        assert.equal(reader.u64(), BigInt(size));
        assert.deepEqual(reader.raw(), root(entries), `${index} of ${size}`);
      }
    }
  });

  it('leads nowhere else', () => {
    const entries = entriesOf(13);
    const nodes = path(entries, 5);
    const entry = entries[5] ?? new Uint8Array(0);
    assert.equal(climb(13, 13, entry, nodes).exitCode, 1);
    assert.equal(climb(13, 5, entry, nodes.slice(1)).exitCode, 1);
    assert.equal(climb(13, 5, entry, [...nodes, ...nodes]).exitCode, 1);
    for (const other of [climb(13, 4, entry, nodes), climb(13, 5, Uint8Array.of(...entry, 0), nodes)]) {
      assert.notDeepEqual(other.journal.slice(8), root(entries));
    }
  });
});

describe('ecdsa', () => {
  const digestOf = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest());
  const bytesOf = (n: bigint): Uint8Array => new Uint8Array(Buffer.from(n.toString(16).padStart(64, '0'), 'hex'));
  const { Fn, Fp } = secp256k1.Point;
  const secret = new Uint8Array(32).fill(7);
  const digest = digestOf('hello');
  const signed = secp256k1.sign(digest, secret, { prehash: false, format: 'recovered' });
  const [id, signature] = [signed.slice(0, 1), signed.slice(1)];
  const key = secp256k1.getPublicKey(secret, false).slice(1);
  const check = (...parts: readonly Uint8Array[]): Execution => {
    const input = createInput();
    for (const part of parts) input.raw(part);
    return runGuest('ecdsa', input.finish());
  };
  /** Committed cells of the rows in use, in micro-ops of 64. */
  const cost = ({ records }: Execution): number => {
    const cells = Object.entries(records).map(([name, { nRows }]) => {
      const chip = chipByName.get(name) ?? assert.fail(name);
      return nRows * (chip.columns.length + 4 * chip.logupColumns);
    });
    return cells.reduce((x, y) => x + y, 0) / 64;
  };

  it('takes a signature', () => {
    const run = check(digest, signature, key);
    assert.equal(run.exitCode, 0);
    assert.deepEqual(Buffer.from(run.journal), Buffer.concat([key, digest]));
    assert.ok(cost(run) < 22_000, String(cost(run)));
  });

  it('refuses others', () => {
    const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ 1);
    assert.equal(check(digest, signature, flipped(key, 63)).exitCode, 1);
    assert.equal(check(digest, signature, new Uint8Array(64).fill(255)).exitCode, 1);
    assert.equal(check(digest, signature, new Uint8Array(64)).exitCode, 1);
    // x = 1 and x = p + 1 name the same point; only one of them is a key.
    const y = bytesOf(Fp.sqrt(8n));
    assert.equal(check(digest, signature, bytesOf(1n), y).exitCode, 2);
    assert.equal(check(digest, signature, bytesOf(Fp.ORDER + 1n), y).exitCode, 1);
    assert.equal(check(digest, flipped(signature, 40), key).exitCode, 2);
    assert.equal(check(flipped(digest, 0), signature, key).exitCode, 2);
    for (const bad of [0n, Fn.ORDER, Fn.ORDER + 1n, 2n ** 256n - 1n]) {
      assert.equal(check(digest, bytesOf(bad), signature.slice(32), key).exitCode, 2);
      assert.equal(check(digest, signature.slice(0, 32), bytesOf(bad), key).exitCode, 2);
    }
  });

  it('recovers the key', () => {
    const run = check(digest, signature, id);
    assert.equal(run.exitCode, 0);
    assert.deepEqual(Buffer.from(run.journal), Buffer.concat([key, digest]));
    assert.ok(cost(run) < 26_000, String(cost(run)));
  });

  it('agrees with @noble/curves', () => {
    for (let seed = 0; seed < 12; seed++) {
      const hash = seed === 0 ? new Uint8Array(32) : seed === 1 ? new Uint8Array(32).fill(255) : digestOf(`${seed}`);
      const own = digestOf(`secret ${seed}`);
      const all = secp256k1.sign(hash, own, { prehash: false, format: 'recovered', lowS: seed % 2 === 0 });
      const wanted = secp256k1.getPublicKey(own, false).slice(1);
      const rs = all.slice(1);
      assert.equal(check(hash, rs, wanted).exitCode, 0, `${seed}`);
      const s = Fn.fromBytes(rs.slice(32));
      assert.equal(check(hash, rs.slice(0, 32), bytesOf(Fn.neg(s)), wanted).exitCode, 0, `${seed}`);
      for (const choice of [0, 1, 2, 3]) {
        const parts = Uint8Array.of(choice, ...rs);
        let theirs: Uint8Array | undefined;
        try {
          theirs = secp256k1.Signature.fromBytes(parts, 'recovered').recoverPublicKey(hash).toBytes(false).slice(1);
        } catch {}
        const { exitCode, journal } = check(hash, rs, Uint8Array.of(choice));
        assert.equal(exitCode, theirs ? 0 : 3, `${seed} ${choice}`);
        if (theirs) assert.deepEqual(Buffer.from(journal), Buffer.concat([theirs, hash]));
      }
    }
  });

  it('recovers none where there is none', () => {
    const of = (r: bigint, s: bigint, choice: number, hash = digest): number =>
      check(hash, bytesOf(r), bytesOf(s), Uint8Array.of(choice)).exitCode;
    for (const bad of [0n, Fn.ORDER, Fn.ORDER + 1n, 2n ** 256n - 1n]) {
      assert.equal(of(bad, 1n, 0), 3);
      assert.equal(of(1n, bad, 0), 3);
    }
    for (const choice of [4, 27, 255]) assert.equal(of(1n, 1n, choice), 3);
    assert.equal(of(5n, 1n, 0), 3, 'no point has x = 5');
    assert.equal(of(Fp.ORDER - Fn.ORDER, 1n, 2), 3, 'r + the order is p');
    // s R = z G: the key would be at infinity, and is not for the other y.
    const { x, y } = secp256k1.Point.BASE;
    assert.equal(of(x % Fn.ORDER, Fn.fromBytes(digest), Number(y % 2n)), 3);
    assert.equal(of(x % Fn.ORDER, Fn.fromBytes(digest), 1 - Number(y % 2n)), 0);
    // The sum of points meets a doubling: R = G, s = -z, key = -2 z / r G.
    assert.equal(of(x % Fn.ORDER, Fn.neg(Fn.fromBytes(digest)), Number(y % 2n)), 0);
  });
});

describe('benchmix', () => {
  it('computes what the same source computes natively', () => {
    // cc -fwrapv, 64 bits
    const checksums: [number, number][] = [
      [0, 0xffff],
      [1, 0x2137],
      [2, 0x82d8],
      [5, 0x5cf4],
      [20, 0xc06d],
    ];
    for (const [rounds, checksum] of checksums) {
      const { exitCode, journal } = runGuest('benchmix', createInput().u32(rounds).finish());
      assert.deepEqual([exitCode, readJournal(journal).u32()], [0, checksum], `${rounds} rounds`);
    }
  });
});
