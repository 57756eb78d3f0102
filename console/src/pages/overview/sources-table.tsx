/** The table Sources of the overview: what each source mirrors now. */
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Pagination from '@cloudscape-design/components/pagination';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import type { StatusDocument, StatusLane, StatusSession } from '../../../../src/api/traffic-mirror/shape.js';
import { countText, rateText, UNKNOWN } from '../../model/amounts.js';
import { KINDS } from '../../model/kinds.js';
import { type SourceRow, sourceRows } from '../../model/overview.js';
import { indicatorOf } from '../../model/session-status.js';

const PAGE_SIZE = 20;

interface SourcesTableProps {
  readonly after: StatusDocument;
  readonly before: StatusDocument | undefined;
}

/** The table: sources that wait come first. */
export function SourcesTable({ after, before }: SourcesTableProps) {
  const [page, setPage] = useState(1);
  const rows = sourceRows(after, before);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_SIZE));
  const current = Math.min(page, pages);
  return (
    <Table
      enableKeyboardNavigation={false}
      ariaLabels={{ tableLabel: 'Sources' }}
      header={
        <Header variant="h2" counter={`(${rows.length.toLocaleString('en')})`}>
          Sources
        </Header>
      }
      trackBy="sourceId"
      items={rows.slice((current - 1) * PAGE_SIZE, current * PAGE_SIZE)}
      pagination={
        pages > 1 && (
          <Pagination
            currentPageIndex={current}
            pagesCount={pages}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
          />
        )
      }
      empty={
        <Box textAlign="center" color="inherit">
          <b>No sources</b>
          <Box color="inherit">A source is there as soon as a session mirrors it.</Box>
        </Box>
      }
      columnDefinitions={[
        { id: 'source', header: 'Source', isRowHeader: true, cell: ({ sourceId }) => sourceId },
        { id: 'device', header: 'Device', cell: ({ device }) => device || UNKNOWN },
        { id: 'in', header: 'State in', cell: ({ ingress }) => <LaneState lane={ingress} /> },
        { id: 'out', header: 'State out', cell: ({ egress }) => <LaneState lane={egress} /> },
        { id: 'sessions', header: 'Sessions', cell: ({ sessions }) => <Sessions sessions={sessions} /> },
        { id: 'received', header: 'Received/s', cell: ({ received }) => rateText(received) },
        { id: 'mirrored', header: 'Mirrored/s', cell: ({ mirrored }) => rateText(mirrored) },
        { id: 'skipped', header: 'Skipped/s', cell: (row) => skippedText(row) },
        { id: 'drops', header: 'Ring drops', cell: ({ ringDropped }) => countText(ringDropped) },
      ]}
    />
  );
}

function LaneState({ lane }: { readonly lane: StatusLane | undefined }) {
  if (lane === undefined) return 'Not captured';
  if (lane.state === 'capturing') return <StatusIndicator type="success">Capturing</StatusIndicator>;
  return (
    <StatusIndicator type="warning">
      {lane.reason === '' ? 'Waiting' : `Waiting: ${lane.reason}`}
    </StatusIndicator>
  );
}

/** The numbers of the sessions, in the order in which they are tried. */
function Sessions({ sessions }: { readonly sessions: readonly StatusSession[] }) {
  if (sessions.length === 0) return UNKNOWN;
  return sessions.map((session) => (
    <div key={session.sessionId}>
      <StatusIndicator type={indicatorOf(session)} iconAriaLabel={session.state}>
        {session.sessionNumber}:{' '}
        <Link href={`${KINDS.session.hrefOf(session.sessionId)}?tab=live`}>{session.sessionId}</Link>
      </StatusIndicator>
    </div>
  ));
}

/** `0`, or each reason: `target-down 12, rate 0.5`. */
function skippedText({ skipped }: SourceRow): string {
  if (skipped === undefined) return UNKNOWN;
  if (skipped.length === 0) return '0';
  return skipped.map(([reason, perSecond]) => `${reason} ${rateText(perSecond)}`).join(', ');
}
