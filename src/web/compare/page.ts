// The comparison page: measure this browser, and set results side by side.
import { FormatError } from '../../../bench/check.ts';
import { type BenchFile, parseBenchFile } from '../../../bench/schema.ts';
import { createClient, WorkerEnded } from '../client.ts';
import { dataTable, fill, h, part } from '../dom.ts';
import { download, fileBox } from '../drop.ts';
import { barPlot, seriesColour } from '../plots.ts';
import { formatCount } from '../text.ts';
import { colour } from '../theme.ts';
import type { BackendChoice } from '../worker/api.ts';
import { FIRST_WORKLOADS, measureHere, workloadNames } from './measure.ts';
import { namesOf, relative, viewsOf } from './views.ts';

/** More groups than this are not plotted: the table has them all. */
const MAX_GROUPS = 16;

const option = (value: string, text: string): HTMLOptionElement => h('option', { value }, text);

/** What a row of a view is. */
const asRows = (view: string): string => {
  if (view === 'warm' || view === 'cold') return 'workload';
  return view.startsWith('stages') ? 'stage' : view === 'growth' ? 'size' : 'measured';
};

/** Replaces a select's options, keeping the choice where it is still there. */
function offer(select: HTMLSelectElement, options: readonly (readonly [string, string])[]): void {
  const { value } = select;
  fill(select, ...options.map(([id, text]) => option(id, text)));
  if (options.some(([id]) => id === value)) select.value = value;
}

/** The results, with their list, plot and table. */
function startResults(): { add(name: string, json: string): void; redraw(): void } {
  const list = part('results-list', HTMLElement);
  const card = part('comparison', HTMLElement);
  const baseline = part('baseline', HTMLSelectElement);
  const measure = part('measure', HTMLSelectElement);
  const scale = part('scale', HTMLSelectElement);
  const plotBox = part('comparison-plot', HTMLElement);
  const tableBox = part('comparison-table', HTMLElement);
  const files: BenchFile[] = [];
  let removePlot = (): void => {};

  const swatch = (i: number): HTMLElement => {
    const box = h('span', { class: 'swatch', 'aria-hidden': 'true' });
    box.style.background = colour(seriesColour(i));
    return box;
  };

  const drawList = (): void => {
    const names = namesOf(files);
    const items = names.map((name, i) => {
      const drop = (): void => {
        files.splice(i, 1);
        draw();
      };
      const label = `Remove ${name}`;
      return h(
        'li',
        {},
        h('span', {}, swatch(i), name),
        h('button', { type: 'button', class: 'small', 'aria-label': label, on: { click: drop } }, 'Remove'),
      );
    });
    fill(list, items.length > 0 && h('ul', { class: 'results' }, ...items));
    offer(
      baseline,
      names.map((name, i) => [String(i), name]),
    );
  };

  const drawComparison = (): void => {
    const names = namesOf(files);
    const views = viewsOf(files);
    offer(
      measure,
      views.map(({ id, title }) => [id, title]),
    );
    const view = views.find(({ id }) => id === measure.value);
    removePlot();
    card.hidden = view === undefined;
    if (!view) return;
    const base = Number(baseline.value);
    const asRatio = scale.value === 'ratio';
    const rows = asRatio ? view.rows.map((row) => relative(row, base)) : view.rows;
    const format = (value: number): string => (asRatio ? `${Number(value.toPrecision(3))}×` : formatCount(value));
    const plot = h('div', { class: 'plot', role: 'img', 'aria-label': `${view.title}: the table below has the same` });
    fill(plotBox, plot, h('ul', { class: 'legend' }, ...names.map((name, i) => h('li', {}, swatch(i), name))));
    removePlot = barPlot(plot, {
      groups: rows.slice(0, MAX_GROUPS).map(({ name }) => name),
      series: names.map((name, i) => ({
        name,
        values: rows.slice(0, MAX_GROUPS).map(({ values }) => values[i] ?? null),
      })),
      format,
    });
    const cells = view.rows.map((row) => {
      const ratios = relative(row, base).values;
      const texts = row.values.map((value, i) => {
        const ratio = ratios[i] ?? null;
        if (value === null) return '–';
        return `${formatCount(value)}${ratio === null || i === base ? '' : ` (${ratio.toFixed(2)}×)`}`;
      });
      return [row.name, ...texts];
    });
    fill(
      tableBox,
      dataTable(`${view.title}, a second; in brackets the ratio to the baseline`, [asRows(view.id), ...names], cells),
    );
  };

  const draw = (): void => {
    drawList();
    drawComparison();
  };
  for (const select of [baseline, measure, scale]) select.addEventListener('change', drawComparison);
  return {
    add: (name, json) => {
      files.push(parseBenchFile(json, name));
      draw();
    },
    redraw: draw,
  };
}

