// Plots by uPlot, loaded with the first of them. Colours are the page's, so that both schemes work.
import type uPlot from 'uplot';
import { colour } from './theme.ts';

type Plot = typeof uPlot;

const load = (): Promise<Plot> => import('uplot').then((module) => module.default);

/** Without its plot the page still has everything in text. */
const apologize =
  (box: HTMLElement) =>
  (error: Error): void =>
    box.replaceChildren(`The plot cannot be drawn here: ${error.message}`);

const axis = (): Pick<uPlot.Axis, 'stroke' | 'grid' | 'ticks'> => ({
  stroke: colour('soft'),
  grid: { stroke: colour('line'), width: 1 },
  ticks: { stroke: colour('line'), width: 1 },
});

const SERIES_COLOURS = ['stage-a', 'stage-d', 'stage-e', 'stage-b', 'stage-c', 'stage-f'];
export const seriesColour = (index: number): string => SERIES_COLOURS[index % SERIES_COLOURS.length] as string;

/** Steps of an axis of bytes: 1 KiB to 8 GiB. */
const POWERS: readonly number[] = Array.from({ length: 24 }, (_, i) => 2 ** (i + 10));

export interface LinePlot {
  /** All of the points so far; x in seconds. */
  update(x: readonly number[], ys: readonly (readonly number[])[]): void;
  redraw(): void;
  destroy(): void;
}

export interface LineOptions {
  readonly names: readonly string[];
  readonly formatY: (value: number) => string;
}

/** Lines of bytes over time that grow as they are measured. */
export function linePlot(box: HTMLElement, { names, formatY }: LineOptions): LinePlot {
  let plot: uPlot | undefined;
  let latest: uPlot.AlignedData = [[], ...names.map(() => [])];
  let gone = false;
  const size = (): { width: number; height: number } => ({ width: Math.max(200, box.clientWidth), height: 170 });
  const make = async (): Promise<void> => {
    const Plot = await load();
    if (gone) return;
    plot?.destroy();
    plot = new Plot(
      {
        ...size(),
        legend: { show: true, live: false },
        cursor: { show: false },
        scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.08)] } },
        axes: [
          { ...axis(), values: (_, marks) => marks.map((mark) => `${mark} s`) },
          { ...axis(), size: 76, incrs: [...POWERS], values: (_, marks) => marks.map(formatY) },
        ],
        series: [
          {},
          ...names.map((label, i) => ({ label, stroke: colour(seriesColour(i)), width: 2, points: { show: false } })),
        ],
      },
      latest,
      box,
    );
  };
  const observer = new ResizeObserver(() => plot?.setSize(size()));
  observer.observe(box);
  const draw = (): void => void make().catch(apologize(box));
  draw();
  return {
    update: (x, ys) => {
      latest = [[...x], ...ys.map((y) => [...y])];
      plot?.setData(latest);
    },
    redraw: draw,
    destroy: () => {
      gone = true;
      observer.disconnect();
      plot?.destroy();
      box.replaceChildren();
    },
  };
}

export interface BarGroups {
  /** One for each group of bars. */
  readonly groups: readonly string[];
  /** One for each bar of a group; null where there is none. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  readonly format: (value: number) => string;
}

/** Groups of bars, a colour for each series. Returns what removes it. */
export function barPlot(box: HTMLElement, { groups, series, format }: BarGroups): () => void {
  let plot: uPlot | undefined;
  let gone = false;
  // Bars stand at whole numbers, with an empty place between groups.
  const stride = series.length + 1;
  const x = Array.from({ length: groups.length * stride + 1 }, (_, i) => i);
  const columns = series.map(({ values }, s) =>
    x.map((place) => (place % stride === s + 1 ? (values[Math.floor(place / stride)] ?? null) : null)),
  );
  const middles = groups.map((_, g) => g * stride + (series.length + 1) / 2);
  const size = (): { width: number; height: number } => ({ width: Math.max(240, box.clientWidth), height: 300 });
  const make = (Plot: Plot): void => {
    if (gone) return;
    const bars = Plot.paths.bars?.({ size: [0.86, 60] });
    plot = new Plot(
      {
        ...size(),
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: [0, groups.length * stride] },
          y: { range: (_, __, max) => [0, Math.max(max * 1.06, 1e-9)] },
        },
        axes: [
          {
            ...axis(),
            splits: () => middles,
            values: () => [...groups],
            rotate: groups.length > 4 || box.clientWidth < 480 ? -40 : 0,
            size: groups.length > 4 || box.clientWidth < 480 ? 110 : 40,
            grid: { show: false },
            ticks: { show: false },
          },
          { ...axis(), size: 76, values: (_, marks) => marks.map(format) },
        ],
        series: [
          {},
          ...series.map(({ name }, i) => ({
            label: name,
            fill: colour(seriesColour(i)),
            stroke: colour(seriesColour(i)),
            width: 0,
            points: { show: false },
            ...(bars ? { paths: bars } : {}),
          })),
        ],
      },
      [x, ...columns],
      box,
    );
  };
  load().then(make).catch(apologize(box));
  const observer = new ResizeObserver(() => plot?.setSize(size()));
  observer.observe(box);
  return () => {
    gone = true;
    observer.disconnect();
    plot?.destroy();
    box.replaceChildren();
  };
}
