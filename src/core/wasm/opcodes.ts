// WebAssembly opcodes by name: WebAssembly core specification 2.0, section 5.4 (with SIMD and bulk memory), and the threads
// proposal. A prefixed opcode is prefix << 16 | code. Floating-point operations are left out, as nothing here uses them.

type Table<Name extends string> = Readonly<Record<Name, number>>;

/** Opcodes of runs of consecutive ones, each from its first; an empty name leaves a gap. */
function table<Name extends string>(runs: readonly (readonly [number, readonly string[]])[]): Table<Name> {
  const entries = runs.flatMap(([first, names]) => names.map((name, i) => [name, first + i] as const));
  return Object.fromEntries(entries.filter(([name]) => name !== '')) as Table<Name>;
}

const SIMD = 0xfd0000;

const FLOW = ['unreachable', 'nop'] as const;
const RETURN = ['return'] as const;
const PARAMETRIC = ['drop', 'select'] as const;
// biome-ignore format: a table
const COMPARE = [
  'i32.eqz', 'i32.eq', 'i32.ne', 'i32.lt_s', 'i32.lt_u', 'i32.gt_s', 'i32.gt_u', 'i32.le_s', 'i32.le_u', 'i32.ge_s', 'i32.ge_u',
  'i64.eqz', 'i64.eq', 'i64.ne', 'i64.lt_s', 'i64.lt_u', 'i64.gt_s', 'i64.gt_u', 'i64.le_s', 'i64.le_u', 'i64.ge_s', 'i64.ge_u',
] as const;
// biome-ignore format: a table
const ARITHMETIC = [
  'i32.clz', 'i32.ctz', 'i32.popcnt', 'i32.add', 'i32.sub', 'i32.mul', 'i32.div_s', 'i32.div_u', 'i32.rem_s', 'i32.rem_u',
  'i32.and', 'i32.or', 'i32.xor', 'i32.shl', 'i32.shr_s', 'i32.shr_u', 'i32.rotl', 'i32.rotr',
  'i64.clz', 'i64.ctz', 'i64.popcnt', 'i64.add', 'i64.sub', 'i64.mul', 'i64.div_s', 'i64.div_u', 'i64.rem_s', 'i64.rem_u',
  'i64.and', 'i64.or', 'i64.xor', 'i64.shl', 'i64.shr_s', 'i64.shr_u', 'i64.rotl', 'i64.rotr',
] as const;
const WRAP = ['i32.wrap_i64'] as const;
const EXTEND = ['i64.extend_i32_s', 'i64.extend_i32_u'] as const;
const SIGN_EXTEND = ['i32.extend8_s', 'i32.extend16_s', 'i64.extend8_s', 'i64.extend16_s', 'i64.extend32_s'] as const;
const SPLAT = ['i8x16.swizzle', 'i8x16.splat', 'i16x8.splat', 'i32x4.splat', 'i64x2.splat'] as const;
// biome-ignore format: a table
const VECTOR_COMPARE = [
  'i8x16.eq', 'i8x16.ne', 'i8x16.lt_s', 'i8x16.lt_u', 'i8x16.gt_s', 'i8x16.gt_u', 'i8x16.le_s', 'i8x16.le_u', 'i8x16.ge_s', 'i8x16.ge_u',
  'i16x8.eq', 'i16x8.ne', 'i16x8.lt_s', 'i16x8.lt_u', 'i16x8.gt_s', 'i16x8.gt_u', 'i16x8.le_s', 'i16x8.le_u', 'i16x8.ge_s', 'i16x8.ge_u',
  'i32x4.eq', 'i32x4.ne', 'i32x4.lt_s', 'i32x4.lt_u', 'i32x4.gt_s', 'i32x4.gt_u', 'i32x4.le_s', 'i32x4.le_u', 'i32x4.ge_s', 'i32x4.ge_u',
] as const;
const VECTOR_BITS = [
  'v128.not',
  'v128.and',
  'v128.andnot',
  'v128.or',
  'v128.xor',
  'v128.bitselect',
  'v128.any_true',
] as const;
// biome-ignore format: a table
const BYTES = [
  'i8x16.abs', 'i8x16.neg', 'i8x16.popcnt', 'i8x16.all_true', 'i8x16.bitmask', 'i8x16.narrow_i16x8_s', 'i8x16.narrow_i16x8_u',
  '', '', '', '', 'i8x16.shl', 'i8x16.shr_s', 'i8x16.shr_u', 'i8x16.add', 'i8x16.add_sat_s', 'i8x16.add_sat_u',
  'i8x16.sub', 'i8x16.sub_sat_s', 'i8x16.sub_sat_u', '', '', 'i8x16.min_s', 'i8x16.min_u', 'i8x16.max_s', 'i8x16.max_u',
  '', 'i8x16.avgr_u', 'i16x8.extadd_pairwise_i8x16_s', 'i16x8.extadd_pairwise_i8x16_u',
  'i32x4.extadd_pairwise_i16x8_s', 'i32x4.extadd_pairwise_i16x8_u',
] as const;
// biome-ignore format: a table
const HALVES = [
  'i16x8.abs', 'i16x8.neg', 'i16x8.q15mulr_sat_s', 'i16x8.all_true', 'i16x8.bitmask', 'i16x8.narrow_i32x4_s', 'i16x8.narrow_i32x4_u',
  'i16x8.extend_low_i8x16_s', 'i16x8.extend_high_i8x16_s', 'i16x8.extend_low_i8x16_u', 'i16x8.extend_high_i8x16_u',
  'i16x8.shl', 'i16x8.shr_s', 'i16x8.shr_u', 'i16x8.add', 'i16x8.add_sat_s', 'i16x8.add_sat_u',
  'i16x8.sub', 'i16x8.sub_sat_s', 'i16x8.sub_sat_u', '', 'i16x8.mul', 'i16x8.min_s', 'i16x8.min_u', 'i16x8.max_s', 'i16x8.max_u',
  '', 'i16x8.avgr_u',
  'i16x8.extmul_low_i8x16_s', 'i16x8.extmul_high_i8x16_s', 'i16x8.extmul_low_i8x16_u', 'i16x8.extmul_high_i8x16_u',
] as const;
// biome-ignore format: a table
const WORDS = [
  'i32x4.abs', 'i32x4.neg', '', 'i32x4.all_true', 'i32x4.bitmask', '', '',
  'i32x4.extend_low_i16x8_s', 'i32x4.extend_high_i16x8_s', 'i32x4.extend_low_i16x8_u', 'i32x4.extend_high_i16x8_u',
  'i32x4.shl', 'i32x4.shr_s', 'i32x4.shr_u', 'i32x4.add', '', '', 'i32x4.sub', '', '', '',
  'i32x4.mul', 'i32x4.min_s', 'i32x4.min_u', 'i32x4.max_s', 'i32x4.max_u', 'i32x4.dot_i16x8_s', '',
  'i32x4.extmul_low_i16x8_s', 'i32x4.extmul_high_i16x8_s', 'i32x4.extmul_low_i16x8_u', 'i32x4.extmul_high_i16x8_u',
] as const;
// biome-ignore format: a table
const DOUBLES = [
  'i64x2.abs', 'i64x2.neg', '', 'i64x2.all_true', 'i64x2.bitmask', '', '',
  'i64x2.extend_low_i32x4_s', 'i64x2.extend_high_i32x4_s', 'i64x2.extend_low_i32x4_u', 'i64x2.extend_high_i32x4_u',
  'i64x2.shl', 'i64x2.shr_s', 'i64x2.shr_u', 'i64x2.add', '', '', 'i64x2.sub', '', '', '',
  'i64x2.mul', 'i64x2.eq', 'i64x2.ne', 'i64x2.lt_s', 'i64x2.gt_s', 'i64x2.le_s', 'i64x2.ge_s',
  'i64x2.extmul_low_i32x4_s', 'i64x2.extmul_high_i32x4_s', 'i64x2.extmul_low_i32x4_u', 'i64x2.extmul_high_i32x4_u',
] as const;

