// Runs each committed guest in the executor and compares its journal with what it ought to commit.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { P, Q_ZERO, type Qm31, qAdd, qAt, qMul, qMulBase } from '../../src/core/field.ts';
import { buildProgram, type Execution, execute, loadElf } from '../../src/machine/index.ts';

const FOLDER = new URL('../../guests/elf/', import.meta.url);
const LENGTHS = [0, 1, 55, 56, 64, 119, 135, 136, 137, 1000, 2048];

const P256K1 = 2n ** 256n - 2n ** 32n - 977n;
const BLS12_381 = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;

function run(name: string, input: Uint8Array): Execution {
  const elf = loadElf(new Uint8Array(readFileSync(new URL(`${name}.elf`, FOLDER))));
  // The executor itself checks that the halt digest is BLAKE3 of the journal.
  return execute(buildProgram(elf), input, { records: false });
}

function journal(name: string, input: Uint8Array): Uint8Array {
  const result = run(name, input);
  assert.equal(result.exitCode, 0);
  assert.deepEqual(result.digest, blake3(result.journal));
  return result.journal;
}

const text = (name: string, input: string): string => Buffer.from(journal(name, Buffer.from(input))).toString();
const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

function patterned(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 151 + (i >> 3) + length);
}

/** Mulberry32: the same words in every run. */
function randomWords(count: number, seed: number): Uint32Array {
  let state = seed;
  return Uint32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  });
}

/** Sum of squares of the input's elements of QM31, and that plus the sum of its first words times them. */
const dots = (input: Uint8Array): Uint8Array[] => {
  const bytes = new Uint8Array(16 * Math.ceil(input.length / 16));
  bytes.set(input);
  const list = new Uint32Array(bytes.buffer).map((word) => word % P);
  const elements = Array.from({ length: list.length / 4 }, (_, k) => qAt(list, k));
  const squares = elements.reduce<Qm31>((sum, e) => qAdd(sum, qMul(e, e)), Q_ZERO);
  const all = elements.reduce((sum, e, k) => qAdd(sum, qMulBase(e, list[k] as number)), squares);
  return [squares, all].map((e) => words(...e));
};

