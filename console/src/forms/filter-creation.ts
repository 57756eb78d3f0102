/**
 * The calls that make a filter with its rules: EC2 has no single action for it. What is done is remembered, so that after
 * a failure in the middle the rest can be made, and nothing twice.
 */
import type { Parameters } from '../aws/parameters.js';
import { objectAt, textAt, type XmlObject } from '../aws/xml.js';
import type { ClientTokens } from './client-tokens.js';
import { DIRECTIONS, type FilterValues } from './filter-values.js';
import { ruleParameters } from './rule-fields.js';
import { tagSpecification } from './tags.js';

/** What is done. */
export interface Progress {
  /** The filter; absent: not made yet. */
  readonly filterId?: string | undefined;
  /** Its network services are set. */
  readonly services: boolean;
  /** Keys of the rows whose rules are made. */
  readonly rules: readonly string[];
}

/** Nothing is done. */
export const NO_PROGRESS: Progress = { services: false, rules: [] };

interface Creation {
  readonly values: FilterValues;
  readonly progress: Progress;
  readonly tokens: ClientTokens;
  readonly call: (action: string, parameters: Parameters) => Promise<XmlObject>;
  /** Called before each call: the path of the row that it makes; undefined for other calls. */
  readonly onCall: (path: string | undefined) => void;
  /** Called after each call that succeeded. */
  readonly onProgress: (progress: Progress) => void;
}

/** Makes what is not done yet. @returns the id of the filter. @throws what `call` throws, with the rest undone */
export async function createFilter(creation: Creation): Promise<string> {
  const { values, call, onCall, onProgress } = creation;
  let { progress } = creation;
  const advance = (change: Partial<Progress>): void => {
    progress = { ...progress, ...change };
    onProgress(progress);
  };
  const filterId = progress.filterId ?? (await createEmptyFilter(creation));
  if (progress.filterId === undefined) advance({ filterId });
  if (values.amazonDns && !progress.services) {
    onCall(undefined);
    await call('ModifyTrafficMirrorFilterNetworkServices', {
      TrafficMirrorFilterId: filterId,
      AddNetworkService: ['amazon-dns'],
    });
    advance({ services: true });
  }
  for (const direction of DIRECTIONS) {
    for (const [index, row] of values[direction].entries()) {
      if (progress.rules.includes(row.key)) continue;
      onCall(`${direction}.${index}`);
      const parameters = { TrafficMirrorFilterId: filterId, ...ruleParameters(row, direction) };
      const ClientToken = creation.tokens.of(`rule ${row.key}`, parameters);
      await call('CreateTrafficMirrorFilterRule', { ...parameters, ClientToken });
      advance({ rules: [...progress.rules, row.key] });
    }
  }
  return filterId;
}

async function createEmptyFilter({ values, tokens, call, onCall }: Creation): Promise<string> {
  onCall(undefined);
  const parameters = {
    Description: values.description || undefined,
    TagSpecification: tagSpecification('traffic-mirror-filter', values.name, values.tags),
  };
  const ClientToken = tokens.of('filter', parameters);
  const response = await call('CreateTrafficMirrorFilter', { ...parameters, ClientToken });
  return textAt(objectAt(response, 'trafficMirrorFilter'), 'trafficMirrorFilterId') ?? '';
}

/** The path of the field that an error belongs to. @param row path of the row whose rule was refused */
export function pathOfError(
  field: string | undefined,
  row: string | undefined,
  values: FilterValues,
): string | undefined {
  if (field === undefined || row === undefined) return field;
  const [direction, index] = row.split('.') as ['ingress' | 'egress', string];
  return `${row}.${ruleFieldOf(field, values[direction][Number(index)]?.protocol === 'custom')}`;
}

/** The field of a rule that a parameter belongs to: `sourcePortRange.fromPort` to `sourcePortRange`. */
export function ruleFieldOf(parameter: string, isCustomProtocol: boolean): string {
  const [field = ''] = parameter.split('.');
  return field === 'protocol' && isCustomProtocol ? 'protocolNumber' : field;
}
