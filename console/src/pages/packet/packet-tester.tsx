/** Tries packets on the rules of a source or of a filter: which session would mirror each, by which rule, and its copy. */
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useMemo, useState } from 'react';
import type { DirectionRule } from '../../model/packet/capture-test.js';
import { type KnownResources, sourceIdOf } from '../../model/packet/test-setup.js';
import { nameTag } from '../../model/tags.js';
import { SelectField } from '../../parts/fields.js';
import { ErrorAlert } from '../../parts/refusal.js';
import { PacketInputs } from './packet-inputs.js';
import { PacketList } from './packet-list.js';
import { PacketSummary } from './packet-summary.js';
import type { TestInput, TestState } from './protocol.js';
import { type Subject, useTestSetup } from './use-test-setup.js';
import { useTester } from './use-tester.js';

interface PacketTesterProps {
  /** The filter alone is tested, as if one session had it. */
  readonly filterId?: string;
  /** All sessions of the source are asked. */
  readonly sourceId?: string;
  /** All sessions of its source are asked. */
  readonly sessionId?: string;
}

/** The tester. Without properties what is asked is chosen in it. */
export function PacketTester({ filterId, sourceId, sessionId }: PacketTesterProps) {
  const [chosen, setChosen] = useState('');
  const [input, setInput] = useState<TestInput>();
  const [direction, setDirection] = useState<DirectionRule | undefined>('ingress');
  const [sessionSource, setSessionSource] = useState<string>();
  const subject = useMemo(
    () => subjectOf({ filterId, sourceId: sourceId ?? sessionSource, chosen }),
    [filterId, sourceId, sessionSource, chosen],
  );
  const rules = useTestSetup(subject);
  const { known, setup } = rules;
  if (sessionId !== undefined && sessionSource === undefined && known !== undefined) {
    const session = known.sessions.find((one) => one.trafficMirrorSessionId === sessionId);
    if (session !== undefined) setSessionSource(sourceIdOf(session, known.status));
  }
  const tester = useTester(input, setup?.setup, direction);
  const isFixed = [filterId, sourceId, sessionId].some((id) => id !== undefined);
  const header = (
    <Header
      variant="h2"
      description={isFixed && subject !== undefined ? `Against ${subjectText(subject)}` : undefined}
      actions={
        <Button
          iconName="refresh"
          ariaLabel="Read rules again"
          loading={rules.loading}
          onClick={rules.refresh}
        />
      }
    >
      Packets to try
    </Header>
  );
  return (
    <SpaceBetween size="l">
      {rules.error !== undefined && <ErrorAlert error={rules.error} onRetry={rules.refresh} />}
      {rules.isMissing && subject !== undefined && (
        <Alert type="warning">{`There is no ${subjectText(subject)} that you can see.`}</Alert>
      )}
      <Container header={header}>
        <SpaceBetween size="l">
          {!isFixed && (
            <SelectField
              label="Test against"
              description="The sessions of a source as they are asked in turn, or one filter alone."
              placeholder="Choose a source or a filter"
              path="subject"
              filtering
              loading={rules.loading}
              value={chosen}
              options={optionsOf(known)}
              onChange={setChosen}
              onBlur={() => {}}
              error={
                input !== undefined && chosen === ''
                  ? 'Choose what the packets are tested against.'
                  : undefined
              }
            />
          )}
          <PacketInputs input={input} onInput={setInput} onDirection={setDirection} />
        </SpaceBetween>
      </Container>
      {setup?.notes.map((note) => (
        <Alert key={note} type="info">
          {note}
        </Alert>
      ))}
      {tester.failure !== undefined && (
        <Alert type="error" header="The test ended">
          {tester.failure}
        </Alert>
      )}
      {tester.worker !== undefined && tester.state === undefined && tester.failure === undefined && (
        <StatusIndicator type="loading">Reading the capture</StatusIndicator>
      )}
      {tester.state !== undefined && tester.worker !== undefined && (
        <SpaceBetween size="l">
          <Progress state={tester.state} onStop={() => setInput(undefined)} />
          {tester.state.packets > 0 && <PacketSummary state={tester.state} />}
          {tester.state.packets > 0 && <PacketList worker={tester.worker} state={tester.state} />}
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

function Progress({ state, onStop }: { readonly state: TestState; readonly onStop: () => void }) {
  const packets = `${state.packets.toLocaleString('en')} ${state.packets === 1 ? 'packet' : 'packets'} tested`;
  if (!state.done) {
    return (
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <StatusIndicator type="loading">{packets}</StatusIndicator>
        <Button variant="inline-link" onClick={onStop}>
          Stop
        </Button>
      </SpaceBetween>
    );
  }
  return (
    <SpaceBetween size="s">
      <StatusIndicator type="success">{packets}</StatusIndicator>
      {state.isCut && <Alert type="info">The capture has more packets than are tested here.</Alert>}
      {state.problem !== undefined && (
        <Alert type="error" header="The capture cannot be read to its end">
          {state.problem}
        </Alert>
      )}
    </SpaceBetween>
  );
}

interface Choices {
  readonly filterId: string | undefined;
  readonly sourceId: string | undefined;
  readonly chosen: string;
}

function subjectOf({ filterId, sourceId, chosen }: Choices): Subject | undefined {
  if (filterId !== undefined) return { kind: 'filter', id: filterId };
  if (sourceId !== undefined) return { kind: 'source', id: sourceId };
  const [kind, ...rest] = chosen.split(' ');
  if (kind !== 'filter' && kind !== 'source') return undefined;
  return { kind, id: rest.join(' ') };
}

function subjectText({ kind, id }: Subject): string {
  return `${kind} ${id}`;
}

function optionsOf(known: KnownResources | undefined) {
  if (known === undefined) return [];
  const sources = new Set(known.sessions.map((session) => sourceIdOf(session, known.status)));
  return [
    ...[...sources].sort().map((id) => ({ value: `source ${id}`, label: `Source ${id}` })),
    ...known.filters.map((filter) => ({
      value: `filter ${filter.trafficMirrorFilterId}`,
      label: `Filter ${filter.trafficMirrorFilterId}`,
      description: nameTag(filter),
    })),
  ];
}
