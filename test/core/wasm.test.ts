import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FunctionBuilder, ModuleBuilder, type ValueType } from '../../src/core/wasm/index.ts';
import {
  LANE,
  type LaneOp,
  MEMORY,
  MEMORY_LANE,
  type MemoryLaneOp,
  type MemoryOp,
  PLAIN,
  type PlainOp,
} from '../../src/core/wasm/opcodes.ts';

/** Compiles and instantiates; `imports.host` are functions. */
function instantiate(module: ModuleBuilder, host: WebAssembly.ModuleImports = {}): Record<string, CallableFunction> {
  const bytes = module.finish();
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { host }).exports as Record<string, CallableFunction>;
}

/** Operand types of an instruction by its name, and its result: what the type system of WebAssembly says. */
function signature(name: string): readonly [readonly ValueType[], ValueType | undefined] {
  const [shape, rest = ''] = name.split(/\.(.*)/) as [string, string];
  const vector = /x/.test(shape) || shape === 'v128';
  const lane: ValueType = shape === 'i64x2' ? 'i64' : 'i32';
  if (!vector) {
    const type = shape as ValueType;
    if (rest === 'wrap_i64') return [['i64'], 'i32'];
    if (rest.startsWith('extend_i32')) return [['i32'], 'i64'];
    if (rest === 'eqz') return [[type], 'i32'];
    if (/^(clz|ctz|popcnt|extend)/.test(rest)) return [[type], type];
    return [[type, type], /^(eq|ne|lt|gt|le|ge)/.test(rest) ? 'i32' : type];
  }
  if (rest === 'splat') return [[lane], 'v128'];
  if (/^(any_true|all_true|bitmask)$/.test(rest)) return [['v128'], 'i32'];
  if (/^extract/.test(rest)) return [['v128'], lane];
  if (/^replace/.test(rest)) return [['v128', lane], 'v128'];
  if (/^(not|abs|neg|popcnt|extend|extadd)/.test(rest)) return [['v128'], 'v128'];
  if (/^(shl|shr_[su])$/.test(rest)) return [['v128', 'i32'], 'v128'];
  if (rest === 'bitselect') return [['v128', 'v128', 'v128'], 'v128'];
  return [['v128', 'v128'], 'v128'];
}

function memorySignature(name: string): readonly [readonly ValueType[], ValueType | undefined] {
  const type = name.slice(0, name.indexOf('.')) as ValueType;
  if (name.endsWith('notify')) return [['i32', 'i32'], 'i32'];
  if (name.includes('wait')) return [['i32', name.endsWith('64') ? 'i64' : 'i32', 'i64'], 'i32'];
  if (name.includes('cmpxchg')) return [['i32', type, type], type];
  if (name.includes('rmw')) return [['i32', type], type];
  const lane: ValueType[] = name.endsWith('lane') ? ['v128'] : [];
  return name.includes('load') ? [['i32', ...lane], type] : [['i32', type], undefined];
}

function validate(
  name: string,
  [operands, result]: ReturnType<typeof signature>,
  emit: (f: FunctionBuilder) => unknown,
): void {
  const module = new ModuleBuilder();
  module.memory({ min: 1, max: 1, shared: true });
  const { body } = module.function(operands, result === undefined ? [] : [result]);
  for (const i of operands.keys()) body.get(i);
  emit(body);
  const bytes = module.finish();
  if (!WebAssembly.validate(bytes)) new WebAssembly.Module(bytes);
  assert.ok(WebAssembly.validate(bytes), name);
}

test('every opcode is accepted with the types that its name says', () => {
  for (const name of Object.keys(PLAIN) as PlainOp[]) {
    if (['unreachable', 'nop', 'return'].includes(name)) validate(name, [[], undefined], (f) => f.op(name));
    else if (name === 'drop') validate(name, [['i32'], undefined], (f) => f.op(name));
    else if (name === 'select') validate(name, [['i64', 'i64', 'i32'], 'i64'], (f) => f.op(name));
    else validate(name, signature(name), (f) => f.op(name));
  }
  for (const name of Object.keys(LANE) as LaneOp[]) validate(name, signature(name), (f) => f.lane(name, 1));
  for (const name of Object.keys(MEMORY) as MemoryOp[]) {
    validate(name, memorySignature(name), (f) => f.memory(name, 300));
  }
  for (const name of Object.keys(MEMORY_LANE) as MemoryLaneOp[]) {
    validate(name, memorySignature(name), (f) => f.memoryLane(name, 1, 70000));
  }
});

test('the binary integer operations are those of their names', () => {
  const a = 0x9234_5678 | 0;
  const b = 0x0000_0113;
  const expected: Partial<Record<PlainOp, number>> = {
    'i32.add': a + b,
    'i32.sub': a - b,
    'i32.mul': Math.imul(a, b),
    'i32.div_s': a / b,
    'i32.div_u': (a >>> 0) / b,
    'i32.rem_s': a % b,
    'i32.rem_u': (a >>> 0) % b,
    'i32.and': a & b,
    'i32.or': a | b,
    'i32.xor': a ^ b,
    'i32.shl': a << b,
    'i32.shr_s': a >> b,
    'i32.shr_u': a >>> b,
    'i32.lt_s': 1,
    'i32.lt_u': 0,
    'i32.ge_s': 0,
    'i32.ge_u': 1,
    'i32.eq': 0,
    'i32.ne': 1,
    'i32.rotl': (a << 19) | (a >>> 13),
  };
  const module = new ModuleBuilder();
  for (const name of Object.keys(expected) as PlainOp[]) {
    const { index, body } = module.function(['i32', 'i32'], ['i32']);
    body.get(0).get(1).op(name);
    module.export(name, 'function', index);
  }
  const functions = instantiate(module);
  for (const [name, value] of Object.entries(expected)) assert.equal(functions[name]!(a, b), value | 0, name);
});

