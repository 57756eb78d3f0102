/** The packets of a test, a page of them at a time, and what becomes of the one that is selected. */
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useEffect, useState } from 'react';
import type { PacketRow } from '../../model/packet/capture-test.js';
import type { OutcomeCount } from '../../model/packet/outcomes.js';
import { DIRECTION_WORDS } from '../../model/rule.js';
import { PacketDetails } from './packet-details.js';
import type { RowsAnswer, TestState } from './protocol.js';
import type { TesterWorker } from './tester-worker.js';

const PAGE_ROWS = 20;
const ALL = 'all';
const MIRRORED = 'mirrored';
const NOT_MIRRORED = 'not-mirrored';
const NO_ROWS: RowsAnswer = { rows: [], total: 0 };

const COLUMNS: TableProps.ColumnDefinition<PacketRow>[] = [
  { id: 'number', header: 'Number', cell: ({ number }) => number, width: 110, isRowHeader: true },
  { id: 'verdict', header: 'Verdict', cell: verdictCell, width: 150 },
  { id: 'session', header: 'Session', cell: ({ sessionId }) => sessionId ?? '–', width: 140 },
  { id: 'rule', header: 'Rule', cell: ({ rule }) => rule ?? '–', width: 160 },
  { id: 'copy', header: 'Copy', cell: copyText, width: 130 },
  { id: 'packet', header: 'Packet', cell: ({ text }) => text, width: 420 },
  { id: 'time', header: 'Time (UTC)', cell: timeText, width: 260 },
  { id: 'direction', header: 'Direction', cell: directionText, width: 130 },
  { id: 'length', header: 'Length', cell: ({ length }) => `${length} bytes`, width: 130 },
];

interface PacketListProps {
  readonly worker: TesterWorker;
  readonly state: TestState;
}

/** The list with its pages. */
export function PacketList({ worker, state }: PacketListProps) {
  const [shown, setShown] = useState(ALL);
  const [page, setPage] = useState(1);
  const [selected, setSelected] = useState<PacketRow>();
  const only = outcomesOf(state.counts, shown);
  const { rows, total } = useRows(worker, state, page, only);
  const options = optionsOf(state.counts);
  return (
    <SpaceBetween size="l">
      <Table<PacketRow>
        items={rows}
        columnDefinitions={COLUMNS}
        trackBy={({ number }) => String(number)}
        selectionType="single"
        selectedItems={selected === undefined ? [] : [selected]}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems[0])}
        enableKeyboardNavigation={false}
        resizableColumns
        wrapLines
        header={
          <Header variant="h2" counter={`(${total.toLocaleString('en')})`}>
            Packets
          </Header>
        }
        filter={
          <Select
            ariaLabel="Show"
            inlineLabelText="Show"
            selectedOption={options.find(({ value }) => value === shown) ?? null}
            options={options}
            expandToViewport
            onChange={({ detail }) => {
              setShown(detail.selectedOption.value ?? ALL);
              setPage(1);
            }}
          />
        }
        pagination={
          <Pagination
            currentPageIndex={page}
            pagesCount={Math.max(1, Math.ceil(total / PAGE_ROWS))}
            ariaLabels={{
              nextPageLabel: 'Next page',
              previousPageLabel: 'Previous page',
              pageLabel: (number) => `Page ${number} of all pages`,
            }}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
          />
        }
        empty={<Box textAlign="center">No packets</Box>}
        ariaLabels={{
          tableLabel: 'Packets',
          itemSelectionLabel: (_data, { number }) => `Select packet ${number}`,
        }}
      />
      {selected !== undefined && <PacketDetails worker={worker} row={selected} />}
    </SpaceBetween>
  );
}

/** The rows of a page. They are asked again while the test still fills the page. */
function useRows(
  worker: TesterWorker,
  { packets, done }: TestState,
  page: number,
  only: readonly number[] | undefined,
): RowsAnswer {
  const [answer, setAnswer] = useState(NO_ROWS);
  const start = (page - 1) * PAGE_ROWS;
  const key = only?.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list of outcomes is the same while its key is.
  useEffect(() => {
    let isCurrent = true;
    void worker.rows({ start, count: PAGE_ROWS, ...(only && { only }) }).then((next) => {
      if (isCurrent) setAnswer(next);
    });
    return () => {
      isCurrent = false;
    };
  }, [worker, start, key, packets, done]);
  return answer;
}

function outcomesOf(counts: readonly OutcomeCount[], shown: string): readonly number[] | undefined {
  if (shown === ALL) return undefined;
  if (shown !== MIRRORED && shown !== NOT_MIRRORED) return [Number(shown)];
  return counts.filter(({ isMirrored }) => isMirrored === (shown === MIRRORED)).map(({ index }) => index);
}

function optionsOf(counts: readonly OutcomeCount[]) {
  return [
    { value: ALL, label: 'All packets' },
    { value: MIRRORED, label: 'Mirrored' },
    { value: NOT_MIRRORED, label: 'Not mirrored' },
    ...counts.map(({ index, sessionId, rule, reason }) => ({
      value: String(index),
      label: [reason, sessionId, rule].filter((part) => part !== undefined).join(', '),
    })),
  ];
}

function verdictCell({ reason }: PacketRow) {
  if (reason === undefined) return <StatusIndicator type="success">Mirrored</StatusIndicator>;
  return <StatusIndicator type="stopped">{`Not mirrored: ${reason}`}</StatusIndicator>;
}

function directionText({ direction }: PacketRow): string {
  return DIRECTION_WORDS[direction].adjective;
}

function copyText({ copyLength, length }: PacketRow): string {
  if (copyLength === undefined) return '–';
  return copyLength < length ? `${copyLength} of ${length} bytes` : `${copyLength} bytes`;
}

/** In UTC, with the microseconds of captures. */
function timeText({ seconds, nanoseconds }: PacketRow): string {
  const date = new Date(seconds * 1000);
  const day = Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString().slice(0, 19).replace('T', ' ');
  return `${day}.${String(Math.floor(nanoseconds / 1000)).padStart(6, '0')}`;
}
