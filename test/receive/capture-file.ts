/** One file: written in place, and whole when there is no more room. */
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { CaptureFile, openForWriting } from '../../src/receive/capture-file.js';
import { openOutput } from '../../src/receive/open-output.js';
import { emitPacketBlock, sectionHeader } from '../../src/wire/pcapng-blocks.js';

const directory = mkdtempSync(join(tmpdir(), 'tm-capture-file-'));
t.teardown(() => rmSync(directory, { recursive: true }));

const SECTION = sectionHeader({ application: 'test' });

function block(): Uint8Array {
  const bytes = new Uint8Array(96);
  emitPacketBlock(bytes, 0, 0, 1, 2, 64, 64, new Uint8Array(0));
  return bytes;
}

const signal = new AbortController().signal;
const duplicate = (descriptor: number): number => descriptor;
const lock = (): boolean => true;

t.test('what is written is there before the end', async (t) => {
  const path = join(directory, 'a.pcapng');
  writeFileSync(path, 'what was there before, which is longer than what comes now'.repeat(10));
  const file = await openOutput({ path, duplicate, lock, signal });
  t.equal(file.name, path);
  await file.write(SECTION);
  t.same(readFileSync(path), Buffer.from(SECTION));
  await file.write(block());
  t.equal(file.files, 0);
  await file.endFile();
  await file.endFile();
  file.abandon();
  t.equal(file.files, 1);
  t.same(readFileSync(path), Buffer.concat([SECTION, block()]));
});

t.test('no more room, on a device', async (t) => {
  const file = await openOutput({ path: '/dev/full', duplicate, lock, signal });
  await t.rejects(file.write(SECTION), {
    message: '/dev/full: cannot write: no space left on device',
    code: 'output-failed',
    isEndOfReader: false,
    keptBytes: 0,
  });
});

t.test('after an error the file ends with a whole block', async (t) => {
  const path = join(directory, 'b.pcapng');
  // A descriptor that is good for reading only: the write fails, and what went before stays.
  writeFileSync(path, Buffer.concat([SECTION, block()]));
  const file = new CaptureFile(path, openSync(path, 'r'), { canCut: true, start: SECTION.length + 96 });
  await t.rejects(file.write(block()), {
    message: `${path}: cannot write: bad file descriptor`,
    keptBytes: 0,
  });
  t.equal(readFileSync(path).length, SECTION.length + 96);
  file.abandon();
});

t.test('a place that is not there, or cannot be rotated', async (t) => {
  await t.rejects(openForWriting(join(directory, 'no/such/file'), 'w'), {
    message: `${directory}/no/such/file: cannot open: no such file or directory`,
  });
  await t.rejects(openOutput({ path: '/dev/null', keep: 1, duplicate, lock, signal }), {
    message: '/dev/null: cannot rotate: it is not a regular file',
  });
  await t.rejects(openOutput({ path: join(directory, 'a.pcapng/x'), duplicate, lock, signal }), {
    message: /a\.pcapng\/x: cannot open: not a directory$/,
  });
  await t.rejects(openOutput({ path: directory, duplicate, lock, signal }), {
    message: `${directory}: cannot open: illegal operation on a directory`,
  });
});
