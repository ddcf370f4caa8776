// Progress of a proof: one line that redraws itself on a terminal, else a plain line as each stage ends.
import { formatCount, formatMs } from './format.ts';
import type { Io } from './io.ts';

/** `done` of `total` (0 if unknown) pieces of work of the stage; `unit` names a piece, for rates. */
export interface ProgressEvent {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}

export interface Progress {
  report(event: ProgressEvent): void;
  /** Ends the last stage and clears the line. */
  finish(): void;
  /** Milliseconds spent by stage, in the order in which they began. */
  stages(): Record<string, number>;
}

/** Redraws at most this often. */
const REDRAW_MS = 80;
const BAR_WIDTH = 20;

export function createProgress(io: Io, now: () => number = () => performance.now()): Progress {
  const times = new Map<string, number>();
  let current: ProgressEvent | undefined;
  let startedAt = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;

  const rate = (event: ProgressEvent, ms: number): string =>
    event.done > 0 && ms > 0 && event.unit !== '' ? `${formatCount((event.done / ms) * 1000)} ${event.unit}/s` : '';

  const draw = (event: ProgressEvent): void => {
    const at = now();
    const finished = event.total > 0 && event.done >= event.total;
    if (!io.isTerminal || (at - drawnAt < REDRAW_MS && !finished)) return;
    drawnAt = at;
    const share = event.total > 0 ? Math.min(1, event.done / event.total) : 0;
    const full = Math.round(share * BAR_WIDTH);
    const bar = event.total > 0 ? `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]` : '';
    const parts = [event.stage.padEnd(16), bar, formatMs(at - startedAt), rate(event, at - startedAt)];
    const line = parts.filter((part) => part !== '').join('  ');
    io.err(`\r\x1b[2K${line.slice(0, Math.max(1, io.columns - 1))}`);
  };

  const endStage = (): void => {
    if (current === undefined) return;
    const ms = now() - startedAt;
    times.set(current.stage, (times.get(current.stage) ?? 0) + ms);
    if (!io.isTerminal) {
      const speed = rate(current, ms);
      io.err(`${current.stage}: ${formatMs(ms)}${speed === '' ? '' : `, ${speed}`}\n`);
    }
    current = undefined;
  };

  return {
    report(event) {
      if (event.stage !== current?.stage) {
        endStage();
        startedAt = now();
        drawnAt = Number.NEGATIVE_INFINITY;
      }
      current = event;
      draw(event);
    },
    finish() {
      endStage();
      if (io.isTerminal) io.err('\r\x1b[2K');
    },
    stages: () => Object.fromEntries([...times].map(([stage, ms]) => [stage, Math.round(ms * 10) / 10])),
  };
}
