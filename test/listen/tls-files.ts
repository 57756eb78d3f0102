/** Certificates and keys from files: each that cannot be used is told of in one line. */
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { expiryOf, readTlsFiles, type TlsFiles } from '../../src/listen/tls-files.js';
import { CertificateMaker } from '../fixtures/listen/certificates.js';
import { skipWithoutTool } from '../fixtures/live/oracle/tool.js';

t.test('files', { skip: skipWithoutTool('openssl', 'version') }, async (t) => {
  const directory = t.testdir({});
  const maker = new CertificateMaker(directory);
  const authority = maker.authority('ca');
  const server = maker.leaf('server', 'ca');
  const other = maker.leaf('other', 'ca');
  const ended = maker.leaf('ended', 'ca', true);
  const files: TlsFiles = { certificateFile: server.certificate, keyFile: server.key };
  const whole = { ...files, clientCaFile: authority.certificate };

  t.test('those that can be used', async (t) => {
    const read = await readTlsFiles('k', whole);
    t.equal(read.key, readFileSync(server.key, 'utf8'));
    t.equal(read.clientCa, readFileSync(authority.certificate, 'utf8'));
    t.notOk('clientCa' in (await readTlsFiles('k', files)));
    t.ok(expiryOf(read) > new Date());
    const old = await readTlsFiles('k', { certificateFile: ended.certificate, keyFile: ended.key });
    t.ok(expiryOf(old) < new Date(), 'one that has ended is taken');
  });

  t.test('those that cannot', async (t) => {
    const file = (name: string, text: string | Buffer): string => {
      const path = join(directory, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    const open = join(directory, 'open.key');
    copyFileSync(server.key, open);
    chmodSync(open, 0o604);
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const good = readFileSync(authority.certificate, 'utf8');
    const rows: readonly (readonly [change: Partial<TlsFiles>, message: RegExp])[] = [
      [{ certificateFile: '/nowhere' }, /^k\.certificateFile \/nowhere: no such file or directory$/],
      [{ certificateFile: file('empty', '') }, /^k\.certificateFile .*empty: holds no certificate in PEM$/],
      [{ certificateFile: server.key }, /^k\.certificateFile .*: holds no certificate in PEM$/],
      [{ certificateFile: directory }, /^k\.certificateFile .*: is not a regular file$/],
      [
        { certificateFile: file('broken', broken) },
        /^k\.certificateFile .*: certificate 1 of the file cannot be read: /,
      ],
      [{ keyFile: other.key }, /^k\.keyFile .*other\.key: does not go with the certificate .*: /],
      [{ keyFile: file('no.key', 'no key') }, /^k\.keyFile .*no\.key: does not go with the certificate .*: /],
      [{ keyFile: open }, /^k\.keyFile .*: everybody may open the file; take that away with chmod o=$/],
      [
        { keyFile: file('long.key', Buffer.alloc(65_537, 'a')) },
        /^k\.keyFile .*: has more than 65536 bytes$/,
      ],
      [{ clientCaFile: file('ca.txt', 'nothing') }, /^k\.clientCaFile .*: holds no certificate in PEM$/],
      [
        { clientCaFile: file('second', good + broken) },
        /^k\.clientCaFile .*: certificate 2 of the file cannot be/,
      ],
      [{ clientCaFile: '/dev/zero' }, /^k\.clientCaFile \/dev\/zero: is not a regular file$/],
    ];
    for (const [change, message] of rows) {
      await t.rejects(
        readTlsFiles('k', { ...whole, ...change }),
        { code: 'listen-file', message },
        JSON.stringify(change),
      );
    }
  });
});
