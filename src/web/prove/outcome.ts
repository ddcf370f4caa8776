// What was proven, for the prove page and the verify page.
import { dataTable, facts, h } from '../dom.ts';
import { hex, readings } from '../inputs.ts';
import { formatBits } from '../text.ts';
import type { TermRow } from '../worker/api.ts';

/** The journal in hexadecimal, and as a number or text where it can be read so. */
export function journalFacts(journal: Uint8Array): HTMLElement {
  const box = (text: string): HTMLElement =>
    h('code', { class: 'journal', tabindex: 0, role: 'group', 'aria-label': 'Journal' }, text);
  const list = facts([
    ['journal, what the program made public', box(hex(journal) || '(empty)')],
    ...readings(journal).map(([name, text]) => [name, box(text)] as const),
  ]);
  for (const item of list.children) item.classList.add('wide');
  return list;
}

/** Provable bits of each term of the soundness error: the proof is as strong as the least. */
export function securityTable(terms: readonly TermRow[]): HTMLElement {
  return h(
    'details',
    {},
    h('summary', {}, 'Security, term by term'),
    h(
      'p',
      { class: 'hint' },
      'Each random challenge could fail to catch a cheat with some probability; 100 bits is one in 2^100. Only proven bounds count. ',
      'Work is a puzzle that the prover solves before a challenge, so that trying again is costly.',
    ),
    dataTable(
      'Provable bits by term',
      ['challenge', 'bits', 'of them work', 'bound'],
      terms.map(({ name, bits, grindBits, source }) => [
        name,
        formatBits(bits).replace(' provable bits', ''),
        String(grindBits),
        h('span', { class: 'source' }, source),
      ]),
    ),
  );
}