test('vector lanes: multiplication to 64 bits, shuffle, constants', () => {
  const module = new ModuleBuilder();
  const { index, body } = module.function(['i32', 'i32'], ['i64']);
  const v = body.local('v128');
  body.get(0).op('i32x4.splat').v128([1, 2, 0xffffffff, 4]).op('i32x4.add').set(v);
  body.get(v).get(1).op('i32x4.splat').op('i64x2.extmul_high_i32x4_u');
  body.get(v).shuffle([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]);
  body.lane('i64x2.extract_lane', 0);
  module.export('f', 'function', index);
  const f = instantiate(module).f!;
  assert.equal(f(1, 0xfffffff0), 5n * 0xfffffff0n);
});

test('control flow, calls, tables, globals, data and bulk memory', () => {
  const module = new ModuleBuilder();
  const log = module.importFunction('host', 'log', ['i32']);
  module.memory({ min: 1 });
  module.data(16, Uint8Array.of(1, 2, 3, 4));
  const counter = module.global('i32', -7);
  const constant = module.global('i64', 1n << 40n, false);
  const twice = module.function(['i32'], ['i32']);
  twice.body.get(0).get(0).op('i32.add');
  const square = module.function(['i32'], ['i32']);
  square.body.get(0).get(0).op('i32.mul');
  module.table(2);
  module.elements(0, [twice.index, square.index]);

  // A switch of three cases in a loop, n down to 0; each case adds another number.
  const main = module.function(['i32'], ['i32']);
  const f = main.body;
  const sum = f.local('i32');
  const again = f.loop();
  const done = f.block();
  const [two, one, zero] = [f.block(), f.block(), f.block()];
  f.get(0).i32(3).op('i32.rem_u').brTable([zero, one], two);
  f.end().get(sum).i32(1).op('i32.add').set(sum).br(done);
  f.end().get(sum).i32(100).op('i32.add').set(sum).br(done);
  f.end().get(sum).i32(10000).op('i32.add').set(sum);
  f.end();
  f.get(0).i32(1).op('i32.sub').tee(0).i32(0).op('i32.ge_s').brIf(again);
  f.end();
  f.get(sum).call(log);
  f.get(sum).if('i32');
  f.get(sum)
    .i32(0)
    .callIndirect(module.type(['i32'], ['i32']));
  f.else().i32(-1).end();
  module.export('main', 'function', main.index);

  const bulk = module.function([], ['i64']);
  bulk.body.i32(32).i32(16).i32(4).memoryCopy().i32(34).i32(9).i32(1).memoryFill();
  bulk.body.globalGet(counter).i32(8).op('i32.add').globalSet(counter);
  bulk.body.i32(32).memory('i64.load32_u').globalGet(constant).op('i64.add');
  bulk.body.globalGet(counter).op('i64.extend_i32_s').op('i64.add');
  bulk.body.memorySize().memoryGrow().op('drop').atomicFence();
  module.export('bulk', 'function', bulk.index);

  const logged: number[] = [];
  const { main: run, bulk: copy } = instantiate(module, { log: (n: number) => logged.push(n) });
  assert.equal(run!(7), 2 * (2 * 10000 + 3 * 100 + 3));
  assert.deepEqual(logged, [20303]);
  assert.equal(copy!(), 0x04090201n + (1n << 40n) + 1n);
});

test('constants of every length', () => {
  const values = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31), 0xffffffff];
  const module = new ModuleBuilder();
  for (const value of values) {
    const small = module.function([], ['i32']);
    small.body.i32(value);
    module.export(`i32 ${value}`, 'function', small.index);
    const large = module.function([], ['i64']);
    large.body.i64(BigInt(value) * 0x1_0000_0001n);
    module.export(`i64 ${value}`, 'function', large.index);
  }
  const functions = instantiate(module);
  for (const value of values) {
    assert.equal(functions[`i32 ${value}`]!(), value | 0);
    assert.equal(functions[`i64 ${value}`]!(), BigInt.asIntN(64, BigInt(value) * 0x1_0000_0001n));
  }
});

test('a misuse is an error of the builder', () => {
  const module = new ModuleBuilder();
  const { body } = module.function([]);
  assert.throws(() => body.end(), RangeError);
  assert.throws(() => body.br(1), RangeError);
  assert.throws(() => body.shuffle([1]), RangeError);
  assert.throws(() => module.importFunction('a', 'b', []), RangeError);
  body.block();
  assert.throws(() => module.finish(), RangeError);
  const shared = new ModuleBuilder();
  shared.memory({ min: 1, shared: true });
  assert.throws(() => shared.finish(), RangeError);
});