export type PlainOp = Exclude<
  | (typeof FLOW)[number]
  | (typeof RETURN)[number]
  | (typeof PARAMETRIC)[number]
  | (typeof COMPARE)[number]
  | (typeof ARITHMETIC)[number]
  | (typeof WRAP)[number]
  | (typeof EXTEND)[number]
  | (typeof SIGN_EXTEND)[number]
  | (typeof SPLAT)[number]
  | (typeof VECTOR_COMPARE)[number]
  | (typeof VECTOR_BITS)[number]
  | (typeof BYTES)[number]
  | (typeof HALVES)[number]
  | (typeof WORDS)[number]
  | (typeof DOUBLES)[number],
  ''
>;
/** Instructions without immediates. */
export const PLAIN: Table<PlainOp> = table([
  [0x00, FLOW],
  [0x0f, RETURN],
  [0x1a, PARAMETRIC],
  [0x45, COMPARE],
  [0x67, ARITHMETIC],
  [0xa7, WRAP],
  [0xac, EXTEND],
  [0xc0, SIGN_EXTEND],
  [SIMD + 14, SPLAT],
  [SIMD + 35, VECTOR_COMPARE],
  [SIMD + 77, VECTOR_BITS],
  [SIMD + 96, BYTES],
  [SIMD + 128, HALVES],
  [SIMD + 160, WORDS],
  [SIMD + 192, DOUBLES],
]);

const BYTE_LANES = ['i8x16.extract_lane_s', 'i8x16.extract_lane_u', 'i8x16.replace_lane'] as const;
const HALF_LANES = ['i16x8.extract_lane_s', 'i16x8.extract_lane_u', 'i16x8.replace_lane'] as const;
const WORD_LANES = ['i32x4.extract_lane', 'i32x4.replace_lane', 'i64x2.extract_lane', 'i64x2.replace_lane'] as const;

export type LaneOp = (typeof BYTE_LANES)[number] | (typeof HALF_LANES)[number] | (typeof WORD_LANES)[number];
/** Instructions with a lane number. */
export const LANE: Table<LaneOp> = table([
  [SIMD + 21, BYTE_LANES],
  [SIMD + 24, HALF_LANES],
  [SIMD + 27, WORD_LANES],
]);

