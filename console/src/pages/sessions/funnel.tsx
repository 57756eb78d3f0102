/** The funnel of a session as a table: a row a step, the target at its end. */
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import type { StatusDocument, StatusTarget } from '../../../../src/api/traffic-mirror/shape.js';
import { byteRateText, bytesText, countText, rateText } from '../../model/amounts.js';
import { FUNNEL_STEPS, type FunnelRow, keyOf, sessionIn, sourceIn } from '../../model/funnel.js';
import { KINDS } from '../../model/kinds.js';
import type { Session } from '../../model/session.js';
import { sumsOf } from '../../model/session-status.js';
import { IdLink } from '../../parts/links.js';

interface FunnelProps {
  readonly session: Session;
  readonly status: StatusDocument;
  readonly rows: readonly FunnelRow[];
}

/** A row of the table: a step, or the target. */
interface Line {
  readonly key: string;
  readonly label: string;
  readonly row?: FunnelRow | undefined;
  readonly note?: ReactNode;
}

/** The table. */
export function Funnel({ session, status, rows }: FunnelProps) {
  const targetId = session.trafficMirrorTargetId;
  const target = status.targets?.find((one) => one.targetId === targetId);
  const lines: readonly Line[] = [
    ...rows.map((row) => ({
      key: keyOf(row),
      label: row.reason === undefined ? FUNNEL_STEPS[row.step] : `Skipped: ${row.reason}`,
      row,
      note: noteOf(row, status, session.trafficMirrorSessionId),
    })),
    { key: 'target', label: 'Target', note: <TargetState targetId={targetId} target={target} /> },
  ];
  return (
    <Table
      variant="embedded"
      wrapLines
      enableKeyboardNavigation={false}
      ariaLabels={{ tableLabel: 'Funnel' }}
      header={
        <Header
          variant="h2"
          description={`Counts are since ${new Date(status.startedAt).toLocaleString('en-GB')}.`}
        >
          Funnel
        </Header>
      }
      trackBy="key"
      items={lines}
      columnDefinitions={[
        { id: 'step', header: 'Step', isRowHeader: true, cell: ({ label }) => label },
        { id: 'rate', header: 'Packets/s', cell: ({ row }) => row && rateText(row.rate?.packets) },
        { id: 'share', header: 'Share', cell: ({ row }) => row && <Share row={row} rows={rows} /> },
        { id: 'byterate', header: 'Bytes/s', cell: ({ row }) => row && byteRateText(row.rate?.bytes) },
        { id: 'packets', header: 'Packets', cell: ({ row }) => row && countText(row.total?.packets) },
        { id: 'bytes', header: 'Bytes', cell: ({ row }) => row && bytesText(row.total?.bytes) },
        { id: 'note', header: 'Note', cell: ({ note }) => note },
      ]}
    />
  );
}

/** How much of the widest step of this second a step is, as a bar. Numbers beside it say the same. */
function Share({ row, rows }: { readonly row: FunnelRow; readonly rows: readonly FunnelRow[] }) {
  const most = Math.max(0, ...rows.map(({ rate }) => rate?.packets ?? 0));
  const share = most === 0 ? 0 : (row.rate?.packets ?? 0) / most;
  return (
    <Box color={row.step === 'skipped' ? 'text-status-warning' : 'text-status-info'}>
      <svg width="90" height="10" aria-hidden="true">
        <rect width={Math.round(share * 90)} height="10" rx="2" fill="currentColor" />
      </svg>
    </Box>
  );
}

/** What the numbers of a step do not say. */
function noteOf(row: FunnelRow, status: StatusDocument, sessionId: string): ReactNode {
  const session = sessionIn(status, sessionId);
  if (session === undefined) return undefined;
  if (row.step === 'passed') return sourceNote(status, session.sourceId, row);
  const sums = sumsOf(session);
  if (row.step === 'matched' && sums === undefined) return 'Only the owner of the session sees its counts.';
  if (sums === undefined) return undefined;
  if (row.step === 'matched' && sums.segmented > 0) {
    return `${countText(sums.segmented)} became ${countText(sums.segments)} segments`;
  }
  if (row.step !== 'sent') return undefined;
  const parts = [
    sums.truncated > 0 && `${countText(sums.truncated)} truncated to the packet length`,
    sums.cut > 0 && `${countText(sums.cut)} cut to what the way takes`,
    sums.fragmented > 0 && `${countText(sums.fragmented)} in fragments`,
  ].filter(Boolean);
  return parts.join(', ');
}

/** Why the device is not captured; who sees its counts. */
function sourceNote(status: StatusDocument, sourceId: string, row: FunnelRow): ReactNode {
  const source = sourceIn(status, sourceId);
  if (source === undefined) return undefined;
  const waiting = source.lanes.filter(({ state }) => state === 'waiting');
  if (waiting.length > 0) {
    const text = waiting.map(({ direction, reason }) => `${direction}: ${reason}`).join('; ');
    return <StatusIndicator type="warning">{text}</StatusIndicator>;
  }
  if (row.total === undefined)
    return 'Only the account of the configuration file sees what the device passed.';
  return source.device;
}

const TARGET_INDICATORS = {
  reachable: ['success', 'Reachable'],
  suspect: ['warning', 'Suspect'],
  unreachable: ['error', 'Unreachable'],
  unknown: ['pending', 'Unknown'],
} as const;

interface TargetStateProps {
  readonly targetId: string;
  readonly target: StatusTarget | undefined;
}

function TargetState({ targetId, target }: TargetStateProps) {
  const link = <IdLink id={targetId} href={KINDS.target.hrefOf(targetId)} />;
  if (target === undefined) return link;
  const [type, word] = TARGET_INDICATORS[target.state];
  const addresses = (target.addresses ?? []).map(({ address }) => address).join(', ');
  return (
    <>
      {link}{' '}
      <StatusIndicator type={type}>
        {target.reason === '' ? word : `${word}: ${target.reason}`}
      </StatusIndicator>
      {addresses !== '' && ` ${addresses}`}
    </>
  );
}
