/** Whether the receivers of a target can be reached, as GetStatus says. */
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { StatusTarget, StatusTargetState } from '../../../../src/api/traffic-mirror/shape.js';

const INDICATORS: Readonly<Record<StatusTargetState, StatusIndicatorProps.Type>> = {
  reachable: 'success',
  suspect: 'warning',
  unreachable: 'error',
  unknown: 'stopped',
};

const WORDS: Readonly<Record<StatusTargetState, string>> = {
  reachable: 'Reachable',
  suspect: 'Suspect',
  unreachable: 'Unreachable',
  unknown: 'Unknown',
};

type State = Pick<StatusTarget, 'state' | 'reason'>;

/** The state in words, with its reason; undefined without a status. */
export function targetStateText(state: State | undefined): string | undefined {
  if (state === undefined) return undefined;
  const word = WORDS[state.state] ?? state.state;
  return state.reason === '' ? word : `${word}: ${state.reason}`;
}

/** The state with its sign; `–` without a status. */
export function TargetState({ state }: { readonly state: State | undefined }) {
  if (state === undefined) return <>–</>;
  return <StatusIndicator type={INDICATORS[state.state] ?? 'info'}>{targetStateText(state)}</StatusIndicator>;
}
