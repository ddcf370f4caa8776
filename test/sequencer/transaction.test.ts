import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { concat, toHex } from '../../src/sequencer/chain/bytes.ts';
import { keccak256 } from '../../src/sequencer/chain/keccak.ts';
import { decodeRlp, encodeRlp } from '../../src/sequencer/chain/rlp.ts';
import { decodeTransaction } from '../../src/sequencer/chain/transaction.ts';
import { SequencerError } from '../../src/sequencer/errors.ts';
import { signaturePool } from '../../src/sequencer/signatures/pool.ts';
import { recoverPortable, recoverSender } from '../../src/sequencer/signatures/recover.ts';
import { keyOf, sign } from './keys.ts';

const refusal = (run: () => unknown): string => {
  try {
    run();
    return 'accepted';
  } catch (error) {
    assert.ok(error instanceof SequencerError, `an error of another kind: ${error}`);
    return error.code;
  }
};

describe('RLP', () => {
  it('decodes what it encodes', () => {
    const data = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(fc.array(fc.array(data, { maxLength: 5 }), { maxLength: 5 }), (lists) => {
        const decoded = decodeRlp(encodeRlp(lists)).items?.map((i) => i.items?.map(({ payload }) => toHex(payload)));
        assert.deepEqual(
          decoded,
          lists.map((list) => list.map(toHex)),
        );
      }),
    );
  });

  it('has its headers as the Yellow Paper says, at every length at which their form changes', () => {
    const headers: [number, string, string][] = [
      [0, '0x80', '0xc0'],
      [55, '0xb7', '0xf7'],
      [56, '0xb838', '0xf838'],
      [255, '0xb8ff', '0xf8ff'],
      [256, '0xb90100', '0xf90100'],
      [65_536, '0xba010000', '0xfa010000'],
      [300_000, '0xba0493e0', '0xfa0493e0'],
    ];
    for (const [length, ofString, ofList] of headers) {
      const bytes = new Uint8Array(length).fill(7);
      const text = encodeRlp(bytes);
      assert.equal(toHex(text.subarray(0, text.length - length)), ofString);
      // Each byte is an item of its own.
      const list = encodeRlp(Array.from({ length }, () => 7n));
      assert.equal(toHex(list.subarray(0, list.length - length)), ofList);
      assert.ok(list.subarray(list.length - length).every((byte) => byte === 7));
    }
    assert.throws(() => encodeRlp([1n, undefined as unknown as bigint]));
    assert.equal(toHex(encodeRlp([0n, 127n, 128n, 1n << 64n])), '0xce807f818089010000000000000000');
  });

  it('refuses anything else with an error of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeRlp(bytes);
        } catch (error) {
          assert.ok(error instanceof SequencerError);
        }
      }),
    );
    for (const hex of ['', '8100', 'b800', 'b90001', 'c180c1', 'f800', 'bf7fffffffffffffff', `${'c1'.repeat(20)}c0`]) {
      assert.equal(
        refusal(() => decodeRlp(Buffer.from(hex, 'hex'))),
        'invalid_rlp',
        hex,
      );
    }
  });
});

describe('Keccak-256 in WebAssembly', () => {
  it('is that of the library, however its input is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(600), (bytes, cut) => {
        assert.equal(toHex(keccak256(bytes.subarray(0, cut), bytes.subarray(cut))), toHex(keccak_256(bytes)));
      }),
    );
    for (const length of [0, 135, 136, 137, 271, 272, 273]) {
      const bytes = new Uint8Array(length).fill(0xa5);
      assert.equal(toHex(keccak256(bytes)), toHex(keccak_256(bytes)), `${length} bytes`);
    }
  });
});