function startMeasuring(add: (name: string, json: string) => void): void {
  const form = part('bench-form', HTMLFormElement);
  const choices = part('workloads', HTMLFieldSetElement);
  const backend = part('bench-backend', HTMLSelectElement);
  const start = part('bench-start', HTMLButtonElement);
  const cancel = part('bench-cancel', HTMLButtonElement);
  const save = part('bench-save', HTMLButtonElement);
  const status = part('bench-status', HTMLElement);
  // A client of its own: what the prove page keeps open would be in the way.
  const client = createClient();
  const boxes = workloadNames.map((name) =>
    h('input', { type: 'checkbox', name: 'workload', value: name, checked: FIRST_WORKLOADS.includes(name) }),
  );
  choices.append(...boxes.map((box) => h('label', { class: 'check' }, box, ` ${box.value}`)));
  let saved: { readonly name: string; readonly json: string } | undefined;

  const setBusy = (busy: boolean): void => {
    start.disabled = busy;
    cancel.hidden = !busy;
  };
  const measure = async (): Promise<void> => {
    const workloads = boxes.filter((box) => box.checked).map((box) => box.value);
    if (workloads.length === 0) {
      status.textContent = 'Choose a workload.';
      return;
    }
    setBusy(true);
    try {
      const onProgress = (text: string): void => {
        status.textContent = text;
      };
      const file = await measureHere(client, { workloads, backend: backend.value as BackendChoice, onProgress });
      const json = `${JSON.stringify(file, null, 1)}\n`;
      const name = `wisp-${file.host.node.toLowerCase().replaceAll(' ', '-')}-${file.backend}--${file.date.slice(0, 10)}.json`;
      saved = { name, json };
      save.hidden = false;
      status.textContent = 'Measured. The result is below; save it to compare it elsewhere.';
      add(name, json);
    } catch (error) {
      const cancelled = error instanceof WorkerEnded && error.cancelled;
      status.textContent = cancelled ? 'Cancelled.' : `It could not be measured: ${(error as Error).message}`;
    } finally {
      setBusy(false);
      // Memory and threads are given back.
      client.cancel();
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void measure();
  });
  cancel.addEventListener('click', client.cancel);
  save.addEventListener('click', () => {
    if (saved) download(new Blob([saved.json], { type: 'application/json' }), saved.name);
  });
}

export function startComparePage(): { redraw(): void } {
  const results = startResults();
  const errors = part('results-error', HTMLElement);
  startMeasuring(results.add);
  const read = async (files: readonly File[]): Promise<void> => {
    const failed: string[] = [];
    for (const file of files) {
      try {
        results.add(file.name, await file.text());
      } catch (error) {
        failed.push(error instanceof FormatError ? error.message : `${file.name}: ${(error as Error).message}`);
      }
    }
    fill(errors, ...failed.map((text) => h('p', {}, text)));
    errors.hidden = failed.length === 0;
  };
  fileBox(part('results-drop', HTMLElement), part('results-files', HTMLInputElement), (files) => void read(files));
  return { redraw: results.redraw };
}
