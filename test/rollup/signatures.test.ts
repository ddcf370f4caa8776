// Recovery of signers at its edges: what the chips give is what software gives. A contract logs what ecrecover returns, so
// that the journal has all of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { fromBigInt } from '../../src/sequencer/chain/bytes.ts';
import { encodeRlp } from '../../src/sequencer/chain/rlp.ts';
import { loadStf } from '../../src/sequencer/stf/index.ts';
import { generator } from './random.ts';
import { settle } from './riscv.ts';
import { batchOf, bytes, GENESIS_HEAD, hex, TestState } from './state.ts';

const { Point } = secp256k1;
const N = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
const LOGGER = bytes('00000000000000000000000000000000000000ee');
/**
 * CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY; STATICCALL(gas, 1, 0, size, 0x200, 32) POP; MSTORE(0x220, RETURNDATASIZE);
 * LOG0(0x200, 64).
 */
const CODE = bytes('365f5f37602061020036 5f60015afa503d61022052604061 0200a000'.replaceAll(' ', ''));

interface Case {
  readonly z: bigint;
  readonly r: bigint;
  readonly s: bigint;
  readonly odd: boolean;
}

const mod = (n: bigint): bigint => ((n % N) + N) % N;
const inverse = (n: bigint): bigint => Point.Fn.inv(mod(n));

/** The address, by the definition, or undefined. */
function expected({ z, r, s, odd }: Case): string | undefined {
  if (r === 0n || s === 0n || r >= N || s >= N) return undefined;
  let point: InstanceType<typeof Point>;
  try {
    point = Point.fromBytes(Uint8Array.of(odd ? 3 : 2, ...fromBigInt(r, 32)));
  } catch {
    return undefined;
  }
  const of = (p: typeof point, k: bigint): typeof point => (mod(k) === 0n ? Point.ZERO : p.multiply(mod(k)));
  const key = of(point, s * inverse(r)).add(of(Point.BASE, -z * inverse(r)));
  return key.is0() ? undefined : hex(keccak_256(key.toBytes(false).subarray(1)).subarray(12));
}

/** The signature whose key is u1 G + u2 R for the point with this x. */
const of = (x: bigint, odd: boolean, u1: bigint, u2: bigint): Case => ({ r: x, odd, s: mod(u2 * x), z: mod(-u1 * x) });

function cases(): Case[] {
  const random = generator(5);
  const number = (): bigint => BigInt(hex(Uint8Array.from({ length: 32 }, () => random(256))));
  const [gx, gy] = [Point.BASE.toAffine().x, Point.BASE.toAffine().y];
  const even = gy % 2n === 1n;
  const list: Case[] = [];
  for (let i = 0; i < 8; i++) list.push({ z: number(), r: mod(number()), s: mod(number()), odd: i % 2 === 1 });
  // R = G and R = -G: sums of equal points, sums at infinity on the way and at the end.
  for (const u of [1n, 2n, 16n, 255n, 256n, 0x1234n << 200n, N - 1n, number()]) {
    list.push(of(gx, even, u, u), of(gx, !even, u, u), of(gx, even, u, N - mod(u)), of(gx, !even, 1n, u));
    list.push(of(gx, !even, u, mod(u) + 1n), of(gx, even, 0n, u));
  }
  const { r, s } = of(gx, even, 3n, 7n);
  for (const z of [0n, 1n, N - 1n, N, N + 1n, 2n ** 256n - 1n]) list.push({ z, r, s, odd: false });
  for (const bad of [0n, N, N + 1n, P, 2n ** 256n - 1n]) {
    list.push({ z: 5n, r: bad, s, odd: true }, { z: 5n, r, s: bad, odd: true });
  }
  for (const small of [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, N - 1n, N - 2n, P - N]) {
    list.push({ z: 9n, r: small, s, odd: false }, { z: 9n, r, s: small, odd: true });
  }
  return list;
}

test('ecrecover at its edges, by chips and in software', async () => {
  const stf = await loadStf();
  const state = new TestState();
  state.genesis([{ address: LOGGER, code: CODE, nonce: 1n }]);
  const list = cases();
  const deposits = list.map(({ z, r, s, odd }, i) => {
    const data = [z, odd ? 28n : 27n, r, s].flatMap((n) => [...fromBigInt(n, 32)]);
    return Uint8Array.of(
      0x7e,
      ...encodeRlp([BigInt(i), new Uint8Array(20).fill(1), LOGGER, 0n, 0n, 100_000n, Uint8Array.from(data)]),
    );
  });
  const { receipts } = settle(stf, batchOf(GENESIS_HEAD, deposits), state);
  let found = 0;
  for (const [i, receipt] of receipts.entries()) {
    const address = expected(list[i]!);
    const log = receipt.logs[0]!.data;
    const where = `case ${i}`;
    assert.equal(log.at(-1), address === undefined ? 0 : 32, where);
    assert.equal(hex(log.subarray(12, 32)), address ?? `0x${'00'.repeat(20)}`, where);
    if (address !== undefined) found++;
  }
  assert.ok(found > 30 && found < list.length - 10, `${found} of ${list.length}`);
});
