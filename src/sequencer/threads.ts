// Starts worker threads from sources and from compiled code alike.
import { Worker } from 'node:worker_threads';

/** `module`: relative to this folder, without its extension. */
export function spawnThread(module: string, workerData?: unknown): Worker {
  // Threads do not inherit the loader that runs the sources as they are; compiled code needs none.
  const isSource = import.meta.url.endsWith('.ts');
  const program = new URL(`${module}${isSource ? '.ts' : '.js'}`, import.meta.url);
  if (!isSource) return new Worker(program, { workerData });
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const viaLoader = `import(${loader}).then((tsx) => { tsx.register(); return import('${program}'); });`;
  return new Worker(viaLoader, { eval: true, workerData });
}
