// Runs what examples/ has; each checks or prints its own results.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What an example prints at least. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  'sudoku.ts': /^5 3 \. \. 7 \. \. \. \.\n(?:.{17}\n){8}has a solution\n$/,
  'fibonacci.ts': /proved 1515 cycles in 1 segment, .*\nexit code 0, F\(20\) = 6765, 100 bits\n$/,
};

describe('examples', () => {
  const names = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.ts'));
  for (const name of names) {
    it(name, () => {
      const args = ['--import', 'tsx', join('examples', name)];
      const run = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', timeout: 600_000 });
      assert.equal(run.status, 0, run.stderr);
      assert.match(run.stdout, EXPECTED[name] ?? /./);
    });
  }

  it('are all known here', () => assert.deepEqual(names.toSorted(), Object.keys(EXPECTED).toSorted()));
});
