// The timeline: every stage of every segment as a bar over time, one lane for each segment that is under way. Drawn on a
// canvas, since a long run has thousands of bars; the list of stages below it says the same in text.
import type { Span } from '../spans.ts';
import type { StageName } from '../stages.ts';
import { stageInfo } from '../stages.ts';
import { colour } from '../theme.ts';

const LANE = 26;
const GAP = 4;
const AXIS = 20;
/** Above the stages of a run in segments: which segment they are of. */
const HEAD = 18;

const COLOURS: Partial<Record<StageName, string>> = {
  trace: 'stage-a',
  logup: 'stage-b',
  composition: 'stage-c',
  samples: 'stage-d',
  fri: 'stage-e',
};

/** A custom property of the style sheet. */
export const stageColour = (stage: StageName): string => COLOURS[stage] ?? 'stage-f';

/** Marks at 1, 2 or 5 times a power of ten, at most `most` of them. */
export function timeMarks(endMs: number, most: number): number[] {
  const raw = Math.max(endMs, 1) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= raw) ?? 10 * power;
  return Array.from({ length: Math.floor(endMs / step) + 1 }, (_, i) => i * step);
}

/** Pixels below which no bar has room for a word. */
const MIN_TEXT = 16;

/** Says no to bars that fall on a place that has one already, so that what is drawn is bounded by the width. */
function pixelsOf(lanes: number): (lane: number, left: number, wide: number) => boolean {
  const taken = new Float64Array(lanes).fill(-1);
  return (lane, left, wide) => {
    const place = Math.floor(2 * left);
    if (wide < 1 && taken[lane] === place) return false;
    taken[lane] = place;
    return true;
  };
}

interface Head {
  readonly segment: number;
  readonly lane: number;
  readonly from: number;
  to: number;
}

/** From the first stage of each segment to its last. */
function segmentsOf(spans: readonly Span[], now: number): Head[] {
  const heads = new Map<number, Head>();
  for (const { segment, lane, from, to } of spans) {
    if (segment === null) continue;
    const head = heads.get(segment);
    if (head) head.to = to ?? now;
    else heads.set(segment, { segment, lane, from, to: to ?? now });
  }
  return [...heads.values()];
}

export function drawTimeline(
  canvas: HTMLCanvasElement,
  { spans, lanes }: { readonly spans: readonly Span[]; readonly lanes: number },
  now: number,
): void {
  const width = canvas.clientWidth;
  const heads = segmentsOf(spans, now);
  const head = heads.length > 1 ? HEAD : 0;
  const height = lanes * (head + LANE + GAP) + AXIS;
  const scale = globalThis.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext('2d');
  if (!pen || width === 0) return;
  pen.scale(scale, scale);
  pen.font = '12px system-ui, "Open Sans", sans-serif';
  pen.textBaseline = 'middle';
  const end = Math.max(now, 1);
  const at = (ms: number): number => (ms / end) * width;

  // Asked for once each: a long run has thousands of bars.
  const [soft, line, ink, ground] = [colour('soft'), colour('line'), colour('text'), colour('card')];
  const paints = new Map<StageName, string>();
  const paint = (stage: StageName): string => {
    const known = paints.get(stage) ?? colour(stageColour(stage));
    paints.set(stage, known);
    return known;
  };
  pen.fillStyle = soft;
  pen.strokeStyle = line;
  for (const mark of timeMarks(end, width / 80)) {
    pen.beginPath();
    pen.moveTo(at(mark), 0);
    pen.lineTo(at(mark), height - AXIS + 4);
    pen.stroke();
    const text = mark < 1000 && end < 5000 ? `${mark} ms` : `${mark / 1000} s`;
    if (at(mark) + pen.measureText(text).width < width) pen.fillText(text, at(mark) + 2, height - AXIS / 2);
  }
  const [headFits, barFits] = [pixelsOf(lanes), pixelsOf(lanes)];
  for (const { segment, lane, from, to } of head > 0 ? heads : []) {
    const top = lane * (head + LANE + GAP);
    const wide = at(to) - at(from);
    if (!headFits(lane, at(from), wide)) continue;
    pen.fillStyle = line;
    pen.fillRect(at(from), top, Math.max(0.5, wide - 1), head - 2);
    if (wide < MIN_TEXT) continue;
    const text = [`segment ${segment + 1}`, String(segment + 1)].find((t) => pen.measureText(t).width + 8 < wide);
    pen.fillStyle = ink;
    if (text !== undefined) pen.fillText(text, at(from) + 5, top + head / 2 - 1);
  }
  for (const { stage, lane, from, to } of spans) {
    const left = at(from);
    const wide = Math.max(0.5, at(to ?? now) - left);
    if (!barFits(lane, left, wide)) continue;
    const top = lane * (head + LANE + GAP) + head;
    pen.fillStyle = paint(stage);
    pen.fillRect(left, top, Math.max(0.5, wide - (wide > 4 ? 1 : 0)), LANE);
    if (wide < MIN_TEXT) continue;
    const title = stageInfo(stage)?.title ?? stage;
    pen.fillStyle = ground;
    if (pen.measureText(title).width + 8 < wide) pen.fillText(title, left + 5, top + LANE / 2);
  }
}
