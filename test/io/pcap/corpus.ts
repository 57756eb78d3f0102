/** Every file of the corpus, frame by frame as tshark reads it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import t from 'tap';
import { captures, skipWithoutCaptures } from '../../fixtures/captures.js';
import { type CapturedFrame, readCapture } from '../../fixtures/frames/read-capture.js';
import { mergeCaptures, skipWithoutTshark, tsharkFields } from '../../fixtures/frames/tshark.js';

const FIELDS = ['frame.cap_len', 'frame.len', 'frame.time_epoch', 'frame.md5_hash'] as const;

t.test('the corpus', { skip: skipWithoutCaptures || skipWithoutTshark }, async (t) => {
  const ours: string[] = [];
  for (const file of captures) {
    const { frames, error } = readCapture(file);
    t.equal(error, undefined, basename(file));
    ours.push(...frames.map(describe));
  }
  const merged = `${t.testdir()}/corpus.pcapng`;
  mergeCaptures(captures, merged);
  const theirs = tsharkFields(merged, FIELDS, ['frame.generate_md5_hash:TRUE']).map((fields) =>
    FIELDS.map((name) => fields[name].join()).join(' '),
  );
  assert.deepEqual(ours, theirs);
  t.pass(`${ours.length} frames: lengths, time and bytes`);

  assert.deepEqual(readCapture(merged).frames.map(describe), theirs);
  t.pass(`the same frames from one pcapng file of ${captures.length} interfaces`);
});

/** As tshark prints the fields. */
function describe({ bytes, wireLength, seconds, nanoseconds }: CapturedFrame): string {
  const time = `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
  return [bytes.length, wireLength, time, createHash('md5').update(bytes).digest('hex')].join(' ');
}
