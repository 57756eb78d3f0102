/** Configurations in which sources are mirrored whole, in both directions. */

/** One for each device: `eni-DEVICE` is its network interface. */
export interface MirrorEverything {
  readonly devices: readonly string[];
  /** Where the copies go. */
  readonly address: string;
  /** CIDR blocks. Packets from one block to the same block are mirrored; absent: all of IPv4. */
  readonly blocks?: readonly string[];
  /** `engine` of the configuration. */
  readonly engine?: object;
}

/** The configuration without `state`. */
export function mirrorEverything({
  devices,
  address,
  blocks = ['0.0.0.0/0'],
  engine,
}: MirrorEverything): object {
  const rules = blocks.map((block, index) => ({
    ruleNumber: 1 + index,
    ruleAction: 'accept',
    sourceCidrBlock: block,
    destinationCidrBlock: block,
  }));
  return {
    networkInterfaces: [
      ...devices.map((device) => ({ networkInterfaceId: `eni-${device}`, device })),
      { networkInterfaceId: 'eni-target', address },
    ],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-target' }],
    trafficMirrorFilters: [
      { trafficMirrorFilterId: 'tmf', ingressFilterRules: rules, egressFilterRules: rules },
    ],
    trafficMirrorSessions: devices.map((device, index) => ({
      trafficMirrorSessionId: `tms-${device}`,
      networkInterfaceId: `eni-${device}`,
      trafficMirrorTargetId: 'tmt',
      trafficMirrorFilterId: 'tmf',
      sessionNumber: 1,
      virtualNetworkId: 1 + index,
    })),
    engine: { io: 'ring', ...engine },
    log: { level: 'warn' },
  };
}
