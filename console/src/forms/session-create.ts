/** The form that creates sessions: one for each source. */
import type { Parameters } from '../aws/parameters.js';
import {
  descriptionProblem,
  nameTagProblem,
  type Problem,
  packetLengthProblem,
  required,
  sessionNumberProblem,
  vniProblem,
} from './fields.js';
import { type TagRow, tagSpecification, tagsProblem } from './tags.js';

/** The values that creating and modifying have in common. */
export interface SessionSettings {
  readonly description: string;
  readonly trafficMirrorTargetId: string;
  readonly sessionNumber: string;
  readonly virtualNetworkId: string;
  readonly packetLength: string;
  readonly trafficMirrorFilterId: string;
}

/** The values of the form. Fields have the names of their parameters. */
export interface SessionValues extends SessionSettings {
  readonly name: string;
  /** Ids of interfaces, or names of devices: at least one, and each gets a session. */
  readonly sources: readonly string[];
  readonly tags: readonly TagRow[];
}

/** An empty form. */
export const SESSION_VALUES: SessionValues = {
  name: '',
  description: '',
  sources: [''],
  trafficMirrorTargetId: '',
  sessionNumber: '1',
  virtualNetworkId: '',
  packetLength: '',
  trafficMirrorFilterId: '',
  tags: [],
};

/** What is wrong with the settings. @param loadBalanced the target is a load balancer or an endpoint */
export function settingsProblems(values: SessionSettings, loadBalanced: boolean): Record<string, Problem> {
  return {
    description: descriptionProblem(values.description),
    trafficMirrorTargetId: required(values.trafficMirrorTargetId, 'Mirror target'),
    sessionNumber: sessionNumberProblem(values.sessionNumber),
    virtualNetworkId: vniProblem(values.virtualNetworkId),
    packetLength: packetLengthProblem(values.packetLength, loadBalanced),
    trafficMirrorFilterId: required(values.trafficMirrorFilterId, 'Filter'),
  };
}

/** What is wrong with the form. */
export function sessionProblems(values: SessionValues, loadBalanced: boolean): Record<string, Problem> {
  const sources = values.sources.map((source, index) => [
    `sources.${index}`,
    sourceProblem(values.sources, index, source),
  ]);
  return {
    name: nameTagProblem(values.name),
    ...Object.fromEntries(sources),
    ...settingsProblems(values, loadBalanced),
    tags: tagsProblem(values.tags, true),
  };
}

/** The parameters of CreateTrafficMirrorSession for a source. What is empty is not sent. */
export function sessionParameters(values: SessionValues, source: string): Parameters {
  return {
    NetworkInterfaceId: source.trim(),
    TrafficMirrorTargetId: values.trafficMirrorTargetId,
    TrafficMirrorFilterId: values.trafficMirrorFilterId,
    SessionNumber: values.sessionNumber.trim(),
    PacketLength: values.packetLength.trim() || undefined,
    VirtualNetworkId: values.virtualNetworkId.trim() || undefined,
    Description: values.description || undefined,
    TagSpecification: tagSpecification('traffic-mirror-session', values.name, values.tags),
  };
}

function sourceProblem(sources: readonly string[], index: number, source: string): Problem {
  const problem = required(source, 'Mirror source');
  if (problem !== undefined) return problem;
  const first = sources.findIndex((other) => other.trim() === source.trim());
  return first < index ? 'This source is there twice.' : undefined;
}
