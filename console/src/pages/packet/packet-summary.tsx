/** Packets by what becomes of them: by session and rule, and those that are not mirrored with the reason. */
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { OutcomeCount } from '../../model/packet/outcomes.js';
import { IdLink } from '../../parts/links.js';
import type { TestState } from './protocol.js';

const PERCENT = 100;

/** The table, and how many packets there are. */
export function PacketSummary({ state: { counts, packets } }: { readonly state: TestState }) {
  const mirrored = counts.filter(({ isMirrored }) => isMirrored).reduce((sum, one) => sum + one.packets, 0);
  const columns: TableProps.ColumnDefinition<OutcomeCount>[] = [
    { id: 'verdict', header: 'Verdict', cell: verdictCell, isRowHeader: true },
    { id: 'session', header: 'Session', cell: sessionCell },
    { id: 'rule', header: 'Rule', cell: ({ rule }) => rule ?? '–' },
    { id: 'packets', header: 'Packets', cell: ({ packets: count }) => count.toLocaleString('en') },
    {
      id: 'share',
      header: 'Share',
      cell: ({ packets: count }) => `${((count / packets) * PERCENT).toFixed(1)} %`,
    },
  ];
  return (
    <Table
      variant="container"
      items={counts}
      columnDefinitions={columns}
      trackBy={({ index }) => String(index)}
      enableKeyboardNavigation={false}
      header={
        <Header
          variant="h2"
          description={`${mirrored.toLocaleString('en')} of ${packets.toLocaleString('en')} packets are mirrored.`}
        >
          Summary
        </Header>
      }
      ariaLabels={{ tableLabel: 'Summary' }}
    />
  );
}

function verdictCell({ reason }: OutcomeCount) {
  if (reason === undefined) return <StatusIndicator type="success">Mirrored</StatusIndicator>;
  return <StatusIndicator type="stopped">{`Not mirrored: ${reason}`}</StatusIndicator>;
}

function sessionCell({ sessionId }: OutcomeCount) {
  if (sessionId === undefined) return '–';
  if (!sessionId.startsWith('tms-')) return sessionId;
  return <IdLink id={sessionId} href={`#/mirror-sessions/${encodeURIComponent(sessionId)}`} />;
}
