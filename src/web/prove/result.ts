// The finished proof: journal, sizes, security, time by stage, and what can be done with it.
import { dataTable, facts, fill, h, part } from '../dom.ts';
import { download } from '../drop.ts';
import type { SpanLog } from '../spans.ts';
import { STAGE_LIST } from '../stages.ts';
import { formatBits, formatBytes, formatCount, formatMs, grouped } from '../text.ts';
import type { ProveReport } from '../worker/api.ts';
import { journalFacts, securityTable } from './outcome.ts';

export interface ResultView {
  show(report: ProveReport, spans: SpanLog, name: string, verify: () => void): void;
  hide(): void;
}

const stageRows = (spans: SpanLog): (readonly string[])[] => {
  const totals = spans.totals(0);
  const sum = [...totals.values()].reduce((a, b) => a + b, 0);
  return STAGE_LIST.flatMap(({ name, title }) => {
    const ms = totals.get(name);
    return ms === undefined ? [] : [[title, formatMs(ms), `${((100 * ms) / Math.max(sum, 1e-9)).toFixed(1)} %`]];
  });
};

export function createResult(): ResultView {
  const card = part('result', HTMLElement);
  const body = part('result-body', HTMLElement);
  return {
    hide: () => {
      card.hidden = true;
    },
    show: (report, spans, name, verify) => {
      const { cycles, proveMs, verifyMs, proof, securityBits, segments, exitCode, gpuBytes, terms } = report;
      fill(
        body,
        h('p', { class: 'verdict good' }, `Proved and checked: ${formatBits(securityBits)}`),
        journalFacts(report.journal),
        facts([
          ['exit code', String(exitCode)],
          ['proof size', formatBytes(proof.size)],
          ['instructions', grouped(cycles)],
          ['proved in', formatMs(proveMs)],
          ['cycles/s', formatCount((1000 * cycles) / proveMs)],
          ['checked in', formatMs(verifyMs)],
          ['segments', grouped(segments)],
          ...(gpuBytes > 0 ? ([['peak GPU memory', formatBytes(gpuBytes)]] as const) : []),
          ['made by', report.adapter ?? 'WebAssembly'],
        ]),
        h(
          'div',
          { class: 'actions' },
          h(
            'button',
            { type: 'button', class: 'primary', id: 'download', on: { click: () => download(proof, `${name}.proof`) } },
            'Download the proof',
          ),
          h('button', { type: 'button', id: 'verify-here', on: { click: verify } }, 'Verify it here'),
        ),
        securityTable(terms),
        h(
          'details',
          {},
          h('summary', {}, 'Time by stage'),
          dataTable('Time by stage', ['stage', 'time', 'share'], stageRows(spans)),
        ),
      );
      card.hidden = false;
      card.focus({ preventScroll: true });
      card.scrollIntoView({ block: 'nearest' });
    },
  };
}
