/** Numbered files: whole under their names, the oldest removed, numbers that go on. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { RotatingFiles } from '../../src/receive/rotating-files.js';

function directoryOf(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tm-rotating-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

async function writeFiles(output: RotatingFiles, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await output.write(Buffer.from(text));
    await output.endFile();
  }
}

t.test('a file has its name when it is whole', async (t) => {
  const directory = directoryOf(t);
  const output = await RotatingFiles.open(join(directory, 'out.pcapng'), 10);
  t.same(readdirSync(directory), ['out-00001.pcapng.partial']);
  await output.write(Buffer.from('one'));
  t.same(readdirSync(directory), ['out-00001.pcapng.partial']);
  await output.endFile();
  t.same(readdirSync(directory), ['out-00001.pcapng']);
  await output.write(Buffer.from('two'));
  t.same(readdirSync(directory), ['out-00001.pcapng', 'out-00002.pcapng.partial']);
  t.equal(output.name, join(directory, 'out-00002.pcapng'));
  await output.endFile();
  await output.endFile();
  t.equal(output.files, 2);
  t.equal(readFileSync(join(directory, 'out-00002.pcapng'), 'utf8'), 'two');
});

t.test('so many stay', async (t) => {
  const directory = directoryOf(t);
  const output = await RotatingFiles.open(join(directory, 'out'), 2);
  await writeFiles(output, ['1', '2', '3', '4']);
  t.same(readdirSync(directory), ['out-00003', 'out-00004']);
});

t.test('another process that writes the same files keeps the one that it writes', async (t) => {
  const directory = directoryOf(t);
  const first = await RotatingFiles.open(join(directory, 'out'), 1);
  await first.write(Buffer.from('first'));
  const second = await RotatingFiles.open(join(directory, 'out'), 1);
  await writeFiles(second, ['second']);
  await first.endFile();
  t.equal(first.files, 1);
});

t.test('numbers go on after a restart, and earlier files count', async (t) => {
  const directory = directoryOf(t);
  for (const name of ['out-00008.pcapng', 'out-00009.pcapng.partial', 'out-100000.pcapng']) {
    writeFileSync(join(directory, name), name);
  }
  const others = ['out-1.pcapng', 'out-00001.pcap', 'other-00001.pcapng', 'out-0000x.pcapng', 'out.pcapng'];
  for (const name of others) writeFileSync(join(directory, name), name);
  const output = await RotatingFiles.open(join(directory, 'out.pcapng'), 2);
  await writeFiles(output, ['new']);
  const there = readdirSync(directory).filter((name) => !others.includes(name));
  t.same(there.sort(), ['out-00009.pcapng.partial', 'out-100000.pcapng', 'out-100001.pcapng']);
  for (const name of others) t.ok(readdirSync(directory).includes(name), `${name} is none of its files`);
});

t.test('what keeps it from that', async (t) => {
  const directory = directoryOf(t);
  await t.rejects(RotatingFiles.open(join(directory, 'no/out.pcapng'), 2), {
    message: `${directory}/no: cannot read: no such file or directory`,
  });
  const first = await RotatingFiles.open(join(directory, 'out.pcapng'), 2);
  rmSync(join(directory, 'out-00001.pcapng.partial'));
  await t.rejects(first.endFile(), {
    message: /out-00001\.pcapng: cannot rename: no such file or directory$/,
  });
});
