/**
 * Renders docs/order.md out of test/fixtures/order.json: every statement of the documents that the project was ordered
 * from, in words of its own, with what shows that it holds.
 */

/** Verdicts, and what each means. */
export const VERDICTS = {
  holds: 'the tests that are named show it',
  differs: 'a host does it in another way, and the reason is told',
  'not applicable': 'a host has no such thing',
  missing: 'it is not there yet',
} as const;

type Verdict = keyof typeof VERDICTS;

/** The documents, by the word that stands for each in a place. */
export const DOCUMENTS = {
  guide: 'Amazon VPC, Traffic Mirroring: the guide',
  reference: 'Amazon EC2 API Reference: CreateTrafficMirrorSession',
  boto3: 'boto3: create_traffic_mirror_session',
  sessions: 'Traffic Mirror Sessions: a page of an earlier edition of the guide',
} as const;

interface Place {
  readonly document: keyof typeof DOCUMENTS;
  /** Its heading there. */
  readonly section: string;
  /** Lines of the text that the list was made from. */
  readonly lines: string;
}

export interface OrderRow {
  readonly id: string;
  readonly place: Place;
  readonly statement: string;
  readonly verdict: Verdict;
  /** `FILE › TITLE`, or `FILE › TITLE › ROW` with a text that stands in the file; at least one where it holds. */
  readonly tests: readonly string[];
  /** What else there is to say; of what differs, why. */
  readonly note?: string;
}

/** The row of a test, taken apart. */
export interface NamedTest {
  readonly file: string;
  readonly title: string;
  readonly row: string | undefined;
}

/** @throws Error when it is not `FILE › TITLE`. */
export function parseTestName(text: string): NamedTest {
  const [file, title, row, ...others] = text.split(' › ');
  if (file === undefined || title === undefined || others.length > 0) throw new Error(`no test: ${text}`);
  return { file, title, row };
}

/** @returns the page, with a line feed at its end. */
export function renderOrderPage(rows: readonly OrderRow[]): string {
  const names = new Set(rows.map(sectionOf));
  const sections = [...names].map((name) => renderSection(rows.filter((row) => sectionOf(row) === name)));
  return `${[INTRODUCTION, renderCounts(rows), ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# The order, statement by statement

<!-- Written by scripts/write-order.ts from test/fixtures/order.json: change it there. -->

The project was ordered as what four documents describe. This is every statement of them that can be checked, in words of
this project, with the tests that show it. The tests of this page fail when a row that holds names no test that is there
and runs. Lines are those of the texts that the list was made from. What a host cannot do as the cloud does it, and why, is
in [semantics.md](semantics.md#where-a-host-differs).`;

function renderCounts(rows: readonly OrderRow[]): string {
  const lines = Object.entries(VERDICTS).map(([verdict, meaning]) => {
    const count = rows.filter((row) => row.verdict === verdict).length;
    return `| ${verdict} | ${meaning} | ${count} |`;
  });
  return [
    '| verdict | meaning | statements |',
    '| --- | --- | --- |',
    ...lines,
    `| | | ${rows.length} |`,
  ].join('\n');
}

function sectionOf({ place }: OrderRow): string {
  return `${place.document} ${place.section}`;
}

function renderSection(rows: readonly OrderRow[]): string {
  const place = rows[0]!.place;
  const heading = `## ${place.section}\n\n${DOCUMENTS[place.document]}.`;
  const table = [
    '| lines | statement | verdict | shown by |',
    '| --- | --- | --- | --- |',
    ...rows.map(renderRow),
  ];
  return `${heading}\n\n${table.join('\n')}`;
}

function renderRow({ place, statement, verdict, tests, note }: OrderRow): string {
  const shown = [...tests.map(renderTest), ...(note === undefined ? [] : [note])].join('<br>');
  return `| ${place.lines} | ${cell(statement)} | ${verdict} | ${cell(shown)} |`;
}

function renderTest(text: string): string {
  const { file, title, row } = parseTestName(text);
  return `\`${file}\`: ${title}${row === undefined ? '' : `, ${row}`}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
