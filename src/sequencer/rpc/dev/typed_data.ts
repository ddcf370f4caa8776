// EIP-712: the digest of structured data.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concat, fromBigInt } from '../../chain/bytes.ts';
import { invalidParams } from '../errors.ts';
import { dataOf, isObject, stringOf } from '../params.ts';

interface Field {
  readonly name: string;
  readonly type: string;
}
type Types = ReadonlyMap<string, readonly Field[]>;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Structures within structures: more than any data has. */
const MAX_DEPTH = 32;

function typesOf(value: unknown): Types {
  if (!isObject(value)) return invalidParams('invalid typed data: expected types');
  const field = (entry: unknown): Field => {
    if (!isObject(entry)) return invalidParams('invalid typed data: expected fields');
    return { name: stringOf(entry.name, 'name'), type: stringOf(entry.type, 'type') };
  };
  return new Map(
    Object.entries(value).map(([name, fields]) => [
      name,
      Array.isArray(fields) ? fields.map(field) : invalidParams('invalid typed data: expected a list of fields'),
    ]),
  );
}

const elementOf = (type: string): string => type.replace(/\[\d*\]$/, '');
const baseOf = (type: string): string => type.replace(/(\[\d*\])+$/, '');

/** `Mail(Person from,…)Person(…)`: the type, then those that it is made of, by name. */
function encodedType(name: string, types: Types): string {
  const found = new Set<string>();
  const visit = (type: string): void => {
    const fields = types.get(type);
    if (fields === undefined || found.has(type)) return;
    found.add(type);
    for (const field of fields) visit(baseOf(field.type));
  };
  visit(name);
  found.delete(name);
  const text = (type: string): string =>
    `${type}(${(types.get(type) ?? []).map((field) => `${field.type} ${field.name}`).join(',')})`;
  return [name, ...[...found].sort()].map(text).join('');
}

function numberOf(value: unknown, type: string): bigint {
  if (typeof value !== 'number' && typeof value !== 'string') return invalidParams(`invalid ${type}`);
  try {
    return BigInt(value);
  } catch {
    return invalidParams(`invalid ${type}`);
  }
}

function encodeValue(type: string, value: unknown, types: Types, depth: number): Uint8Array {
  if (depth > MAX_DEPTH) return invalidParams('invalid typed data: nested too deep');
  if (type.endsWith(']')) {
    if (!Array.isArray(value)) return invalidParams(`invalid ${type}: expected a list`);
    return keccak_256(concat(value.map((item) => encodeValue(elementOf(type), item, types, depth + 1))));
  }
  if (types.has(type)) return hashStruct(type, value, types, depth + 1);
  if (type === 'string') return keccak_256(utf8(stringOf(value, type)));
  if (type === 'bytes') return keccak_256(dataOf(value, type));
  if (type === 'bool') return fromBigInt(value === true || value === 'true' ? 1n : 0n, 32);
  if (type === 'address') return concat([new Uint8Array(12), dataOf(value, type, 20)]);
  const fixed = /^bytes(\d{1,2})$/.exec(type)?.[1];
  if (fixed !== undefined) {
    const bytes = dataOf(value, type, Number(fixed));
    return concat([bytes, new Uint8Array(32 - bytes.length)]);
  }
  if (/^u?int\d{0,3}$/.test(type)) return fromBigInt(BigInt.asUintN(256, numberOf(value, type)), 32);
  return invalidParams(`invalid typed data: unknown type ${type.slice(0, 50)}`);
}

function hashStruct(name: string, value: unknown, types: Types, depth: number): Uint8Array {
  if (!isObject(value)) return invalidParams(`invalid typed data: expected ${name.slice(0, 50)}`);
  const fields = types.get(name) ?? invalidParams(`invalid typed data: no type ${name.slice(0, 50)}`);
  const parts = fields.map((field) => encodeValue(field.type, value[field.name], types, depth));
  return keccak_256(concat([keccak_256(utf8(encodedType(name, types))), ...parts]));
}

export function typedDataDigest(value: unknown): Uint8Array {
  const parsed: unknown = typeof value === 'string' ? parse(value) : value;
  if (!isObject(parsed)) return invalidParams('invalid typed data: expected an object');
  const types = typesOf(parsed.types);
  const primary = stringOf(parsed.primaryType, 'primaryType');
  const domain = hashStruct('EIP712Domain', parsed.domain, types, 0);
  const parts = primary === 'EIP712Domain' ? [] : [hashStruct(primary, parsed.message, types, 0)];
  return keccak_256(concat([Uint8Array.of(0x19, 0x01), domain, ...parts]));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return invalidParams('invalid typed data: no JSON');
  }
}
