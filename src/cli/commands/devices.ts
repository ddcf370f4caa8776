// wisp devices: the adapters, their limits and features, how fast they multiply, and what of a run fits them.
import {
  type AdapterDescription,
  DeviceError,
  type GpuContext,
  listAdapters,
  openDevice,
} from '../../../prover/gpu/device.ts';
import { fastest, type MultiplyRates, measureMultiply } from '../../../prover/gpu/multiply.ts';
import { readShaders } from '../../../prover/gpu/node_shaders.ts';
import { BudgetError, MEMORY_HELP, parseBudget } from '../../../prover/segment_size.ts';
import { availableThreads } from '../../../prover/wasm/workers.ts';
import { standard } from '../../core/params.ts';
import { chooseBackend } from '../../host/backends.ts';
import { gpuSegments, type TierChoice, wasmSegments } from '../../host/segment_choice.ts';
import type { Command, CommandResult, JsonValue, ParsedArguments } from '../command.ts';
import { EXIT_OK } from '../errors.ts';
import { fields, formatBytes, formatCount } from '../format.ts';
import { memoryOption } from '../memory.ts';

export const command: Command = {
  spec: {
    summary:
      'Lists what can prove: the WebAssembly tier, and the adapters that --adapter can name; * marks what is taken.',
    positionals: [],
    options: { memory: { value: 'size', help: MEMORY_HELP } },
  },
  async run(args: ParsedArguments): Promise<CommandResult> {
    const memory = memoryOption(args) ?? 'auto';
    const rates = new Map<string, MultiplyRates>();
    const { name, why } = await chooseBackend({ backend: 'auto', adapter: undefined, memory: undefined });
    // Opened first: listing loads the software adapter, after which this process sees no other.
    const chosen = name === 'gpu' ? await measure(rates) : undefined;
    const adapters = await listAdapters();
    const software = adapters.find(({ isSwiftShader }) => isSwiftShader);
    if (software && !rates.has(software.name)) await measure(rates, 'software');
    const wasm = wasmPlan(memory);
    const devices = adapters.map((adapter) => inspect(adapter, memory, rates.get(adapter.name)));
    return {
      exitCode: EXIT_OK,
      json: { adapters: devices.map(toJson), default: chosen ?? null, backend: name, why, wasm: wasmJson(wasm) },
      text: [
        `wisp prove takes ${name}: ${why}`,
        describeWasm(wasm, name === 'wasm'),
        ...devices.map((device) => describe(device, device.adapter.name === chosen)),
      ].join('\n\n'),
    };
  },
};

/** Those that bear on proving; --json has them all. */
const FEATURES = /timestamp|subgroup|f16|immediate/;

/** What of a run the WebAssembly tier can hold, or why nothing fits. */
interface WasmTier {
  readonly threads: number;
  readonly plan: TierChoice | BudgetError;
}

function wasmPlan(memory: string): WasmTier {
  const threads = availableThreads();
  try {
    return { threads, plan: wasmSegments(memory, threads, standard) };
  } catch (error) {
    if (error instanceof BudgetError) return { threads, plan: error };
    throw error;
  }
}

function wasmJson({ threads, plan }: WasmTier): JsonValue {
  if (plan instanceof BudgetError) return { threads, error: plan.message };
  const { budgetBytes, microOps, typicalBytes, worstBytes = null } = plan;
  return { threads, budgetBytes, segmentMicroOps: microOps, typicalBytes, worstBytes };
}

function describeWasm({ threads, plan }: WasmTier, isDefault: boolean): string {
  const memory: [string, string][] = plan instanceof BudgetError ? [['memory', plan.message]] : memoryLines(plan);
  const pairs = [['kind', `WebAssembly SIMD, ${threads} ${threads === 1 ? 'thread' : 'threads'}`] as const, ...memory];
  return `${isDefault ? '* ' : ''}wasm\n${indented(pairs)}`;
}

interface Device {
  readonly adapter: AdapterDescription;
  readonly rates: MultiplyRates | undefined;
  readonly budgetBytes: number;
  /** Or why nothing fits. */
  readonly plan: TierChoice | BudgetError;
}

