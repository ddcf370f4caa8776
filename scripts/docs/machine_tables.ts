// Tables of docs/machine.md and all of docs/chips.md, read off the inventory and the lowering rules.
import type { Chip, Fraction } from '../../src/air/chip.ts';
import type { Expr } from '../../src/air/expr.ts';
import { CHIPS, TEXTS } from '../../src/air/inventory.ts';
import { RELATIONS } from '../../src/air/relations.ts';
import { P } from '../../src/core/field.ts';
import { chipOfOp, OP, type OpName, REG_RESERVATION, REG_SINK, REG_TEMP, REGISTER_NAMES } from '../../src/core/isa.ts';
import { type Instruction, MNEMONICS, type Mnemonic } from '../../src/machine/decode.ts';
import { lower, type MicroOp } from '../../src/machine/lower_rules.ts';
import { markdownTable } from './markdown.ts';
import { STATEMENTS } from './statements.ts';

function statementOf(chip: Chip): string {
  const general = TEXTS.find((c) => c.inPlace === chip);
  if (general) return `\`${general.name}\` where rd is rs1, accessed once`;
  const statement = STATEMENTS[chip.name];
  if (statement === undefined) throw new Error(`scripts/docs/statements.ts says nothing of chip ${chip.name}`);
  return statement;
}

export function chipTable(): string {
  const rows = TEXTS.map((chip, i) => {
    const statement = statementOf(chip);
    const { columns, fixedColumns, constraints, fractions, logupColumns } = chip;
    const given = chip.table === chip.name ? fixedColumns.length : 0;
    const counts = [columns.length, given, constraints.length, fractions.length, logupColumns];
    return [`${i}`, `\`${chip.name}\``, statement, ...counts.map(String), `${columns.length + 4 * logupColumns}`];
  });
  const table = markdownTable(
    ['', 'chip', 'a row proves', 'trace', 'given', 'constraints', 'fractions', 'secure', 'cells'],
    rows,
  );
  const second = CHIPS.slice(TEXTS.length).map((c) => `\`${c.original?.name}\``);
  return `${table}\n\nThen, ${TEXTS.length} to ${CHIPS.length - 1}, second tables (each chip's name and \`_more\`) of ${second.join(', ')}.`;
}

export function opTable(): string {
  const rows = Object.entries(OP).map(([name, id]) => {
    const chip = chipOfOp(name as OpName);
    return [`${id}`, name, chip === null ? (name === 'ECALL' ? 'by a7' : 'none') : `\`${chip}\``];
  });
  const third = Math.ceil(rows.length / 3);
  const lines = Array.from({ length: third }, (_, i) => [0, 1, 2].flatMap((k) => rows[i + k * third] ?? ['', '', '']));
  return markdownTable(['id', 'op', 'chip', 'id', 'op', 'chip', 'id', 'op', 'chip'], lines);
}

export function relationTable(): string {
  const users = (tag: number, sign: 1 | -1): string =>
    TEXTS.filter((c) => c.fractions.some((f) => f.relation.tag === tag && f.sign === sign))
      .map((c) => c.name)
      .join(', ');
  const instruction = TEXTS.filter((c) => c.fractions.some((f) => f.relation.name === 'state')).length;
  const short = (list: string): string =>
    list.split(', ').length >= instruction - 4 && list !== '' ? `most (${list.split(', ').length})` : list;
  return markdownTable(
    ['tag', 'relation', 'values', 'emitted by', 'taken by'],
    RELATIONS.map(({ tag, name, arity }) => [
      `${tag}`,
      `\`${name}\``,
      `${arity}`,
      short(users(tag, 1)) || 'the verifier',
      short(users(tag, -1)) || 'the verifier',
    ]),
  );
}

// The lowering of each instruction, with operands that no special case applies to.
const SAMPLE = { rd: 10, rs1: 11, rs2: 12, pc: 0x1000 };

