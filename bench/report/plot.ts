// A small SVG line plot with logarithmic axes of base 2. Its colours follow the reader's light or dark scheme.

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** Texts of the axes' marks. */
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
}

const WIDTH = 720;
const PANEL_HEIGHT = 260;
const MARGIN = { left: 76, right: 16, top: 34, bottom: 48 };
const MAX_MARKS = 9;
const COLOURS = ['a', 'b', 'c', 'd', 'e', 'f'];

const colourOf = (series: number): string => COLOURS[series % COLOURS.length] as string;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 13px; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .a { --c: #0969da; } .b { --c: #cf222e; } .c { --c: #1a7f37; } .d { --c: #8250df; } .e { --c: #bf8700; } .f { --c: #57606a; }
  path { fill: none; stroke: var(--c); stroke-width: 2; }
  circle { fill: var(--c); }
  .key { fill: var(--c); }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .grid { stroke: #3d444d; }
    .a { --c: #58a6ff; } .b { --c: #ff7b72; } .c { --c: #3fb950; } .d { --c: #bc8cff; } .e { --c: #d29922; } .f { --c: #8b949e; }
  }`;

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

interface Axis {
  readonly place: (value: number) => number;
  readonly marks: readonly number[];
}

/** Whole powers of two around the values, at least one apart; a mark at each, or at every second, third, ... of them. */
function logAxis(values: readonly number[], from: number, to: number): Axis {
  const logs = values.filter((v) => v > 0).map(Math.log2);
  const low = Math.floor(Math.min(...logs) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.max(...logs) - 1e-9));
  const step = Math.ceil((high - low + 1) / MAX_MARKS);
  const marks: number[] = [];
  for (let log = low; log <= high; log += step) marks.push(2 ** log);
  return { place: (value) => from + ((Math.log2(value) - low) / (high - low)) * (to - from), marks };
}

const fixed = (value: number): string => value.toFixed(1);

function drawPanel({ title, xLabel, yLabel, series, formatX, formatY }: Panel, top: number): string {
  const points = series.flatMap((s) => s.points).filter(({ x, y }) => x > 0 && y > 0);
  if (points.length === 0) return '';
  const right = WIDTH - MARGIN.right;
  const bottom = top + PANEL_HEIGHT - MARGIN.bottom;
  const x = logAxis(
    points.map((p) => p.x),
    MARGIN.left,
    right,
  );
  const y = logAxis(
    points.map((p) => p.y),
    bottom,
    top + MARGIN.top,
  );
  const lines = [`<text class="title" x="${MARGIN.left}" y="${top + 16}">${escapeXml(title)}</text>`];
  if (series.length > 1) {
    const keys = series.map(({ name }, i) => `<tspan class="${colourOf(i)} key" dx="12">● ${escapeXml(name)}</tspan>`);
    lines.push(`<text x="${right}" y="${top + 16}" text-anchor="end">${keys.join('')}</text>`);
  }
  for (const mark of y.marks) {
    const at = fixed(y.place(mark));
    lines.push(`<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${at}" y2="${at}"/>`);
    lines.push(`<text x="${MARGIN.left - 8}" y="${at}" dy="4" text-anchor="end">${escapeXml(formatY(mark))}</text>`);
  }
  for (const mark of x.marks) {
    const at = fixed(x.place(mark));
    lines.push(`<line class="grid" x1="${at}" x2="${at}" y1="${top + MARGIN.top}" y2="${bottom}"/>`);
    lines.push(`<text x="${at}" y="${bottom + 18}" text-anchor="middle">${escapeXml(formatX(mark))}</text>`);
  }
  const middle = (top + MARGIN.top + bottom) / 2;
  lines.push(
    `<text x="${(MARGIN.left + right) / 2}" y="${bottom + 38}" text-anchor="middle">${escapeXml(xLabel)}</text>`,
  );
  lines.push(`<text transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text>`);
  series.forEach(({ points: own }, i) => {
    const colour = colourOf(i);
    const shown = own.filter((p) => p.x > 0 && p.y > 0).map((p) => [fixed(x.place(p.x)), fixed(y.place(p.y))] as const);
    if (shown.length > 1)
      lines.push(`<path class="${colour}" d="M${shown.map(([px, py]) => `${px} ${py}`).join('L')}"/>`);
    for (const [px, py] of shown) lines.push(`<circle class="${colour}" cx="${px}" cy="${py}" r="3"/>`);
  });
  return lines.join('\n');
}

/** The panels below one another. */
export function plotSvg(title: string, panels: readonly Panel[]): string {
  const height = PANEL_HEIGHT * panels.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    ...panels.map((panel, i) => drawPanel(panel, PANEL_HEIGHT * i)),
    '</svg>',
    '',
  ].join('\n');
}
