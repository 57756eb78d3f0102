import t from 'tap';
import { examine } from '../../src/doctor/examine.js';
import { FINDING_CODES, finding, SEVERITIES, sortFindings } from '../../src/doctor/finding.js';
import { renderReport, reportOf } from '../../src/doctor/report.js';
import { factsOf } from '../fixtures/doctor/facts.js';

const NOBODY = { configurationFile: 'c.yaml', daemon: null };
const DOWN = finding('error', 'device-down', 'eni-web', 'device eth0 is down', 'ip link set dev eth0 up');

t.test('codes are kebab-case, and each is there once', async (t) => {
  t.equal(new Set(FINDING_CODES).size, FINDING_CODES.length);
  for (const code of FINDING_CODES) t.match(code, /^[a-z]+(-[a-z]+)*$/);
});

t.test('errors come first, and what says the same is one', async (t) => {
  const hint = { ...DOWN, severity: 'hint' as const };
  const warning = { ...DOWN, severity: 'warning' as const };
  t.same(
    sortFindings([hint, warning, DOWN, DOWN]).map(({ severity }) => severity),
    [...SEVERITIES],
  );
});

t.test('nothing is found where nothing is wrong', async (t) => {
  t.same(examine(factsOf()), []);
  const text = renderReport(reportOf([], [], NOBODY));
  t.equal(text, '0 errors, 0 warnings, 0 hints: nothing found that keeps copies away or cuts them\n');
});

t.test('a finding is what, where, and the remedy', async (t) => {
  const text = renderReport(
    reportOf([DOWN], [{ what: 'firewall rules', why: 'nft is not installed' }], NOBODY),
  );
  t.equal(
    text,
    [
      'error [device-down] eni-web: device eth0 is down',
      '    ip link set dev eth0 up',
      'not looked at: firewall rules: nft is not installed',
      '1 error, 0 warnings, 0 hints: copies are kept away or cut',
      '',
    ].join('\n'),
  );
});

t.test('people see some of many, programs all', async (t) => {
  const many = Array.from({ length: 5000 }, (_, index) => ({ ...DOWN, subject: `eni-${index}` }));
  const report = reportOf(many, [], NOBODY);
  const lines = renderReport(report).split('\n');
  t.equal(lines.length, 23);
  t.ok(lines.includes('error [device-down]: 4990 more, which --json shows'));
  t.equal(JSON.parse(JSON.stringify(report)).findings.length, 5000);
});

t.test('no name starts a line or steers a terminal', async (t) => {
  const evil = { ...DOWN, subject: 'a\nerror [device-down] b: c\u001b[2J', text: '\u202egnp.exe\u0007' };
  const text = renderReport(reportOf([evil], [], NOBODY));
  t.equal(text.split('\n').length, 4);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none.
  t.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
});
