import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  buildProgram,
  loadElf,
  RecordPoolError,
  recordPool,
  recordSegment,
  startRun,
} from '../../src/machine/index.ts';
import type { RecordThread } from '../../src/machine/worker/pool.ts';
import { type Reply, type Request, recordServer } from '../../src/machine/worker/protocol.ts';
import { segmentsOf } from './cut_checks.ts';

const program = buildProgram(
  loadElf(new Uint8Array(readFileSync(new URL('../../guests/elf/sha256.elf', import.meta.url)))),
);
const input = Uint8Array.from({ length: 1000 }, (_, i) => i);
const cuts = segmentsOf(startRun(program, input, { segmentSteps: 10000 }));

/** A thread of this very process, which copies as a real one does; it dies over the segments in `fatal`. */
function pretend(fatal: number[]): RecordThread {
  const serve = recordServer();
  let reply: (reply: Reply) => void = () => {};
  let death: (reason: string) => void = () => {};
  return {
    post: (request: Request) => {
      const { module, ...rest } = request as Request & { module?: unknown };
      const answer = serve({ ...structuredClone(rest), ...(module ? { module } : {}) } as Request);
      const at = request.kind === 'segment' ? fatal.indexOf(request.cut.index) : -1;
      if (at >= 0) {
        fatal.splice(at, 1);
        setTimeout(() => death('out of luck'));
      } else if (answer) setTimeout(() => reply(structuredClone(answer.reply, { transfer: answer.transfer })));
    },
    listen: (onReply, onDeath) => {
      reply = onReply;
      death = onDeath;
    },
    hold: () => {},
    terminate: async () => {},
  };
}

test('worker threads record what this one does', async () => {
  const pool = recordPool(program, input, { workers: 2 });
  const recorded = await Promise.all(cuts.slice(0, 5).map((cut) => pool.record(cut)));
  for (const [i, records] of recorded.entries()) assert.deepEqual(records, recordSegment(program, input, cuts[i]!));
  // A segment that is not this program's.
  const foreign = { ...cuts[0]!, entry: program.badTargetIdx };
  await assert.rejects(pool.record(foreign), (e) => e instanceof RecordPoolError && e.code === 'record_failed');
  assert.deepEqual(await pool.record(cuts[1]!), recorded[1]);
  const late = pool.record(cuts[2]!);
  const refused = assert.rejects(late, (e) => e instanceof RecordPoolError && e.code === 'pool_closed');
  await pool.close();
  await refused;
  await assert.rejects(pool.record(cuts[2]!), (e) => e instanceof RecordPoolError && e.code === 'pool_closed');
});

test('a segment whose thread dies is recorded by another, once', async () => {
  let spawned = 0;
  const fatal = [1, 3, 3];
  const spawn = async (): Promise<RecordThread> => {
    spawned++;
    return pretend(fatal);
  };
  const pool = recordPool(program, input, { workers: 2, spawn });
  const results = await Promise.allSettled(cuts.slice(0, 6).map((cut) => pool.record(cut)));
  for (const [i, result] of results.entries()) {
    if (i !== 3) {
      assert.equal(result.status, 'fulfilled');
      continue;
    }
    assert.ok(result.status === 'rejected' && result.reason instanceof RecordPoolError);
    assert.equal(result.reason.code, 'worker_died');
    assert.match(result.reason.message, /segment 4.*out of luck/);
  }
  assert.ok(spawned >= 4 && spawned <= 5);
  await pool.close();
});

test('a segment under way fails with the pool, though its thread still answers', async () => {
  const spawn = async (): Promise<RecordThread> => ({ ...pretend([]), terminate: () => delay(20) });
  const pool = recordPool(program, input, { spawn });
  await pool.record(cuts[0]!);
  const refused = assert.rejects(
    pool.record(cuts[1]!),
    (e) => e instanceof RecordPoolError && e.code === 'pool_closed',
  );
  await pool.close();
  await refused;
});

test('threads that do not start are an error', async () => {
  const spawn = async (): Promise<RecordThread> => {
    throw new Error('no threads here');
  };
  const pool = recordPool(program, input, { spawn });
  await assert.rejects(pool.record(cuts[0]!), /no threads here/);
  await pool.close();
});
