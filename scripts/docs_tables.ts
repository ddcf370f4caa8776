// Writes the generated parts of docs/ and README.md. With --check it writes nothing and fails if one is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import {
  arithmeticTable,
  blockBudgetTable,
  blockTable,
  blockWidthTable,
  costTables,
  keptTable,
  lengthTable,
  leverTable,
  shapeTable,
  tableChoiceTable,
} from './docs/cell_tables.ts';
import { chipListing, chipTable, loweringTable, opTable, relationTable } from './docs/machine_tables.ts';
import { replacePart } from './docs/markdown.ts';
import {
  constantTable,
  fibonacciRun,
  keyTable,
  securityTables,
  sha256Run,
  startOutput,
} from './docs/protocol_tables.ts';

const ROOT = new URL('../', import.meta.url);

/** Parts by document: name and text. */
function parts(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const [fibonacci, sha256] = [fibonacciRun(), sha256Run()];
  return {
    'docs/protocol.md': {
      keys: keyTable(),
      constants: constantTable(),
      security: securityTables([fibonacci, sha256]),
    },
    'docs/machine.md': {
      ops: opTable(),
      lowering: loweringTable(),
      relations: relationTable(),
      chips: chipTable(),
    },
    'docs/cells.md': {
      arithmetic: arithmeticTable(),
      measured: costTables(),
      lengths: lengthTable(),
      kept: keptTable(),
      'table choice': tableChoiceTable(),
      levers: leverTable(),
      shapes: shapeTable(),
      blocks: blockTable(),
      'block widths': blockWidthTable(),
      'block budgets': blockBudgetTable(),
    },
    'docs/chips.md': { listing: chipListing() },
    'README.md': { 'start output': startOutput(sha256) },
  };
}

/** The documents whose generated parts differ from what they should be, with the right text. */
export function outdated(): Map<string, string> {
  const wrong = new Map<string, string>();
  for (const [path, byName] of Object.entries(parts())) {
    const text = readFileSync(new URL(path, ROOT), 'utf8');
    const right = Object.entries(byName).reduce((t, [name, body]) => replacePart(t, name, body), text);
    if (right !== text) wrong.set(path, right);
  }
  return wrong;
}

if (process.argv[1]?.endsWith('docs_tables.ts')) {
  const wrong = outdated();
  if (process.argv.includes('--check')) {
    for (const path of wrong.keys()) console.error(`${path} is out of date: node --import tsx scripts/docs_tables.ts`);
    process.exitCode = wrong.size === 0 ? 0 : 1;
  } else {
    for (const [path, text] of wrong) {
      writeFileSync(new URL(path, ROOT), text);
      console.log(`${path} updated`);
    }
  }
}
