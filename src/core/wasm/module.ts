// A WebAssembly module in the binary format: WebAssembly core specification, section 5.5. Sections are written in the
// order that the format wants, whatever the order of the calls; imported functions come before defined ones.

import { ByteWriter } from './bytes.ts';
import { FunctionBuilder, TYPE_BYTE, type ValueType } from './function.ts';

const SECTION = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
  data: 11,
};
const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;

export interface MemoryLimits {
  /** In pages of 64 KiB. */
  readonly min: number;
  /** Needed for a shared memory. */
  readonly max?: number;
  readonly shared?: boolean;
}

interface Defined {
  readonly type: number;
  readonly body: FunctionBuilder;
}

/** Collects the parts of a module; `finish` encodes it. */
export class ModuleBuilder {
  readonly #types: string[] = [];
  readonly #typeBytes: Uint8Array[] = [];
  readonly #imports: Uint8Array[] = [];
  readonly #functions: Defined[] = [];
  readonly #globals: Uint8Array[] = [];
  readonly #exports: Uint8Array[] = [];
  readonly #data: Uint8Array[] = [];
  readonly #elements: Uint8Array[] = [];
  #memory: MemoryLimits | undefined;
  #tableSize: number | undefined;
  #nImportedFunctions = 0;

  /** Index of a function type; equal types share one. */
  type(parameters: readonly ValueType[], results: readonly ValueType[] = []): number {
    const key = `${parameters.join()}>${results.join()}`;
    const known = this.#types.indexOf(key);
    if (known >= 0) return known;
    const out = new ByteWriter();
    out.byte(0x60);
    for (const list of [parameters, results]) {
      out.unsigned(list.length);
      for (const type of list) out.byte(TYPE_BYTE[type]);
    }
    this.#typeBytes.push(out.bytes());
    return this.#types.push(key) - 1;
  }

  /** Imports a function and returns its index; all imports come before the first `function`. */
  importFunction(
    from: string,
    name: string,
    parameters: readonly ValueType[],
    results: readonly ValueType[] = [],
  ): number {
    if (this.#functions.length > 0) throw new RangeError('imports come before functions');
    const out = importOf(from, name, KIND.function);
    out.unsigned(this.type(parameters, results));
    this.#imports.push(out.bytes());
    return this.#nImportedFunctions++;
  }

  importMemory(from: string, name: string, limits: MemoryLimits): void {
    const out = importOf(from, name, KIND.memory);
    writeLimits(out, limits);
    this.#imports.push(out.bytes());
  }

  /** The module's own memory. */
  memory(limits: MemoryLimits): void {
    this.#memory = limits;
  }

  /** A table of functions. */
  table(size: number): void {
    this.#tableSize = size;
  }

  /** Fills the table from `offset` on. */
  elements(offset: number, functions: readonly number[]): void {
    const out = new ByteWriter();
    out.byte(0);
    writeOffset(out, offset);
    out.unsigned(functions.length);
    for (const index of functions) out.unsigned(index);
    this.#elements.push(out.bytes());
  }

  /** A global of type i32 or i64; returns its index. */
  global(type: 'i32' | 'i64', initial: number | bigint, mutable = true): number {
    const out = new ByteWriter();
    out.byte(TYPE_BYTE[type]);
    out.byte(mutable ? 1 : 0);
    out.byte(type === 'i32' ? 0x41 : 0x42);
    if (type === 'i32') out.signed32(Number(initial));
    else out.signed64(BigInt(initial));
    out.byte(0x0b);
    return this.#globals.push(out.bytes()) - 1;
  }

  /** Defines a function; its index and body can be used before the body is written. */
  function(
    parameters: readonly ValueType[],
    results: readonly ValueType[] = [],
  ): { index: number; body: FunctionBuilder } {
    const body = new FunctionBuilder(parameters.length);
    const position = this.#functions.push({ type: this.type(parameters, results), body }) - 1;
    return { index: this.#nImportedFunctions + position, body };
  }

  export(name: string, kind: keyof typeof KIND, index: number): void {
    const out = new ByteWriter();
    out.text(name);
    out.byte(KIND[kind]);
    out.unsigned(index);
    this.#exports.push(out.bytes());
  }

  /** Bytes that are copied to memory at instantiation. */
  data(offset: number, bytes: Uint8Array): void {
    const out = new ByteWriter(bytes.length + 16);
    out.byte(0);
    writeOffset(out, offset);
    out.sized(bytes);
    this.#data.push(out.bytes());
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(1024);
    out.append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const section = (id: number, entries: readonly Uint8Array[]): void => {
      if (entries.length === 0) return;
      const body = new ByteWriter(1024);
      body.unsigned(entries.length);
      for (const entry of entries) body.append(entry);
      out.byte(id);
      out.sized(body.bytes());
    };
    section(SECTION.type, this.#typeBytes);
    section(SECTION.import, this.#imports);
    section(
      SECTION.function,
      this.#functions.map(({ type }) => written((w) => w.unsigned(type))),
    );
    const tableSize = this.#tableSize;
    if (tableSize !== undefined) {
      section(SECTION.table, [
        written((w) => {
          w.byte(TYPE_BYTE.funcref);
          writeLimits(w, { min: tableSize, max: tableSize });
        }),
      ]);
    }
    const memory = this.#memory;
    if (memory !== undefined) section(SECTION.memory, [written((w) => writeLimits(w, memory))]);
    section(SECTION.global, this.#globals);
    section(SECTION.export, this.#exports);
    section(SECTION.element, this.#elements);
    section(
      SECTION.code,
      this.#functions.map(({ body }) => {
        const code = body.finish();
        const entry = new ByteWriter(code.length + 8);
        entry.sized(code);
        return entry.bytes();
      }),
    );
    section(SECTION.data, this.#data);
    return out.bytes().slice();
  }
}

function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  write(out);
  return out.bytes();
}

function importOf(from: string, name: string, kind: number): ByteWriter {
  const out = new ByteWriter();
  out.text(from);
  out.text(name);
  out.byte(kind);
  return out;
}

function writeLimits(out: ByteWriter, { min, max, shared }: MemoryLimits): void {
  if (shared && max === undefined) throw new RangeError('a shared memory needs a maximum');
  out.byte((max === undefined ? 0 : 1) | (shared ? 2 : 0));
  out.unsigned(min);
  if (max !== undefined) out.unsigned(max);
}

function writeOffset(out: ByteWriter, offset: number): void {
  out.byte(0x41);
  out.signed32(offset);
  out.byte(0x0b);
}
