// Numbers for people, as the command line writes them.
export { formatBits, formatBytes, formatCount, formatMs } from '../cli/format.ts';

/** 1234567 as "1 234 567", with spaces that do not break. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+(?!\d))/g, '\u00a0');

export const plural = (count: number, one: string, many: string = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;
