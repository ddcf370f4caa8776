// The view of a proof under way: progress, figures, timeline, stages with what each does, and memory over time.
import { facts, fill, h, onceAFrame, part } from '../dom.ts';
import { type LinePlot, linePlot } from '../plots.ts';
import { createSpans, type SpanLog } from '../spans.ts';
import { STAGE_LIST, type StageName } from '../stages.ts';
import { formatBytes, formatCount, formatMs, grouped, plural } from '../text.ts';
import { colour } from '../theme.ts';
import type { ProverNews } from '../worker/api.ts';
import { drawTimeline, stageColour } from './timeline.ts';

export interface LiveView {
  start(): void;
  news(news: ProverNews): void;
  notice(text: string, tone: 'fair' | 'poor'): void;
  /** `how` is said to the visitor. */
  finish(how: string, isDone: boolean): void;
  /** Colours have changed. */
  redraw(): void;
  readonly spans: SpanLog;
}

const CLOCK_MS = 100;
/** Of the plot; beyond them every other one is left out, the newest always kept. */
const MAX_POINTS = 2000;
const everyOther = (values: readonly number[]): number[] => values.filter((_, i) => i % 2 === 0);
/** The line that screen readers hear changes with the stage, not with every figure. */
const stageTitle = (name: StageName): string => STAGE_LIST.find((s) => s.name === name)?.title ?? name;

interface Row {
  readonly item: HTMLLIElement;
  readonly bar: HTMLElement;
  readonly time: HTMLElement;
}

const now = (): number => performance.timeOrigin + performance.now();

export function createLive(): LiveView {
  const idle = part('live-idle', HTMLElement);
  const body = part('live-body', HTMLElement);
  const progress = part('progress', HTMLProgressElement);
  const status = part('live-status', HTMLElement);
  const figures = part('live-facts', HTMLElement);
  const notices = part('notices', HTMLElement);
  const canvas = part('timeline', HTMLCanvasElement);
  const list = part('stages', HTMLElement);
  const plotBox = part('memory-plot', HTMLElement);

  const rows = new Map<StageName, Row>();
  let spans = createSpans();
  let startedAt = 0;
  let endedAt: number | undefined;
  let clock: ReturnType<typeof setInterval> | undefined;
  let plot: LinePlot | undefined;
  let seconds: number[] = [];
  let used: number[] = [];
  let allocated: number[] = [];
  let opened: Extract<ProverNews, { kind: 'opened' }> | undefined;

  const makeRow = (name: StageName, about: string): Row => {
    const bar = h('span');
    const time = h('span', { class: 'time' });
    const item = h(
      'li',
      { class: 'waiting' },
      h(
        'div',
        { class: 'line' },
        h('span', { class: 'name' }, stageTitle(name)),
        h('span', { class: 'bar', 'aria-hidden': 'true' }, bar),
        time,
      ),
      h('p', { class: 'about' }, about),
    );
    item.dataset.stage = name;
    return { item, bar, time };
  };

  const drawStages = (elapsed: number): void => {
    const totals = spans.totals(elapsed);
    const active = new Set(spans.spans.filter((s) => s.to === null).map((s) => s.stage));
    const most = Math.max(1, ...totals.values());
    for (const [name, { item, bar, time }] of rows) {
      const total = totals.get(name);
      item.hidden = total === undefined && endedAt !== undefined;
      item.className = active.has(name) && endedAt === undefined ? 'now' : total === undefined ? 'waiting' : 'done';
      bar.style.width = `${(100 * (total ?? 0)) / most}%`;
      bar.style.background = colour(stageColour(name));
      time.textContent = total === undefined ? '' : formatMs(total);
    }
  };

  const draw = (): void => {
    const elapsed = (endedAt ?? now()) - startedAt;
    const done = spans.progress();
    progress.value = done;
    const { cycles } = spans;
    const rate = cycles === null || done === 0 ? '…' : formatCount((1000 * cycles * done) / elapsed);
    const pairs: [string, string][] = [
      ['elapsed', formatMs(elapsed)],
      ['instructions', cycles === null ? '…' : grouped(cycles)],
      [endedAt === undefined ? 'cycles/s so far' : 'cycles/s in all', rate],
      ['segments', `${spans.segmentsDone} of ${spans.segments}`],
      [opened?.backend === 'gpu' ? 'GPU memory' : 'memory', used.length === 0 ? '…' : formatBytes(used.at(-1) ?? 0)],
    ];
    fill(figures, facts(pairs));
    drawTimeline(canvas, spans, elapsed);
    drawStages(elapsed);
    plot?.update(seconds, [used, allocated]);
  };
  const drawSoon = onceAFrame(draw);
  new ResizeObserver(drawSoon).observe(body);

  const say = (text: string): void => {
    if (status.textContent !== text) status.textContent = text;
  };

  return {
    get spans() {
      return spans;
    },
    start: () => {
      idle.hidden = true;
      body.hidden = false;
      spans = createSpans();
      startedAt = now();
      endedAt = undefined;
      opened = undefined;
      [seconds, used, allocated] = [[], [], []];
      fill(notices);
      rows.clear();
      for (const { name, about } of STAGE_LIST) rows.set(name, makeRow(name, about));
      fill(list, ...[...rows.values()].map((row) => row.item));
      plot?.destroy();
      plot = linePlot(plotBox, { names: ['in use', 'allocated'], formatY: formatBytes });
      say('Starting…');
      clearInterval(clock);
      clock = setInterval(drawSoon, CLOCK_MS);
      drawSoon();
    },
    news: (news) => {
      const at = news.at - startedAt;
      if (news.kind === 'stage') {
        const { stage, segment, segments } = news.event;
        spans.event(at, news.event);
        say(segment === undefined ? stageTitle(stage) : `Segment ${segment + 1} of ${segments}: ${stageTitle(stage)}`);
      } else if (news.kind === 'memory') {
        seconds.push(at / 1000);
        used.push(news.usedBytes);
        allocated.push(news.allocatedBytes);
        if (seconds.length > MAX_POINTS) {
          seconds = everyOther(seconds);
          used = everyOther(used);
          allocated = everyOther(allocated);
        }
      } else if (news.kind === 'opened') {
        opened = news;
        const { adapter, threads, segmentSteps } = news;
        const where = adapter ?? `WebAssembly on ${plural(threads ?? 1, 'thread')}`;
        notices.append(
          h('p', { class: 'hint' }, `On ${where}, in segments of at most ${grouped(segmentSteps)} micro-ops.`),
        );
      } else {
        notices.append(h('p', { class: 'notice fair' }, news.text));
      }
      drawSoon();
    },
    notice: (text, tone) => notices.append(h('p', { class: `notice ${tone}` }, text)),
    finish: (how, isDone) => {
      endedAt = now();
      clearInterval(clock);
      if (isDone) spans.finish(endedAt - startedAt);
      say(how);
      drawSoon();
    },
    redraw: () => {
      plot?.redraw();
      if (!body.hidden) drawSoon();
    },
  };
}