describe('transactions', () => {
  const key = keyOf(4);
  const pool = signaturePool(1);
  after(() => pool.close());

  it('of all types name their sender, by either library', async () => {
    for (const type of [0, 1, 2] as const) {
      const raw = sign(key, { nonce: 7n, type, data: Uint8Array.of(1, 0) });
      const tx = decodeTransaction(raw);
      assert.deepEqual([tx.type, tx.nonce, tx.chainId, tx.gasLimit], [type, 7n, 1337n, 21_000n]);
      assert.deepEqual(recoverSender(tx), key.address);
      assert.deepEqual(recoverSender(tx, recoverPortable), key.address);
      const recovered = await pool.recover(raw);
      assert.equal(toHex(recovered.sender), toHex(key.address));
      assert.equal(toHex(recovered.hash), toHex(keccak_256(raw)));
    }
  });

  it('are recovered in the order asked, many at once', async () => {
    const raws = Array.from({ length: 300 }, (_, i) => sign(keyOf(i % 7), { nonce: BigInt(i) }));
    const senders = await Promise.all(raws.map((raw) => pool.recover(raw)));
    assert.deepEqual(
      senders.map(({ sender }) => toHex(sender)),
      raws.map((_, i) => toHex(keyOf(i % 7).address)),
    );
    assert.equal(pool.waiting, 0);
  });

  it('that no thread has yet are refused when the pool closes, as are later ones', async () => {
    const closing = signaturePool(1);
    const raw = sign(key, { nonce: 0n });
    // More than threads are given at a time.
    const refused = Array.from({ length: 300 }, () => assert.rejects(closing.recover(raw), { code: 'stopping' }));
    await closing.close();
    await Promise.all(refused);
    assert.equal(closing.waiting, 0);
    await assert.rejects(closing.recover(raw), { code: 'stopping' });
  });

  it("with a changed byte are refused, or someone else's", () => {
    const raw = sign(key, { nonce: 3n });
    for (let i = 0; i < raw.length; i++) {
      const changed = new Uint8Array(raw);
      changed[i] = (changed[i] as number) ^ 1;
      try {
        const sender = recoverSender(decodeTransaction(changed));
        assert.notEqual(sender && toHex(sender), toHex(key.address), `byte ${i}`);
      } catch (error) {
        assert.ok(error instanceof SequencerError, `byte ${i}: ${error}`);
      }
    }
  });

  it('that decode are RLP with nothing but their fields', () => {
    const raw = sign(key, { nonce: 3n, type: 2, data: new Uint8Array(70).fill(1) });
    const change = fc.tuple(fc.nat(raw.length - 1), fc.nat(255), fc.boolean());
    let decoded = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let bytes = raw;
        for (const [at, byte, isInserted] of changes) {
          bytes = concat([bytes.subarray(0, at), Uint8Array.of(byte), bytes.subarray(isInserted ? at : at + 1)]);
        }
        try {
          decodeTransaction(bytes);
        } catch (error) {
          assert.ok(error instanceof SequencerError, `an error of another kind: ${error}`);
          return;
        }
        decoded++;
        assert.equal(decodeRlp(bytes[0] === 2 ? bytes.subarray(1) : bytes).items?.length, bytes[0] === 2 ? 12 : 9);
      }),
      { numRuns: 2000 },
    );
    assert.ok(decoded > 100, `${decoded} of the changed transactions decode`);
  });

  it('are refused by rule', () => {
    const raw = sign(key, { nonce: 3n });
    assert.equal(
      refusal(() => decodeTransaction(new Uint8Array(0))),
      'invalid_transaction',
    );
    assert.equal(
      refusal(() => decodeTransaction(Uint8Array.of(3, 0xc0))),
      'type_not_supported',
    );
    assert.equal(
      refusal(() => decodeTransaction(Uint8Array.of(0x7f, 0xc0))),
      'type_not_supported',
    );
    assert.equal(
      refusal(() => decodeTransaction(new Uint8Array(131_073).fill(0xc0))),
      'oversized_data',
    );
    assert.equal(
      refusal(() => decodeTransaction(raw.subarray(0, -1))),
      'invalid_rlp',
    );
    assert.equal(
      refusal(() => decodeTransaction(concat([raw, Uint8Array.of(0)]))),
      'invalid_rlp',
    );
    assert.equal(
      refusal(() => decodeTransaction(sign(key, { nonce: 1n, to: new Uint8Array(19) }))),
      'invalid_transaction',
    );
  });
});
