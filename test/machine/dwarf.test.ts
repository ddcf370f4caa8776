import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readLines } from '../../src/machine/dwarf/lines.ts';

const text = (value: string): number[] => [...Buffer.from(value), 0];
const word = (value: number): number[] => [value, value >>> 8, value >>> 16, value >>> 24].map((b) => b & 0xff);

/** An ELF file with nothing but named sections. */
function elfOf(sections: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const names = ['', ...Object.keys(sections), '.shstrtab'];
  const strings = names.flatMap(text);
  const bodies = [[], ...Object.values(sections), strings];
  const table = 52 + bodies.reduce((n, body) => n + body.length, 0);
  let at = 52;
  const rows = bodies.flatMap((body, i) => {
    const offset = at;
    at += body.length;
    const name = names.slice(0, i).reduce((n, s) => n + s.length + 1, 0);
    return [name, i === 0 ? 0 : 1, 0, 0, offset, body.length, 0, 0, 1, 0].flatMap(word);
  });
  const half = (n: number): number[] => [n & 0xff, n >>> 8];
  const tail = [...half(40), ...half(bodies.length), ...half(bodies.length - 1)];
  const head = [
    0x7f,
    0x45,
    0x4c,
    0x46,
    ...Array<number>(28).fill(0),
    ...word(table),
    ...Array<number>(10).fill(0),
    ...tail,
  ];
  return Uint8Array.from([...head, ...bodies.flat(), ...rows]);
}

const OPERANDS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
/** Line base -3, line range 12, opcode base 13. */
const special = (lines: number, addrs: number): number => 13 + (lines + 3) + 12 * addrs;
// Line 10 at 0x1000, 12 at 0x1004, 1 of the second file at 0x1040, -, end at 0x1100.
const PROGRAM = [
  ...[0, 5, 2, ...word(0x1000)],
  ...[3, 9, 1],
  ...[special(2, 4)],
  ...[2, 60, 4, 2, 3, 0x75, 1],
  ...[8, special(1, 0)],
  ...[9, 0xad, 0],
  ...[0, 1, 1],
];

const withLength = (body: readonly number[]): number[] => [...word(body.length), ...body];

const version4 = (): number[] => {
  const names = [...text('lib'), 0, ...text('main.c'), 0, 0, 0, ...text('mem.c'), 1, 0, 0, 0];
  const rest = [1, 1, 1, 0xfd, 12, 13, ...OPERANDS, ...names];
  return withLength([4, 0, ...withLength(rest), ...PROGRAM]);
};

const version5 = (): number[] => {
  const directories = [1, 1, 0x1f, 2, ...word(0), ...word(5)];
  const files = [3, 1, 8, 2, 0x0b, 5, 0x1e, 3];
  const md5 = Array<number>(16).fill(7);
  const list = [...text('x.c'), 0, ...md5, ...text('main.c'), 0, ...md5, ...text('mem.c'), 1, ...md5];
  const rest = [1, 1, 1, 0xfd, 12, 13, ...OPERANDS, ...directories, ...files, ...list];
  return withLength([5, 0, 4, 0, ...withLength(rest), ...PROGRAM]);
};

const STRINGS = [...text('/src'), ...text('lib')];

describe('line table', () => {
  for (const [name, unit, folder] of [
    ['version 4', version4, ''],
    ['version 5', version5, '/src/'],
  ] as const) {
    it(`of DWARF ${name}`, () => {
      const lines = readLines(elfOf({ '.debug_line': [...unit(), ...unit()], '.debug_line_str': STRINGS }));
      assert.ok(!lines.isEmpty);
      const main = `${folder}main.c`;
      const mem = `${folder}lib/mem.c`;
      assert.equal(lines.at(0xfff), undefined);
      assert.deepEqual(lines.at(0x1000), { file: main, line: 10 });
      assert.deepEqual(lines.at(0x1003), { file: main, line: 10 });
      assert.deepEqual(lines.at(0x1004), { file: main, line: 12 });
      assert.deepEqual(lines.at(0x1040), { file: mem, line: 1 });
      // CONST_ADD_PC advances by what opcode 255 does.
      assert.deepEqual(lines.at(0x1040 + 20), { file: mem, line: 2 });
      assert.deepEqual(lines.at(0x1100), { file: mem, line: 2 });
      assert.equal(lines.at(0x1101), undefined);
    });
  }

  it('is empty where there is none', () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(52), elfOf({}), elfOf({ '.debug_line': [1, 2, 3] })]) {
      const lines = readLines(bytes);
      assert.ok(lines.isEmpty);
      assert.equal(lines.at(0x1000), undefined);
    }
  });

  it('never throws, whatever the bytes', () => {
    const whole = elfOf({ '.debug_line': [...version5(), ...version4()], '.debug_line_str': STRINGS });
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(edits, fc.nat(whole.length), (changes, length) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        readLines(bytes).at(0x1000);
        readLines(bytes.subarray(0, length)).at(0x1000);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        (junk) => void readLines(elfOf({ '.debug_line': [...junk] })).at(1),
      ),
    );
  });
});
