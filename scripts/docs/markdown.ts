// Generated parts of documents: what stands between `<!-- begin: name -->` and `<!-- end: name -->` is a script's.

/** Replaces the part `name` of a document. Throws if its markers are not there exactly once. */
export function replacePart(text: string, name: string, body: string): string {
  const begin = `<!-- begin: ${name} -->`;
  const end = `<!-- end: ${name} -->`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from || text.indexOf(begin, from + 1) >= 0) throw new Error(`no single part called ${name}`);
  return `${text.slice(0, from + begin.length)}\n${body.trim()}\n${text.slice(to)}`;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
