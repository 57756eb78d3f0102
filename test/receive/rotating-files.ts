/** Numbered files: whole under their names, the oldest removed, numbers that go on. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openFlock } from '../../src/linux/libc.js';
import { RotatingFiles } from '../../src/receive/rotating-files.js';

const lock = await openFlock();

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
  const output = await RotatingFiles.open(join(directory, 'out.pcapng'), 10, lock);
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
  const output = await RotatingFiles.open(join(directory, 'out'), 2, lock);
  await writeFiles(output, ['1', '2', '3', '4']);
  t.same(readdirSync(directory), ['out-00003', 'out-00004']);
});

t.test('numbers go on after a restart, and earlier files count', async (t) => {
  const directory = directoryOf(t);
  for (const name of ['out-00008.pcapng', 'out-00009.pcapng.partial', 'out-100000.pcapng']) {
    writeFileSync(join(directory, name), name);
  }
  const others = ['out-1.pcapng', 'out-00001.pcap', 'other-00001.pcapng', 'out-0000x.pcapng', 'out.pcapng'];
  for (const name of others) writeFileSync(join(directory, name), name);
  const output = await RotatingFiles.open(join(directory, 'out.pcapng'), 2, lock);
  await writeFiles(output, ['new']);
  const there = readdirSync(directory).filter((name) => !others.includes(name));
  t.same(there.sort(), ['out-100000.pcapng', 'out-100001.pcapng']);
  for (const name of others) t.ok(readdirSync(directory).includes(name), `${name} is none of its files`);
});

t.test('what keeps it from that', async (t) => {
  const directory = directoryOf(t);
  await t.rejects(RotatingFiles.open(join(directory, 'no/out.pcapng'), 2, lock), {
    message: `${directory}/no: cannot read: no such file or directory`,
  });
  const first = await RotatingFiles.open(join(directory, 'out.pcapng'), 2, lock);
  rmSync(join(directory, 'out-00001.pcapng.partial'));
  await t.rejects(first.endFile(), {
    message: /out-00001\.pcapng: cannot rename: no such file or directory$/,
  });
});

t.test('two at once: neither takes or removes what the other writes', async (t) => {
  const directory = directoryOf(t);
  const path = join(directory, 'out.pcapng');
  const first = await RotatingFiles.open(path, 1, lock);
  await first.write(Buffer.from('first'));
  const second = await RotatingFiles.open(path, 1, lock);
  await writeFiles(second, ['second', 'third']);
  await first.endFile();
  t.equal(readFileSync(join(directory, 'out-00001.pcapng'), 'utf8'), 'first');
  t.equal(readFileSync(join(directory, 'out-00003.pcapng'), 'utf8'), 'third');
  await writeFiles(first, ['fourth']);
  t.same(readdirSync(directory), ['out-00002.pcapng', 'out-00003.pcapng'], 'a number that nobody has');
});

t.test('a capture is for its owner', async (t) => {
  const directory = directoryOf(t);
  const output = await RotatingFiles.open(join(directory, 'out.pcapng'), 1, lock);
  await writeFiles(output, ['secret']);
  t.equal(statSync(join(directory, 'out-00001.pcapng')).mode & 0o777, 0o600);
});
