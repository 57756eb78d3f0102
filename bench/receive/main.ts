/**
 * Measures how many of the frames that are sent to it `receive` writes: `npm run bench:receive`, or
 *
 *     node dist/bench/receive/main.js [--seconds N] [--rounds N] [--dry]
 *
 * The generator has one processor, `receive` another. Writes docs/benchmarks-receive.md unless dry. Exit code 1: the goal was
 * missed.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildTopology } from '../../lab/topology.js';
import { describeMachine } from '../machine.js';
import { spreadOf, spreadText } from '../spread.js';
import { measureReceive, type ReceiveFigures, type ReceiveScenario } from './measure.js';

const THOUSAND = 1000;
const GOAL_PPS = 500_000;
/** The generator is as exact as its clock. */
const GOAL_SHARE = 0.99;

const TO_NOTHING = ['-w', '/dev/null'];
const TO_FILES = ['-w', 'FOLDER/out.pcapng', '--rotate-megabytes', '50', '--rotate-count', '2'];

const SCENARIOS: readonly ReceiveScenario[] = [
  { name: 'counts only, 200 kpps', rate: 200_000, frameBytes: 64, args: [] },
  { name: 'counts only, 500 kpps', rate: GOAL_PPS, frameBytes: 64, args: [] },
  { name: '/dev/null, 500 kpps', rate: GOAL_PPS, frameBytes: 64, args: TO_NOTHING, isGoal: true },
  { name: '/dev/null, as fast as it goes', rate: 0, frameBytes: 64, args: TO_NOTHING },
  { name: '/dev/null, 1,400 bytes, as fast as it goes', rate: 0, frameBytes: 1400, args: TO_NOTHING },
  { name: 'numbered files, 200 kpps', rate: 200_000, frameBytes: 64, args: TO_FILES },
];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    dry: { type: 'boolean', default: false },
  },
});
if (process.getuid?.() !== 0) {
  console.error('npm run bench:receive builds network namespaces: run it as root');
  process.exit(3);
}

const topology = buildTopology();
const rows: string[][] = [];
let isMissed = false;
try {
  for (const scenario of SCENARIOS) {
    const rounds: ReceiveFigures[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      rounds.push(await measureReceive(topology, scenario, Number(values.seconds)));
    }
    const isMet = rounds.every(
      ({ sentPps, receivedPps, dropped }) =>
        sentPps >= GOAL_SHARE * GOAL_PPS && dropped === 0 && receivedPps > 0,
    );
    if (scenario.isGoal === true && !isMet) isMissed = true;
    rows.push(rowOf(scenario, rounds));
    console.log(rows.at(-1)?.join(' | '));
  }
} finally {
  topology.namespaces.close();
}
if (!values.dry) writeFileSync('docs/benchmarks-receive.md', renderPage());
if (isMissed) {
  console.error('missed: 500 kpps to /dev/null without a drop');
  process.exitCode = 1;
}

function rowOf({ name }: ReceiveScenario, rounds: readonly ReceiveFigures[]): string[] {
  const thousands = (value: number): string => (value / THOUSAND).toFixed(0);
  const figure = (of: (figures: ReceiveFigures) => number, text: (value: number) => string): string =>
    spreadText(spreadOf(rounds.map(of)), text);
  return [
    name,
    figure(({ sentPps }) => sentPps, thousands),
    figure(({ receivedPps }) => receivedPps, thousands),
    figure(({ dropped }) => dropped, String),
    figure(
      ({ processors }) => processors,
      (value) => value.toFixed(2),
    ),
  ];
}

function renderPage(): string {
  const [seconds, count] = [values.seconds, values.rounds];
  return [
    '# Benchmarks of receive',
    '',
    `Written by \`npm run bench:receive\` on ${new Date().toISOString().slice(0, 10)}: ${describeMachine()}. The generator has one`,
    `processor and \`receive\` the other; ${count} rounds of ${seconds} s, the median and how far apart they were. Frames of 64 bytes in`,
    'VXLAN where nothing else is said. What is sent goes through the UDP of the kernel on the processor of the generator.',
    '',
    '| | sent, kpps | received, kpps | dropped by the kernel, datagrams | processors used |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    'Wanted: 500 kpps to /dev/null without a drop.',
    '',
  ].join('\n');
}
