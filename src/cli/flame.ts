// A flame graph as one SVG file: a box for each function along each call path, as wide as its share of the cells.
import type { Program } from '../machine/index.ts';
import type { CallNode } from '../machine/trace.ts';
import { formatCount } from './format.ts';
import { symbolName } from './profile.ts';

const WIDTH = 1200;
const ROW = 18;
const MARGIN = 10;
const HEAD = 40;
/** Narrower boxes are left out. */
const MIN_WIDTH = 0.4;
const CHARACTER = 6.6;

interface Box {
  readonly name: string;
  readonly depth: number;
  readonly x: number;
  readonly width: number;
  readonly cells: number;
  readonly cycles: number;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A warm colour that depends on the name alone, so that it is the same from run to run. */
const colourOf = (name: string): string => {
  let hash = 0;
  for (const c of name) hash = (Math.imul(hash, 31) + (c.codePointAt(0) ?? 0)) >>> 0;
  return `hsl(${hash % 50} ${60 + ((hash >>> 8) % 25)}% ${62 + ((hash >>> 16) % 14)}%)`;
};

interface Totals {
  readonly cells: number;
  readonly cycles: number;
}

export function flameGraph(program: Program, root: CallNode, title: string): string {
  const totals = new Map<CallNode, Totals>();
  const sum = (node: CallNode): Totals => {
    let { cells, cycles } = node;
    for (const child of node.children.values()) {
      const below = sum(child);
      cells += below.cells;
      cycles += below.cycles;
    }
    totals.set(node, { cells, cycles });
    return { cells, cycles };
  };
  const all = sum(root);
  const scale = (WIDTH - 2 * MARGIN) / Math.max(1, all.cells);
  const boxes: Box[] = [];
  const place = (node: CallNode, depth: number, left: number): void => {
    const { cells, cycles } = totals.get(node) ?? all;
    const width = cells * scale;
    if (width < MIN_WIDTH) return;
    const name = node === root ? 'all' : symbolName(program, node.symbol);
    boxes.push({ name, depth, x: left, width, cells, cycles });
    let x = left;
    const below = [...node.children.values()].sort((a, b) => (totals.get(b)?.cells ?? 0) - (totals.get(a)?.cells ?? 0));
    for (const child of below) {
      place(child, depth + 1, x);
      x += (totals.get(child)?.cells ?? 0) * scale;
    }
  };
  place(root, 0, MARGIN);
  const height = HEAD + ROW * (1 + Math.max(...boxes.map((b) => b.depth))) + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${MARGIN}" y="18" font-size="14">${escapeXml(title)}</text>`,
    `<text x="${MARGIN}" y="33" fill="#666">${formatCount(all.cells)} cells, ${formatCount(all.cycles)} cycles; width is cells</text>`,
    ...boxes.map((box) => drawBox(box, all.cells)),
    '</svg>\n',
  ].join('\n');
}

function drawBox({ name, depth, x, width, cells, cycles }: Box, all: number): string {
  const y = HEAD + depth * ROW;
  const share = ((100 * cells) / Math.max(1, all)).toFixed(1);
  const room = Math.floor((width - 4) / CHARACTER);
  const label = room < 3 ? '' : name.length <= room ? name : `${name.slice(0, room - 1)}…`;
  const text = label === '' ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 13}">${escapeXml(label)}</text>`;
  const tip = `${name}: ${formatCount(cells)} cells (${share} %), ${formatCount(cycles)} cycles`;
  const rect = `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colourOf(name)}"/>`;
  return `<g><title>${escapeXml(tip)}</title>${rect}${text}</g>`;
}
