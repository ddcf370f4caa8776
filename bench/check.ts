// Reading values of unknown shape: each check returns the value as its type, or throws with the path of what is wrong.

export class FormatError extends Error {}

export type Check<T> = (value: unknown, path: string) => T;

const fail = (path: string, wanted: string): never => {
  throw new FormatError(`${path}: ${wanted} expected`);
};

export const text: Check<string> = (value, path) => (typeof value === 'string' ? value : fail(path, 'a text'));

export const flag: Check<boolean> = (value, path) => (typeof value === 'boolean' ? value : fail(path, 'true or false'));

/** Finite; every measure here is at least 0. */
export const amount: Check<number> = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : fail(path, 'a number of at least 0');

export const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (value, path) =>
    value === null ? null : check(value, path);

/** A field that files of earlier versions lack. */
export const orAbsent =
  <T>(check: Check<T>): Check<T | null> =>
  (value, path) =>
    value === undefined ? null : orNull(check)(value, path);

export const oneOf =
  <T extends string>(...choices: readonly T[]): Check<T> =>
  (value, path) =>
    choices.find((choice) => choice === value) ?? fail(path, choices.join(' or '));

export const list =
  <T>(check: Check<T>): Check<readonly T[]> =>
  (value, path) =>
    Array.isArray(value) ? value.map((item, i) => check(item, `${path}[${i}]`)) : fail(path, 'a list');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any keys, values of one type. */
export const map =
  <T>(check: Check<T>): Check<Readonly<Record<string, T>>> =>
  (value, path) =>
    isRecord(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, check(item, `${path}.${key}`)]))
      : fail(path, 'an object');

/** All of the fields and no others. */
export const object =
  <T extends object>(fields: { readonly [K in keyof T]-?: Check<T[K]> }): Check<T> =>
  (value, path) => {
    if (!isRecord(value)) return fail(path, 'an object');
    const unknown = Object.keys(value).find((key) => !(key in fields));
    if (unknown !== undefined) return fail(`${path}.${unknown}`, 'no such field');
    const out: Partial<T> = {};
    for (const key of Object.keys(fields) as (keyof T & string)[]) out[key] = fields[key](value[key], `${path}.${key}`);
    return out as T;
  };