const registerName = (r: number): string =>
  r === REG_SINK
    ? 'sink'
    : r === REG_RESERVATION
      ? 'res'
      : r >= REG_TEMP
        ? `u${r - REG_TEMP}`
        : (REGISTER_NAMES[r] ?? '?');

function microOpText(op: MicroOp, length: number): string {
  const [rd, rs1, rs2] = [op.rd, op.rs1, op.rs2].map((r) => registerName(r ?? 0)) as [string, string, string];
  const k = op.k ?? [];
  const limbs = (lo = 0, hi = 0): string => {
    const value = lo | (hi << 16) | 0;
    return Math.abs(value) < 4096 ? `${value}` : `0x${(value >>> 0).toString(16)}`;
  };
  const to =
    op.target !== undefined
      ? ' → target'
      : op.local === undefined
        ? ''
        : ` → ${op.local === length ? 'end' : op.local}`;
  switch (op.op) {
    case 'CONST':
      return `CONST ${rd}, ${limbs(k[0], k[1])}${to}`;
    case 'ADDI':
    case 'LW':
    case 'LBU':
    case 'LHU':
      return `${op.op} ${rd}, ${rs1}, ${limbs(k[0], k[1])}`;
    case 'SW':
    case 'SB':
    case 'SH':
      return `${op.op} ${rs2}, ${rs1}, ${limbs(k[0], k[1])}`;
    case 'JALR':
      return `JALR ${rd}, ${rs1}, ${limbs(k[0], k[1])}, link ${limbs(k[2], k[3])}`;
    case 'XORI':
    case 'ORI':
    case 'ANDI':
      return `${op.op} ${rd}, ${rs1}, ${limbs((k[0] ?? 0) | ((k[1] ?? 0) << 8), (k[2] ?? 0) | ((k[3] ?? 0) << 8))}`;
    case 'SLLI':
    case 'SRLI':
      return `${op.op} ${rd}, ${rs1}, ${k[0]}`;
    case 'ECALL':
      return 'ECALL';
    default:
      return op.op.startsWith('B') ? `${op.op} ${rs1}, ${rs2}${to}` : `${op.op} ${rd}, ${rs1}, ${rs2}`;
  }
}

function sampleImmediate(mnemonic: Mnemonic): number {
  if (mnemonic === 'lui' || mnemonic === 'auipc') return 0x12345000;
  return /^s(ll|rl|ra)i$/.test(mnemonic) ? 5 : 100;
}

export function loweringTable(): string {
  const bySequence = new Map<string, Mnemonic[]>();
  for (const mnemonic of MNEMONICS) {
    const { pc, ...operands } = SAMPLE;
    const instruction: Instruction = { mnemonic, ...operands, imm: sampleImmediate(mnemonic), len: 4 };
    const ops = lower(instruction, pc);
    const lines = ops.map((op, i) => `${ops.length > 1 ? `${i} ` : ''}${microOpText(op, ops.length)}`);
    const text = lines.length === 0 ? 'TRAP' : lines.join('<br>');
    bySequence.set(text, [...(bySequence.get(text) ?? []), mnemonic]);
  }
  const rows = [...bySequence].map(([text, names]) => [names.map((n) => `\`${n}\``).join(', '), text]);
  return markdownTable(['instruction', 'micro-ops'], rows);
}

// docs/chips.md
// Sums and products are written flat, terms by their first column, constants last: the same text however the nodes were
// made. `value` of a constant within 2^20 below p is written as negative.
const signed = (value: number): number => (P - value < 2 ** 20 ? value - P : value);

/** Place of the first column under a node: fixed columns, then trace columns, then constants. */
function place(e: Expr): number {
  if (e.kind === 'const') return Number.POSITIVE_INFINITY;
  if (e.kind === 'column') return e.fixed ? e.index : 1000 + e.index;
  return Math.min(place(e.a), place(e.b));
}

interface SumTerm {
  readonly sign: 1 | -1;
  readonly e: Expr;
}