describe('guests', () => {
  it('are the files that SHA256SUMS lists', () => {
    const lines = readFileSync(new URL('SHA256SUMS', FOLDER), 'utf8').trimEnd().split('\n');
    const listed = lines.map((line) => line.split('  ') as [string, string]);
    const present = readdirSync(FOLDER).filter((name) => /\.(elf|wasm)$/.test(name));
    assert.deepEqual(listed.map(([, name]) => name).sort(), present.sort());
    for (const [sum, name] of listed) {
      const bytes = readFileSync(new URL(name, FOLDER));
      assert.equal(createHash('sha256').update(bytes).digest('hex'), sum, name);
      assert.doesNotMatch(bytes.toString('latin1'), /\/(?:home|root|usr|tmp)\//, `${name} names a path of its builder`);
    }
  });

  it('fibonacci', () => {
    for (const [n, value] of [
      [0, 0],
      [1, 1],
      [2, 1],
      [20, 6765],
      [47, 2971215073],
      [48, 512559680],
    ] as const) {
      assert.deepEqual(journal('fibonacci', words(n)), words(value));
    }
  });

  it('starts and ends in few instructions', () => {
    assert.ok(run('fibonacci', words(20)).cycles < 2000);
  });

  for (const [name, hash, budget] of [
    ['sha256', (bytes: Uint8Array) => createHash('sha256').update(bytes).digest(), 120_000],
    ['keccak256', (bytes: Uint8Array) => keccak_256(bytes), 210_000],
    ['sha256_chip', (bytes: Uint8Array) => createHash('sha256').update(bytes).digest(), 9000],
    ['keccak256_chip', (bytes: Uint8Array) => keccak_256(bytes), 6000],
  ] as const) {
    it(`${name} of ${LENGTHS.join(', ')} bytes`, () => {
      for (const length of LENGTHS) {
        const input = patterned(length);
        assert.deepEqual(journal(name, input), new Uint8Array(hash(input)), `${length} bytes`);
      }
    });

    it(`${name} of 2048 bytes within ${budget} instructions`, () => {
      assert.ok(run(name, patterned(2048)).cycles <= budget);
    });
  }

  it('sort, with journals of one to several BLAKE3 chunks', () => {
    // 4 + 4 n bytes: below, at and above block and chunk borders, and trees of up to six chunks.
    for (const count of [0, 1, 2, 7, 8, 9, 14, 15, 16, 17, 100, 254, 255, 256, 511, 512, 767, 1024, 1400]) {
      const input = randomWords(count, count);
      const sorted = input.slice().sort();
      assert.deepEqual(journal('sort', new Uint8Array(input.buffer)), words(count, ...sorted), `${count} words`);
    }
    assert.equal(run('sort', Uint8Array.of(1, 2, 3)).exitCode, 1);
  });

  it('sieve', () => {
    for (const [n, count] of [
      [0, 0],
      [2, 0],
      [3, 1],
      [4, 2],
      [5, 2],
      [10, 4],
      [100, 25],
      [10_000, 1229],
    ] as const) {
      assert.deepEqual(journal('sieve', words(n)), words(count), `below ${n}`);
    }
  });

  it('lib_check: reads, commits and copies of all lengths and alignments', () => {
    for (const length of [0, 1, 5, 29, 63, 64, 65, 1023, 1024, 1025, 5000]) {
      const input = patterned(length);
      assert.deepEqual(journal('lib_check', input), input, `${length} bytes`);
    }
  });

  it('precompile_check: digests of all lengths round block borders', () => {
    for (const length of [...LENGTHS.filter((n) => n <= 1024), 63, 65, 120, 272, 1023, 1024]) {
      const input = patterned(length);
      const sha256 = createHash('sha256').update(input).digest();
      const number = input.reduceRight((n, byte) => 256n * n + BigInt(byte), 0n);
      const remainder = Buffer.from((number % P256K1).toString(16).padStart(64, '0'), 'hex').reverse();
      const multiple = Buffer.from(secp256k1.Point.BASE.multiply(BigInt(length + 1)).toBytes(false));
      const [x, y] = [multiple.subarray(1, 33).reverse(), multiple.subarray(33).reverse()];
      const wide = Buffer.from((number % BLS12_381).toString(16).padStart(96, '0'), 'hex').reverse();
      const hashes = [sha256, keccak_256(input), blake3(input)];
      const wanted = Buffer.concat([...hashes, remainder, ...dots(input), x, y, wide]);
      assert.deepEqual(Buffer.from(journal('precompile_check', input)), wanted, `${length} bytes`);
    }
    assert.equal(run('precompile_check', new Uint8Array(1025)).exitCode, 1);
  });

  it('isa_check', () => {
    const result = run('isa_check', new Uint8Array());
    assert.equal(result.exitCode, 0, `check ${result.exitCode} failed`);
    assert.deepEqual(result.journal, words(9074));
  });
});

describe('interpreter guest', () => {
  it('computes', () => {
    const fibonacci = '1 1 ! # cells 0 and 1\n20 dup [ 0 @ . 0 @ 1 @ dup 0 ! + 1 ! 1 - dup ] drop';
    let [a, b] = [0, 1];
    const wanted = Array.from({ length: 20 }, () => {
      const now = a;
      [a, b] = [b, a + b];
      return `${now}\n`;
    });
    assert.equal(text('interpreter', fibonacci), wanted.join(''));
  });

  it('has every word', () => {
    const cases: [string, string][] = [
      ['', ''],
      ['7 2 + . 2 7 - . 7 -3 * .', '9\n-5\n-21\n'],
      ['-7 2 / . -7 2 % . 5 0 / . 5 0 % . -2147483648 -1 / .', '-3\n-1\n-1\n5\n-2147483648\n'],
      ['6 3 & . 6 3 | . 6 3 ^ . -1 0 < . 0 -1 < . 4 4 = .', '2\n7\n5\n1\n0\n1\n'],
      ['1 2 3 rot . . .  1 2 swap . .  1 2 over . . .  1 2 drop .  5 dup . .', '1\n3\n2\n1\n2\n1\n2\n1\n1\n5\n5\n'],
      ['72 , 105 , 10 ,', 'Hi\n'],
      ['3 dup [ 2 dup [ over . 1 - dup ] drop 1 - dup ] drop', '3\n3\n2\n2\n1\n1\n'],
    ];
    for (const [program, output] of cases) assert.equal(text('interpreter', program), output, program);
  });

  it('says what is wrong', () => {
    const nested = `${'1 [ '.repeat(65)}${'0 ] '.repeat(65)}`;
    const cases: [string, number][] = [
      ['1 . frob', 1],
      ['1 [', 2],
      [']', 2],
      ['1 '.repeat(2100), 3],
      ['+', 4],
      ['1 swap', 4],
      ['1 '.repeat(300), 4],
      ['256 @', 5],
      ['1 -1 !', 5],
      [nested, 6],
    ];
    for (const [program, code] of cases) {
      assert.equal(run('interpreter', Buffer.from(program)).exitCode, code, program.slice(0, 40));
    }
    assert.equal(Buffer.from(run('interpreter', Buffer.from('7 . drop')).journal).toString(), '7\n');
  });
});

describe('rust_json guest', () => {
  it('totals a ledger', () => {
    const ledger = [
      { account: 'bo', amount: -3, note: 'é😀\u0000"', tags: [1.5e3, null, true, {}, []] },
      { account: 'anna', amount: 12 },
      { amount: 30, account: 'anna' },
      { account: 'Ω', amount: 0 },
    ];
    const wanted = 'anna 42\nbo -3\nΩ 0\n';
    assert.equal(text('rust_json', JSON.stringify(ledger)), wanted);
    assert.equal(text('rust_json', JSON.stringify(ledger, null, 2)), wanted);
    assert.equal(text('rust_json', '[]'), '');
    const escapes = '[{"account":"\\u0061\\uD83D\\uDE00\\n\\/","amount":-9223372036854775808}]';
    assert.equal(text('rust_json', escapes), 'a😀\n/ -9223372036854775808\n');
  });

  it('totals many accounts', () => {
    const rows = Array.from(randomWords(200, 1), (word) => ({ account: `a${word % 37}`, amount: word | 0 }));
    const totals = new Map<string, bigint>();
    for (const { account, amount } of rows) totals.set(account, (totals.get(account) ?? 0n) + BigInt(amount));
    const lines = [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([account, total]) => `${account} ${total}\n`);
    assert.equal(text('rust_json', JSON.stringify(rows)), lines.join(''));
  });

  it('refuses what is no ledger', () => {
    const malformed = [
      '',
      '{}',
      '[',
      '[1]',
      '[{}]',
      '[]x',
      '[{"account":"a","amount":1},]',
      '[{"account":"a","amount":1.5}]',
      '[{"account":"a","amount":01}]',
      '[{"account":"a","amount":9223372036854775808}]',
      '[{"account":"a"}]',
      '[{"account":"\\ud800","amount":1}]',
      '[{"account":"\n","amount":1}]',
      '['.repeat(1000),
    ];
    for (const input of malformed) assert.equal(run('rust_json', Buffer.from(input)).exitCode, 1, input.slice(0, 60));
    assert.equal(run('rust_json', Uint8Array.of(0x5b, 0xff, 0x5d)).exitCode, 1);
    const large = '{"account":"a","amount":9223372036854775807}';
    assert.equal(run('rust_json', Buffer.from(`[${large},${large}]`)).exitCode, 2);
  });
});
