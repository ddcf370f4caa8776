// What this machine offers: adapter, limits, and the memory that a segment's proof is planned to take.
import { dataTable, facts, fill, h, part } from '../dom.ts';
import { formatBytes, grouped } from '../text.ts';
import type { Failure, Hardware, PlanReport } from '../worker/api.ts';

/** The guaranteed minimum of WebGPU: with no more, buffers bound segments before the memory does. */
const SMALL_BINDING = 2 ** 27;

export interface HardwareView {
  hardware(found: Hardware): void;
  plan(plan: PlanReport | Failure): void;
  /** Whether a plan is being made: the one that is shown is then of an earlier choice. */
  planning(isUnderWay: boolean): void;
}

const limitText = (name: string, value: number): string =>
  /Bytes|Size$/.test(name) && !/Workgroup(Size|s)/.test(name) ? formatBytes(value) : grouped(value);

function adapterFacts({ adapter, threads, isolated, auto }: Hardware): HTMLElement {
  return facts([
    ['automatic choice', auto === 'gpu' ? 'WebGPU' : 'WebAssembly'],
    ['adapter', adapter?.name ?? 'none'],
    ['vendor', adapter?.vendor || '–'],
    ['architecture', adapter?.architecture || '–'],
    ['kind', adapter === null ? '–' : adapter.isSoftware ? 'software, on the processor' : 'GPU'],
    ['WebAssembly threads', String(threads)],
    ['cross-origin isolated', isolated ? 'yes' : 'no'],
  ]);
}

function planView(plan: PlanReport): HTMLElement[] {
  const { microOps, budgetBytes, typicalBytes, residentBytes, stages, largestBuffer } = plan;
  const byStage = Object.entries(stages).map(([name, bytes]) => [name, formatBytes(bytes)]);
  return [
    facts([
      ['segment', `${grouped(microOps)} micro-ops`],
      ['memory allowed', formatBytes(budgetBytes)],
      ['planned', formatBytes(typicalBytes)],
      ['kept between proofs', formatBytes(residentBytes)],
      ['largest buffer', `${largestBuffer.label}, ${formatBytes(largestBuffer.bytes)}`],
    ]),
    ...(plan.backend === 'gpu' ? [dataTable('Planned memory by stage', ['stage', 'memory'], byStage)] : []),
  ];
}

export function createHardware(): HardwareView {
  const box = part('hardware', HTMLElement);
  const hint = part('plan', HTMLElement);
  const found = h('div');
  const planned = h('div', {}, h('p', { class: 'hint' }, '…'));
  const limits = h('div');
  return {
    hardware: (hardware) => {
      fill(found, adapterFacts(hardware));
      const known = hardware.adapter?.limits ?? {};
      const rows = Object.entries(known).map(([name, value]) => [name, limitText(name, value)]);
      fill(
        limits,
        rows.length > 0 &&
          h('details', {}, h('summary', {}, 'Limits of the adapter'), dataTable('Limits', ['limit', 'value'], rows)),
      );
      fill(box, found, h('details', {}, h('summary', {}, 'Memory plan of a segment'), planned), limits);
    },
    planning: (isUnderWay) => hint.setAttribute('aria-busy', String(isUnderWay)),
    plan: (plan) => {
      hint.classList.toggle('error', !plan.ok);
      if (!plan.ok) {
        hint.textContent = plan.message;
        fill(planned, h('p', { class: 'error' }, plan.message));
        return;
      }
      const { bindingBytes } = plan;
      const small =
        bindingBytes !== null && bindingBytes <= SMALL_BINDING
          ? ` This adapter binds only ${formatBytes(bindingBytes)} at once, which keeps segments short.`
          : '';
      hint.textContent = `Segments of up to ${grouped(plan.microOps)} micro-ops, some ${formatBytes(plan.typicalBytes)} of memory.${small}`;
      fill(planned, ...planView(plan));
    },
  };
}
