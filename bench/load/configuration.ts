/** The daemon's configuration in a scenario. */
import { WANTED_PORT } from './frames.js';
import { type Scenario, sourceDevice } from './scenario.js';

const RULES_PER_SESSION = 10;
/** Ports of rules that nothing matches. */
const OTHER_PORT = 2000;
const PORTS_PER_SESSION = 100;

/** The configuration without `state`. @param engine keys of its section `engine` beside those of the scenario. */
export function configurationOf(scenario: Scenario, engine: object): object {
  const sources = Array.from({ length: scenario.sources }, (_, index) => sourceDevice(index));
  const sessions = Array.from({ length: scenario.sessions }, (_, index) => index + 1);
  const { ringMegabytes, packetLength } = scenario;
  return {
    networkInterfaces: [
      ...sources.map((device) => ({ networkInterfaceId: `eni-${device}`, device })),
      { networkInterfaceId: 'eni-target', address: '10.9.0.2' },
    ],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-target' }],
    trafficMirrorFilters: sessions.map((number) => ({
      trafficMirrorFilterId: `tmf-${number}`,
      ingressFilterRules: rulesOf(scenario, number),
    })),
    trafficMirrorSessions: sources.flatMap((device, source) =>
      sessions.map((number) => ({
        trafficMirrorSessionId: `tms-${device}-${number}`,
        networkInterfaceId: `eni-${device}`,
        trafficMirrorTargetId: 'tmt',
        trafficMirrorFilterId: `tmf-${number}`,
        sessionNumber: number,
        virtualNetworkId: source * scenario.sessions + number,
        ...(packetLength !== undefined && { packetLength }),
      })),
    ),
    engine: { ...engine, ...(ringMegabytes !== undefined && { ringMegabytes }) },
    log: { level: 'warn' },
  };
}

function rulesOf(scenario: Scenario, session: number): object[] {
  const count = scenario.sessions === 1 ? 1 : RULES_PER_SESSION;
  const isLast = session === scenario.sessions;
  return Array.from({ length: count }, (_, index) => {
    const isMatched = isLast && index === count - 1;
    const port = isMatched ? WANTED_PORT : OTHER_PORT + session * PORTS_PER_SESSION + index;
    return {
      ruleNumber: index + 1,
      ruleAction: 'accept',
      protocol: scenario.protocol,
      destinationPortRange: { fromPort: port, toPort: port },
      sourceCidrBlock: '10.0.0.0/8',
      destinationCidrBlock: '0.0.0.0/0',
    };
  });
}
