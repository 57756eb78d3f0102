/** Mirrored packets per second as bars, in SVG. */
import { spreadOf } from '../spread.js';
import { DEFAULT, LIBPCAP, NO_MIRROR } from './contender-names.js';
import { figures, type Results } from './results.js';
import { LARGE_FRAMES, MIDDLE_FRAMES, SMALL_FRAMES } from './scenario.js';

const WIDTH = 760;
const LABEL_WIDTH = 300;
const BAR_HEIGHT = 18;
const GAP = 4;
const GROUP_GAP = 26;
const MARGIN = 16;
const COLOURS: Readonly<Record<string, string>> = {
  [DEFAULT]: '#012a4a',
  xdp: '#014f86',
  direct: '#2a6f97',
  routed: '#61a5c2',
  [LIBPCAP]: '#a9d6e5',
};
const OTHER_COLOUR = '#adb5bd';

/** Scenarios that most contenders take part in. */
const SCENARIOS = [SMALL_FRAMES, MIDDLE_FRAMES, LARGE_FRAMES].map(({ name }) => name);

export function renderChart({ load }: Results): string {
  const rows = load
    .filter(({ scenario, contender }) => SCENARIOS.includes(scenario) && contender !== NO_MIRROR)
    .map((series) => ({
      ...series,
      mirroredPps: spreadOf(figures(series, ({ mirroredPps }) => mirroredPps))?.median ?? 0,
    }));
  const scale = (WIDTH - LABEL_WIDTH - 90) / Math.max(...rows.map(({ mirroredPps }) => mirroredPps), 1);
  const parts: string[] = [];
  let y = MARGIN;
  let scenario = '';
  for (const row of rows) {
    if (row.scenario !== scenario) {
      scenario = row.scenario;
      y += GROUP_GAP - GAP;
      parts.push(text(MARGIN, y - 6, scenario, 'font-weight="bold"'));
    }
    const length = Math.max(1, row.mirroredPps * scale);
    const colour = COLOURS[row.contender] ?? OTHER_COLOUR;
    parts.push(text(LABEL_WIDTH - 8, y + 13, row.contender, 'text-anchor="end"'));
    parts.push(
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${length.toFixed(0)}" height="${BAR_HEIGHT}" fill="${colour}"/>`,
    );
    parts.push(text(LABEL_WIDTH + length + 6, y + 13, `${(row.mirroredPps / 1000).toFixed(0)} kpps`, ''));
    y += BAR_HEIGHT + GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + MARGIN}" font-family="sans-serif" font-size="12">`,
    '<title>Mirrored packets per second</title>',
    '<rect width="100%" height="100%" fill="white"/>',
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, value: string, attributes: string): string {
  const escaped = value.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" ${attributes}>${escaped}</text>`;
}
