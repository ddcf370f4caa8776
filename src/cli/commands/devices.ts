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
import {
  BudgetError,
  chooseSegment,
  MEMORY_HELP,
  parseBudget,
  type SegmentChoice,
} from '../../../prover/segment_size.ts';
import { availableThreads } from '../../../prover/wasm/workers.ts';
import { standard } from '../../core/params.ts';
import { chooseBackend } from '../../host/backends.ts';
import { wasmSegments } from '../../host/segment_choice.ts';
import type { Command, CommandResult, JsonValue, ParsedArguments } from '../command.ts';
import { EXIT_OK, UsageError } from '../errors.ts';
import { fields, formatBytes, formatCount } from '../format.ts';

export const command: Command = {
  spec: {
    summary:
      'Lists what can prove: the WebAssembly tier, and the adapters that --adapter can name; * marks what is taken.',
    positionals: [],
    options: { memory: { value: 'size', help: MEMORY_HELP } },
  },
  async run(args: ParsedArguments): Promise<CommandResult> {
    const memory = args.values.memory ?? 'auto';
    checkBudget(memory);
    const rates = new Map<string, MultiplyRates>();
    const { name, why } = await chooseBackend({ backend: 'auto', adapter: undefined, memory: undefined });
    // Opened first: listing loads the software adapter, after which this process sees no other.
    const chosen = name === 'gpu' ? await measure(rates) : undefined;
    const adapters = await listAdapters();
    const software = adapters.find(({ isSwiftShader }) => isSwiftShader);
    if (software && !rates.has(software.name)) await measure(rates, 'software');
    const wasm = wasmPlan(args.values.memory);
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

function checkBudget(memory: string): void {
  try {
    parseBudget(memory, { vendor: '', architecture: '', isSoftware: true });
  } catch (error) {
    throw error instanceof BudgetError ? new UsageError(`--memory: ${error.message}`) : error;
  }
}

/** What of a run the WebAssembly tier can hold, or why nothing fits. */
interface WasmTier {
  readonly threads: number;
  readonly plan: SegmentChoice | BudgetError;
}

function wasmPlan(memory: string | undefined): WasmTier {
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
  return { threads, segmentMicroOps: plan.microOps, typicalBytes: plan.typicalBytes };
}

function describeWasm({ threads, plan }: WasmTier, isDefault: boolean): string {
  const memory =
    plan instanceof BudgetError
      ? plan.message
      : `segments of ${formatCount(plan.microOps)} micro-ops, ${formatBytes(plan.typicalBytes)} for a common mix`;
  return `${isDefault ? '* ' : ''}wasm\n  kind    WebAssembly SIMD, ${threads} threads\n  memory  ${memory}`;
}

interface Device {
  readonly adapter: AdapterDescription;
  readonly rates: MultiplyRates | undefined;
  readonly budgetBytes: number;
  /** Or why nothing fits. */
  readonly plan: SegmentChoice | BudgetError;
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
    const plan = chooseSegment({ budgetBytes, limits: adapter.limits, params: standard });
    return { adapter, rates, budgetBytes, plan };
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
    ['features', adapter.features.join(' ')],
    ...describePlan(budgetBytes, plan),
  ];
  const body = fields(pairs)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return `${isDefault ? '* ' : ''}${adapter.name}\n${body}`;
}

function describePlan(budgetBytes: number, plan: SegmentChoice | BudgetError): [string, string][] {
  const memory = formatBytes(budgetBytes);
  if (plan instanceof BudgetError) return [['memory', `${memory}: ${plan.message}`]];
  const { label, bytes } = plan.plan.largestBuffer;
  const stages = Object.entries(plan.plan.stages).map(([stage, size]) => `${stage} ${formatBytes(size)}`);
  const worst = plan.worstBytes === undefined ? 'more than it can bind' : formatBytes(plan.worstBytes);
  return [
    ['memory', `${memory}: segments of ${formatCount(plan.microOps)} micro-ops`],
    ['planned', `${formatBytes(plan.typicalBytes)} for a common mix of instructions, at worst ${worst}`],
    ['by stage', stages.join(', ')],
    ['largest', `${label}, ${formatBytes(bytes)}`],
  ];
}