function sumTerms(e: Expr, sign: 1 | -1): SumTerm[] {
  if (e.kind === 'add') return [...sumTerms(e.a, sign), ...sumTerms(e.b, sign)];
  if (e.kind === 'sub') return [...sumTerms(e.a, sign), ...sumTerms(e.b, sign === 1 ? -1 : 1)];
  return [{ sign, e }];
}

const factors = (e: Expr): Expr[] => (e.kind === 'mul' ? [...factors(e.a), ...factors(e.b)] : [e]);

function productText(e: Expr, chip: Chip): string {
  if (e.kind !== 'mul') return atomText(e, chip);
  const parts = factors(e).map((f) => ({ text: atomText(f, chip), place: f.kind === 'const' ? -1 : place(f) }));
  parts.sort((a, b) => a.place - b.place || (a.text < b.text ? -1 : 1));
  return parts.map((p) => p.text).join('*');
}

function atomText(e: Expr, chip: Chip): string {
  if (e.kind === 'column') return (e.fixed ? chip.fixedColumns[e.index] : chip.columns[e.index]?.name) ?? '?';
  if (e.kind === 'const') return signed(e.value) < 0 ? `(${signed(e.value)})` : `${e.value}`;
  return `(${exprText(e, chip)})`;
}

function exprText(e: Expr, chip: Chip): string {
  const terms = sumTerms(e, 1);
  const constant = terms.reduce((n, t) => n + (t.e.kind === 'const' ? t.sign * signed(t.e.value) : 0), 0);
  const rest = terms
    .filter((t) => t.e.kind !== 'const')
    .map((t) => ({ ...t, text: productText(t.e, chip), place: place(t.e) }))
    .sort((a, b) => b.sign - a.sign || a.place - b.place || (a.text < b.text ? -1 : 1));
  if (rest.length === 0) return `${constant}`;
  const text = rest
    .map((t, i) => (i === 0 ? (t.sign === 1 ? '' : '-') : t.sign === 1 ? ' + ' : ' - ') + t.text)
    .join('');
  return constant === 0 ? text : `${text} ${constant > 0 ? '+' : '-'} ${Math.abs(constant)}`;
}

function fractionText({ relation, sign, numerator, tuple }: Fraction, chip: Chip): string {
  const top = productText(numerator, chip);
  return `${sign === 1 ? '+' : '-'} ${top} / ${relation.name}(${tuple.map((e) => exprText(e, chip)).join(', ')})`;
}

/** Every column, constraint and fraction, in the order in which they are committed, weighted and paired. */
export function chipListing(): string {
  const parts = CHIPS.map((chip, i) => {
    if (chip.original !== null)
      return `## ${i}. ${chip.name}\n\nA second table of \`${chip.original.name}\`: columns, constraints and fractions are the same.\n`;
    const lines = [`## ${i}. ${chip.name}`, '', `A row: ${statementOf(chip)}.`, ''];
    if (chip.table !== chip.name) {
      lines.push(`Reads the given columns of \`${chip.table}\``, '');
    } else if (chip.fixedColumns.length > 0) {
      lines.push(`Given columns (tree \`${chip.fixedTree}\`): ${chip.fixedColumns.join(', ')}`, '');
    }
    if (chip.scope === 'run') lines.push("Relations of the run: z and alpha are the run's", '');
    lines.push(`Trace columns: ${chip.columns.map((c) => c.name).join(', ')}`, '');
    if (chip.record.length > 0) lines.push(`Record: ${chip.record.join(', ')}`, '');
    lines.push('```text');
    for (const { name, expr } of chip.constraints) lines.push(`${name}:`, `  ${exprText(expr, chip)} = 0`);
    if (chip.constraints.length > 0) lines.push('');
    chip.fractions.forEach((f, j) => {
      lines.push(`${j % 2 === 0 ? `S${j / 2}` : '  '}  ${fractionText(f, chip)}`);
    });
    lines.push('```', '');
    return lines.join('\n');
  });
  return parts.join('\n');
}
