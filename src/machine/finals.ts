// The rows that close memory at halt: the last value and clock of every cell.

import { N_REGISTERS, SENTINEL_ADDRESS } from '../core/isa.ts';
import { forEachTouched, peek } from './memory.ts';
import { push } from './records.ts';
import type { MachineState } from './state.ts';

/**
 * Fills `image` (a row per image table row, untouched cells with their initial value and clock 0) and `zero_init` (touched
 * words outside the image). All their word addresses form one ascending chain: `lastnext` is the chain's previous
 * address + 1, 0 for its first element, so that no word can be listed twice.
 */
export function emitFinals(state: MachineState): void {
  const { image, zero_init } = state.buffers;
  const words = state.program.elf.image.addr;
  for (let r = 0; r < N_REGISTERS; r++) push(image, [0, state.regs[r]!, state.regMarks[r]!]);
  let next = 0;
  let last = 0;
  const passImage = (until: number, clkOfUntil: number): boolean => {
    while (next < words.length && words[next]! <= until) {
      const word = words[next++]!;
      push(image, [last, peek(state.memory, word), word === until ? clkOfUntil : 0]);
      last = word + 1;
    }
    return last === until + 1;
  };
  forEachTouched(state.memory, (word, value, clk) => {
    if (passImage(word, clk)) return;
    push(zero_init, [word, last, value, clk]);
    last = word + 1;
  });
  passImage(SENTINEL_ADDRESS - 1, 0);
  push(image, [last, 0, 0]);
}
