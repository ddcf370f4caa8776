// A device as results tell it, on the command line and in the page.
import type { AdapterDescription } from '../prover/gpu/adapter_info.ts';
import type { Device } from './schema.ts';

/** `driver`: as it describes itself; in a page, which does not learn of it, the browser. */
export function deviceOf(adapter: AdapterDescription, driver: string): Device {
  const { name, vendor, architecture, isSoftware, subgroupMinSize, subgroupMaxSize, features, limits } = adapter;
  return {
    ...{ name, vendor, architecture, driver, isSoftware, subgroupMinSize, subgroupMaxSize },
    features: [...features].filter((feature) => /timestamp|subgroup|f16|immediate/.test(feature)),
    limits: { ...limits },
  };
}
