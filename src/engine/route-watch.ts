/** Follows the routes of the targets: their device, their MTU, and when there is none. */
import { OUTER_HEADER_BYTES } from '../encapsulate/outer-header.js';
import { lookUpRoute } from '../transmit/route.js';
import type { EngineReport } from './messages.js';

/** Largest IPv4 datagram. */
const MAXIMUM_PACKET_BYTES = 65535;
const ROUTE_INTERVAL_MS = 1000;

export type TargetReport = Extract<EngineReport, { type: 'target' }>;

/** How a target can be reached now. Never throws: no route is an answer. */
export async function reportTarget(address: string): Promise<TargetReport> {
  try {
    const { device, mtu } = await lookUpRoute(address);
    const maximumInnerLength = Math.max(0, Math.min(mtu, MAXIMUM_PACKET_BYTES) - OUTER_HEADER_BYTES);
    return { type: 'target', address, device, maximumInnerLength, reason: '' };
  } catch (error) {
    return { type: 'target', address, device: '', maximumInnerLength: 0, reason: (error as Error).message };
  }
}

/** Asks every second, and calls `onChange` with what is new; the first answers are new. */
export function watchRoutes(addresses: readonly string[], onChange: (report: TargetReport) => void): void {
  const last = new Map<string, string>();
  const ask = async (address: string): Promise<void> => {
    const report = await reportTarget(address);
    const text = JSON.stringify(report);
    if (last.get(address) === text) return;
    last.set(address, text);
    onChange(report);
  };
  const askAll = (): void => {
    for (const address of addresses) void ask(address);
  };
  askAll();
  setInterval(askAll, ROUTE_INTERVAL_MS);
}
