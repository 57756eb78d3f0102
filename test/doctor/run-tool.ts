import { chmodSync } from 'node:fs';
import t from 'tap';
import { runTool } from '../../src/doctor/run-tool.js';

t.test('what a tool prints', async (t) => {
  t.same(await runTool('echo', ['a', 'b']), { ok: true, output: 'a b\n' });
});

t.test('a tool that is not there', async (t) => {
  t.same(await runTool('no-such-tool-here', []), { ok: false, reason: 'no-such-tool-here is not installed' });
});

t.test('a tool that fails says why, in a line', async (t) => {
  t.same(await runTool('sh', ['-c', 'echo one >&2; echo two >&2; exit 3']), { ok: false, reason: 'sh: one' });
  t.same(await runTool('sh', ['-c', 'exit 3']), { ok: false, reason: 'sh: exit code 3' });
});

t.test('a tool that does not end, and one that prints without end', async (t) => {
  const startMs = performance.now();
  t.match(await runTool('sleep', ['60']), { ok: false, reason: /did not end/ });
  t.match(await runTool('yes', []), { ok: false, reason: /printed more than/ });
  t.ok(performance.now() - startMs < 15_000);
});

t.test('whatever is thrown at the start is a reason', async (t) => {
  const enter = (): never => {
    throw new Error('no namespace');
  };
  t.same(await runTool('echo', [], enter), { ok: false, reason: 'echo: no namespace' });
});

t.test('a tool in the current directory is not run, whatever PATH says', async (t) => {
  const before = { path: process.env.PATH, directory: process.cwd() };
  t.teardown(() => {
    process.env.PATH = before.path;
    process.chdir(before.directory);
  });
  const directory = t.testdir({
    'tool-here': '#!/bin/sh\necho mine\n',
    bin: { 'tool-there': '#!/bin/sh\necho mine\n' },
  });
  chmodSync(`${directory}/tool-here`, 0o755);
  chmodSync(`${directory}/bin/tool-there`, 0o755);
  process.chdir(directory);
  for (const path of [undefined, '', '.', ':/usr/bin', '/usr/bin:', '/usr/bin::/bin', 'bin']) {
    if (path === undefined) delete process.env.PATH;
    else process.env.PATH = path;
    for (const tool of ['tool-here', 'tool-there'])
      t.match(
        await runTool(tool, []),
        { ok: false, reason: /is not installed/ },
        `${tool} with PATH=${path}`,
      );
    t.same(await runTool('echo', ['a']), { ok: true, output: 'a\n' }, `the host's, with PATH=${path}`);
  }
  process.env.PATH = `${directory}/bin`;
  t.same(await runTool('tool-there', []), { ok: true, output: 'mine\n' }, 'a folder that is named whole');
});
