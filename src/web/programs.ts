// The programs that come with the page: fetched when they are chosen.
import { SIGNATURE } from '../../bench/workloads.ts';
import type { InputKind } from './inputs.ts';

export interface BundledProgram {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly url: URL;
  readonly input: InputKind;
  readonly example: string;
}

const LEDGER =
  '[{"account": "anna", "amount": 12}, {"account": "bo", "amount": -3}, {"account": "anna", "amount": 30}]';

export const PROGRAMS: readonly BundledProgram[] = [
  {
    name: 'fibonacci',
    title: 'Fibonacci',
    about: 'F(n) modulo 2^32. About ten instructions a step.',
    url: new URL('../../guests/elf/fibonacci.elf', import.meta.url),
    input: 'number',
    example: '20',
  },
  {
    name: 'sha256',
    title: 'SHA-256',
    about: 'The hash of what you type, by an ordinary C program: you know a text with this hash.',
    url: new URL('../../guests/elf/sha256.elf', import.meta.url),
    input: 'text',
    example: 'Nobody learns more than that this was hashed.',
  },
  {
    name: 'keccak256',
    title: 'Keccak-256',
    about: 'The hash that Ethereum uses.',
    url: new URL('../../guests/elf/keccak256.elf', import.meta.url),
    input: 'text',
    example: 'hello',
  },
  {
    name: 'sha256_chip',
    title: 'SHA-256, by its chip',
    about: 'The same hash, computed by calls of the prover’s SHA-256 chip.',
    url: new URL('../../guests/elf/sha256_chip.elf', import.meta.url),
    input: 'text',
    example: 'Nobody learns more than that this was hashed.',
  },
  {
    name: 'keccak256_chip',
    title: 'Keccak-256, by its chip',
    about: 'The same hash, computed by calls of the prover’s Keccak chip.',
    url: new URL('../../guests/elf/keccak256_chip.elf', import.meta.url),
    input: 'text',
    example: 'hello',
  },
  {
    name: 'ecdsa',
    title: 'Signature (Rust)',
    about: 'Checks an ECDSA signature over secp256k1: digest, r, s, and the key’s x and y, 32 bytes each.',
    url: new URL('../../guests/elf/ecdsa.elf', import.meta.url),
    input: 'hex',
    example: SIGNATURE,
  },
  {
    name: 'sort',
    title: 'Sort',
    about: 'Sorts numbers; the journal has their count and all of them in order.',
    url: new URL('../../guests/elf/sort.elf', import.meta.url),
    input: 'numbers',
    example: '31 41 59 26 53 58 97 93 23 84',
  },
  {
    name: 'sieve',
    title: 'Primes',
    about: 'The number of primes below n, by a sieve.',
    url: new URL('../../guests/elf/sieve.elf', import.meta.url),
    input: 'number',
    example: '1000',
  },
  {
    name: 'interpreter',
    title: 'Interpreter',
    about: 'Runs a program in a small stack language: this one sums 100 .. 1.',
    url: new URL('../../guests/elf/interpreter.elf', import.meta.url),
    input: 'text',
    example: '0 100 dup [ swap over + swap 1 - dup ] drop .',
  },
  {
    name: 'rust_json',
    title: 'Ledger (Rust)',
    about: 'Parses JSON in Rust and commits each account’s total, not its entries.',
    url: new URL('../../guests/elf/rust_json.elf', import.meta.url),
    input: 'text',
    example: LEDGER,
  },
];

/** Throws where the site does not have the file. */
export async function fetchProgram({ url, title }: Pick<BundledProgram, 'url' | 'title'>): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${title} could not be loaded: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
