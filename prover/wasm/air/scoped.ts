/** An emitter that gives locals back by scope, so that long straight-line code needs few of them. */
import type { FunctionBuilder } from '../../../src/core/wasm/index.ts';
import { Emitter, type Variable } from '../emit/emitter.ts';
import type { Value, Word } from '../emit/values.ts';

type Type = 'i32' | 'i64' | 'v128';

export class ScopedEmitter extends Emitter {
  #made: Variable<Type>[] = [];

  constructor(f: FunctionBuilder) {
    super(f);
  }

  override variable<T extends Type>(type: T, initial?: Value<T>): Variable<T> {
    const out = super.variable(type, initial);
    this.#made.push(out as unknown as Variable<Type>);
    return out;
  }

  /** A variable that no scope gives back: its user releases it. */
  unscoped<T extends Type>(type: T): Variable<T> {
    return super.variable(type);
  }

  /** Zeroes `bytes` bytes. */
  fill(address: Word, bytes: Word): void {
    address.push(this.f);
    this.f.i32(0);
    bytes.push(this.f);
    this.f.memoryFill();
  }

  /** What is given back by hand is no more the scope's. */
  override release(...values: readonly Value<Type>[]): void {
    const locals = new Set(values.map(({ local }) => local));
    this.#made = this.#made.filter(({ local }) => !locals.has(local));
    super.release(...values);
  }

  /** Runs `body`; the locals it took are free afterwards. */
  scope(body: () => void): void {
    const outer = this.#made;
    this.#made = [];
    body();
    const own = this.#made;
    this.#made = outer;
    super.release(...own);
  }

  /** Evaluates into a local of its own, which outlives the scope; the locals taken on the way are free afterwards. */
  scoped<T extends Type>(make: () => Value<T>): Value<T> {
    const outer = this.#made;
    this.#made = [];
    const result = this.keep(make());
    const own = this.#made;
    this.#made = outer;
    super.release(...own.filter(({ local }) => local !== result.local));
    // A value that was there before stays with whoever made it.
    if (own.some(({ local }) => local === result.local)) outer.push(result as unknown as Variable<Type>);
    return result;
  }
}