/** Opens an adapter, measures its multiplications, and returns its name; undefined where there is none. */
async function measure(rates: Map<string, MultiplyRates>, adapter = 'auto'): Promise<string | undefined> {
  let context: GpuContext | undefined;
  try {
    context = await openDevice({ adapter });
    rates.set(context.adapter.name, await measureMultiply(context, readShaders()));
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
  } finally {
    context?.destroy();
  }
  return context?.adapter.name;
}

function inspect(adapter: AdapterDescription, memory: string, rates: MultiplyRates | undefined): Device {
  const budgetBytes = parseBudget(memory, adapter);
  try {
    return { adapter, rates, budgetBytes, plan: gpuSegments(memory, adapter, standard) };
  } catch (error) {
    if (error instanceof BudgetError) return { adapter, rates, budgetBytes, plan: error };
    throw error;
  }
}

/** What the prover takes: it measures GPUs, and knows software adapters. */
const multiplyVariant = ({ adapter, rates }: Device): string | null => {
  if (adapter.isSoftware) return 's';
  return rates ? fastest(new Map([...rates].filter(([name]) => name !== 's'))) : null;
};

function toJson(device: Device): JsonValue {
  const { adapter, rates, budgetBytes, plan } = device;
  const memory: JsonValue =
    plan instanceof BudgetError
      ? { budgetBytes, error: plan.message }
      : {
          budgetBytes,
          segmentMicroOps: plan.microOps,
          typicalBytes: plan.typicalBytes,
          worstBytes: plan.worstBytes ?? null,
          largestBuffer: { ...plan.plan.largestBuffer },
          stageBytes: { ...plan.plan.stages },
        };
  return {
    ...adapter,
    multiplyVariant: multiplyVariant(device),
    multiplyRates: rates ? Object.fromEntries(rates) : null,
    memory,
  };
}

function describe(device: Device, isDefault: boolean): string {
  const { adapter, rates, budgetBytes, plan } = device;
  const limit = (name: string): number => adapter.limits[name] ?? 0;
  const kind = adapter.isSoftware ? 'software' : 'GPU';
  const measured = [...(rates ?? [])].map(([name, rate]) => `${name} ${formatCount(Math.round(rate))}/s`);
  const pairs: [string, string][] = [
    ['kind', [kind, adapter.vendor, adapter.architecture].filter((part) => part !== '').join(', ')],
    ['buffers', `${formatBytes(limit('maxBufferSize'))}, bound ${formatBytes(limit('maxStorageBufferBindingSize'))}`],
    ['bindings', `${limit('maxStorageBuffersPerShaderStage')} storage buffers a stage`],
    [
      'workgroups',
      `${limit('maxComputeInvocationsPerWorkgroup')} threads, ${formatBytes(limit('maxComputeWorkgroupStorageSize'))}`,
    ],
    ['subgroups', `${adapter.subgroupMinSize} to ${adapter.subgroupMaxSize}`],
    ['multiply', [multiplyVariant(device) ?? 'not measured', ...measured].join(', ')],
    ['features', adapter.features.filter((name) => FEATURES.test(name)).join(' ') || 'none of use here'],
    ...describePlan(budgetBytes, plan),
  ];
  return `${isDefault ? '* ' : ''}${adapter.name}\n${indented(pairs)}`;
}

const indented = (pairs: readonly (readonly [string, string])[]): string =>
  fields(pairs)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');

function memoryLines({ budgetBytes, microOps, typicalBytes, worstBytes }: TierChoice): [string, string][] {
  const worst = worstBytes === undefined ? 'more than there can be' : formatBytes(worstBytes);
  return [
    ['memory', `${formatBytes(budgetBytes)}: segments of ${formatCount(microOps)} micro-ops`],
    ['planned', `${formatBytes(typicalBytes)} for a common mix of instructions, at worst ${worst}`],
  ];
}

function describePlan(budgetBytes: number, plan: TierChoice | BudgetError): [string, string][] {
  if (plan instanceof BudgetError) return [['memory', `${formatBytes(budgetBytes)}: ${plan.message}`]];
  const { label, bytes } = plan.plan.largestBuffer;
  const stages = Object.entries(plan.plan.stages).map(([stage, size]) => `${stage} ${formatBytes(size)}`);
  return [...memoryLines(plan), ['by stage', stages.join(', ')], ['largest', `${label}, ${formatBytes(bytes)}`]];
}
