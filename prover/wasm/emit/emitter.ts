/** Statements of generated code: locals, stores, loops, calls. One emitter writes one function. */
import type { FunctionBuilder, ModuleBuilder, ValueType } from '../../../src/core/wasm/index.ts';
import { type Value, type Vector, type Word, w, word } from './values.ts';

type Type = 'i32' | 'i64' | 'v128';

/** A local that is assigned more than once. Reading it gives what it holds when the expression is written. */
export type Variable<T extends Type = 'i32'> = Value<T> & { readonly local: number };

export class Emitter {
  readonly f: FunctionBuilder;
  readonly #free: Record<Type, number[]> = { i32: [], i64: [], v128: [] };

  constructor(f: FunctionBuilder) {
    this.f = f;
  }

  parameter(index: number): Variable {
    return at('i32', index);
  }

  /** A new variable; `release` lets a later one take its local. */
  variable<T extends Type>(type: T, initial?: Value<T>): Variable<T> {
    const out = at(type, this.#free[type].pop() ?? this.f.local(type));
    if (initial) this.set(out, initial);
    return out;
  }

  /** Evaluates once: a value that is cheap to push as often as one likes. Already cheap ones are returned as they are. */
  keep<T extends Type>(value: Value<T>): Value<T> {
    return value.cheap ? value : this.variable(value.type, value);
  }

  /** Gives locals back. Their values must not be used any more. */
  release(...values: readonly Value<Type>[]): void {
    for (const { type, local } of values) if (local !== undefined) this.#free[type].push(local);
  }

  set<T extends Type>(variable: Variable<T>, value: Value<T>): void {
    value.push(this.f);
    this.f.set(variable.local);
  }

  increment(variable: Variable, by: Word | number): void {
    this.set(variable, w.add(variable, by));
  }

  store(address: Word, value: Vector, offset = 0): void {
    address.push(this.f);
    value.push(this.f);
    this.f.memory('v128.store', offset, 2);
  }

  storeWord(address: Word, value: Word, offset = 0): void {
    address.push(this.f);
    value.push(this.f);
    this.f.memory('i32.store', offset);
  }

  storeLane(address: Word, value: Vector, lane: number, offset = 0): void {
    address.push(this.f);
    value.push(this.f);
    this.f.memoryLane('v128.store32_lane', lane, offset);
  }

  /** `body` with `variable` = its value at entry, then + step, while it is below `end` (unsigned). May run no time. */
  loopWhileBelow(variable: Variable, end: Word | number, step: Word | number, body: () => void): void {
    const limit = this.keep(typeof end === 'number' ? word(end) : end);
    const exit = this.f.block();
    w.ge(variable, limit).push(this.f);
    this.f.brIf(exit);
    const top = this.f.loop();
    body();
    this.increment(variable, step);
    w.lt(variable, limit).push(this.f);
    this.f.brIf(top);
    this.f.end();
    this.f.end();
  }

  /** Counts a fresh variable from `first` to below `end`. */
  for(first: Word | number, end: Word | number, step: Word | number, body: (i: Variable) => void): void {
    const i = this.variable('i32', typeof first === 'number' ? word(first) : first);
    this.loopWhileBelow(i, end, step, () => body(i));
    this.release(i);
  }

  if(condition: Word, body: () => void, otherwise?: () => void): void {
    condition.push(this.f);
    this.f.if();
    body();
    if (otherwise) {
      this.f.else();
      otherwise();
    }
    this.f.end();
  }

  call(target: Routine, ...operands: readonly (Word | number)[]): void {
    for (const operand of operands) (typeof operand === 'number' ? word(operand) : operand).push(this.f);
    this.f.call(target.index);
  }
}

const at = <T extends Type>(type: T, local: number): Variable<T> => ({
  type,
  local,
  cheap: true,
  push: (f) => void f.get(local),
});

/** A function of a module under construction. */
export interface Routine {
  readonly index: number;
}

/** Defines a function of `count` i32 parameters without a result. */
export const routine = (
  module: ModuleBuilder,
  count: number,
  write: (e: Emitter, ...parameters: readonly Variable[]) => void,
): Routine => {
  const { index, body } = module.function(new Array<ValueType>(count).fill('i32'));
  const e = new Emitter(body);
  write(e, ...Array.from({ length: count }, (_, i) => e.parameter(i)));
  return { index };
};

/**
 * Defines and exports a kernel in the form `prover/wasm/runtime.ts` describes. `argument(i)` is word i of the job's
 * arguments.
 */
export const kernel = (
  module: ModuleBuilder,
  name: string,
  write: (
    e: Emitter,
    job: { begin: Variable; end: Variable; args: Variable; scratch: Variable; argument: (i: number) => Word },
  ) => void,
): void => {
  const { index } = routine(module, 4, (e, begin, end, args, scratch) => {
    write(e, {
      begin: begin as Variable,
      end: end as Variable,
      args: args as Variable,
      scratch: scratch as Variable,
      argument: (i) => e.keep(w.load(args as Variable, 4 * i)),
    });
  });
  module.export(name, 'function', index);
};
