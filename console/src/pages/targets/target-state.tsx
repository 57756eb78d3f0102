/** Whether the receivers of a target can be reached, as GetStatus says. */
import Box from '@cloudscape-design/components/box';
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

/** The state in words, with the reason of a trouble; undefined without a status. */
export function targetStateText(state: State | undefined): string | undefined {
  if (state === undefined) return undefined;
  const word = WORDS[state.state] ?? state.state;
  return state.state === 'unknown' || state.reason === '' ? word : `${word}: ${state.reason}`;
}

interface TargetStateProps {
  readonly state: State | undefined;
  /** With the reason below it, whatever the state. */
  readonly isLong?: boolean;
}

/** The state with its sign; `–` without a status. */
export function TargetState({ state, isLong = false }: TargetStateProps) {
  if (state === undefined) return <>–</>;
  const type = INDICATORS[state.state] ?? 'info';
  if (!isLong) return <StatusIndicator type={type}>{targetStateText(state)}</StatusIndicator>;
  return (
    <>
      <StatusIndicator type={type}>{WORDS[state.state] ?? state.state}</StatusIndicator>
      {state.reason !== '' && <Box variant="small">{state.reason}</Box>}
    </>
  );
}
