import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import * as postcard from '../../src/host/postcard.ts';
import { createInput, readJournal, ValueError } from '../../src/host/values.ts';

describe('values', () => {
  it('are read as they were written', () => {
    const input = createInput()
      .u32(20)
      .u64(2n ** 64n - 1n)
      .bytes(Uint8Array.of(1, 2, 3))
      .string('é😀')
      .json({ a: [1] });
    const bytes = input.raw(Uint8Array.of(9)).finish();
    const journal = readJournal(bytes);
    assert.equal(journal.u32(), 20);
    assert.equal(journal.u64(), 2n ** 64n - 1n);
    assert.deepEqual(journal.bytes(), Uint8Array.of(1, 2, 3));
    assert.equal(journal.string(), 'é😀');
    assert.deepEqual(journal.json(), { a: [1] });
    assert.throws(() => journal.end(), ValueError);
    assert.deepEqual(journal.raw(), Uint8Array.of(9));
    assert.equal(journal.left, 0);
    journal.end();
  });

  it('out of range are refused', () => {
    const input = createInput();
    for (const wrong of [-1, 2 ** 32, 1.5, Number.NaN]) assert.throws(() => input.u32(wrong), ValueError);
    for (const wrong of [-1, 2 ** 64, 2n ** 64n, 0.5]) assert.throws(() => input.u64(wrong), ValueError);
    assert.throws(() => input.json(undefined), ValueError);
    assert.deepEqual(input.finish(), new Uint8Array(0));
  });

  it('that a journal does not hold are refused', () => {
    const of = (...bytes: number[]): ReturnType<typeof readJournal> => readJournal(Uint8Array.from(bytes));
    assert.throws(() => of(1, 2, 3).u32(), ValueError);
    assert.throws(() => of(255, 255, 255, 255, 0).bytes(), ValueError);
    assert.throws(() => of(1, 0, 0, 0, 0xff).string(), ValueError);
    assert.throws(() => of(1, 0, 0, 0, 0x7b).json(), ValueError);
    assert.throws(() => of(1, 0, 0, 0, 2).value(postcard.bool), ValueError);
    assert.throws(() => of(1).raw(2), ValueError);
  });
});

describe('postcard', () => {
  const { array, bool, bytes, i16, i32, i64, list, option, string, struct, u8, u16, u32, u64 } = postcard;

  it('writes what serde writes', () => {
    // From the specification of the format and the crate's documentation.
    const cases: [Uint8Array, number[]][] = [
      [postcard.toPostcard(u32, 127), [0x7f]],
      [postcard.toPostcard(u32, 128), [0x80, 0x01]],
      [postcard.toPostcard(u16, 65535), [0xff, 0xff, 0x03]],
      [postcard.toPostcard(i16, -1), [0x01]],
      [postcard.toPostcard(i16, -128), [0xff, 0x01]],
      [postcard.toPostcard(i16, 128), [0x80, 0x02]],
      [postcard.toPostcard(option(u8), undefined), [0]],
      [postcard.toPostcard(string, 'Hi'), [2, 72, 105]],
      [postcard.toPostcard(list(u32), [300, 1]), [2, 0xac, 0x02, 1]],
    ];
    for (const [made, wanted] of cases) assert.deepEqual([...made], wanted);
  });

  it('writes what the guest library expects', () => {
    // guests/sdk/serde/tests/values.rs has the same bytes.
    const order = struct({ id: u32, note: string, amounts: list(i64), urgent: option(bool) });
    const value = { id: 300, note: 'hi', amounts: [-1n, 64n], urgent: true };
    const bytes = createInput().value(order, value).finish();
    assert.deepEqual([...bytes], [11, 0, 0, 0, 0xac, 0x02, 2, 104, 105, 2, 0x01, 0x80, 0x01, 1, 1]);
    assert.deepEqual(readJournal(bytes).value(order), value);
  });

  it('reads what it writes', () => {
    const all = struct({
      ...{ a: u8, b: u32, c: u64, d: i32, e: i64, f: bool, g: bytes, h: string, i: option(u16), j: list(i16) },
      k: array(bool, 2),
    });
    const values = fc.record(
      {
        a: fc.integer({ min: 0, max: 255 }),
        b: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        c: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        d: fc.integer(),
        e: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        f: fc.boolean(),
        g: fc.uint8Array(),
        h: fc.string({ unit: 'grapheme' }),
        i: fc.option(fc.integer({ min: 0, max: 65535 }), { nil: undefined }),
        j: fc.array(fc.integer({ min: -32768, max: 32767 })),
        k: fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(fc.property(values, (v) => assert.deepEqual(postcard.fromPostcard(all, postcard.toPostcard(all, v)), v)));
  });

  it('throws range errors alone, whatever the bytes', () => {
    const schema = struct({ a: u64, b: list(option(string)), c: i32 });
    fc.assert(
      fc.property(fc.uint8Array(), (junk) => {
        try {
          postcard.fromPostcard(schema, junk);
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }),
    );
    assert.throws(() => postcard.fromPostcard(u32, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x1f)), RangeError);
    assert.throws(() => postcard.fromPostcard(u8, Uint8Array.of(1, 2)), RangeError);
    assert.throws(() => postcard.toPostcard(u16, 65536), RangeError);
    assert.throws(() => postcard.toPostcard(i32, 2 ** 31), RangeError);
  });
});