const ATOMIC = 0xfe0000;
const WIDTHS = ['i32.', 'i64.', 'i32.8', 'i32.16', 'i64.8', 'i64.16', 'i64.32'] as const;
const RMW = ['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'] as const;
type Narrow = 'i32.8' | 'i32.16' | 'i64.8' | 'i64.16' | 'i64.32';
type NarrowRmw<W> = W extends `${infer T}.${infer N}` ? `${T}.atomic.rmw${N}.${(typeof RMW)[number]}_u` : never;
type RmwOp = `${'i32' | 'i64'}.atomic.rmw.${(typeof RMW)[number]}` | NarrowRmw<Narrow>;

const RMW_NAMES = RMW.flatMap((operation) =>
  WIDTHS.map((width) => {
    const [type, bits] = width.split('.');
    return `${type}.atomic.rmw${bits}.${operation}${bits === '' ? '' : '_u'}` as RmwOp;
  }),
);

const LOADS = ['i32.load', 'i64.load'] as const;
// biome-ignore format: a table
const EXTENDING = [
  'i32.load8_s', 'i32.load8_u', 'i32.load16_s', 'i32.load16_u',
  'i64.load8_s', 'i64.load8_u', 'i64.load16_s', 'i64.load16_u', 'i64.load32_s', 'i64.load32_u', 'i32.store', 'i64.store',
] as const;
const NARROW_STORES = ['i32.store8', 'i32.store16', 'i64.store8', 'i64.store16', 'i64.store32'] as const;
// biome-ignore format: a table
const VECTOR_MEMORY = [
  'v128.load', 'v128.load8x8_s', 'v128.load8x8_u', 'v128.load16x4_s', 'v128.load16x4_u', 'v128.load32x2_s', 'v128.load32x2_u',
  'v128.load8_splat', 'v128.load16_splat', 'v128.load32_splat', 'v128.load64_splat', 'v128.store',
] as const;
const ZERO_LOADS = ['v128.load32_zero', 'v128.load64_zero'] as const;
const WAITS = ['memory.atomic.notify', 'memory.atomic.wait32', 'memory.atomic.wait64'] as const;
// biome-ignore format: a table
const ATOMICS = [
  'i32.atomic.load', 'i64.atomic.load', 'i32.atomic.load8_u', 'i32.atomic.load16_u',
  'i64.atomic.load8_u', 'i64.atomic.load16_u', 'i64.atomic.load32_u',
  'i32.atomic.store', 'i64.atomic.store', 'i32.atomic.store8', 'i32.atomic.store16',
  'i64.atomic.store8', 'i64.atomic.store16', 'i64.atomic.store32',
] as const;

export type MemoryOp =
  | (typeof LOADS)[number]
  | (typeof EXTENDING)[number]
  | (typeof NARROW_STORES)[number]
  | (typeof VECTOR_MEMORY)[number]
  | (typeof ZERO_LOADS)[number]
  | (typeof WAITS)[number]
  | (typeof ATOMICS)[number]
  | RmwOp;
/** Memory instructions: an alignment and an offset; atomic ones must state their natural alignment. */
export const MEMORY: Table<MemoryOp> = table([
  [0x28, LOADS],
  [0x2c, EXTENDING],
  [0x3a, NARROW_STORES],
  [SIMD, VECTOR_MEMORY],
  [SIMD + 92, ZERO_LOADS],
  [ATOMIC, WAITS],
  [ATOMIC + 0x10, ATOMICS],
  [ATOMIC + 0x1e, RMW_NAMES],
]);

// biome-ignore format: a table
const LANE_MEMORY = [
  'v128.load8_lane', 'v128.load16_lane', 'v128.load32_lane', 'v128.load64_lane',
  'v128.store8_lane', 'v128.store16_lane', 'v128.store32_lane', 'v128.store64_lane',
] as const;

export type MemoryLaneOp = (typeof LANE_MEMORY)[number];
/** Memory instructions with a lane number behind alignment and offset. */
export const MEMORY_LANE: Table<MemoryLaneOp> = table([[SIMD + 84, LANE_MEMORY]]);

/** Log2 of the bytes that a memory instruction accesses, from its name: a width, else the value type's. */
export function naturalAlignment(name: MemoryOp | MemoryLaneOp): number {
  const extending = /load(8x8|16x4|32x2)_/.test(name);
  const width = extending ? '64' : /(?:load|store|rmw|wait)(8|16|32|64)/.exec(name)?.[1];
  const bits =
    width ?? (name.startsWith('i32') || name.endsWith('notify') ? '32' : name.startsWith('i64') ? '64' : '128');
  return Math.log2(Number(bits) / 8);
}

/** Opcodes that the function builder spells itself. */
export const CONTROL = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  call: 0x10,
  callIndirect: 0x11,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  memoryCopy: 0xfc000a,
  memoryFill: 0xfc000b,
  v128Const: 0xfd000c,
  shuffle: 0xfd000d,
  fence: 0xfe0003,
} as const;
