// The page that proves for a node: whose jobs to take, with what, and what comes of them.

import { jobName } from '../../sequencer/jobs/job.ts';
import { httpSource } from '../../sequencer/jobs/sources.ts';
import { fill, h, part } from '../dom.ts';
import { fileBox, refuseStrayDrops } from '../drop.ts';
import { fetchProgram } from '../programs.ts';
import { STAGE_LIST } from '../stages.ts';
import { formatBytes, formatMs, grouped, plural } from '../text.ts';
import { startTheme } from '../theme.ts';
import type { BackendChoice } from '../worker/api.ts';
import { type JoinEvent, join } from './client.ts';

const ROLLUP = { title: 'The rollup', url: new URL('../../../guests/elf/rollup.elf', import.meta.url) };
/** Of the list of what was done; the oldest go. */
const MAX_ROWS = 100;

const form = part('join-form', HTMLFormElement);
const url = part('node-url', HTMLInputElement);
const secret = part('node-secret', HTMLInputElement);
const name = part('worker-name', HTMLInputElement);
const backend = part('join-backend', HTMLSelectElement);
const memory = part('join-memory', HTMLSelectElement);
const start = part('join-start', HTMLButtonElement);
const stop = part('join-stop', HTMLButtonElement);
const status = part('join-status', HTMLElement);
const stage = part('join-stage', HTMLElement);
const facts = part('join-machine', HTMLElement);
const done = part('join-done', HTMLElement);
const problem = part('join-error', HTMLElement);

let own: File | undefined;
fileBox(part('join-elf-drop', HTMLElement), part('join-elf', HTMLInputElement), ([file]) => {
  own = file;
});
refuseStrayDrops();
startTheme(part('theme', HTMLButtonElement), () => {});

const stageTitle = (of: string): string => STAGE_LIST.find(({ name: known }) => known === of)?.title ?? of;

function nodeUrl(): string | undefined {
  const text = url.value.trim();
  return /^https?:\/\//.test(text) && URL.canParse(text) ? text : undefined;
}

let accepted = 0;
function show(event: JoinEvent): void {
  if (event.kind !== 'failed') problem.hidden = true;
  if (event.kind === 'opened') {
    const { adapter, segmentSteps } = event;
    const where = event.backend === 'gpu' ? `on ${adapter ?? 'a GPU'}` : 'in WebAssembly';
    fill(facts, `Proves ${where}, segments of up to ${grouped(segmentSteps)} micro-ops.`);
  } else if (event.kind === 'idle') {
    status.textContent = 'Waiting for a job.';
  } else if (event.kind === 'leased') {
    const { batch, segment, segments, inputBytes } = event.job;
    const what = segment === null ? 'whole' : `segment ${segment + 1} of ${segments}`;
    status.textContent = `Batch ${batch}, ${what}: ${formatBytes(inputBytes)} of input.`;
  } else if (event.kind === 'stage') {
    stage.textContent = `${stageTitle(event.stage)}…`;
  } else if (event.kind === 'done') {
    const { job, outcome, ms, bytes } = event;
    if (outcome === 'accepted') accepted++;
    const tone = outcome === 'accepted' ? 'good' : outcome === 'refused' ? 'poor' : 'fair';
    const text = `Job ${jobName(job)}: ${outcome}, ${formatBytes(bytes)} in ${formatMs(ms)}`;
    done.prepend(h('li', { class: tone }, text));
    while (done.children.length > MAX_ROWS) done.lastElementChild?.remove();
    stage.textContent = '';
  } else {
    problem.textContent = `${event.message}. Trying again.`;
    problem.hidden = false;
  }
}

/** Runs `work` while holding a lock: browsers do not freeze hidden pages that hold one. */
const unfrozen = <T>(work: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? navigator.locks.request('wisp-join', { mode: 'shared' }, work) : work();

let running: AbortController | undefined;
function setBusy(isBusy: boolean): void {
  for (const field of form.querySelectorAll<HTMLInputElement>('input, select')) field.disabled = isBusy;
  start.hidden = isBusy;
  stop.hidden = !isBusy;
}

async function run(node: string): Promise<void> {
  const abort = new AbortController();
  running = abort;
  setBusy(true);
  status.textContent = 'Starting…';
  try {
    const elf = own === undefined ? await fetchProgram(ROLLUP) : new Uint8Array(await own.arrayBuffer());
    const request = {
      ...{ elf, backend: backend.value as BackendChoice, memory: memory.value },
      source: (steps: number) => httpSource(node, name.value.trim() || 'a browser', secret.value, steps),
    };
    await unfrozen(() => join(request, show, abort.signal));
    status.textContent = `Stopped: ${plural(accepted, 'proof')} accepted.`;
  } catch (error) {
    problem.textContent = error instanceof Error ? error.message : String(error);
    problem.hidden = abort.signal.aborted;
    status.textContent = `Stopped: ${plural(accepted, 'proof')} accepted.`;
  } finally {
    running = undefined;
    stage.textContent = '';
    setBusy(false);
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const node = nodeUrl();
  url.setAttribute('aria-invalid', String(node === undefined));
  problem.hidden = node !== undefined;
  problem.textContent = node === undefined ? 'The address of a node starts with http:// or https://.' : '';
  if (node !== undefined && running === undefined) void run(node);
});
stop.addEventListener('click', () => running?.abort());
const given = new URLSearchParams(location.search).get('node');
if (given !== null) url.value = given;
setBusy(false);
document.documentElement.dataset.ready = 'yes';
