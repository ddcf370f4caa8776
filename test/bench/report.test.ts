import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareFiles } from '../../bench/report/compare.ts';
import { growthVerdict } from '../../bench/report/growth.ts';
import { newestByDevice, report } from '../../bench/report/main.ts';
import type { BenchFile, Growth } from '../../bench/schema.ts';
import { sample } from './sample.ts';

const growth = sample.growth as Growth;

describe('report', () => {
  it('says what was measured, where and when', () => {
    const { text, plots } = report([sample]);
    for (const part of ['Example GPU', 'example 1.2', '2026-01-02', '0123456789', '| sha256 2048 B | 119721 |', '25 %'])
      assert.ok(text.includes(part), part);
    assert.equal(plots.size, 1);
    const [path = ''] = plots.keys();
    assert.match(path, /bench\/plots\/example-gpu-1\.svg$/);
    assert.ok(text.includes('](bench/plots/example-gpu-1.svg)'));
  });

  it('shows no quick run, and the newest of the others', () => {
    const older = { ...sample, date: '2025-01-01', commit: 'other' };
    const quick = { ...sample, date: '2027-01-01', quick: true };
    const [file] = newestByDevice([older, sample, quick]).values();
    assert.equal(file?.date, sample.date);
  });

  it('keeps results of other numbers of threads apart, and takes older ones for one a core', () => {
    const wasm = { ...sample, device: null, backend: 'wasm', growth: null };
    const [all, one] = [
      { ...wasm, threads: 8, date: '2026-02-02' },
      { ...wasm, threads: 1 },
    ];
    const found = newestByDevice([wasm, all, one]);
    assert.deepEqual([...found.keys()], ['wasm on Example CPU', 'wasm, 1 thread, on Example CPU']);
    assert.equal(found.get('wasm on Example CPU')?.threads, 8);
    assert.match(report([all]).text, /^wasm backend, 8 threads; host Example CPU, 8 cores/);
  });

  it('keeps results without the checks of the driver apart', () => {
    const unchecked = { ...sample, serverPreset: true, growth: null };
    assert.deepEqual(
      [...newestByDevice([sample, unchecked]).keys()],
      ['Example GPU <1>', 'Example GPU <1>, server preset'],
    );
    assert.match(report([unchecked]).text, /^Example GPU <1>, server preset, example 1\.2;/);
  });

  it('leaves out columns of which nothing is known', () => {
    const proofs = sample.proofs.map((proof) => ({
      ...proof,
      warm: proof.warm && {
        ...proof.warm,
        idleShare: null,
        stages: proof.warm.stages.map((s) => ({ ...s, gpuMs: null, idleShare: null, kernels: {}, roofline: null })),
      },
    }));
    const points = growth.points.map((point) => ({ ...point, gpuBytes: 0 }));
    const none = { device: null, backend: 'wasm', kernels: [], limits: null };
    const { text } = report([{ ...sample, ...none, proofs, growth: { ...growth, points } }]);
    assert.match(text, /^Stages of sha256 2048 B, warm:\n\n\| stage \| time \|$/m);
    assert.doesNotMatch(text, /–|GPU/);
  });

  it('takes parts of one commit together, and no parts of others', () => {
    const part = { ...sample, date: '2026-02-02', proofs: [], kernels: [] };
    const [same] = newestByDevice([sample, part]).values();
    assert.equal(same?.proofs.length, 1);
    const [other] = newestByDevice([sample, { ...part, commit: 'other' }]).values();
    assert.equal(other?.proofs.length, 0);
  });

  it('says how far the cost spreads', () => {
    const points = growth.points.map((point, i) => ({ ...point, cpuMs: (i === 1 ? 1.1 : 1) * 1e-3 * point.cycles }));
    assert.match(growthVerdict({ ...growth, points }), /by 0 % \(its processor time by 10 %\) and peak memory grows/);
    assert.match(growthVerdict(growth), /From 2 to 4 segments the cost a cycle spreads by 0 % .* grows 1\.00-fold/);
    assert.match(growthVerdict({ ...growth, points: [] }), /^It ended because 2\^20 instructions reached/);
  });

  it('draws plots that are well-formed', () => {
    const [svg = ''] = report([sample]).plots.values();
    assert.ok(svg.includes('Example GPU &lt;1&gt;') && !svg.includes('GPU <1>'));
    assert.ok(!/NaN|Infinity|undefined/.test(svg));
    const open: string[] = [];
    for (const [, close, name = '', , self] of svg.matchAll(/<(\/?)([a-z]+)((?:\s[^<>]*?)?)(\/?)>/g)) {
      if (close) assert.equal(open.pop(), name);
      else if (!self) open.push(name);
    }
    assert.deepEqual(open, []);
  });
});

describe('comparison', () => {
  it('sets throughputs side by side', () => {
    const faster: BenchFile = {
      ...sample,
      kernels: sample.kernels.map((k) => ({ ...k, rate: 2 * k.rate })),
      growth: { ...growth, points: growth.points.map((p) => ({ ...p, proveMs: p.proveMs / 4 })) },
    };
    const lines = compareFiles(sample, faster).split('\n');
    const line = (start: string): string => lines.find((l) => l.startsWith(start)) ?? '';
    assert.match(line('fft: interpolate'), /67\.0 G +134 G +2\.00x$/);
    assert.match(line('sha256 2048 B, warm'), /599 k +599 k +1\.00x$/);
    assert.match(line('2^18'), /4\.00x$/);
  });

  it('shows what only one of the two has', () => {
    const none = { ...sample, kernels: [], growth: null };
    assert.match(compareFiles(sample, none), /fft: interpolate, butterflies\/s +67\.0 G +-$/m);
  });
});
